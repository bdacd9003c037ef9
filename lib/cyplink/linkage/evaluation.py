"""How good the links are, and for whom, measured against the synthetic truth (DESIGN §4.5). Pure pandas, no pair is written out.

A pair belongs to the group of its left record's true person; in bridge pairs the left record is the school's or council's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cyplink.linkage.anchors import ANCHORED_TO_SPINE

NHS_SOURCES = ("pds", "gp_events", "birth_notifications", *ANCHORED_TO_SPINE)
ALL, BRIDGE, OVERALL = "all", "bridge", "overall"
COUNTS = ("true_pairs", "linked_pairs", "found_pairs")


@dataclass(frozen=True)
class Evaluation:
    """`counts`: one row per pairs (all, bridge), group and value, with true_pairs, linked_pairs, found_pairs (both), records,
    linked_records, and mean B-cubed precision and recall."""

    counts: pd.DataFrame

    def one(self, pairs: str, group: str = OVERALL, value: str = ALL) -> pd.Series:
        found = self.counts[(self.counts["pairs"] == pairs) & (self.counts["group"] == group) & (self.counts["value"] == value)]
        return found.iloc[0]


def evaluate(links: pd.DataFrame, truth: pd.DataFrame, groups: Sequence[str] = ()) -> Evaluation:
    """Compare `links` (record_id, person_id) with `truth` (record_id, truth_person_id, source, nhs_number or null, and a column
    per group, values as text or null). Records that only one of the two has are left out."""
    records = truth.merge(links, on="record_id", how="inner").sort_values("record_id", kind="stable").reset_index(drop=True)
    records["source"] = records["source"].astype("category")
    scored = pd.concat([records, _all_pairs(records), _b_cubed(records)], axis=1)
    bridge = pd.concat([records, _bridge_pairs(records)], axis=1)
    bridge = bridge[~bridge["source"].isin(NHS_SOURCES)]
    rows = [*_by_group(scored, ALL, groups), *_by_group(bridge, BRIDGE, groups), *_by_source_pair(records)]
    return Evaluation(pd.DataFrame(rows))


def _later(records: pd.DataFrame, *by: str) -> npt.NDArray[np.int64]:
    """For each record how many later records share the values of `by`: the pairs it is the left record of."""
    grouped = records.groupby(list(by), sort=False)
    return (grouped["record_id"].transform("size") - grouped.cumcount() - 1).to_numpy(dtype=np.int64)


def _all_pairs(records: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "true_pairs": _later(records, "truth_person_id"),
            "linked_pairs": _later(records, "person_id"),
            "found_pairs": _later(records, "truth_person_id", "person_id"),
        }
    )


def _b_cubed(records: pd.DataFrame) -> pd.DataFrame:
    size = {by: records.groupby(list(by), sort=False)["record_id"].transform("size") for by in (("truth_person_id",), ("person_id",), ("truth_person_id", "person_id"))}
    both = size[("truth_person_id", "person_id")]
    linked = size[("person_id",)]
    return pd.DataFrame({"b_precision": both / linked, "b_recall": both / size[("truth_person_id",)], "is_linked": linked > 1})


def _bridge_pairs(records: pd.DataFrame) -> pd.DataFrame:
    """For each record how many NHS records it is, should be, and rightly is with, of those that do not share its NHS number."""
    nhs = records[records["source"].isin(NHS_SOURCES)]
    return pd.DataFrame(
        {
            "true_pairs": _partners(records, nhs, "truth_person_id"),
            "linked_pairs": _partners(records, nhs, "person_id"),
            "found_pairs": _partners(records, nhs, "truth_person_id", "person_id"),
        }
    )


def _partners(records: pd.DataFrame, nhs: pd.DataFrame, *by: str) -> npt.NDArray[np.int64]:
    return _count_of(records, nhs, list(by)) - _count_of(records, nhs[nhs["nhs_number"].notna()], [*by, "nhs_number"])


def _count_of(records: pd.DataFrame, others: pd.DataFrame, by: list[str]) -> npt.NDArray[np.int64]:
    counted = others.groupby(by, sort=False).size().rename("partners").reset_index()
    return records[by].merge(counted, on=by, how="left")["partners"].fillna(0).to_numpy(dtype=np.int64)


def _by_group(scored: pd.DataFrame, pairs: str, groups: Sequence[str]) -> list[dict[str, object]]:
    summed = {"records": ("record_id", "size"), **{name: (name, "sum") for name in COUNTS}}
    if pairs == ALL:
        summed |= {"linked_records": ("is_linked", "sum"), "b_cubed_precision": ("b_precision", "mean"), "b_cubed_recall": ("b_recall", "mean")}
    found = [scored.groupby(np.zeros(len(scored), np.int8)).agg(**summed).set_axis([ALL]).assign(group=OVERALL)] if len(scored) else []
    found += [scored.groupby(scored[group].astype("category"), observed=True, sort=True).agg(**summed).assign(group=group) for group in groups]
    rows: list[tuple[object, dict[str, object]]] = [(value, dict(row)) for part in found for value, row in part.iterrows()]
    return [{"pairs": pairs, "value": str(value), **row} for value, row in rows]


def _by_source_pair(records: pd.DataFrame) -> list[dict[str, object]]:
    """Pairs by the two sources of their records."""
    units = {"true_pairs": ["truth_person_id"], "linked_pairs": ["person_id"], "found_pairs": ["truth_person_id", "person_id"]}
    tables = {name: records.groupby([*by, "source"], sort=False, observed=True).size().unstack(fill_value=0) for name, by in units.items()}
    sources = sorted(records["source"].unique().tolist())
    rows: list[dict[str, object]] = []
    for i, left in enumerate(sources):
        for right in sources[i:]:
            counts = {name: _pairs_between(table, left, right) for name, table in tables.items()}
            if counts["true_pairs"] or counts["linked_pairs"]:
                rows.append({"pairs": ALL, "group": "source_pair", "value": f"{left} + {right}", **counts})
    return rows


def _pairs_between(table: pd.DataFrame, left: str, right: str) -> int:
    a, b = table[left].to_numpy(dtype=np.int64), table[right].to_numpy(dtype=np.int64)
    return int((a * (a - 1) // 2).sum() if left == right else (a * b).sum())
