"""Gold linkage_check: one row per measure of the links that needs no truth, group and value: what is implausible within a person, agreement on a
held-out NHS number, capture and recapture across blocking rules, change since the ledger's last entry.

Real data have no truth, so that these are what a reviewer has. Withheld people are in no figure. Groups of few are hidden, with as many others
as it takes; counts are rounded. Shares of shown groups are not hidden although few do it: it is a fault of the linkage or of a record, not
something about a child. Causes of change are: a decision about a few is hidden like any few.
"""

import duckdb
import pandas as pd
import pyarrow as pa

from cyplink import submit
from cyplink.disclosure import Profile, round_count, shown
from cyplink.disclosure.intervals import to_four_places
from cyplink.job import Outcome, Task, TaskContext
from cyplink.linkage.capture import capture
from cyplink.linkage.change import change
from cyplink.linkage.checks import CAUSE, Check, group_people
from cyplink.linkage.held_out import held_out
from cyplink.linkage.implausible import implausible
from cyplink.linkage.meetings import sample_people
from cyplink.linkage.training import TERM_SCHEMA, TrainedModel
from cyplink.selected import in_one_task
from cyplink.tables import gold, linkage, silver
from cyplink.tracking import Tracker

SAMPLED_PEOPLE = 50_000
"""People whose pairs are looked at rule by rule: some hundred thousand pairs, which tell a share to a hundredth of a percentage."""

READS = {
    "identity": silver.IDENTITY, "merger": silver.NHS_NUMBER_MERGER, "person_link": linkage.PERSON_LINK, "scored": linkage.SCORED_PAIR,
    "term_frequency": linkage.TERM_FREQUENCY, "person_event": linkage.PERSON_EVENT, "person": gold.PERSON, "care_episode": gold.LOOKED_AFTER_EPISODE,
    "hospital_spell": silver.HOSPITAL_SPELL, "emergency_attendance": silver.EMERGENCY_ATTENDANCE, "outpatient_appointment": silver.OUTPATIENT_APPOINTMENT,
    "mental_health_contact": silver.MENTAL_HEALTH_CONTACT, "community_contact": silver.COMMUNITY_CONTACT, "school_enrolment": silver.SCHOOL_ENROLMENT,
    "looked_after_episode": silver.LOOKED_AFTER_EPISODE, "child_in_need_referral": silver.CHILD_IN_NEED_REFERRAL, "birth": silver.BIRTH,
}  # fmt: skip


def run(context: TaskContext) -> Outcome:
    settings, tracker = context.settings, Tracker(context.settings.tracking)
    version = tracker.champion()
    content = "" if version is None else tracker.model_json(version)
    merge_above, memory, threads = settings.linkage.clustering.merge_above, settings.linkage.scoring.memory, context.threads

    def measure(connection: duckdb.DuckDBPyConnection) -> list[Check]:
        group_people(connection)
        found = [*implausible(connection), *change(connection)]
        if version is not None:
            terms = connection.sql(f"select {', '.join(TERM_SCHEMA.names)} from term_frequency where model_version = {version}").to_arrow_table()
            model = TrainedModel.from_json(content, terms)
            sample_people(connection, SAMPLED_PEOPLE)
            found += held_out(connection, model, version, merge_above, threads, memory)
            found += capture(connection, model, threads, memory)
        return found

    rows = told(in_one_task(context, READS, measure), settings.disclosure.profile)
    context.lake.replace(gold.LINKAGE_CHECK, pa.table({name: [row[name] for row in rows] for name in gold.LINKAGE_CHECK.schema.names}), context.metadata)
    return Outcome(True, {gold.LINKAGE_CHECK.name: len(rows)})


def told(checks: list[Check], profile: Profile) -> list[dict[str, object]]:
    """Rows of the table, in order; count and share are null where hidden."""
    ordered = sorted(checks, key=lambda one: (one.measure, one.group, one.value))
    counts = pd.DataFrame(ordered, columns=list(Check.__annotations__))
    is_shown, of_causes = shown(counts, ("measure", "group"), ("counted",), profile), counts[counts["group"] == CAUSE]
    is_shown.loc[of_causes.index] &= shown(of_causes, ("measure",), ("found",), profile)
    return [row_of(one, bool(may), profile) for one, may in zip(ordered, is_shown, strict=True)]


def row_of(one: Check, is_shown: bool, profile: Profile) -> dict[str, object]:
    counted = round_count(one.counted, profile) if is_shown else None
    share, low, high = (to_four_places(value) if is_shown else None for value in (one.share, one.low, one.high))
    return {"measure": one.measure, "group": one.group, "value": one.value, "counted": counted, "share": share, "share_low": low, "share_high": high}


job = Task(run, reads=READS, writes=(gold.LINKAGE_CHECK,), uses=("disclosure", "linkage"), uses_champion=True)

if __name__ == "__main__":
    submit.main(__file__)
