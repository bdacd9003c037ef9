"""NHS numbers, against an implementation of the check digit that is not ours."""

from hypothesis import given
from hypothesis import strategies as st
from stdnum.gb import nhs

from tests.columns import batches, many, one_by_one, selected

nine = st.integers(0, 10**9 - 1).map(lambda number: f"{number:09}")
right = nine.map(lambda digits: digits + str(-nhs.checksum(digits + "0") % 11)).filter(lambda number: len(number) == len("9434765919"))
spaced = right.map(lambda number: f" {number[:3]} {number[3:6]}-{number[6:]}")
ten = st.integers(0, 10**10 - 1).map(lambda number: f"{number:010}")
anything = st.one_of(st.none(), right, spaced, ten, st.text("0123456789- Ax٣", max_size=14), st.text(max_size=14))


@batches
@given(many(anything))
def test_validity_is_what_python_stdnum_says(values: list[str | None]) -> None:
    for value, (compact, number) in zip(values, selected(values, "compact_number(v)", "nhs_number_of(v)"), strict=True):
        # Marks and digits of other scripts are no separators and no digits here.
        is_right = value is not None and value.isascii() and nhs.is_valid(value)
        assert value is not None or compact is None
        assert number == (int(nhs.compact(value)) if is_right and len(set(nhs.compact(value))) > 1 else None)


def test_ten_equal_digits_and_wrong_digits_are_no_number() -> None:
    assert nhs.is_valid("1111111111"), "the check digit alone lets the placeholder through"
    assert one_by_one(["1111111111", "0000000000", "9434765918", "943476591", "94347659190"], "nhs_number_of(v)") == [None] * 5
    assert one_by_one(["9434765919", "943 476 5919", "0000000051"], "nhs_number_of(v)")[:2] == [9434765919] * 2
