"""NHS numbers, against an implementation of the check digit that is not ours."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from stdnum.gb import nhs

from cyplink.standardise import nhs_numbers
from tests.columns import applied, batches, many

nine = st.integers(0, 10**9 - 1).map(lambda number: f"{number:09}")
right = nine.map(lambda digits: digits + str(-nhs.checksum(digits + "0") % 11)).filter(lambda number: len(number) == len("9434765919"))
spaced = right.map(lambda number: f" {number[:3]} {number[3:6]}-{number[6:]}")
ten = st.integers(0, 10**10 - 1).map(lambda number: f"{number:010}")
anything = st.one_of(st.none(), right, spaced, ten, st.text("0123456789- Ax٣", max_size=14), st.text(max_size=14))


def checked(spark: SparkSession, values: Sequence[str | None]) -> list[int | None]:
    """What the check of rows makes of each value, in the order given."""
    rows = spark.createDataFrame(list(enumerate(values)), "place int, delivered string").coalesce(1)
    made = nhs_numbers.checked(rows, "delivered", "checked").collect()
    return [row["checked"] for row in sorted(made, key=lambda row: row["place"])]


@batches
@given(many(anything))
def test_validity_is_what_python_stdnum_says(spark_session: SparkSession, values: list[str | None]) -> None:
    made = applied(spark_session, values, nhs_numbers.compact, nhs_numbers.is_valid)
    for value, (compact, is_valid), number in zip(values, made, checked(spark_session, values), strict=True):
        if value is None:
            assert (compact, is_valid, number) == (None, None, None)
            continue
        # Marks and digits of other scripts are no separators and no digits here.
        expected = value.isascii() and nhs.is_valid(value)
        assert is_valid is expected
        assert number == (int(nhs.compact(value)) if expected and len(set(nhs.compact(value))) > 1 else None)


def test_ten_equal_digits_and_wrong_digits_are_no_number(spark_session: SparkSession) -> None:
    assert nhs.is_valid("1111111111"), "the check digit alone lets the placeholder through"
    assert checked(spark_session, ["1111111111", "0000000000", "9434765918", "943476591", "94347659190"]) == [None] * 5
    assert checked(spark_session, ["9434765919", "943 476 5919", "0000000051"])[:2] == [9434765919] * 2
