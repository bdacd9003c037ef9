"""Dates as whole days since 1970-01-01, and their spellings in each supplier's files.

`OPEN` stands for "no date": an end that has not come, a death that has not happened. It is written as blank.
"""

from datetime import date, timedelta
from functools import cache

import numpy as np

from cyplink.synthetic.streams import Ints, Texts

OPEN = 99_999
_FIRST = date(1955, 1, 1)
_COUNT = 36_525
_STYLES = {"iso": "%Y-%m-%d", "uk": "%d/%m/%Y", "iso_midnight": "%Y-%m-%d 00:00:00"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(text: str) -> int:
    """Day number of an ISO date."""
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


REFERENCE_DAY = day("2026-03-31")
YEAR = 365.25


@cache
def _spellings(style: str) -> Texts:
    dates = [_FIRST + timedelta(days=offset) for offset in range(_COUNT)]
    if style == "census":  # months named here, not by the machine's locale
        spelt = [f"{d.year}-{_MONTHS[d.month - 1]}-{d.day:02d} 00:00:00" for d in dates]
    else:
        spelt = [d.strftime(_STYLES[style]) for d in dates]
    return np.array([*spelt, ""], dtype=object)


def spell(days: Ints, style: str) -> Texts:
    """Text of each day in a supplier's style: iso, uk, iso_midnight or census; blank where OPEN."""
    position = np.asarray(days, dtype=np.int64) - day(_FIRST.isoformat())
    blank = np.asarray(days) == OPEN
    return np.asarray(_spellings(style)[np.where(blank, _COUNT, position)], dtype=object)


def birthday(born: Ints, age: int) -> Ints:
    """The day each person turns `age` (29 February becomes 1 March)."""
    months = np.asarray(born, dtype="datetime64[D]").astype("datetime64[M]")
    day_of_month = np.asarray(born) - months.astype("datetime64[D]").astype(np.int64)
    return np.asarray((months + 12 * age).astype("datetime64[D]").astype(np.int64) + day_of_month)


def age_at(born: Ints, on: int | Ints) -> Ints:
    """Age in completed years, by 365.25 days: right to within a day of the birthday."""
    return np.asarray(np.floor((np.asarray(on) - np.asarray(born)) / YEAR), dtype=np.int64)


def month_start(days: Ints) -> Ints:
    """The first of each day's month."""
    return np.asarray(
        np.asarray(days, dtype="datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    )


def year_of(days: Ints) -> Ints:
    """Calendar year of each day."""
    return np.asarray(np.asarray(days, dtype="datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970)
