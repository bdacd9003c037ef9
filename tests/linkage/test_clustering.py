"""From weights to people: one wrong edge joins nobody, order decides nothing, and what is unclear waits for a person."""

from itertools import combinations

import numpy as np
import pytest

from cyplink.linkage.clustering import LINKED, REVIEW, SINGLE, Policy, partition
from cyplink.linkage.components import label_components, unfinished_components
from cyplink.linkage.constraints import Pair
from tests.linkage.constraints_made import clustered, facts, groups

ONE, OTHER = (0, 1, 2), (3, 4, 5)
TWO_PEOPLE = dict.fromkeys((*combinations(ONE, 2), *combinations(OTHER, 2)), 20.0)


def test_records_that_agree_are_one_person_and_a_lone_record_is_single() -> None:
    found = clustered(dict.fromkeys(combinations(ONE, 2), 20.0), facts(4))
    assert groups(found) == {frozenset(ONE), frozenset({3})}
    assert found.status.tolist() == [LINKED, LINKED, LINKED, SINGLE]
    assert found.weight[:3].tolist() == [20_000.0] * 3
    assert np.isnan(found.weight[3])
    assert np.isnan(found.margin).all(), "nobody has a second candidate"


@pytest.mark.parametrize("scored", [True, False], ids=["every pair scored", "other pairs never scored"])
def test_one_wrong_edge_does_not_join_two_people(scored: bool) -> None:
    across = {(a, b): -15.0 for a in ONE for b in OTHER} if scored else {}
    found = clustered({**TWO_PEOPLE, **across, (2, 3): 9.0}, facts(6))
    assert groups(found) == {frozenset(ONE), frozenset(OTHER)}
    assert label_components(np.array([0, 1, 2, 3, 4]), np.array([1, 2, 3, 4, 5]), 6).tolist() == [0] * 6, "components would join them"


def test_lead_is_measured_over_the_next_person() -> None:
    found = clustered({**TWO_PEOPLE, **{(a, b): -15.0 for a in ONE for b in OTHER}, (2, 3): 9.0}, facts(6))
    assert found.margin[2] == 20_000 - round((9 - 15 - 15) * 1000 / 3)
    assert found.margin[0] == 20_000 + 15_000


def test_chain_through_one_good_record_is_judged_by_all_its_pairs() -> None:
    joined = clustered({(0, 1): 15.0, (1, 2): 14.0, (0, 2): -3.0}, facts(3))
    assert groups(joined) == {frozenset({0, 1, 2})}
    parted = clustered({(0, 1): 15.0, (1, 2): 4.0, (0, 2): -13.0}, facts(3))
    assert frozenset({0, 1}) in groups(parted)


def test_record_with_two_equally_good_candidates_stands_apart_for_review() -> None:
    found = clustered({(0, 2): 14.0, (1, 2): 14.0, (0, 1): -20.0}, facts(3))
    assert groups(found) == {frozenset({0}), frozenset({1}), frozenset({2})}
    assert found.status[2] == REVIEW


def test_record_with_a_clear_lead_is_linked() -> None:
    found = clustered({(0, 2): 18.0, (1, 2): 14.0, (0, 1): -20.0}, facts(3))
    assert groups(found) == {frozenset({0, 2}), frozenset({1})}
    assert found.status[2] == LINKED


def test_record_somebody_decided_on_is_not_set_apart() -> None:
    found = clustered({(0, 2): 14.0, (1, 2): 14.0, (0, 1): -20.0}, facts(3, must={(1, 2)}))
    assert groups(found) == {frozenset({0}), frozenset({1, 2})}


def test_cluster_keeps_together_when_its_smallest_record_is_set_apart() -> None:
    """Record 0 fits persons 1-2 and 3-4 alike; both stay whole, named after their own smallest record."""
    weights: dict[Pair, float] = {(1, 2): 30.0, (3, 4): 30.0, (0, 1): 12.0, (0, 2): 12.0, (0, 3): 12.0, (0, 4): 12.0}
    weights |= {(a, b): -20.0 for a in (1, 2) for b in (3, 4)}
    found = clustered(weights, facts(5))
    assert groups(found) == {frozenset({0}), frozenset({1, 2}), frozenset({3, 4})}
    assert found.label.tolist() == [0, 1, 1, 3, 3]


def test_component_over_budget_goes_to_review_unjoined_with_its_size() -> None:
    chain: dict[Pair, float] = {(n, n + 1): 10.0 for n in range(9)} | {(10, 11): 20.0}
    found = clustered(chain, facts(12), Policy(component_budget=9))
    assert found.over_budget == [10]
    assert set(found.status[:10]) == {REVIEW}
    assert len(set(found.label[:10].tolist())) == 10
    assert found.status[10] == LINKED, "its neighbours are not held up"


def _random_case(rng: np.random.Generator, count: int) -> tuple[dict[Pair, int], dict[int, int], set[Pair]]:
    """Weights without ties, some verified numbers, some pairs that may not meet."""
    pairs = [pair for pair in combinations(range(count), 2) if rng.random() < 0.6]
    weight = rng.choice(np.arange(-30_000, 30_000), len(pairs), replace=False)
    verified = {n: int(rng.integers(1, 4)) for n in range(count) if rng.random() < 0.3}
    never = {pair for pair in combinations(range(count), 2) if rng.random() < 0.05}
    return dict(zip(pairs, weight.tolist(), strict=True)), verified, never


@pytest.mark.parametrize("seed", range(40))
def test_order_of_edges_and_numbers_of_records_decide_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights, verified, never = _random_case(rng, 14)
    first = clustered({pair: w / 1000 for pair, w in weights.items()}, facts(14, verified=verified, never=never))
    number = rng.permutation(14).tolist()
    renumbered = [(min(number[a], number[b]), max(number[a], number[b]), w) for (a, b), w in weights.items()]
    rng.shuffle(renumbered)
    left, right, weight = np.array(renumbered, dtype=np.int64).T
    known = facts(
        14, verified={number[n]: v for n, v in verified.items()}, never={(min(number[a], number[b]), max(number[a], number[b])) for a, b in never}
    )
    second = partition(left, right, weight, known, Policy())
    assert {frozenset(number[n] for n in group) for group in groups(first)} == groups(second)
    np.testing.assert_allclose(first.weight, second.weight[number])
    np.testing.assert_allclose(first.margin, second.margin[number])


@pytest.mark.parametrize("seed", range(40))
def test_no_cluster_ever_breaks_a_constraint(seed: int) -> None:
    weights, verified, never = _random_case(np.random.default_rng(1000 + seed), 14)
    found = clustered({pair: abs(w) / 1000 for pair, w in weights.items()}, facts(14, verified=verified, never=never))
    for group in groups(found):
        assert len({verified[n] for n in group if n in verified}) <= 1
        assert not any({a, b} <= group for a, b in never)


def test_components_that_are_not_cliques_are_to_be_completed_but_for_those_over_budget() -> None:
    pairs = [(11, 12, 5), (12, 13, 5), (21, 22, 5), (22, 23, 5), (21, 23, -4), (31, 32, 5), (32, 33, 5), (33, 34, 5)]
    left, right, weight = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    found = unfinished_components(left, right, weight, budget=3)
    assert found.record_ids.tolist() == [11, 12, 13]
    assert found.components.tolist() == [11, 11, 11]
    assert found.over_budget == [4]
