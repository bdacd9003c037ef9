"""The macros of DuckDB's SQL give what the functions over Spark's columns give, for the awkward values of each."""

from collections.abc import Callable, Iterable
from typing import Any

import duckdb
import pytest
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from cyplink.standardise import dates, ethnicity, nhs_numbers, postcodes, sex, texts, upns
from cyplink.standardise.macros import open_macros
from tests.columns import one_by_one

BLANK = [None, "", " ", "\t\n", "\u00a0", "\u3000 "]
TEXTS = [*BLANK, " a b ", "\u00a0x\u202f", "Straße", "O'Brien", "x\0", "NULL"]
DATES = [
    *BLANK, "2024-02-29", " 2024-02-29T10:00:00Z", "2023-02-29", "2024-02-29 10:00", "1899-12-31", "2101-01-01", "2024-2-9", "29/02/2024", "9/2/2024",
    "31/02/2024", "29/02/2024 00:00:00", "2024-Feb-29 00:00:00", "2024-FEB-29", "2024-feb-29", "2024-Feb-30", "2024-Xyz-01", "not known", "20240229",
]  # fmt: skip
NUMBERS = [*BLANK, "12", " 7.0 ", "7.", "7.5", "-3", "1e3", "999999999999", "1000000000000", "2147483647", "2147483648", "0012", "9" * 19]
ANSWERS = [*BLANK, "1", "0", "1.0", "0.0", "y", "N ", "yes", "No", "true", "FALSE", "2", "maybe"]
SEXES = [*BLANK, *sex.MEANINGS, *sex.UNKNOWN, " m ", "f", "male", "K"]
POSTCODES = [*BLANK, "w5 5dy", "W5-5DY", "HA9 1AA", "ZZ99 3VZ", "ZZ993VZ", "SW1A 1AA", "EC1A1BB", "HA91A", "HA9", "1A1 1AA", "HA9 1AAA", "NW10 1A A"]
HEALTH_NUMBERS = [*BLANK, "9990000018", "999 000 0018", "999-000-0018", "9990000019", "1111111111", "0000000000", "99900000181", "999000001", "999000001X", "999\u00a0000\u00a00018"]
PUPIL_NUMBERS = [*BLANK, "P307201613001", "p307201613001 ", "P307 2016 13001", "A307201613001", "UN1", "I307201613001", "P30720161300", "P30720161300A", "H801200001001", "H80120000100A"]
ETHNICITIES = [*BLANK, "WBRI", "wbri", "A", "Z", "99", "MOTH", "NOBT", "REFU", "nothing"]

PAIRS: list[tuple[str, Callable[[Column], Column], Iterable[Any]]] = [
    ("given(v)", texts.given, TEXTS),
    ("code(v)", texts.code, [text for text in TEXTS if text != "Straße"]),  # DuckDB keeps the letter that has no capital; no code has it
    ("int_number(v)", texts.whole_number, NUMBERS),
    ("whole_number(v, 999999999999)", lambda column: texts.whole_number(column, 999_999_999_999), NUMBERS),
    ("yes_or_no(v)", texts.yes_or_no, ANSWERS),
    ("iso(v)", dates.iso, DATES),
    ("british(v)", dates.british, DATES),
    ("collect_date(v)", dates.collect, DATES),
    ("sex_of(v)", sex.standardise, SEXES),
    ("compact_postcode(v)", postcodes.compact, POSTCODES),
    ("home_postcode(v)", postcodes.standardise, POSTCODES),
    ("compact_number(v)", nhs_numbers.compact, HEALTH_NUMBERS),
    ("compact_upn(v)", upns.compact, PUPIL_NUMBERS),
    ("upn_of(v)", upns.parse, PUPIL_NUMBERS),
    ("nhs_category(v)", ethnicity.nhs_category, ETHNICITIES),
]


def _selected(sql: str, values: list[Any]) -> list[Any]:
    with duckdb.connect() as connection:
        open_macros(connection)
        connection.execute("create table given_value (place int, v varchar)")
        connection.executemany("insert into given_value values (?, ?)", [[place, value] for place, value in enumerate(values)])
        return [row[0] for row in connection.execute(f"select {sql} from given_value order by place").fetchall()]


@pytest.mark.parametrize(("sql", "function", "values"), PAIRS, ids=[sql for sql, *_ in PAIRS])
def test_a_macro_gives_what_the_function_gives(spark_session: SparkSession, sql: str, function: Callable[[Column], Column], values: Iterable[Any]) -> None:
    listed = list(values)
    found = _selected(sql, listed)
    assert dict(enumerate(zip(listed, found, strict=True))) == dict(enumerate(zip(listed, one_by_one(spark_session, listed, function), strict=True)))
    assert any(value is not None for value in found)


def test_a_right_nhs_number_is_a_whole_number_and_ten_equal_digits_are_none(spark_session: SparkSession) -> None:
    right = one_by_one(spark_session, HEALTH_NUMBERS, lambda column: F.when(nhs_numbers.is_valid(column), nhs_numbers.compact(column)).cast("bigint"))
    assert _selected("nhs_number_of(v)", HEALTH_NUMBERS) == [None if number in (1111111111, 0) else number for number in right]
