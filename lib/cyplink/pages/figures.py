"""The pathfinder's rows as a page needs them: one council's year, and all councils of the year side by side."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cyplink.disclosure.counts import ALL

SHOWN, NOT_OBSERVABLE = "shown", "not_observable"


@dataclass(frozen=True)
class Figures:
    """One row of the pathfinder; None where a figure is hidden or could not be observed."""

    authority: str
    name: str
    year: str
    looked_after: int | None
    observable: int | None
    in_contact: int | None
    share: float | None
    low: float | None
    high: float | None
    status: str

    @property
    def unseen(self) -> int | None:
        """Children who could not be followed, from the rounded counts."""
        if self.looked_after is None or self.observable is None:
            return None
        return self.looked_after - self.observable

    @property
    def last_day(self) -> str:
        """31 March of the year, in words."""
        return f"31 March {int(self.year[:4]) + 1}"


def figures_of(rows: pd.DataFrame, names: Mapping[str, str]) -> list[Figures]:
    """All rows, by year and name, `all` last in its year."""
    found = [_figures(row, names) for row in rows.to_dict("records")]
    return sorted(found, key=lambda f: (f.year, f.authority == ALL, f.name))


def latest_year(figures: list[Figures]) -> str:
    """The latest year that could be observed, else the latest; empty when there is nothing."""
    observable = [f.year for f in figures if f.status != NOT_OBSERVABLE]
    return max(observable or [f.year for f in figures], default="")


def _figures(row: Mapping[Hashable, Any], names: Mapping[str, str]) -> Figures:
    def count(name: str) -> int | None:
        return None if pd.isna(row[name]) else int(row[name])

    def share(name: str) -> float | None:
        return None if pd.isna(row[name]) else float(row[name])

    authority = str(row["responsible_authority"])
    return Figures(
        authority=authority, name=names.get(authority, authority), year=str(row["year"]),
        looked_after=count("looked_after"), observable=count("observable"), in_contact=count("in_contact"),
        share=share("share"), low=share("share_low"), high=share("share_high"), status=str(row["status"]),
    )
