"""Names: one spelling for one name, nothing for no name, and every part that may speak for a person."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyplink import duck
from cyplink.standardise import names
from tests.columns import batches, many

letters = st.text("aàÄÅßœŒþØłŁđıİſñ ÇáẞŉﬁO'’-.´`\u0301\u00a0\t\n12АйДمحمد陳", max_size=12)
anything = st.one_of(st.none(), st.text(max_size=20), letters)


def made_of(values: Sequence[str | None], *functions: Callable[[str], str]) -> list[tuple[Any, ...]]:
    """What each function makes of each value: one tuple per value, in the order given."""
    with duck.connection() as connection:
        columns = ", ".join(f"{function('value')} as f{place}" for place, function in enumerate(functions))
        return connection.execute(f"select {columns} from (select unnest($1::varchar[]) as value)", [list(values)]).fetchall()


def one_by_one(values: Sequence[str | None], function: Callable[[str], str]) -> list[Any]:
    """What one function makes of each value."""
    return [made for (made,) in made_of(values, function)]


def _forename(name: str) -> str:
    return f"case when not {names.is_placeholder(names.cleaned(name), names.FORENAME)} then {names.cleaned(name)} end"


def _surname(name: str) -> str:
    return f"case when not {names.is_placeholder(names.cleaned(name), names.SURNAME)} then {names.cleaned(name)} end"


def _twice(name: str) -> str:
    return names.standardised(names.standardised(name))


@batches
@given(many(anything))
def test_any_text_becomes_words_of_a_to_z_and_stays_so(values: list[str | None]) -> None:
    for value, (once, again, forename) in zip(values, made_of(values, names.standardised, _twice, _forename), strict=True):
        assert once == again
        assert once is None or all(word.isascii() and word.isalpha() and word.isupper() for word in once.split(" "))
        assert value is not None or (once, forename) == (None, None)


@pytest.mark.parametrize("function", [names.standardised, names.cleaned])
def test_spellings_of_one_name_are_one(function: Callable[[str], str]) -> None:
    spellings = {
        "OBRIEN": ["O'Brien", "o’brien", " O`BRIEN ", "OBrien"], "SMITH JONES": ["Smith-Jones", "SMITH  JONES", "smith–jones"],
        "LUKASZ": ["Łukasz", "ŁUKASZ", "lukasz"], "ZOE": ["Zoë", "Zoe\u0308"], "STRASSE": ["Straße", "STRASSE"], "AESA": ["Æsa"],
        "AYSE": ["Ayşe"], "NGUYEN": ["Nguyễn"], "THORA": ["Þóra"],
    }  # fmt: skip
    given_names = [(name, spelling) for name, all_of_it in spellings.items() for spelling in all_of_it]
    made = one_by_one([spelling for _, spelling in given_names], function)
    assert list(zip(made, (spelling for _, spelling in given_names), strict=True)) == given_names


def test_what_holds_no_latin_letter_is_no_name() -> None:
    assert set(one_by_one(["", "   ", "-", "123", "Иван", "محمد", "'"], names.standardised)) == {None}


def test_placeholders_are_no_forename() -> None:
    placeholders = ["Baby", "BABY GIRL", "baby boy Smith", "Twin One", "Twin 1", "TWIN A", "Twin II", "Unborn", "UNKNOWN", "not known", "NK",
                    "Male Infant", "xx", "N.K.", "Duplicate"]  # fmt: skip
    real = ["BABYLON", "TWINKLE", "MALEK", "TESTA", "BOYD", "XXENIA", "UNA", "ANONA"]
    assert set(one_by_one(placeholders, _forename)) <= {None, "N K"}
    assert one_by_one(real, _forename) == real


def test_a_forename_placeholder_may_be_a_surname() -> None:
    assert one_by_one(["Baby", "Boy", "Twin", "No Surname", "Unknown"], _surname) == ["BABY", "BOY", "TWIN", None, None]


def test_a_marker_goes_and_the_name_stays() -> None:
    marked = ["ANNA DUPLICATE", "Anna (duplicate record)", "DO NOT USE - Anna", "MERGED Anna"]
    assert one_by_one(marked, names.cleaned) == ["ANNA"] * 4
    assert one_by_one(["DUPLICATES", "EMERGED"], names.cleaned) == ["DUPLICATES", "EMERGED"]


def test_parts_are_words_that_speak_for_somebody() -> None:
    made = one_by_one(["SMITH JONES", "VAN DER BERG", "AL HASSAN", "J SMITH", None], names.parts)
    assert made == [["SMITH", "JONES"], ["BERG"], ["HASSAN"], ["SMITH"], None]


def test_the_first_word_and_the_rest_make_up_the_name() -> None:
    assert made_of(["ANNA MARIA LEE", "ANNA", None], names.first, names.rest) == [
        ("ANNA", "MARIA LEE"), ("ANNA", None), (None, None),
    ]  # fmt: skip
