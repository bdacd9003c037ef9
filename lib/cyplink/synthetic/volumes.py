"""How much each source delivered in its last year, as it would be of all children of London, beside published rates: what is thin.

Where children are sampled a row stands for as many as the people of its delivery do on average. Rates: conf/calibration/volumes.csv.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import CALIBRATION, borough_list, load
from cyplink.synthetic.days import OPEN, REFERENCE_DAY, YEAR
from cyplink.synthetic.truth import Records
from cyplink.synthetic.world import World

THIN, MORE = 0.8, 1.25
NO_RATE, NOT_DELIVERED = "no rate", "not delivered"


@dataclass
class Tally:
    """Rows by (source, file, period) and bytes by (source, period), as they would be of all children: those sampled count for the others."""

    rows: dict[tuple[str, str, str], float] = field(default_factory=dict)
    sizes: dict[tuple[str, str], float] = field(default_factory=dict)

    def take(self, source: str, period: str, rows: Mapping[str, int], size: int, stands_for: float) -> None:
        """Takes in a delivery: rows by file, bytes, and how many children one of its people stands for."""
        for file, count in rows.items():
            self.rows[source, file, period] = self.rows.get((source, file, period), 0.0) + count * stands_for
        self.sizes[source, period] = self.sizes.get((source, period), 0.0) + size * stands_for

    def add(self, other: "Tally") -> None:
        for key, count in other.rows.items():
            self.rows[key] = self.rows.get(key, 0.0) + count
        for of_period, size in other.sizes.items():
            self.sizes[of_period] = self.sizes.get(of_period, 0.0) + size

    def last_year(self, source: str) -> int:
        """The last year to 31 March that the source delivered for."""
        return max(year_of_period(period) for of, period in self.sizes if of == source)

    def counted(self, files: str, period_ends: str = "") -> float:
        """Rows of files (`source/file` with spaces between, one with a minus taken off) in their source's last year, in periods of that ending."""
        found = 0.0
        for signed in files.split():
            source, file = signed.removeprefix("-").split("/")
            rows = sum(
                count for (of, kind, period), count in self.rows.items()
                if (of, kind) == (source, file) and period.endswith(period_ends) and year_of_period(period) == self.last_year(source)
            )  # fmt: skip
            found += -rows if signed.startswith("-") else rows
        return found


def year_of_period(period: str) -> int:
    """The year to 31 March that a period falls in: 2025 for 2024-25, 2024-autumn, 2025-spring and 2024-04 to 2025-03."""
    first, _, rest = period.partition("-")
    if rest in ("summer", "autumn"):
        return int(first) + 1
    if rest.isdigit() and int(rest) > 12:
        return int(first) + 1
    return int(first) + (rest.isdigit() and int(rest) >= 4)


def of_london(tally: Tally, las: Iterable[str]) -> pd.DataFrame:
    """By source: rows (millions) and gigabytes of its last year if all of London delivered as the authorities `las` do."""
    share = sum(b.children for b in load(list(las))) / sum(b.children for b in load(borough_list()["la"].to_list()))
    made = []
    for source in sorted({source for source, _ in tally.sizes}):
        year = tally.last_year(source)
        rows = sum(count for (of, _, period), count in tally.rows.items() if of == source and year_of_period(period) == year)
        size = sum(count for (of, period), count in tally.sizes.items() if of == source and year_of_period(period) == year)
        made.append((source, rows / share / 1e6, size / share / 1e9))
    return pd.DataFrame(made, columns=["source", "london_million_rows", "london_gigabytes"])


def beside_published(tally: Tally, world: World, records: Records) -> pd.DataFrame:
    """A line per rate of volumes.csv: the rate delivered, the one published, their ratio, and `agrees`, `thin` (below 0.8), `more` (above
    1.25, where the rate is no lower bound), `not delivered` (nothing of the source) or `no rate`."""
    rates = pd.read_csv(CALIBRATION / "volumes.csv", dtype=str, keep_default_na=False).to_dict("records")
    people = _children(world) | {name: _known(world, records, name) for rate in rates for name in (rate["rows"], rate["per"]) if name.endswith("/people")}
    made = []
    for rate in rates:
        counted, per = (people[text] if text in people else tally.counted(text, rate["period"]) for text in (rate["rows"], rate["per"]))
        delivered = counted / per if per else 0.0
        published = float(rate["published"] or "nan")
        ratio = delivered / published
        verdict = _said(ratio, rate["bound"] == "at least") if any(source == rate["source"] for source, _ in tally.sizes) else NOT_DELIVERED
        made.append((rate["source"], rate["measure"], delivered, published, ratio, verdict, rate["evidence"]))
    return pd.DataFrame(made, columns=["source", "measure", "delivered", "published", "ratio", "verdict", "evidence"])


def _said(ratio: float, is_lower_bound: bool) -> str:
    if np.isnan(ratio):
        return NO_RATE
    return "thin" if ratio < THIN else "more" if ratio > MORE and not is_lower_bound else "agrees"


def _children(world: World) -> dict[str, float]:
    """What rates are per: children of the authorities on the last day, as many as they stand for."""
    people = world.people
    age = (REFERENCE_DAY - people["dob"].to_numpy()) / YEAR
    here = (people["identity_to"].to_numpy() > REFERENCE_DAY) & (people["died_on"].to_numpy() == OPEN) & np.isin(world.la_number, [int(la) for la in world.las])
    weight = people["weight"].to_numpy(dtype=float)
    bands = {"child": (0, 18), "child of 5 to 15": (5, 16), "child under one": (0, 1)}
    return {name: float(weight[here & (age >= low) & (age < high)].sum()) for name, (low, high) in bands.items()}


def _known(world: World, records: Records, name: str) -> float:
    """The people that a source (`<source>/people`) has records of, each once."""
    persons = [part.to_numpy(zero_copy_only=False) - 1 for (source, _), parts in records.persons.items() if name == f"{source}/people" for part in parts]
    return float(world.people["weight"].to_numpy(dtype=float)[np.unique(np.concatenate(persons))].sum()) if persons else 0.0
