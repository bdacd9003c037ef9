"""Sex, ethnicity and other codes: every source's coding comes to one, and no code raises."""

from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from cyplink.sources import SOURCES
from cyplink.standardise import ethnicity, sex, texts
from tests.columns import applied, batches, many, one_by_one, twice

anything = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["1", "2", "M", " f ", "01", "WBRI", "A", "Z", "99", "1.0", "12.5", "-3"]))
FUNCTIONS = (
    sex.standardise, sex.is_known_code, ethnicity.nhs_category, ethnicity.main_code, ethnicity.five_group, texts.whole_number, texts.yes_or_no,
)  # fmt: skip


@batches
@given(many(anything))
def test_no_text_raises_and_null_stays_null(spark_session: SparkSession, values: list[str | None]) -> None:
    for value, made in zip(values, applied(spark_session, values, *FUNCTIONS), strict=True):
        assert value is not None or set(made) == {None}
        assert made[0] in ("M", "F", None)
        assert made[5] is None or 0 <= made[5] < 2**31


@batches
@given(many(anything))
def test_what_is_standard_stays(spark_session: SparkSession, values: list[str | None]) -> None:
    rewrites = (sex.standardise, ethnicity.nhs_category, ethnicity.main_code, texts.code)
    for made in applied(spark_session, values, *rewrites, *(twice(function) for function in rewrites)):
        assert made[:4] == made[4:]


def test_sex_means_the_same_in_every_year_and_source(spark_session: SparkSession) -> None:
    meanings = {
        "M": ["1", "M", "m ", "01", "Male", "a) Male"], "F": ["2", "F", "02", "FEMALE", "b) Female"],
        None: ["U", "0", "3", "4", "9", "09", "X", "Z", "c) Not stated/recorded", "7", "", "?"],
    }  # fmt: skip
    for meaning, codes in meanings.items():
        assert one_by_one(spark_session, codes, sex.standardise) == [meaning] * len(codes)


def test_every_sex_code_a_source_declares_is_known(spark_session: SparkSession) -> None:
    # Annex A gives words, which its own lists of aliases read before this coding is met.
    coded = [source for source in SOURCES.values() if source.name != "annex_a"]
    sets = [(source, name) for source in coded for name in ("sex", "gender", "person_stated_gender", "gender_identity") if name in source.codes]
    codes = sorted({code for source, name in sets for code in source.codes[name]})
    assert len(sets) >= 5 and codes
    assert one_by_one(spark_session, codes, sex.is_known_code) == [True] * len(codes)
    assert one_by_one(spark_session, ["7", "Q"], sex.is_known_code) == [False, False]


def test_ethnic_codes_of_three_codings_meet(spark_session: SparkSession) -> None:
    def all_three(code: Column) -> Column:
        return F.array(ethnicity.nhs_category(code), ethnicity.main_code(code), ethnicity.five_group(code))

    expected = {
        "A": ["A", "WBRI", "White"], "WENG": ["A", "WBRI", "White"], "wbri ": ["A", "WBRI", "White"], "R": ["R", "CHNE", "Asian"],
        "WROR": ["C", "WROM", "White"], "BSOM": ["N", "BAFR", "Black"], "ORAB": ["S", "OOTH", "Other"], "REFU": ["Z", "REFU", None],
        "99": ["99", "NOBT", None], "QQQQ": [None, None, None],
    }  # fmt: skip
    assert dict(zip(expected, one_by_one(spark_session, list(expected), all_three), strict=True)) == expected


def test_every_ethnic_code_a_source_declares_has_an_nhs_category(spark_session: SparkSession) -> None:
    names = ("ethnicity", "ethnic", "ethnic_category")
    codes = sorted({code for source in SOURCES.values() for name in names for code in source.codes.get(name, {})})
    assert {"WBRI", "A"} <= set(codes)
    without = [code for code, category in zip(codes, one_by_one(spark_session, codes, ethnicity.nhs_category), strict=True) if category is None]
    assert without == []


def test_whole_numbers_and_answers(spark_session: SparkSession) -> None:
    assert one_by_one(spark_session, ["30", " 30 ", "30.0", "0", "30.5", "-1", "1e3", "99999999999", "9" * 30, "x"], texts.whole_number) == [
        30, 30, 30, 0, None, None, None, None, None, None,
    ]  # fmt: skip
    answers = ["1", "true", "Y", " yes", "0", "FALSE", "n", "No", "2", ""]
    assert one_by_one(spark_session, answers, texts.yes_or_no) == [True] * 4 + [False] * 4 + [None] * 2
