"""The partition of all records, as linkage.cluster has it: named records by the model, the others with what they are anchored to."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from cyplink.linkage.clustering import Partition


def clusters_of(found: Partition, ids: Any, anchors: pa.Table) -> pd.DataFrame:
    """record_id, cluster_id (the smallest record of the named ones), match_weight, margin (thousandths of a bit) and status of every record, sorted.

    `ids`: record ids of the partition's records; `anchors`: linkage.anchor.
    """
    return pd.concat([_named(found, ids), _nameless(found, ids, anchors)]).sort_values("record_id", ignore_index=True)


def _named(found: Partition, ids: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record_id": ids, "cluster_id": ids[found.label], "match_weight": _whole(found.weight), "margin": _whole(found.margin),
            "status": found.status,
        }
    )


def _nameless(found: Partition, ids: Any, anchors: pa.Table) -> pd.DataFrame:
    """Anchored records go where their anchor went; the others are people of their own.

    Ids stay whole numbers throughout: pandas would make floats of a column with gaps, and 63 bits do not fit one.
    """
    record = anchors["record_id"].to_numpy()
    target = anchors["anchor_record_id"].fill_null(0).to_numpy()
    is_anchored = target > 0
    place = np.searchsorted(ids, target[is_anchored])
    cluster = record.copy()
    cluster[is_anchored] = ids[found.label[place]]
    return pd.DataFrame(
        {
            "record_id": record,
            "cluster_id": cluster,
            "match_weight": pd.array([None] * len(record), dtype="Int32"),
            "margin": pd.array([None] * len(record), dtype="Int32"),
            "status": np.where(is_anchored, "anchored", "unanchored"),
        }
    )


def _whole(weights: Any) -> Any:
    """Thousandths of a bit as whole numbers, half to even; null for none."""
    return pd.array(np.where(np.isnan(weights), np.nan, np.rint(weights)), dtype="Float64").astype("Int32")
