"""Sex, ethnicity and other codes: every source's coding comes to one, and no code raises."""

from hypothesis import given
from hypothesis import strategies as st

from cyplink.sources import SOURCES
from cyplink.standardise import ethnicity, sex
from tests.columns import batches, many, one_by_one, selected

anything = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["1", "2", "M", " f ", "01", "WBRI", "A", "Z", "99", "1.0", "12.5", "-3"]))


@batches
@given(many(anything))
def test_no_text_raises_and_null_stays_null(values: list[str | None]) -> None:
    for value, made in zip(values, selected(values, "sex_of(v)", "nhs_category(v)", "int_number(v)", "yes_or_no(v)"), strict=True):
        assert value is not None or set(made) == {None}
        assert made[0] in ("M", "F", None)
        assert made[2] is None or 0 <= made[2] < 2**31


@batches
@given(many(anything))
def test_what_is_standard_stays(values: list[str | None]) -> None:
    for made in selected(values, "sex_of(v)", "nhs_category(v)", "code(v)", "sex_of(sex_of(v))", "nhs_category(nhs_category(v))", "code(code(v))"):
        assert made[:3] == made[3:]


def test_sex_means_the_same_in_every_year_and_source() -> None:
    meanings = {
        "M": ["1", "M", "m ", "01", "Male", "a) Male"], "F": ["2", "F", "02", "FEMALE", "b) Female"],
        None: ["U", "0", "3", "4", "9", "09", "X", "Z", "c) Not stated/recorded", "7", "", "?"],
    }  # fmt: skip
    for meaning, codes in meanings.items():
        assert one_by_one(codes, "sex_of(v)") == [meaning] * len(codes)


def test_every_sex_code_a_source_declares_is_known() -> None:
    # Annex A gives words, which its own lists of aliases read before this coding is met.
    coded = [source for source in SOURCES.values() if source.name != "annex_a"]
    sets = [(source, name) for source in coded for name in ("sex", "gender", "person_stated_gender", "gender_identity") if name in source.codes]
    codes = {code.upper() for source, name in sets for code in source.codes[name]}
    assert len(sets) >= 5 and codes
    assert codes <= {*sex.MEANINGS, *sex.UNKNOWN}


def test_ethnic_codes_of_two_codings_meet() -> None:
    expected = {
        "A": ("A", "White"), "WENG": ("A", "White"), "wbri ": ("A", "White"), "R": ("R", "Asian"), "WROR": ("C", "White"), "BSOM": ("N", "Black"),
        "ORAB": ("S", "Other"), "REFU": ("Z", None), "99": ("99", None), "QQQQ": (None, None),
    }  # fmt: skip
    categories, groups = one_by_one(list(expected), "nhs_category(v)"), ethnicity.five_groups()
    assert {code: (category, groups.get(code.strip().upper())) for code, category in zip(expected, categories, strict=True)} == expected


def test_every_ethnic_code_a_source_declares_has_an_nhs_category() -> None:
    names = ("ethnicity", "ethnic", "ethnic_category")
    codes = sorted({code for source in SOURCES.values() for name in names for code in source.codes.get(name, {})})
    assert {"WBRI", "A"} <= set(codes)
    without = [code for code, category in zip(codes, one_by_one(codes, "nhs_category(v)"), strict=True) if category is None]
    assert without == []


def test_whole_numbers_and_answers() -> None:
    assert one_by_one(["30", " 30 ", "30.0", "0", "30.5", "-1", "1e3", "99999999999", "9" * 30, "x"], "int_number(v)") == [
        30, 30, 30, 0, None, None, None, None, None, None,
    ]  # fmt: skip
    assert one_by_one(["999999999999", "1000000000000", " 7. "], "whole_number(v, 999999999999)") == [999_999_999_999, None, 7]
    answers = ["1", "true", "Y", " yes", "0", "FALSE", "n", "No", "2", ""]
    assert one_by_one(answers, "yes_or_no(v)") == [True] * 4 + [False] * 4 + [None] * 2
