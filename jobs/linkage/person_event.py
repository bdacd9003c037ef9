"""Linkage person_event: the id ledger. Appends what changed since the last entry, nothing when nothing did."""

import pyarrow as pa

from cyplink import submit
from cyplink.job import Outcome, Task, TaskContext, fingerprint
from cyplink.linkage.spine import assign, churn, read_ledger
from cyplink.tables import linkage, silver


def run(context: TaskContext) -> Outcome:
    lake, pins = context.lake, context.pins
    events = lake.read_arrow(linkage.PERSON_EVENT, version=pins["person_event"].version).drop_columns("other_person_id").to_pandas()
    people = read_ledger(events)
    clusters = lake.read_arrow(linkage.CLUSTER, ["record_id", "cluster_id", "model_version"], pins["cluster"].version).to_pandas()
    identity = lake.read_arrow(silver.IDENTITY, ["record_id", "nhs_number", "nhs_number_status", "upn"], pins["identity"].version).to_pandas()
    is_verified = identity["upn"].notna() | (identity["nhs_number"].notna() & (identity["nhs_number_status"] == "01"))
    found = assign(
        dict(zip(clusters["record_id"].tolist(), clusters["cluster_id"].tolist(), strict=True)),
        identity[is_verified]["record_id"].tolist(),
        people,
        lambda record, attempt: context.pseudonyms.hash63_text("person", str(record), str(attempt)),
        int(clusters["model_version"].max()) if len(clusters) else people.last_model,
    )
    if found.empty:
        return Outcome(False, figures={"churn": 0.0, "events": {}})
    name = f"entry-{people.last_sequence + 1}-{fingerprint(found.to_dict('records'))}"
    lake.append(linkage.PERSON_EVENT, pa.Table.from_pandas(found, preserve_index=False), name, context.metadata)
    counted = found["event"].value_counts().sort_index()
    return Outcome(True, {linkage.PERSON_EVENT.name: len(found)}, {"churn": churn(found, people), "events": {str(k): int(v) for k, v in counted.items()}})


job = Task(
    run,
    reads={"cluster": linkage.CLUSTER, "identity": silver.IDENTITY, "person_event": linkage.PERSON_EVENT},
    writes=(linkage.PERSON_EVENT,),
)

if __name__ == "__main__":
    submit.main(__file__)
