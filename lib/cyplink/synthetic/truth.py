"""The answers, beside the landing folder: who is who (person.parquet) and whose each delivered record is (record.parquet).

Only the linkage-quality job may read them. Records come in while deliveries are written, delivery by delivery, and are put
in order at the end, one controller at a time: at full size they are too many to sort at once.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_RECORD = pa.schema(
    [("source", pa.string()), ("controller", pa.string()), ("local_id", pa.string()), ("truth_person_id", pa.int64())]
)


@dataclass
class Records:
    """Whose each record is, by (source, controller): ids and person numbers of one delivery after another."""

    ids: dict[tuple[str, str], list[pa.Array]] = field(default_factory=lambda: defaultdict(list))
    persons: dict[tuple[str, str], list[pa.Array]] = field(default_factory=lambda: defaultdict(list))

    def add(self, known: pd.DataFrame) -> None:
        """Takes in the truth rows (source, controller, local_id, person) of a delivery."""
        if len(known) == 0:
            return
        for group, rows in known.groupby(["source", "controller"], sort=True).indices.items():
            source, controller = cast("tuple[str, str]", group)
            key = (source, controller)
            self.ids[key].append(pa.array(known["local_id"].to_numpy(dtype=object)[rows], pa.string()))
            self.persons[key].append(pa.array(known["person"].to_numpy()[rows] + 1, pa.int64()))

    def save(self, path: Path) -> None:
        """Writes what was taken in, as it came, for `write_records` to put in order."""
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, _RECORD) as out:
            for (source, controller), parts in self.ids.items():
                out.write_table(
                    _rows(
                        source,
                        controller,
                        pa.concat_arrays(parts),
                        pa.concat_arrays(self.persons[(source, controller)]),
                    )
                )

    def take(self, path: Path) -> None:
        """Takes in what another process saved."""
        with pa.memory_map(str(path)) as file:
            table = pa.ipc.open_file(file).read_all()
            for batch in table.to_batches():
                key = (batch["source"][0].as_py(), batch["controller"][0].as_py())
                self.ids[key].append(pa.concat_arrays([batch["local_id"]]))
                self.persons[key].append(pa.concat_arrays([batch["truth_person_id"]]))


def _rows(source: str, controller: str, ids: pa.Array, persons: pa.Array) -> pa.Table:
    columns = [pa.repeat(pa.scalar(text, pa.string()), len(ids)) for text in (source, controller)]
    return pa.table([*columns, ids, persons], schema=_RECORD)


def write_records(path: Path, records: Records) -> None:
    """record.parquet: each record once, sorted by source, controller and id; the first delivery to name it counts."""
    with pq.ParquetWriter(path, _RECORD) as out:
        for source, controller in sorted(records.ids):
            ids = pa.concat_arrays(records.ids[(source, controller)])
            persons = pa.concat_arrays(records.persons[(source, controller)])
            order = pc.sort_indices(ids)
            ids, persons = ids.take(order), persons.take(order)
            again = np.zeros(len(ids), dtype=bool)
            again[1:] = pc.equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
            first = pa.array(~again)
            out.write_table(_rows(source, controller, ids.filter(first), persons.filter(first)))


def gathered(parts: Sequence[Path]) -> Records:
    """The records that several processes saved, in the order of the parts."""
    records = Records()
    for part in parts:
        records.take(part)
        part.unlink()
    return records
