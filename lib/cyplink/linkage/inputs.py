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
    rows: pd.DataFrame = identity.select(list(NAMED_COLUMNS)).filter(pa.compute.field("is_named")).sort_by("record_id").to_pandas()
    current = mergers.select(["superseded_nhs_number", "current_nhs_number"]).to_pandas().set_index("superseded_nhs_number")["current_nhs_number"]
    number = rows["nhs_number"].fillna(0).astype("int64")
    merged = number.map(current).fillna(0).astype("int64")
    rows["resolved"] = np.where(merged > 0, merged, number)
    rows["scored_version"] = np.where(merged > 0, rows["record_version"] ^ merged, rows["record_version"])
    return rows


def current_edges(scored: pa.Table, records: pd.DataFrame, model_version: int) -> tuple[Numbers, Numbers, Numbers]:
    """Edges of the model whose two record versions are current, as record numbers and millibits; each pair once."""
    ids, versions = records["record_id"].to_numpy(), records["scored_version"].to_numpy()
    field = pa.compute.field
    edges = scored.filter((field("model_version") == model_version) & (field("record_id_l") < field("record_id_r")))
    left, right = edges["record_id_l"].to_numpy(), edges["record_id_r"].to_numpy()
    a, b = np.searchsorted(ids, left), np.searchsorted(ids, right)
    a, b = np.minimum(a, max(len(ids) - 1, 0)), np.minimum(b, max(len(ids) - 1, 0))
    counts = (
        (ids[a] == left) & (ids[b] == right)
        & (versions[a] == edges["record_version_l"].to_numpy()) & (versions[b] == edges["record_version_r"].to_numpy())
    )
    frame = pd.DataFrame({"a": a[counts], "b": b[counts], "w": edges["match_weight"].to_numpy()[counts]})
    if pd.Index(frame["a"] * len(ids) + frame["b"]).has_duplicates:
        frame = frame.sort_values(["a", "b", "w"]).drop_duplicates(["a", "b"], keep="last")
    return tuple(frame[name].to_numpy(dtype=np.int64) for name in ("a", "b", "w"))  # type: ignore[return-value]


def facts_of(records: pd.DataFrame, decisions: pa.Table, seals: pa.Table, anchors: pa.Table) -> Facts:
    """What the hard constraints look at. A decision or seal about a record without names holds of the record it is anchored to."""
    verified = np.where(records["nhs_number_status"] == VERIFIED, records["resolved"], 0)
    one_of_several = records["multiple_birth_id"].notna() & records["multiple_birth_order"].notna()
    births = {
        number: (str(birth), int(order))
        for number, birth, order in zip(np.flatnonzero(one_of_several).tolist(), *(records.loc[one_of_several, name] for name in ("multiple_birth_id", "multiple_birth_order")), strict=True)
    }
    has_upn = records["upn"].notna()
    temporary = {number: _temporary(upns) for number, upns in zip(np.flatnonzero(~has_upn).tolist(), records.loc[~has_upn, "upns"], strict=True)}
    born_on = records["date_of_birth"]
    decided = decisions.to_pylist()
    sealed = seals.to_pylist()
    number_of = _numbers([row[name] for row in (*decided, *sealed) for name in ("record_id_l", "record_id_r")], records, anchors)
    return Facts(
        verified=verified.astype("int64").tolist(),
        multiple_birth=[births.get(number) for number in range(len(records))],
        main_registrations=[tuple(censuses) if censuses is not None and len(censuses) else () for censuses in records["main_registrations"]],
        upn=[temporary.get(number, upn) for number, upn in enumerate(records["upn"])],
        born_on=[day if is_known else None for day, is_known in zip(born_on, born_on.notna(), strict=True)],
        sealed=_pairs(sealed, number_of),
        never=_pairs([row for row in decided if row["decision"] == "never_link"], number_of),
        must=_pairs([row for row in decided if row["decision"] == "must_link"], number_of),
    )


VERIFIABLE_COLUMNS = ("record_id", "nhs_number", "nhs_number_status", "upn")


def verified_records(identity: pa.Table) -> list[int]:
    """Records with a verified identifier: a permanent UPN or an NHS number of status 01; `identity` has VERIFIABLE_COLUMNS."""
    rows = identity.to_pandas()
    is_verified = rows["upn"].notna() | (rows["nhs_number"].notna() & (rows["nhs_number_status"] == VERIFIED))
    return [int(record) for record in rows.loc[is_verified, "record_id"].tolist()]


def _numbers(mentioned: list[int], records: pd.DataFrame, anchors: pa.Table) -> dict[int, int]:
    """Number of each of these records, or of the one it is anchored to, by its id; those that are neither are left out."""
    ids = records["record_id"].to_numpy()
    its_anchor = anchors.filter(pa.compute.field("record_id").isin(mentioned)).to_pylist()
    stands_for = {record: record for record in mentioned} | {row["record_id"]: row["anchor_record_id"] for row in its_anchor if row["anchor_record_id"] is not None}
    places = {record: int(np.searchsorted(ids, record_of_names)) for record, record_of_names in stands_for.items()}
    return {record: place for record, place in places.items() if place < len(ids) and ids[place] == stands_for[record]}


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
