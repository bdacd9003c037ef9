"""What somebody could work out of a hidden count from everything that is shown: a range, by linear programming.

The attacker is taken to know every shown count exactly, before rounding. Whoever sees only rounded counts, shares or
intervals made from those counts knows less, so a count that is safe here is safe in what is published.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

SLACK = 1e-6  # what the solver may be off by, in children


@dataclass(frozen=True)
class Range:
    """The smallest and largest value a hidden count may have, given what is shown."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


def feasible_range(hidden: NDArray[np.float64], shown: Sequence[NDArray[np.float64]], values: Sequence[int]) -> Range:
    """The range of `hidden` (0/1 over the finest cells, all of them counts of at least 0) given `shown` sums and their values."""
    equations = {"A_eq": np.array(shown), "b_eq": np.array(values, dtype=float)} if len(shown) else {}
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(sign * hidden, bounds=(0, None), method="highs", **equations)
        ends.append(sign * found.fun if found.status == 0 else -sign * np.inf)
    return Range(low=float(ends[0]), high=float(ends[1]))
