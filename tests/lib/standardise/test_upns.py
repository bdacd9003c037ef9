"""Unique pupil numbers, against an implementation of the check letter that is not ours."""

from hypothesis import given
from hypothesis import strategies as st
from stdnum.gb import upn as peer

from tests.columns import batches, many, one_by_one, selected

authorities = st.sampled_from([f"{number:03}" for number in sorted(peer._la_numbers)])
rest = st.builds(lambda la, eight, last: f"{la}{eight:08}{last}", authorities, st.integers(0, 10**8 - 1), st.sampled_from("0123456789ABCZ"))
right = rest.map(lambda twelve: peer.calc_check_digit(twelve) + twelve)
shaped = st.builds(lambda letter, twelve: letter + twelve, st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0"), rest)
anything = st.one_of(st.none(), right, right.map(lambda text: f" {text.lower()[:4]} {text[4:]}"), shaped, st.text(max_size=14))


@batches
@given(many(anything))
def test_validity_is_what_python_stdnum_says(values: list[str | None]) -> None:
    for value, (number, is_permanent) in zip(values, selected(values, "upn_of(v)", "is_permanent(upn_of(v))"), strict=True):
        is_right = value is not None and value.isascii() and peer.is_valid(value)
        assert number == (peer.compact(value) if is_right else None)
        assert is_permanent == (number[-1].isdigit() if number else None)


@batches
@given(many(anything))
def test_reading_twice_changes_nothing(values: list[str | None]) -> None:
    once = one_by_one(values, "upn_of(v)")
    assert one_by_one(once, "upn_of(v)") == once


def test_a_reason_why_there_is_none_is_no_upn() -> None:
    assert one_by_one(["UN1", "UN5", "", "A"], "upn_of(v)") == [None] * 4
