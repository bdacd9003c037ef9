"""Dates: what is a date is read, what is none is null, and nothing raises."""

from datetime import date

import duckdb
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from cyplink.standardise import dates
from tests.columns import applied, batches, many, one_by_one

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
nearly = st.from_regex(r"[0-9]{1,4}[-/ ]([0-9]{1,2}|[A-Za-z]{3})[-/ ][0-9]{1,4}( [0-9]{2}:[0-9]{2})?", fullmatch=True)
anything = st.one_of(st.none(), st.text(max_size=20), nearly)


@batches
@given(many(days))
def test_a_day_is_read_back_however_a_return_writes_it(spark_session: SparkSession, values: list[date]) -> None:
    layouts = {dates.iso: ("%Y-%m-%d", "%Y-%m-%d 00:00:00"), dates.british: ("%d/%m/%Y",), dates.collect: ("%Y-%b-%d %H:%M:%S", "%Y-%b-%d")}
    for read, all_layouts in layouts.items():
        for layout in all_layouts:
            assert one_by_one(spark_session, [day.strftime(layout) for day in values], read) == values, layout


@batches
@given(many(anything))
def test_any_text_is_a_date_in_range_or_null(spark_session: SparkSession, values: list[str | None]) -> None:
    for value, found in zip(values, applied(spark_session, values, dates.iso, dates.british, dates.collect), strict=True):
        assert all(day is None or date(1900, 1, 1) <= day <= date(2100, 12, 31) for day in found)
        assert value is not None or found == (None, None, None)


def test_days_that_never_were_are_null(spark_session: SparkSession) -> None:
    iso = ["2023-02-29", "2024-02-30", "2024-13-01", "2024-00-10", "1899-12-31", "2101-01-01", "0001-01-01", "24-01-01", "2024-1-1",
           "01/02/2024", "2024-01-01x", "20240101", "", " "]  # fmt: skip
    british = ["29/02/2023", "31/04/2024", "00/01/2024", "12/13/2024", "01/01/24", "2024-01-01", "01-02-2024", "01/02/2024 tomorrow", "1/2/3"]
    collect = ["2024-Foo-01", "2023-Feb-29", "2024-01-01", "2024-January-01", "2024-Jan-1"]
    for read, values in ((dates.iso, iso), (dates.british, british), (dates.collect, collect)):
        assert one_by_one(spark_session, values, read) == [None] * len(values)


def test_what_a_return_may_be_forgiven(spark_session: SparkSession) -> None:
    day = date(2012, 2, 1)
    assert one_by_one(spark_session, [" 2012-02-01 ", "2012-02-01T10:30:00", "2012-02-01T10:30:00.000Z", "2012-02-01 10:30"], dates.iso) == [day] * 4
    assert one_by_one(spark_session, ["1/2/2012", "01/02/2012 00:00", "\t01/02/2012\r"], dates.british) == [day] * 3
    assert one_by_one(spark_session, ["2012-FEB-01 00:00:00", "2012-feb-01", "2012-Feb-01T00:00:00"], dates.collect) == [day] * 3


def test_day_comes_before_month(spark_session: SparkSession) -> None:
    assert one_by_one(spark_session, ["03/04/2012"], dates.british) == [date(2012, 4, 3)]


def test_dates_that_look_like_defaults_are_marked() -> None:
    born = "unnest([date '2008-01-01', date '2008-01-15', date '2008-09-15', date '2008-02-01', date '2008-01-02', null])"
    found = duckdb.sql(f"select {dates.BIRTH_DATE_QUALITY} from (select {born} as date_of_birth)").fetchall()
    assert [row[0] for row in found] == ["default_first_of_january", "default_fifteenth", "default_fifteenth", "recorded", "recorded", None]


def test_a_date_may_lack_its_day_or_month_and_is_then_the_last_it_can_be(spark_session: SparkSession) -> None:
    written = ["zz/02/2016", "ZZ/ZZ/2015", "zz/zz/zzzz", "03/04/2014", "zz/13/2016", "31/zz/2016"]
    rows = spark_session.createDataFrame([(text,) for text in written], "text string")
    found = [row[0] for row in rows.select(dates.partial(rows["text"])).collect()]
    assert found == [date(2016, 2, 29), date(2015, 12, 31), None, date(2014, 4, 3), None, None]
