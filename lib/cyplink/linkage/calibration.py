"""Does the match probability mean what it says, and what would another threshold give: scored pairs by weight, against the synthetic truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from cyplink.linkage.inputs import MILLIBITS
from cyplink.linkage.records import CURRENT
from cyplink.linkage.truth import true_local_ids

LEAST_PAIRS = 200
"""Pairs a range of weights holds at least."""

LOWEST, HIGHEST = -5, 40


Counted = tuple[int, int, int, float]


@dataclass(frozen=True)
class Weighed:
    """Scored pairs with a weight from `weight_from` (bits) up to `weight_to` (None: no end): how many, how many true, the sum of their match
    probabilities; and pairs and true pairs from here up."""

    weight_from: int
    weight_to: int | None
    pairs: int
    true: int
    probability: float
    pairs_above: int
    true_above: int


def weighed(connection: duckdb.DuckDBPyConnection, model_version: int, truth: str) -> tuple[list[Weighed], int]:
    """Scored pairs of current named records by weight, lightest first, and how many true pairs of named records there are.

    The connection has `identity` (silver.identity), `merger` (silver.nhs_number_merger), `scored` (linkage.scored_pair) and hash63; `truth` is the
    folder of the truth.
    """
    connection.execute(f"""
        create temp table known as
        select record_id, record_version, truth_person_id from ({CURRENT}) join ({true_local_ids(truth)}) using (source, controller, local_id)""")
    counted = connection.execute(f"""
        with pair as (
            select match_weight / {MILLIBITS} as weight, l.truth_person_id = r.truth_person_id as is_true
            from scored
            join known l on l.record_id = record_id_l and l.record_version = record_version_l
            join known r on r.record_id = record_id_r and r.record_version = record_version_r
            where model_version = {int(model_version)} and record_id_l < record_id_r)
        select greatest({LOWEST}, least({HIGHEST}, floor(weight)))::int as bit, count(*), count(*) filter (is_true), sum(1 / (1 + pow(2, -weight)))
        from pair group by 1 order by 1""").fetchall()
    [(true,)] = connection.execute("select coalesce(sum(n * (n - 1) // 2), 0) from (select count(*) as n from known group by truth_person_id)").fetchall()
    return ranges(counted), int(true)


def ranges(counted: Sequence[Counted]) -> list[Weighed]:
    """Whole bits (bit, pairs, true pairs, sum of probabilities; in order) put together, from the heaviest down, until each range holds LEAST_PAIRS;
    what is left at the light end joins its neighbour."""
    found: list[Counted] = []
    for one in reversed(counted):
        if found and found[-1][1] < LEAST_PAIRS:
            found[-1] = _together(found[-1], one)
        else:
            found.append(one)
    if len(found) > 1 and found[-1][1] < LEAST_PAIRS:
        lightest = found.pop()
        found[-1] = _together(found[-1], lightest)
    rows, end, above = [], None, (0, 0)
    for bit, pairs, true, probability in found:
        above = above[0] + pairs, above[1] + true
        rows.append(Weighed(bit, end, pairs, true, probability, *above))
        end = bit
    return rows[::-1]


def _together(heavier: Counted, lighter: Counted) -> Counted:
    return lighter[0], heavier[1] + lighter[1], heavier[2] + lighter[2], heavier[3] + lighter[3]
