"""Drawn labels moved to published counts: the children looked after on 31 March 2025 make the published tables, not nearly so.

Only what was published for that day is met; before and after, children come and go as they were drawn.
"""

import numpy as np

from cyplink.synthetic.calibration import Borough
from cyplink.synthetic.days import day
from cyplink.synthetic.streams import Flags, Ints, Random, apportion

COUNTED_ON = day("2025-03-31")


def wanted(borough: Borough, group: str, labels: list[tuple[str, ...]], total: int) -> Ints:
    """How many of `total` children each cell should have; a cell is the published labels that begin with one of its texts."""
    published = borough.composition.get(group, {})
    shares = [sum(share for name, share in published.items() if name.startswith(label)) for label in labels]
    return apportion(total, np.array(shares, dtype=float))


def to_quota(cell: Ints, quota: Ints, able: Flags, rng: Random) -> Ints:
    """Cells after moving rows out of those with too many into those with too few, where `able` (rows x cells) allows.

    The cell that fewest rows can fill is filled first; what cannot be met stays unmet.
    """
    cell, order = cell.copy(), rng.permutation(len(cell))
    for _ in range(2):
        for target in np.argsort(able.sum(axis=0), kind="stable"):
            surplus = np.bincount(cell, minlength=len(quota)) - quota
            for source in np.argsort(-surplus, kind="stable"):
                missing = -surplus[target]
                if missing <= 0 or surplus[source] <= 0:
                    break
                rows = order[(cell[order] == source) & able[order, target]][: min(missing, surplus[source])]
                cell[rows] = target
                surplus[target] += len(rows)
    return cell
