"""Linkage cluster: the partition of all records into people, with how strongly each belongs; unions that a constraint refused go to
linkage.refused_union. A pure function of current records, model version, constraints and decisions."""

from typing import Any

import pandas as pd
import pyarrow as pa

from cyplink import submit
from cyplink.job import Outcome, Task, TaskContext
from cyplink.linkage.clustering import Partition, partition
from cyplink.linkage.clusters import clusters_of
from cyplink.linkage.constraints import SEALED
from cyplink.linkage.inputs import NAMED_COLUMNS, current_edges, facts_of, named_records, policy_of, with_orders
from cyplink.tables import linkage, silver
from cyplink.tracking import Tracker


def run(context: TaskContext) -> Outcome:
    lake, pins = context.lake, context.pins
    version = Tracker(context.settings.tracking).champion()
    assert version is not None, "linkage.scored_pair runs before and needs a champion"
    identity = lake.read_arrow(silver.IDENTITY, NAMED_COLUMNS, pins["identity"].version)
    mergers = lake.read_arrow(silver.NHS_NUMBER_MERGER, version=pins["nhs_number_merger"].version)
    records = named_records(identity, mergers)
    ids = records["record_id"].to_numpy()
    left, right, weight = current_edges(lake.read_arrow(linkage.SCORED_PAIR, version=pins["scored_pair"].version), records, version)
    separations = lake.read_arrow(silver.SEPARATION, version=pins["separation"].version)
    decisions = with_orders(lake.read_arrow(linkage.HUMAN_DECISION, version=pins["human_decision"].version), separations)
    seals = lake.read_arrow(linkage.SEALED_PAIR, version=pins["sealed_pair"].version)
    anchors = lake.read_arrow(linkage.ANCHOR, version=pins["anchor"].version)
    found = partition(left, right, weight, facts_of(records, decisions, seals, anchors), policy_of(context.settings.linkage))
    rows = clusters_of(found, ids, anchors).assign(model_version=version)
    refused = _refused(found, ids).assign(model_version=version)
    lake.replace(linkage.REFUSED_UNION, pa.Table.from_pandas(refused, preserve_index=False), context.metadata)
    lake.replace(linkage.CLUSTER, pa.Table.from_pandas(rows, preserve_index=False), context.metadata)
    return Outcome(True, {linkage.CLUSTER.name: len(rows), linkage.REFUSED_UNION.name: len(refused)}, _figures(found, rows, refused, len(left)) | {"decisions_about_unknown_records": _unknown(decisions, identity)})


def _refused(found: Partition, ids: Any) -> pd.DataFrame:
    """Refused unions, once each. A seal leaves no trace: what it refused is in no table and no figure (DESIGN §3.8)."""
    told = [one for one in found.refused if one.constraint != SEALED]
    rows = sorted({(int(ids[one.left]), int(ids[one.right])): one for one in told}.items())
    return pd.DataFrame(
        {
            "cluster_id_l": pd.array([pair[0] for pair, _ in rows], dtype="int64"),
            "cluster_id_r": pd.array([pair[1] for pair, _ in rows], dtype="int64"),
            "constraint_name": pd.array([one.constraint for _, one in rows], dtype="object"),
            "match_weight": pd.array([one.weight for _, one in rows], dtype="int32"),
        }
    )


def _unknown(decisions: pa.Table, identity: pa.Table) -> int:
    """Decisions about a record that is not there (any more). Seals are not counted: they leave no trace."""
    known = set(identity["record_id"].to_pylist())
    return sum(row["record_id_l"] not in known or row["record_id_r"] not in known for row in decisions.to_pylist())


def _figures(found: Partition, rows: pd.DataFrame, refused: pd.DataFrame, edges: int) -> dict[str, Any]:
    records = rows.groupby("cluster_id").size()
    sizes = records.value_counts().sort_index()
    return {
        "records": len(rows), "edges": edges, "people": len(records), "links": int((records * (records - 1) // 2).sum()), "cluster_sizes": {str(size): int(n) for size, n in sizes.items()},
        "statuses": {str(k): int(v) for k, v in rows["status"].value_counts().sort_index().items()},
        "refused_unions": {str(k): int(v) for k, v in refused["constraint_name"].value_counts().sort_index().items()},
        "components_over_budget": found.over_budget,
    }


job = Task(
    run,
    reads={
        "identity": silver.IDENTITY, "nhs_number_merger": silver.NHS_NUMBER_MERGER, "scored_pair": linkage.SCORED_PAIR,
        "anchor": linkage.ANCHOR, "human_decision": linkage.HUMAN_DECISION, "separation": silver.SEPARATION,
        "sealed_pair": linkage.SEALED_PAIR,
    },
    writes=(linkage.REFUSED_UNION, linkage.CLUSTER),
    uses=("linkage",),
    uses_champion=True,
)

if __name__ == "__main__":
    submit.main(__file__)
