"""Where a table still has a build, its columns are standardised as the macros of DuckDB's SQL standardise the others."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from pyspark.sql import Column, SparkSession

from cyplink.standardise import dates, ethnicity, nhs_numbers, texts, upns
from tests.columns import in_spark, one_by_one

BLANK = [None, "", " ", "\t\n", "\u00a0", "\u3000 "]
TEXTS = [*BLANK, " a b ", "\u00a0x\u202f", "O'Brien", "é", "x é", "NULL", "a", "\ta"]
DATES = [
    *BLANK, "2024-02-29", " 2024-02-29T10:00:00Z", "2023-02-29", "2024-02-29 10:00", "1899-12-31", "2101-01-01", "2024-2-9", "29/02/2024", "9/2/2024",
    "2024-Feb-29 00:00:00", "2024-FEB-29", "2024-feb-29", "2024-Feb-30", "2024-Xyz-01", "not known", "20240229",
]  # fmt: skip
HEALTH_NUMBERS = [*BLANK, "9990000018", "999 000 0018", "999-000-0018", "9990000019", "1111111111", "0000000000", "99900000181", "999000001", "999000001X", "999\u00a0000\u00a00018"]
PUPIL_NUMBERS = [*BLANK, "P307201613001", "p307201613001 ", "P307 2016 13001", "A307201613001", "UN1", "I307201613001", "P30720161300", "P30720161300A"]
ETHNICITIES = [*BLANK, "WBRI", "wbri", "A", "Z", "99", "MOTH", "NOBT", "REFU", "nothing"]

PAIRS: list[tuple[str, Callable[[Column], Column], Iterable[Any]]] = [
    ("given(v)", texts.given, [*TEXTS, "x\0"]),
    ("code(v)", texts.code, TEXTS),
    ("collect_date(v)", dates.collect, DATES),
    ("compact_number(v)", nhs_numbers.compact, HEALTH_NUMBERS),
    ("compact_upn(v)", upns.compact, PUPIL_NUMBERS),
    ("nhs_category(v)", ethnicity.nhs_category, ETHNICITIES),
]


@pytest.mark.parametrize(("sql", "function", "values"), PAIRS, ids=[sql for sql, *_ in PAIRS])
def test_a_macro_gives_what_the_function_gives(spark_session: SparkSession, sql: str, function: Callable[[Column], Column], values: Iterable[Any]) -> None:
    listed = list(values)
    found = one_by_one(listed, sql)
    assert dict(enumerate(zip(listed, found, strict=True))) == dict(enumerate(zip(listed, in_spark(spark_session, listed, function), strict=True)))
    assert any(value is not None for value in found)
