"""Dates: what is a date is read, what is none is null, and nothing raises."""

from datetime import date

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from cyplink.standardise import dates
from tests.columns import batches, many, one_by_one, selected

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
nearly = st.from_regex(r"[0-9]{1,4}[-/ ]([0-9]{1,2}|[A-Za-z]{3})[-/ ][0-9]{1,4}( [0-9]{2}:[0-9]{2})?", fullmatch=True)
anything = st.one_of(st.none(), st.text(max_size=20), nearly)


@batches
@given(many(days))
def test_a_day_is_read_back_however_a_return_writes_it(values: list[date]) -> None:
    layouts = {"iso(v)": ("%Y-%m-%d", "%Y-%m-%d 00:00:00"), "british(v)": ("%d/%m/%Y",), "collect_date(v)": ("%Y-%b-%d %H:%M:%S", "%Y-%b-%d")}
    for read, all_layouts in layouts.items():
        for layout in all_layouts:
            assert one_by_one([day.strftime(layout) for day in values], read) == values, layout


@batches
@given(many(anything))
def test_any_text_is_a_date_in_range_or_null(values: list[str | None]) -> None:
    for value, found in zip(values, selected(values, "iso(v)", "british(v)", "collect_date(v)"), strict=True):
        assert all(day is None or date(1900, 1, 1) <= day <= date(2100, 12, 31) for day in found)
        assert value is not None or found == (None, None, None)


def test_days_that_never_were_are_null() -> None:
    iso = ["2023-02-29", "2024-02-30", "2024-13-01", "2024-00-10", "1899-12-31", "2101-01-01", "0001-01-01", "24-01-01", "2024-1-1",
           "01/02/2024", "2024-01-01x", "20240101", "", " "]  # fmt: skip
    british = ["29/02/2023", "31/04/2024", "00/01/2024", "12/13/2024", "01/01/24", "2024-01-01", "01-02-2024", "01/02/2024 tomorrow", "1/2/3"]
    collect = ["2024-Foo-01", "2023-Feb-29", "2024-01-01", "2024-January-01", "2024-Jan-1"]
    for read, values in (("iso(v)", iso), ("british(v)", british), ("collect_date(v)", collect)):
        assert one_by_one(values, read) == [None] * len(values)


def test_what_a_return_may_be_forgiven() -> None:
    day = date(2012, 2, 1)
    assert one_by_one([" 2012-02-01 ", "2012-02-01T10:30:00", "2012-02-01T10:30:00.000Z", "2012-02-01 10:30"], "iso(v)") == [day] * 4
    assert one_by_one(["1/2/2012", "01/02/2012 00:00", "\t01/02/2012\r"], "british(v)") == [day] * 3
    assert one_by_one(["2012-FEB-01 00:00:00", "2012-feb-01", "2012-Feb-01T00:00:00"], "collect_date(v)") == [day] * 3


def test_day_comes_before_month() -> None:
    assert one_by_one(["03/04/2012"], "british(v)") == [date(2012, 4, 3)]


def test_dates_that_look_like_defaults_are_marked() -> None:
    born = "unnest([date '2008-01-01', date '2008-01-15', date '2008-09-15', date '2008-02-01', date '2008-01-02', null])"
    found = duckdb.sql(f"select {dates.BIRTH_DATE_QUALITY} from (select {born} as date_of_birth)").fetchall()
    assert [row[0] for row in found] == ["default_first_of_january", "default_fifteenth", "default_fifteenth", "recorded", "recorded", None]


def test_a_date_may_lack_its_day_or_month_and_is_then_the_last_it_can_be() -> None:
    written = ["zz/02/2016", "ZZ/ZZ/2015", "zz/zz/zzzz", "03/04/2014", "zz/13/2016", "31/zz/2016"]
    assert one_by_one(written, "partial_date(v)") == [date(2016, 2, 29), date(2015, 12, 31), None, date(2014, 4, 3), None, None]


def test_an_age_is_in_full_years() -> None:
    days = ["2012-02-29/2013-02-28", "2012-02-29/2013-02-27", "2010-05-31/2011-05-30", "2010-05-31/2011-05-31", "2010-05-15/2010-05-14"]
    assert one_by_one(days, "full_years(iso(split_part(v, '/', 1)), iso(split_part(v, '/', 2)))") == [1, 0, 0, 1, -1]
