"""The days a return is for, by the way its periods are written."""

import re
from calendar import monthrange
from datetime import date, timedelta

THURSDAY = 3
CENSUS_MONTHS = {"spring": (1, 3), "summer": (5, 3), "autumn": (10, 1)}
"""Month of the School Census and which Thursday of it (Department for Education, school census guide)."""


def in_time(period: str) -> str:
    """A text by which periods sort as time does: the autumn census is the last of its year."""
    return period.replace("-autumn", "-z")


def days_of(period: str) -> tuple[date, date]:
    """First and last day of a collection year (2025-26: 1 April to 31 March), a month (2026-03) or a census (2026-spring: the census day twice).

    Where both readings are possible (2011-12), a collection year is meant. Raises ValueError for anything else.
    """
    if found := re.fullmatch(r"(\d{4})-(\d{2})", period):
        year, second = int(found[1]), int(found[2])
        if second == (year + 1) % 100:
            return date(year, 4, 1), date(year + 1, 3, 31)
        if 1 <= second <= 12:
            return date(year, second, 1), date(year, second, monthrange(year, second)[1])
    if found := re.fullmatch(r"(\d{4})-(spring|summer|autumn)", period):
        month, which = CENSUS_MONTHS[found[2]]
        first = date(int(found[1]), month, 1)
        day = first + timedelta(days=(THURSDAY - first.weekday()) % 7 + 7 * (which - 1))
        return day, day
    raise ValueError(f"{len(period)} characters of a period are neither a collection year (2025-26), a month (2026-03) nor a census (2026-spring).")
