"""Postcodes: one spelling, and none for places where nobody lives."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from cyplink.standardise import codelists, postcodes
from tests.columns import applied, batches, many, one_by_one, twice

shaped = st.from_regex(r"[A-Za-z]{1,2}[0-9][A-Za-z0-9]?[ .]?[0-9][A-Za-z]{2}", fullmatch=True)
anything = st.one_of(st.none(), st.text(max_size=12), shaped, shaped.map(lambda text: f" {text}\t"))


@batches
@given(many(anything))
def test_any_text_becomes_a_postcode_or_null_and_stays_so(spark_session: SparkSession, values: list[str | None]) -> None:
    made = applied(spark_session, values, postcodes.compact, postcodes.standardise, twice(postcodes.standardise), postcodes.district)
    for value, (compact, home, again, district) in zip(values, made, strict=True):
        assert home == again
        assert home in (None, compact)
        assert compact is None or re.fullmatch(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}", compact)
        assert district == (home[:-3] if home else None)
        assert value is not None or (compact, home) == (None, None)


def test_one_home_is_written_one_way(spark_session: SparkSession) -> None:
    assert set(one_by_one(spark_session, ["HA9 6DE", "ha96de", " Ha9-6dE ", "HA9  6DE."], postcodes.standardise)) == {"HA96DE"}


def test_what_has_no_shape_of_a_postcode_is_null(spark_session: SparkSession) -> None:
    values = ["HA9", "HA9 6D", "HA9 6DEE", "9HA 6DE", "HAA9 6DE", "HA9 DE6", "unknown", ""]
    assert one_by_one(spark_session, values, postcodes.standardise) == [None] * len(values)


def test_pseudo_and_office_postcodes_are_nobodys_home(spark_session: SparkSession) -> None:
    offices = [row["postcode"] for row in codelists.read("postcodes_not_a_home") if row["match"] == "whole"]
    values = ["ZZ99 3VZ", "zz993cz", "ZZ99 3WZ", *offices]
    assert len(offices) > 3
    assert applied(spark_session, values, postcodes.standardise, postcodes.district) == [(None, None)] * len(values)
    assert one_by_one(spark_session, values, postcodes.compact)[:2] == ["ZZ993VZ", "ZZ993CZ"]


def test_a_list_without_rows_bars_no_home(spark_session: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "postcodes_not_a_home.csv").write_text("postcode,match,meaning\n")
    monkeypatch.setenv(codelists.FOLDER_VARIABLE, str(tmp_path))
    codelists.read.cache_clear()
    try:
        assert one_by_one(spark_session, ["HA9 6DE", "ZZ99 3VZ"], postcodes.standardise) == ["HA96DE", "ZZ993VZ"]
    finally:
        codelists.read.cache_clear()
