"""Linkage person_event: the id ledger. Appends what changed since the last entry, nothing when nothing did."""

from collections.abc import Mapping

import pyarrow as pa

from cyplink import submit
from cyplink.job import Outcome, Task, TaskContext
from cyplink.lake import Lake, digest
from cyplink.linkage.inputs import VERIFIABLE_COLUMNS, verified_records, with_orders
from cyplink.linkage.spine import LEDGER_COLUMNS, assign, churn, read_ledger
from cyplink.tables import linkage, silver

DECIDED = {"human_decision": linkage.HUMAN_DECISION, "separation": silver.SEPARATION}


def run(context: TaskContext) -> Outcome:
    lake, pins = context.lake, context.pins
    events = lake.read_arrow(linkage.PERSON_EVENT, LEDGER_COLUMNS, pins["person_event"].version).to_pandas()
    people = read_ledger(events)
    clusters = lake.read_arrow(linkage.CLUSTER, ["record_id", "cluster_id", "model_version"], pins["cluster"].version).to_pandas()
    identity = lake.read_arrow(silver.IDENTITY, VERIFIABLE_COLUMNS, pins["identity"].version)
    stated = lake.commit_info(linkage.PERSON_EVENT)
    decided = _decided(lake, {name: pins[name].version for name in DECIDED}) - _decided(lake, {name: stated.get(name, 0) for name in DECIDED})
    found = assign(
        clusters.set_index("record_id")["cluster_id"],
        verified_records(identity),
        people,
        lambda record, attempt: context.pseudonyms.hash63_text("person", str(record), str(attempt)),
        int(clusters["model_version"].max()) if len(clusters) else people.last_model,
        {record for pair in decided for record in pair[:2]},
    )
    if found.empty:
        return Outcome(False, figures={"churn": 0.0, "events": {}})
    entry = pa.Table.from_pandas(found, preserve_index=False)
    name = f"entry-{people.last_sequence + 1}-{digest(entry)}"
    lake.append(linkage.PERSON_EVENT, entry, name, {**context.metadata, **{which: pins[which].version for which in DECIDED}})
    counted = found["event"].value_counts().sort_index()
    return Outcome(True, {linkage.PERSON_EVENT.name: len(found)}, {"churn": churn(found, people), "events": {str(k): int(v) for k, v in counted.items()}})


def _decided(lake: Lake, versions: Mapping[str, int]) -> set[tuple[int, int, str]]:
    """What people had decided as of these versions of the two tables of decisions."""
    tables = {name: lake.read_arrow(table, version=versions[name]) for name, table in DECIDED.items()}
    decisions = with_orders(tables["human_decision"], tables["separation"])
    return {(row["record_id_l"], row["record_id_r"], row["decision"]) for row in decisions.to_pylist()}


job = Task(
    run,
    reads={"cluster": linkage.CLUSTER, "identity": silver.IDENTITY, "person_event": linkage.PERSON_EVENT, **DECIDED},
    writes=(linkage.PERSON_EVENT,),
)

if __name__ == "__main__":
    submit.main(__file__)
