"""Periods of days merged and laid over each other, against the same done day by day."""

from collections.abc import Iterable
from datetime import date, timedelta

import duckdb
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from cyplink.periods import merge, overlap

DAY = date(2024, 1, 1)
LAST = 40  # the day number that stands for an end that has not come
Period = tuple[int, int, int | None]

periods = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 30), st.one_of(st.none(), st.integers(0, 30))), max_size=40)


def _sql(select: str, **views: Iterable[Period]) -> list[Period]:
    with duckdb.connect() as connection:
        for name, rows in views.items():
            dated = [(who, DAY + timedelta(start), None if end is None else DAY + timedelta(end)) for who, start, end in rows]
            kinds = {"who": pa.int64(), "from_on": pa.date32(), "to_on": pa.date32()}
            connection.register(name, pa.table({column: pa.array([row[n] for row in dated], kind) for n, (column, kind) in enumerate(kinds.items())}))
        found = connection.execute(f"select who, from_on, to_on from ({select})").fetchall()
    return sorted((who, (start - DAY).days, None if end is None else (end - DAY).days) for who, start, end in found)


def _days(rows: Iterable[Period]) -> set[tuple[int, int]]:
    return {(who, day) for who, start, end in rows for day in range(start, (LAST if end is None else end) + 1)}


def _runs(days: set[tuple[int, int]]) -> list[Period]:
    starts = sorted((who, day) for who, day in days if (who, day - 1) not in days)
    ends = sorted((who, day) for who, day in days if (who, day + 1) not in days)
    return [(who, start, None if end == LAST else end) for (who, start), (_, end) in zip(starts, ends, strict=True)]


@given(periods)
def test_merged_periods_cover_the_same_days_and_neither_meet_nor_adjoin(rows: list[Period]) -> None:
    assert _sql(merge("given", "who"), given=rows) == _runs(_days(rows))


def test_periods_that_many_have_alike_stay_in_their_own_run() -> None:
    rows: list[Period] = [(who, start, start + 1) for who in range(1, 300) for start in (0, 10, 20) for _ in range(3)]
    assert _sql(merge("given", "who"), given=rows) == sorted(set(rows))


@given(periods, periods)
def test_an_overlap_is_the_days_that_both_have(left: list[Period], right: list[Period]) -> None:
    one, other = _runs(_days(left)), _runs(_days(right))
    assert _days(_sql(overlap("one", "other", "who"), one=one, other=other)) == _days(one) & _days(other)
