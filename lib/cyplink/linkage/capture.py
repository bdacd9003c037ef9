"""Capture and recapture across blocking rules: how many pairs of one person no rule meets, from how often two rules meet the same pair.

The rules are captures, a pair of two named records of one person what is caught. With two groups of rules: Chapman's estimate. With three families:
Chao's, from the pairs that one family alone and that two meet, which lets families differ in how much they meet. Both take the groups to meet a pair
independently of one another; they share as few fields as can be: identifiers share none with any other, names and addresses the birth date, and some rules
of addresses a name. A badly kept record is missed by all of them together, which makes the estimates too low; pairs of sources that share no identifier are
never met by one, which makes Chapman's too high where they are many. A pair that met and was not linked is not seen, and a false link is taken for one that
was caught.

Three synthetic populations (3 % of two boroughs each, some 16,000 pairs; of the third all error rates doubled) had 25, 24 and 66 pairs that no rule meets.
Chapman's estimate was 39, 39 and 74, Chao's 25, 25 and 56. tests/flow/test_without_truth.py holds them to the truth.

Chapman, Univ. Calif. Publ. Stat. 1 (1951) 131; Chao, Biometrics 45 (1989) 427, for capture chances that differ by occasion.
"""

from collections.abc import Callable, Mapping
from math import exp, log, sqrt

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as student

from cyplink.linkage.calibration import LEAST_PAIRS
from cyplink.linkage.checks import SOURCE_PAIR, Check
from cyplink.linkage.evaluation import ALL, OVERALL
from cyplink.linkage.meetings import FOLDS, meet
from cyplink.linkage.training import TrainedModel

FAMILIES: Mapping[str, tuple[int, ...]] = {"identifiers": (1, 2), "names": (3, 6, 7, 10, 11), "addresses": (4, 5, 8, 9)}
"""Numbers of the blocking rules by what they rest on. Rules of addresses with a birth date and with a name meet the same pairs: taken as two families they made
Chao's estimate three times too high."""

Counts = npt.NDArray[np.int64]  # by pattern: bit k is set where family k meets the pair
PATTERNS = 1 << len(FAMILIES)
_MET_BY = np.array([[pattern >> family & 1 for pattern in range(PATTERNS)] for family in range(len(FAMILIES))], dtype=bool)
_BY_IDENTIFIER, _BY_OTHERS = _MET_BY[0], _MET_BY[1:].any(axis=0)

PAIRS = f"""
    select l.record_id as record_id_l, r.record_id as record_id_r, fold,
        least(l.source, r.source) || ' + ' || greatest(l.source, r.source) as {SOURCE_PAIR}
    from sampled join named l using (person_id) join named r using (person_id) where l.record_id < r.record_id"""


def missed_by_two_groups(counts: Counts) -> float:
    """Pairs that neither identifiers nor any other rule meets, by Chapman's estimate less the pairs met."""
    first, second, both = (int(counts[which].sum()) for which in (_BY_IDENTIFIER, _BY_OTHERS, _BY_IDENTIFIER & _BY_OTHERS))
    return (first - both) * (second - both) / (both + 1)


def missed_by_several(counts: Counts) -> float:
    """Pairs that no family meets, by Chao's estimate. With two families it is Chapman's."""
    alone = [int(counts[1 << family]) for family in range(len(FAMILIES))]
    twice = int(counts[_MET_BY.sum(axis=0) == 2].sum())
    return (sum(alone) ** 2 - sum(one**2 for one in alone)) / (2 * (twice + 1))


def missed_and_linked(counts: Counts) -> float:
    """Pairs that no rule meets and that are in one person by other records."""
    return float(counts[0])


ESTIMATES: Mapping[str, Callable[[Counts], float]] = {
    "blocking_reach_two_groups": missed_by_two_groups, "blocking_reach_several": missed_by_several, "blocking_reach_linked": missed_and_linked,
}  # fmt: skip


def capture(connection: duckdb.DuckDBPyConnection, model: TrainedModel, threads: int, memory: str) -> list[Check]:
    """The estimates for the sampled people (meetings.sample_people), overall and by pair of sources: of each pair of sources those for which two of
    the groups that the estimate rests on meet LEAST_PAIRS pairs or more."""
    meet(connection, model, PAIRS, threads, memory)
    pattern = " + ".join(f"list_has_any(rules, {list(rules)})::int * {1 << family}" for family, rules in enumerate(FAMILIES.values()))
    cells = connection.execute(f"select {SOURCE_PAIR}, fold, {pattern} as pattern, count(*) as pairs from paired join meeting using (record_id_l, record_id_r) group by all").df()
    found = [reach(measure, OVERALL, ALL, _by_fold(cells)) for measure in ESTIMATES]
    for value, rows in cells.groupby(SOURCE_PAIR, sort=True):
        by_fold = _by_fold(rows)
        found += [reach(measure, SOURCE_PAIR, str(value), by_fold) for measure in ESTIMATES if _can_tell(measure, by_fold.sum(axis=0))]
    return found


def _can_tell(measure: str, counts: Counts) -> bool:
    groups = [_BY_IDENTIFIER, _BY_OTHERS] if ESTIMATES[measure] is missed_by_two_groups else list(_MET_BY)
    return sum(int(counts[group].sum()) >= LEAST_PAIRS for group in groups) > 1


def _by_fold(cells: pd.DataFrame) -> Counts:
    """Pairs by fold and pattern."""
    counts = np.zeros((FOLDS, PATTERNS), dtype=np.int64)
    np.add.at(counts, (cells["fold"].to_numpy(dtype=np.int64), cells["pattern"].to_numpy(dtype=np.int64)), cells["pairs"].to_numpy(dtype=np.int64))
    return counts


def reach(measure: str, group: str, value: str, by_fold: Counts) -> Check:
    """Share of the pairs there are that some rule meets. `by_fold`: FOLDS by PATTERNS. The interval is a jackknife's over the folds, for pairs of one
    person stand and fall together; it is taken of the logarithm of missed over met, and is not known where a fold's leaving leaves none missed."""
    missed_of = ESTIMATES[measure]
    whole = by_fold.sum(axis=0)
    met, missed = int(whole[1:].sum()), missed_of(whole)
    counted = int(whole.sum()) if missed_of is missed_and_linked else met
    if not met:
        return Check(measure, group, value, counted, None)
    without = [(missed_of(rest), int(rest[1:].sum())) for rest in whole - by_fold]
    if min(min(pair) for pair in without) <= 0:
        return Check(measure, group, value, counted, met / (met + missed))
    odds = np.array([log(gone / kept) for gone, kept in without])
    half = float(student.ppf(0.975, FOLDS - 1)) * sqrt((FOLDS - 1) / FOLDS * float(((odds - odds.mean()) ** 2).sum()))
    low, high = (1 / (1 + missed / met * exp(away)) for away in (half, -half))
    return Check(measure, group, value, counted, met / (met + missed), low, high)
