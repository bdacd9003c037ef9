"""Names: one spelling for one name, nothing for no name, and every part that may speak for a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import Column, SparkSession

from cyplink.standardise import names
from tests.columns import applied, batches, many, one_by_one, twice

letters = st.text("aàÄÅßœŒþØłŁđıİſñ ÇáẞŉﬁO'’-.´`\u0301\u00a0\t\n12АйДمحمد陳", max_size=12)
anything = st.one_of(st.none(), st.text(max_size=20), letters)


def _forename(column: Column) -> Column:
    return names.usable(names.cleaned(column), names.FORENAME)


def _surname(column: Column) -> Column:
    return names.usable(names.cleaned(column), names.SURNAME)


@batches
@given(many(anything))
def test_any_text_becomes_words_of_a_to_z_and_stays_so(spark_session: SparkSession, values: list[str | None]) -> None:
    for value, (once, again, forename) in zip(
        values, applied(spark_session, values, names.standardise, twice(names.standardise), _forename), strict=True
    ):
        assert once == again
        assert once is None or all(word.isascii() and word.isalpha() and word.isupper() for word in once.split(" "))
        assert value is not None or (once, forename) == (None, None)


@pytest.mark.parametrize("function", [names.standardise, names.cleaned])
def test_spellings_of_one_name_are_one(spark_session: SparkSession, function) -> None:
    spellings = {
        "OBRIEN": ["O'Brien", "o’brien", " O`BRIEN ", "OBrien"], "SMITH JONES": ["Smith-Jones", "SMITH  JONES", "smith–jones"],
        "LUKASZ": ["Łukasz", "ŁUKASZ", "lukasz"], "ZOE": ["Zoë", "Zoe\u0308"], "STRASSE": ["Straße", "STRASSE"], "AESA": ["Æsa"],
        "AYSE": ["Ayşe"], "NGUYEN": ["Nguyễn"], "THORA": ["Þóra"],
    }  # fmt: skip
    given_names = [(name, spelling) for name, all_of_it in spellings.items() for spelling in all_of_it]
    made = one_by_one(spark_session, [spelling for _, spelling in given_names], function)
    assert list(zip(made, (spelling for _, spelling in given_names), strict=True)) == given_names


def test_what_holds_no_latin_letter_is_no_name(spark_session: SparkSession) -> None:
    assert set(one_by_one(spark_session, ["", "   ", "-", "123", "Иван", "محمد", "'"], names.standardise)) == {None}


def test_placeholders_are_no_forename(spark_session: SparkSession) -> None:
    placeholders = ["Baby", "BABY GIRL", "baby boy Smith", "Twin One", "Twin 1", "TWIN A", "Twin II", "Unborn", "UNKNOWN", "not known", "NK",
                    "Male Infant", "xx", "N.K.", "Duplicate"]  # fmt: skip
    real = ["BABYLON", "TWINKLE", "MALEK", "TESTA", "BOYD", "XXENIA", "UNA", "ANONA"]
    assert set(one_by_one(spark_session, placeholders, _forename)) <= {None, "N K"}
    assert one_by_one(spark_session, real, _forename) == real


def test_a_forename_placeholder_may_be_a_surname(spark_session: SparkSession) -> None:
    assert one_by_one(spark_session, ["Baby", "Boy", "Twin", "No Surname", "Unknown"], _surname) == ["BABY", "BOY", "TWIN", None, None]


def test_a_marker_goes_and_the_name_stays(spark_session: SparkSession) -> None:
    marked = ["ANNA DUPLICATE", "Anna (duplicate record)", "DO NOT USE - Anna", "MERGED Anna"]
    assert one_by_one(spark_session, marked, names.cleaned) == ["ANNA"] * 4
    assert one_by_one(spark_session, ["DUPLICATES", "EMERGED"], names.cleaned) == ["DUPLICATES", "EMERGED"]


def test_parts_are_words_that_speak_for_somebody(spark_session: SparkSession) -> None:
    def parts(column: Column) -> Column:
        return names.with_parts(column, names.standardise(column))

    made = one_by_one(spark_session, ["SMITH JONES", "VAN DER BERG", "AL HASSAN", "J SMITH", None], parts)
    assert made == [
        ["JONES", "SMITH", "SMITH JONES"], ["BERG", "VAN DER BERG"], ["AL HASSAN", "HASSAN"], ["J SMITH", "SMITH"], [],
    ]  # fmt: skip


def test_the_first_word_and_the_rest_make_up_the_name(spark_session: SparkSession) -> None:
    assert applied(spark_session, ["ANNA MARIA LEE", "ANNA", None], names.first, names.rest) == [
        ("ANNA", "MARIA LEE"), ("ANNA", None), (None, None),
    ]  # fmt: skip
