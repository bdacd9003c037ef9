"""Unique pupil numbers, against an implementation of the check letter that is not ours."""

from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from stdnum.gb import upn as peer

from cyplink.standardise import upns
from tests.columns import applied, batches, many, one_by_one

authorities = st.sampled_from([f"{number:03}" for number in sorted(peer._la_numbers)])
rest = st.builds(lambda la, eight, last: f"{la}{eight:08}{last}", authorities, st.integers(0, 10**8 - 1), st.sampled_from("0123456789ABCZ"))
right = rest.map(lambda twelve: peer.calc_check_digit(twelve) + twelve)
shaped = st.builds(lambda letter, twelve: letter + twelve, st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0"), rest)
anything = st.one_of(st.none(), right, right.map(lambda text: f" {text.lower()[:4]} {text[4:]}"), shaped, st.text(max_size=14))


@batches
@given(many(anything))
def test_validity_is_what_python_stdnum_says(spark_session: SparkSession, values: list[str | None]) -> None:
    made = applied(spark_session, values, upns.is_valid, upns.parse, upns.permanent)
    for value, (is_valid, number, permanent) in zip(values, made, strict=True):
        if value is None:
            assert (is_valid, number, permanent) == (None, None, None)
            continue
        expected = value.isascii() and peer.is_valid(value)
        assert is_valid is expected
        assert number == (peer.compact(value) if expected else None)
        assert permanent == (number if number and number[-1].isdigit() else None)


@batches
@given(many(anything))
def test_parsing_twice_changes_nothing_and_the_staged_check_agrees(spark_session: SparkSession, values: list[str | None]) -> None:
    once = one_by_one(spark_session, values, upns.parse)
    assert one_by_one(spark_session, once, upns.parse) == once
    rows = spark_session.createDataFrame([(place, value) for place, value in enumerate(values)], "place int, delivered string").coalesce(1)
    staged = upns.checked(rows, "delivered", "checked").collect()
    assert [row["checked"] for row in sorted(staged, key=lambda row: row["place"])] == once


def test_a_reason_why_there_is_none_is_no_upn(spark_session: SparkSession) -> None:
    assert one_by_one(spark_session, ["UN1", "UN5", "", "A"], upns.parse) == [None] * 4
