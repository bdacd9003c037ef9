"""Hide small counts, and as many others as it takes that no hidden one can be worked out; round the rest.

The counts are nested: each measure counts some of the people of the one before (looked after, of whom observable, of whom
in contact), for several areas and for all of them together. The difference between two neighbouring measures (not
observable, not in contact) is a count like any other: small ones are hidden by hiding the measure that would give them away.
A share whose numerator and denominator are both shown adds nothing to what an attacker is taken to know.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cyplink.disclosure.attack import SLACK, feasible_range
from cyplink.disclosure.settings import Profile

ALL = "all"


def publish_counts(counts: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """What may be shown of `counts`, with a last row `all`: rounded counts, missing (pd.NA) where hidden.

    counts: index area codes, one integer column per measure, widest first. Raises ValueError when a measure exceeds the
    one before it.
    """
    is_shown = hide_counts(counts, profile)
    return round_counts(with_total(counts), profile).where(is_shown)


def hide_counts(counts: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Which counts may be shown: True or False in the shape of `counts` with a last row `all`.

    In each row the shown measures come first: a measure is shown only if the one before it is. Deterministic: among counts
    that would do, the smallest is hidden, ties by area code; `all` is hidden only when every area is.
    """
    table = _Table.of(with_total(counts.sort_index()), profile)
    depth = table.hide_small()
    pending = table.hidden(depth)
    while pending:
        count = pending.pop()
        while (others := table.others_shown(count, depth)) and not table.is_safe(count, depth):
            row = others[0]
            pending.extend((row, measure) for measure in range(count[1], depth[row]))
            depth[row] = count[1]
    shown = np.arange(len(table.measures)) < depth[:, None]
    return pd.DataFrame(shown, index=table.areas, columns=table.measures).reindex([*counts.index, ALL])


def shown(counts: pd.DataFrame, by: Sequence[str], names: Sequence[str], profile: Profile) -> pd.Series:
    """Which rows of `counts` may be shown: none of the counts `names` is small or could be worked out from the rows that share its values of `by`."""
    is_shown = pd.Series(True, index=counts.index)
    for _, rows in counts.groupby(list(by)):
        for name in names:
            is_shown.loc[rows.index] &= hide_counts(rows[[name]], profile).loc[rows.index, name]
    return is_shown


def with_total(counts: pd.DataFrame) -> pd.DataFrame:
    """The counts and a last row `all`, their sum."""
    if ALL in counts.index or counts.index.has_duplicates:
        raise ValueError("counts: give one row per area and no total; the total is made here.")
    total = counts.sum().to_frame(ALL).T
    return pd.concat([counts, total]).astype("int64")


def round_count(count: int, profile: Profile) -> int:
    """To the nearest multiple of the profile's base, halves up."""
    base = profile.round_to
    return (2 * int(count) + base) // (2 * base) * base


def round_counts(counts: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Every count rounded, as nullable integers."""
    return counts.map(lambda count: round_count(count, profile)).astype("Int64")


Count = tuple[int, int]  # row and measure


@dataclass(frozen=True)
class _Table:
    """Nested counts as sums over the finest cells: per area, who is in measure k but not in measure k + 1."""

    areas: list[str]
    measures: list[str]
    values: NDArray[np.int64]
    profile: Profile

    @classmethod
    def of(cls, counts: pd.DataFrame, profile: Profile) -> "_Table":
        values = counts.to_numpy(dtype=np.int64)
        if (values < 0).any() or (np.diff(values, axis=1) > 0).any():
            raise ValueError("counts: a measure is negative or larger than the one before it; each must count some of the people of the one before.")
        return cls(list(counts.index), list(counts.columns), values, profile)

    @property
    def total(self) -> int:
        return len(self.areas) - 1

    def hide_small(self) -> NDArray[np.int64]:
        """How many measures of each row may be shown before the first that gives a small count away."""
        small = np.vectorize(self.profile.is_sensitive, otypes=[bool])
        gives_away = small(self.values)
        rest = self.values[:, :-1] - self.values[:, 1:]
        gives_away[:, 1:] |= small(rest)
        depth: NDArray[np.int64] = np.where(gives_away.any(axis=1), gives_away.argmax(axis=1), gives_away.shape[1])
        return depth

    def hidden(self, depth: NDArray[np.int64]) -> list[Count]:
        return [(row, measure) for row in range(len(self.areas)) for measure in range(int(depth[row]), len(self.measures))]

    def is_safe(self, count: Count, depth: NDArray[np.int64]) -> bool:
        """Whether the count, and who is left out of it, each stay within a range no narrower than the threshold."""
        row, measure = count
        targets = [self._cells(row, measure)]
        if measure:
            targets.append(self._cells(row, measure - 1) - targets[0])
        shown = [(r, m) for r in range(len(self.areas)) for m in range(int(depth[r]))]
        knowledge = [self._cells(r, m) for r, m in shown]
        values = [int(self.values[r, m]) for r, m in shown]
        return all(feasible_range(t, knowledge, values).width >= self.profile.threshold - SLACK for t in targets)

    def others_shown(self, count: Count, depth: NDArray[np.int64]) -> list[int]:
        """Rows that show the same measure and could hide it, best first: the smallest area that is not 0, for hiding nobody hides nothing; `all`
        last, whatever it is: a total of nobody tells of every area.

        With none left the count is safe: it may be anything from 0 to the measure before it, which is hidden itself or
        no smaller than the threshold.
        """
        sizes = self.values[:, count[1]]
        rows = [row for row in range(len(self.areas)) if depth[row] > count[1] and (sizes[row] > 0 or row == self.total)]
        return sorted(rows, key=lambda row: (row == self.total, sizes[row], row))

    def _cells(self, row: int, measure: int) -> NDArray[np.float64]:
        """The finest cells that the count is the sum of, as 0/1 over areas by measures."""
        cells = np.zeros((self.total, len(self.measures)))
        cells[slice(None) if row == self.total else row, measure:] = 1.0
        return cells.ravel()
