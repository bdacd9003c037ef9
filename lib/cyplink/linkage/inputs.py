"""What clustering is given, from tables: named records in order of record_id, the edges that count, the facts constraints look at."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from cyplink.linkage.clustering import Numbers, Policy
from cyplink.linkage.constraints import Facts, Pair
from cyplink.linkage.settings import LinkageSettings

VERIFIED = "01"
MILLIBITS = 1000


NAMED_COLUMNS = ("record_id", "record_version", "nhs_number", "nhs_number_status", "upn", "upns", "date_of_birth", "main_registrations",
                 "multiple_birth_id", "multiple_birth_order", "is_named")  # fmt: skip


def named_records(identity: pa.Table, mergers: pa.Table) -> pd.DataFrame:
    """Named records, sorted by record_id, with `resolved` (NHS number after mergers, 0 for none) and `scored_version` (the version
    under which scoring knows the record: another one when its number was merged)."""
    rows: pd.DataFrame = identity.select(list(NAMED_COLUMNS)).to_pandas()
    rows = rows[rows["is_named"]].sort_values("record_id").reset_index(drop=True)
    current = mergers.select(["superseded_nhs_number", "current_nhs_number"]).to_pandas().set_index("superseded_nhs_number")["current_nhs_number"]
    number = rows["nhs_number"].fillna(0).astype("int64")
    merged = number.map(current).fillna(0).astype("int64")
    rows["resolved"] = np.where(merged > 0, merged, number)
    rows["scored_version"] = np.where(merged > 0, rows["record_version"] ^ merged, rows["record_version"])
    return rows


def current_edges(scored: pa.Table, records: pd.DataFrame, model_version: int) -> tuple[Numbers, Numbers, Numbers]:
    """Edges of the model whose two record versions are current, as record numbers and millibits; each pair once."""
    ids, versions = records["record_id"].to_numpy(), records["scored_version"].to_numpy()
    edges = scored.filter(pa.compute.equal(scored["model_version"], model_version))
    left, right = edges["record_id_l"].to_numpy(), edges["record_id_r"].to_numpy()
    a, b = np.searchsorted(ids, left), np.searchsorted(ids, right)
    a, b = np.minimum(a, max(len(ids) - 1, 0)), np.minimum(b, max(len(ids) - 1, 0))
    counts = (
        (ids[a] == left) & (ids[b] == right) & (left < right)
        & (versions[a] == edges["record_version_l"].to_numpy()) & (versions[b] == edges["record_version_r"].to_numpy())
    )
    frame = pd.DataFrame({"a": a[counts], "b": b[counts], "w": edges["match_weight"].to_numpy()[counts]})
    once = frame.sort_values(["a", "b", "w"]).drop_duplicates(["a", "b"], keep="last")
    return tuple(once[name].to_numpy(dtype=np.int64) for name in ("a", "b", "w"))  # type: ignore[return-value]


def facts_of(records: pd.DataFrame, decisions: pa.Table, seals: pa.Table, anchors: pa.Table) -> Facts:
    """What the hard constraints look at. A decision or seal about a record without names holds of the record it is anchored to."""
    verified = np.where(records["nhs_number_status"] == VERIFIED, records["resolved"], 0)
    births = [
        (str(birth), int(order)) if birth is not None and not pd.isna(order) else None
        for birth, order in zip(records["multiple_birth_id"], records["multiple_birth_order"], strict=True)
    ]
    number_of = dict(zip(records["record_id"].tolist(), range(len(records)), strict=True))
    anchored = zip(anchors["record_id"].to_pylist(), anchors["anchor_record_id"].to_pylist(), strict=True)
    number_of |= {record: number_of[anchor] for record, anchor in anchored if anchor is not None}
    decided = decisions.to_pylist()
    return Facts(
        verified=verified.astype("int64").tolist(),
        multiple_birth=births,
        main_registrations=[tuple(censuses) if censuses is not None else () for censuses in records["main_registrations"]],
        upn=[upn or _temporary(upns) for upn, upns in zip(records["upn"], records["upns"], strict=True)],
        born_on=[None if pd.isna(day) else day for day in records["date_of_birth"]],
        sealed=_pairs(seals.to_pylist(), number_of),
        never=_pairs([row for row in decided if row["decision"] == "never_link"], number_of),
        must=_pairs([row for row in decided if row["decision"] == "must_link"], number_of),
    )


def with_orders(decisions: pa.Table, separations: pa.Table) -> pa.Table:
    """Reviewers' decisions and, as never-links, the orders of silver.separation: record_id_l, record_id_r, decision."""
    columns = ["record_id_l", "record_id_r", "decision"]
    orders = separations.filter(pa.compute.equal(separations["kind"], "never_link"))
    return pa.concat_tables([decisions.select(columns), orders.select(["record_id_l", "record_id_r", "kind"]).rename_columns(columns).cast(decisions.select(columns).schema)])


def _temporary(upns: Any) -> str | None:
    """The UPN of a pupil who has but a temporary one: it tells two pupils of one census apart as well."""
    return next((upn for upn in sorted(upns if upns is not None else ()) if upn[-1].isalpha()), None)


def _pairs(rows: list[dict[str, int]], number_of: dict[int, int]) -> frozenset[Pair]:
    found = [(number_of.get(row["record_id_l"]), number_of.get(row["record_id_r"])) for row in rows]
    return frozenset((min(a, b), max(a, b)) for a, b in found if a is not None and b is not None and a != b)


def policy_of(settings: LinkageSettings) -> Policy:
    """The settings in the millibits clustering counts in."""
    return Policy(
        merge_above=round(settings.clustering.merge_above * MILLIBITS),
        missing=round(settings.scoring.keep_above * MILLIBITS),
        margin=round(settings.clustering.margin * MILLIBITS),
        component_budget=settings.scoring.component_budget,
    )
