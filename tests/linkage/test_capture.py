"""Capture and recapture on counts made here: right where rules meet pairs independently, no more than a bound where they do not."""

import numpy as np
import pytest

from cyplink.linkage.capture import (
    ESTIMATES,
    FAMILIES,
    PATTERNS,
    Counts,
    missed_by_several,
    missed_by_two_groups,
    reach,
)
from cyplink.linkage.meetings import FOLDS
from cyplink.linkage.records import BLOCKING_RULES

CHANCES = (0.6, 0.95, 0.7)


def chance_of(pattern: int, chances: tuple[float, ...] = CHANCES) -> float:
    """That a pair is met by just these families, each meeting it independently."""
    return float(np.prod([chance if pattern >> family & 1 else 1 - chance for family, chance in enumerate(chances)]))


def expected(pairs: int, *difficulties: tuple[float, ...]) -> Counts:
    """Pairs by pattern, as many of each difficulty."""
    return np.rint([sum(pairs * chance_of(pattern, chances) / len(difficulties) for chances in difficulties) for pattern in range(PATTERNS)]).astype(np.int64)


def test_every_blocking_rule_is_of_one_family() -> None:
    assert sorted(number for numbers in FAMILIES.values() for number in numbers) == [rule.number for rule in BLOCKING_RULES]


@pytest.mark.parametrize("missed", [missed_by_two_groups, missed_by_several])
def test_what_independent_rules_miss_is_found(missed: object) -> None:
    counts = expected(1_000_000, CHANCES)
    assert missed(counts) == pytest.approx(counts[0], rel=0.01)  # type: ignore[operator]
    assert missed(np.concatenate([[0], counts[1:]])) == missed(counts), "what was missed is not looked at"  # type: ignore[operator]


def test_with_two_families_the_two_estimates_are_one() -> None:
    counts = expected(100_000, (0.5, 0.8, 0.0))
    assert missed_by_several(counts) == pytest.approx(missed_by_two_groups(counts))


def test_badly_kept_pairs_make_the_estimates_too_low() -> None:
    counts = expected(1_000_000, CHANCES, (0.05, 0.2, 0.05))
    for missed in (missed_by_two_groups, missed_by_several):
        assert 0 < missed(counts) < 0.5 * counts[0]


@pytest.mark.parametrize("measure", sorted(ESTIMATES))
def test_the_interval_holds_the_truth_most_of_the_time(measure: str) -> None:
    rng = np.random.default_rng(3)
    truth = 1 - chance_of(0)
    held = 0
    for _ in range(200):
        counts = rng.multinomial(1_000, [chance_of(pattern) for pattern in range(PATTERNS)], size=FOLDS)
        one = reach(measure, "overall", "all", counts)
        assert one.share is not None and one.low is not None and one.high is not None and one.low < one.share < one.high
        held += one.low <= truth <= one.high
    assert 180 <= held <= 200


def test_where_nothing_is_missed_no_interval_is_told() -> None:
    counts = np.zeros((FOLDS, PATTERNS), dtype=np.int64)
    counts[:, PATTERNS - 1] = 50
    one = reach("blocking_reach_several", "overall", "all", counts)
    assert (one.counted, one.share, one.low, one.high) == (50 * FOLDS, 1.0, None, None)
    assert reach("blocking_reach_two_groups", "overall", "all", 0 * counts).share is None
