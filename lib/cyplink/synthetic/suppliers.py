"""Everybody who delivers, and how their deliveries get written: one supplier after another, or two at a time.

Every delivery draws from its own streams, so that files are the same whichever process writes them, and when.
"""

import gc
import multiprocessing
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from cyplink.synthetic import deliveries, troubles
from cyplink.synthetic.comparison import measure_delivery
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.streams import Floats
from cyplink.synthetic.truth import Records, gathered
from cyplink.synthetic.volumes import Tally, year_of_period

_LARGE = 200_000  # people from which on a second process is worth its start
_LAST_YEAR = 2026

Deliveries = Iterator[tuple[Delivery, pd.DataFrame]]


@dataclass(frozen=True)
class Supplier:
    """`deliveries` makes this supplier's deliveries, each with its truth rows (source, controller, local_id, person). What `is_beyond_first` is not compared with
    published figures, which are of years."""

    name: str
    deliveries: Callable[[], Deliveries]
    is_beyond_first: bool = False


@dataclass
class Written:
    """What was written: deliveries, rows by source/file, planted troubles, figures to compare by (la, measure), and how much it would be of
    all children."""

    deliveries: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    planted: Counter[str] = field(default_factory=Counter)
    measured: dict[tuple[str, str], float] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    def add(self, other: "Written") -> None:
        self.deliveries += other.deliveries
        self.rows.update(other.rows)
        self.planted.update(other.planted)
        self.measured.update(other.measured)
        self.tally.add(other.tally)


@dataclass(frozen=True)
class Task:
    """What is to be written, and where. `weight` is each person's sampling weight; `odd` are the authorities whose deliveries are wrong as a whole (troubles.as_sent)."""

    suppliers: list[Supplier]
    landing: Path
    seed: int
    odd: tuple[str, str, str]
    years: int
    weight: Floats

    def write(self, supplier: Supplier, records: Records) -> Written:
        """Writes one supplier's deliveries, one at a time; says what was written and adds to `records` whose they are."""
        written = Written()
        for delivery, known in supplier.deliveries():
            if year_of_period(delivery.period) <= _LAST_YEAR - self.years:
                continue
            records.add(known)
            weight = self.weight[known["person"].to_numpy(dtype=np.int64)]
            if not supplier.is_beyond_first:
                written.measured.update(measure_delivery(delivery, weight))
            spoilt = troubles.spoil(delivery, self.seed, written.planted)
            for sent in troubles.as_sent(spoilt, *self.odd, written.planted):
                size = deliveries.write(self.landing, sent)
                written.deliveries += 1
                counts = deliveries.rows_of(sent)
                written.rows.update({f"{sent.source}/{kind}": count for kind, count in counts.items()})
            # What is delivered again or corrected is not more: the last counts.
            if not supplier.is_beyond_first:
                written.tally.take(delivery.source, delivery.period, counts, size, float(weight.mean()) if len(weight) else 1.0)
        return written


def write_all(task: Task, people: int, progress: Callable[[str], None]) -> tuple[Written, Records]:
    """Writes every supplier's deliveries; of many people two suppliers at a time, on Linux."""
    if people < _LARGE or sys.platform != "linux":
        total, records = Written(), Records()
        for supplier in task.suppliers:
            progress(supplier.name)
            total.add(task.write(supplier, records))
        return total, records
    return _write_by_two(task, progress)


_shared: list[Task] = []  # what the processes forked below find in their memory


def _write_by_two(task: Task, progress: Callable[[str], None]) -> tuple[Written, Records]:
    total, numbers = Written(), range(len(task.suppliers))
    _shared[:] = [task]
    gc.collect()
    gc.freeze()  # so that the children's own collections do not copy what they share
    try:
        with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
            for done in as_completed([pool.submit(_write_one, number) for number in numbers]):
                number, written = done.result()
                total.add(written)
                progress(f"{task.suppliers[number].name} written")
    finally:
        _shared.clear()
        gc.unfreeze()
    return total, gathered([_part(task, number) for number in numbers])


def _part(task: Task, number: int) -> Path:
    return task.landing.parent / "truth" / f"record-{number}.arrow"


def _write_one(number: int) -> tuple[int, Written]:
    [task] = _shared
    records = Records()
    written = task.write(task.suppliers[number], records)
    records.save(_part(task, number))
    return number, written
