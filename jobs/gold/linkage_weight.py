"""Gold linkage_weight: one row per range of match weight: how true the pairs in it are beside what the model says, and what a threshold there
would give. Measured against the synthetic truth; empty where there is none."""

from functools import partial

import pyarrow as pa

from cyplink import submit
from cyplink.disclosure import Profile, round_count
from cyplink.disclosure.intervals import wilson
from cyplink.job import Outcome, Task, TaskContext
from cyplink.linkage.calibration import Weighed, weighed
from cyplink.selected import in_one_task
from cyplink.tables import gold, linkage, silver
from cyplink.tracking import Tracker

READS = {"identity": silver.IDENTITY, "merger": silver.NHS_NUMBER_MERGER, "scored": linkage.SCORED_PAIR}


def run(context: TaskContext) -> Outcome:
    version, truth = Tracker(context.settings.tracking).champion(), context.settings.truth
    found: list[Weighed] = []
    true = 0
    if truth is not None and version is not None:
        found, true = in_one_task(context, READS, partial(weighed, model_version=version, truth=truth), uses_key=True)
    rows = [figures(one, true, context.settings.disclosure.profile) for one in found]
    names = gold.LINKAGE_WEIGHT.schema.names
    context.lake.replace(gold.LINKAGE_WEIGHT, pa.table({name: [row[name] for row in rows] for name in names}), context.metadata)
    worst = max((abs(one.probability - one.true) / one.pairs for one in found), default=None)
    return Outcome(True, {gold.LINKAGE_WEIGHT.name: len(rows)}, {} if worst is None else {"furthest_from_probability": worst})


def figures(one: Weighed, true: int, profile: Profile) -> dict[str, int | float | None]:
    """One row of the table."""
    low, high = wilson(one.true, one.pairs)
    return {
        "weight_from": one.weight_from, "weight_to": one.weight_to, "pairs": round_count(one.pairs, profile), "probability": round(one.probability / one.pairs, 4),
        "share_true": round(one.true / one.pairs, 4), "share_true_low": round(low, 4), "share_true_high": round(high, 4),
        "precision_above": round(one.true_above / one.pairs_above, 6), "recall_above": round(one.true_above / max(true, 1), 6),
    }  # fmt: skip


job = Task(run, reads=READS, writes=(gold.LINKAGE_WEIGHT,), uses=("disclosure",), uses_champion=True, reads_truth=True)

if __name__ == "__main__":
    submit.main(__file__)
