"""Which jobs a run selects, and what it says when it can select none."""

import pytest

from cyplink import flow
from cyplink.flow import FlowError

STEPS = flow.discover()


def test_from_and_to_name_stages_or_jobs_and_include_both() -> None:
    chosen = [step.name for step in flow.select(STEPS, "linkage", "gold.person")]
    assert chosen[0].startswith("linkage.") and chosen[-1] == "gold.person"
    assert [step.name for step in flow.select(STEPS, only=["linkage.anchor"])] == ["linkage.anchor"]


@pytest.mark.parametrize(("first", "last", "said"), [
    ("nosuch", "", "no stage or job 'nosuch'"),
    ("silver.identitiy", "", "Nearest: silver.identity"),
    ("", "golf", "Nearest: gold"),
    ("gold", "bronze", "'bronze' runs first"),
])
def test_a_selection_of_nothing_says_why(first: str, last: str, said: str) -> None:
    with pytest.raises(FlowError, match=said):
        flow.select(STEPS, first, last)
