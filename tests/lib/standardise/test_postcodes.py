"""Postcodes: one spelling, and none for places where nobody lives."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyplink.standardise import codelists
from tests.columns import batches, many, one_by_one, selected

shaped = st.from_regex(r"[A-Za-z]{1,2}[0-9][A-Za-z0-9]?[ .]?[0-9][A-Za-z]{2}", fullmatch=True)
anything = st.one_of(st.none(), st.text(max_size=12), shaped, shaped.map(lambda text: f" {text}\t"))


@batches
@given(many(anything))
def test_any_text_becomes_a_postcode_or_null_and_stays_so(values: list[str | None]) -> None:
    made = selected(values, "compact_postcode(v)", "home_postcode(v)", "home_postcode(home_postcode(v))", "postcode_district(v)")
    for value, (compact, home, again, district) in zip(values, made, strict=True):
        assert home == again
        assert home in (None, compact)
        assert compact is None or re.fullmatch(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}", compact)
        assert district == (home[:-3] if home else None)
        assert value is not None or (compact, home) == (None, None)


def test_one_home_is_written_one_way() -> None:
    assert set(one_by_one(["HA9 6DE", "ha96de", " Ha9-6dE ", "HA9  6DE."], "home_postcode(v)")) == {"HA96DE"}


def test_what_has_no_shape_of_a_postcode_is_null() -> None:
    values = ["HA9", "HA9 6D", "HA9 6DEE", "9HA 6DE", "HAA9 6DE", "HA9 DE6", "unknown", ""]
    assert one_by_one(values, "home_postcode(v)") == [None] * len(values)


def test_pseudo_and_office_postcodes_are_nobodys_home() -> None:
    offices = [row["postcode"] for row in codelists.read("postcodes_not_a_home") if row["match"] == "whole"]
    values = ["ZZ99 3VZ", "zz993cz", "ZZ99 3WZ", *offices]
    assert len(offices) > 3
    assert selected(values, "home_postcode(v)", "postcode_district(v)") == [(None, None)] * len(values)
    assert one_by_one(values, "compact_postcode(v)")[:2] == ["ZZ993VZ", "ZZ993CZ"]


def test_a_list_without_rows_bars_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lists = tmp_path / "codelists"
    shutil.copytree(codelists.folder(), lists)
    (lists / "postcodes_not_a_home.csv").write_text("postcode,match,meaning\n")
    monkeypatch.setenv(codelists.FOLDER_VARIABLE, str(lists))
    codelists.read.cache_clear()
    try:
        assert one_by_one(["HA9 6DE", "ZZ99 3VZ"], "home_postcode(v)") == ["HA96DE", "ZZ993VZ"]
    finally:
        codelists.read.cache_clear()
