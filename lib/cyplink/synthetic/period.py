"""The stretches of time that are delivered: the first, whose yearly extracts end in March 2026, and the quarter after it.

What somebody was is drawn once, in the first; a stream of the second is the first's with the period's name, so that nobody's draws change.
"""

from dataclasses import dataclass

import numpy as np

from cyplink.synthetic.days import REFERENCE_DAY, day
from cyplink.synthetic.streams import Random, stream

_YEAR = 365


@dataclass(frozen=True)
class Period:
    """First and last day of what is new in it, and what its streams are called (the first's have no name of their own)."""

    name: str
    first_day: int
    last_day: int

    @property
    def days(self) -> int:
        return self.last_day - self.first_day + 1

    @property
    def years(self) -> float:
        """How long it lasts: what yearly rates are multiplied by."""
        return self.days / _YEAR

    @property
    def middle(self) -> int:
        return self.first_day + self.days // 2

    @property
    def months(self) -> dict[str, tuple[int, int]]:
        """First and last day of each month (2025-04)."""
        first, after = (np.datetime64(on, "D").astype("datetime64[M]") for on in (self.first_day, self.last_day + 1))
        starts = np.arange(first, after + 1)
        days = starts.astype("datetime64[D]").astype(np.int64)
        return {str(month): (int(start), int(end) - 1) for month, start, end in zip(starts[:-1], days[:-1], days[1:], strict=True)}

    def numbered_after(self, width: int) -> int:
        """What running numbers of so many digits begin after: those of the period before may have half of them."""
        return 5 * 10 ** (width - 1) if self.name else 0

    def stream(self, seed: int, *names: object) -> Random:
        """streams.stream of the period."""
        return stream(seed, *names, *((self.name,) if self.name else ()))


FIRST = Period("", day("2025-04-01"), REFERENCE_DAY)
SECOND = Period("2026-06", day("2026-04-01"), day("2026-06-30"))
