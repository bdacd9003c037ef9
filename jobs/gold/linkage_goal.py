"""Gold linkage_goal: one row per thing the links are for: are pupils and patients found in the other sector, are twins, siblings and the two
lives of an adopted child kept apart.

Measured against the synthetic truth; empty where there is none. Withheld people are left out. What is about few is hidden, counts are rounded;
the share of what is shown is not hidden although few are missed or joined: it is a fault of the linkage, not something about a child.
"""

from functools import partial

import pyarrow as pa

from cyplink import submit
from cyplink.disclosure import Profile, round_count
from cyplink.disclosure.intervals import wilson
from cyplink.job import Outcome, Task, TaskContext
from cyplink.linkage.goals import Reached, goals
from cyplink.selected import in_one_task
from cyplink.tables import gold, linkage, silver

READS = {"identity": silver.IDENTITY, "person_link": linkage.PERSON_LINK}


def run(context: TaskContext) -> Outcome:
    truth, profile = context.settings.truth, context.settings.disclosure.profile
    found = [] if truth is None else in_one_task(context, READS, partial(goals, truth=truth), uses_key=True)
    rows = [figures(one, profile) for one in found]
    made = {name: [row.get(name) for row in rows] for name in gold.LINKAGE_GOAL.schema.names}
    context.lake.replace(gold.LINKAGE_GOAL, pa.table(made), context.metadata)
    return Outcome(True, {gold.LINKAGE_GOAL.name: len(rows)})


def figures(one: Reached, profile: Profile) -> dict[str, str | int | float | None]:
    """One row of the table; count and share are null where hidden."""
    aim = gold.LINKAGE_GOALS[one.measure]
    row: dict[str, str | int | float | None] = {"measure": one.measure, "at_least": aim.at_least, "at_most": aim.at_most}
    if one.counted == 0 or profile.is_sensitive(one.counted):
        return row
    low, high = wilson(one.found, one.counted)
    counted = round_count(one.counted, profile)
    return {**row, "counted": counted, "share": round(one.found / one.counted, 6), "share_low": round(low, 6), "share_high": round(high, 6)}


job = Task(run, reads=READS, writes=(gold.LINKAGE_GOAL,), uses=("disclosure",), reads_truth=True)

if __name__ == "__main__":
    submit.main(__file__)
