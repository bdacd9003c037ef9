"""What no union may break, however strong the weights: each hard constraint by itself, and decisions by people."""

from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cyplink.linkage.constraints import BIRTH_ORDER, NEVER, SEALED, TWO_NUMBERS, TWO_PUPILS, Facts
from cyplink.linkage.inputs import facts_of
from tests.linkage.constraints_made import clustered, facts, groups

SPRING = ("2026-spring",)
BORN, LATER = date(2012, 5, 3), date(2013, 6, 4)

FORBIDDEN = {
    TWO_NUMBERS: facts(2, verified={0: 9990000018, 1: 9990000026}),
    SEALED: facts(2, sealed={(0, 1)}),
    NEVER: facts(2, never={(0, 1)}),
    BIRTH_ORDER: facts(2, births={0: ("birth A", 1), 1: ("birth A", 2)}),
    TWO_PUPILS: facts(2, pupils={0: ("A301", BORN, SPRING), 1: ("A302", LATER, SPRING)}),
}

ALLOWED = {
    "the same verified number": facts(2, verified={0: 9990000018, 1: 9990000018}),
    "a verified number and none": facts(2, verified={0: 9990000018}),
    "the same birth order": facts(2, births={0: ("birth A", 1), 1: ("birth A", 1)}),
    "orders in two different births": facts(2, births={0: ("birth A", 1), 1: ("birth B", 2)}),
    "two UPNs but one birth date": facts(2, pupils={0: ("A301", BORN, SPRING), 1: ("A302", BORN, SPRING)}),
    "one UPN but two birth dates": facts(2, pupils={0: ("A301", BORN, SPRING), 1: ("A301", LATER, SPRING)}),
    "two pupils, of different censuses": facts(2, pupils={0: ("A301", BORN, SPRING), 1: ("A302", LATER, ("2025-spring",))}),
    "the second registration is not a main one": facts(2, pupils={0: ("A301", BORN, SPRING), 1: ("A302", LATER, ())}),
}


@pytest.mark.parametrize("constraint", FORBIDDEN)
def test_constraint_refuses_the_strongest_pair_and_says_so(constraint: str) -> None:
    found = clustered({(0, 1): 60.0}, FORBIDDEN[constraint])
    assert groups(found) == {frozenset({0}), frozenset({1})}
    assert [(one.left, one.right, one.constraint, one.weight) for one in found.refused] == [(0, 1, constraint, 60_000)]
    assert set(found.status) == {"single" if constraint == SEALED else "review"}


@pytest.mark.parametrize("known", ALLOWED.values(), ids=list(ALLOWED))
def test_what_looks_like_a_constraint_and_is_none_links(known: Facts) -> None:
    found = clustered({(0, 1): 30.0}, known)
    assert groups(found) == {frozenset({0, 1})}
    assert found.refused == []


@pytest.mark.parametrize(
    "known",
    [
        facts(4, verified={0: 9990000018, 3: 9990000026}),
        facts(4, sealed={(0, 3)}),
        facts(4, never={(0, 3)}),
        facts(4, births={0: ("birth A", 1), 3: ("birth A", 2)}),
        facts(4, pupils={0: ("A301", BORN, SPRING), 3: ("A302", LATER, SPRING)}),
    ],
    ids=[TWO_NUMBERS, SEALED, NEVER, BIRTH_ORDER, TWO_PUPILS],
)
def test_constraint_holds_between_records_that_only_others_bring_together(known: Facts) -> None:
    """A complete clique of positive weights, in which records 0 and 3 may not meet."""
    weights = dict.fromkeys(combinations(range(4), 2), 5.0) | {(0, 1): 40.0, (2, 3): 40.0, (0, 3): 50.0}
    found = clustered(weights, known)
    assert not any({0, 3} <= group for group in groups(found))
    assert {frozenset({0, 1}), frozenset({2, 3})} == groups(found)
    assert found.refused


def test_pair_decided_to_link_is_joined_against_the_weights() -> None:
    found = clustered({(0, 1): -20.0, (1, 2): 25.0, (0, 2): -20.0}, facts(3, must={(0, 1)}))
    assert frozenset({0, 1}) <= next(group for group in groups(found) if 0 in group)
    assert found.refused == []


def test_pair_decided_to_link_is_joined_without_any_edge() -> None:
    assert groups(clustered({(2, 3): 25.0}, facts(4, must={(0, 1)}))) == {frozenset({0, 1}), frozenset({2, 3})}


def test_chain_of_decisions_is_one_person() -> None:
    assert groups(clustered({}, facts(4, must={(0, 3), (1, 3), (1, 2)}))) == {frozenset({0, 1, 2, 3})}


def test_decision_to_link_does_not_open_a_seal() -> None:
    found = clustered({(0, 1): 40.0}, facts(2, sealed={(0, 1)}, must={(0, 1)}))
    assert groups(found) == {frozenset({0}), frozenset({1})}
    assert {one.constraint for one in found.refused} == {SEALED}


def test_never_link_beats_a_must_link_through_a_third_record() -> None:
    found = clustered({}, facts(3, must={(0, 1), (1, 2)}, never={(0, 2)}))
    assert not any({0, 2} <= group for group in groups(found))
    assert {one.constraint for one in found.refused} == {NEVER}


def test_refused_union_leaves_the_next_best_open() -> None:
    """The school record may not join record 0, so it joins record 1, and nobody is lost."""
    found = clustered({(0, 2): 30.0, (1, 2): 12.0}, facts(3, never={(0, 2)}))
    assert frozenset({1, 2}) in groups(found)


def test_seal_keeps_both_lives_whole() -> None:
    """Old and new records of one child, each life with a number of its own, agree; neither side is set apart or reviewed for it."""
    old, new = (0, 1), (2, 3)
    weights = dict.fromkeys(combinations(range(4), 2), 20.0)
    found = clustered(weights, facts(4, verified={0: 9990000018, 2: 9990000026}, sealed={(a, b) for a in old for b in new}))
    assert groups(found) == {frozenset(old), frozenset(new)}
    assert np.isnan(found.margin).all(), "the other side is no candidate"
    assert set(found.status) == {"linked"}, "nothing shows that there is a seal"


def test_a_decision_about_a_record_without_names_holds_of_its_anchor() -> None:
    named = pd.DataFrame({
        "record_id": [10, 20, 30], "resolved": [0, 0, 0], "nhs_number_status": [None] * 3, "multiple_birth_id": [None] * 3, "multiple_birth_order": [None] * 3,
        "main_registrations": [(), (), ()], "upn": [None] * 3, "upns": [(), ("A12345678901B",), ()], "date_of_birth": [None] * 3,
    })  # fmt: skip
    anchors = pa.table({"record_id": [1, 2, 3], "anchor_record_id": [10, 20, None]})
    seals = pa.table({"record_id_l": [1, 3], "record_id_r": [20, 30]})
    decisions = pa.table({"record_id_l": [1, 2], "record_id_r": [2, 30], "decision": ["never_link", "must_link"]})
    facts = facts_of(named, decisions, seals, anchors)
    assert (facts.sealed, facts.never, facts.must) == ({(0, 1)}, {(0, 1)}, {(1, 2)})
    assert facts.upn == [None, "A12345678901B", None], "a temporary UPN tells pupils of one census apart"
