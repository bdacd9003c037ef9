"""Two model versions on the same records: which links one has and the other has not, for whom and why, and whether the newer may be promoted.

The challenger's pairs go into linkage.scored_pair under its version, so that a run after its promotion scores none of them again. What is
counted is told; no pair is. Groups and truth are read here only to judge by.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from cyplink.job import fingerprint
from cyplink.lake import Lake, Pin
from cyplink.linkage.clustering import Numbers, partition
from cyplink.linkage.clusters import clusters_of
from cyplink.linkage.evaluation import ALL, BRIDGE, evaluate
from cyplink.linkage.inputs import (
    NAMED_COLUMNS,
    VERIFIABLE_COLUMNS,
    current_edges,
    facts_of,
    named_records,
    policy_of,
    verified_records,
    with_orders,
)
from cyplink.linkage.scoring import ScoringInputs, commit_pairs, fresh_count, run_task
from cyplink.linkage.settings import LinkageSettings, PromotionSettings
from cyplink.linkage.spine import LEDGER_COLUMNS, assign, churn, read_ledger
from cyplink.linkage.truth import GROUPS
from cyplink.runs import Manifest
from cyplink.tables import linkage, silver
from cyplink.tables.model import Table
from cyplink.tracking import Tracker

BY_WEIGHT, BY_OTHERS, BY_ANCHOR = "the pair's own weight crossed the mark", "through other records of the person", "with the record it is anchored to"
Pairs = list[tuple[int, int]]
Edges = tuple[Numbers, Numbers, Numbers]

NO_MODEL = "There is no model yet; `cyplink run` trains the first."

LEAST_TRUE_PAIRS = 1_000
"""True pairs from which on a group's recall is counted among the worst."""


class ModelError(Exception):
    """Two models cannot be compared, or one cannot be promoted; the message says why and what to do."""


@dataclass(frozen=True)
class Quality:
    """Against the truth: precision and recall of all pairs and of bridge pairs, and how far the worst group's recall is behind."""

    precision: float
    recall: float
    bridge_precision: float
    bridge_recall: float
    worst_gap: float
    worst_group: str


@dataclass(frozen=True)
class Compared:
    """Links are pairs of records in one cluster. `gained`, `lost`: by cause; `by_group`: group, value, both, gained, lost, of the pair's smaller
    record. `churn`: share of records that would have another person id. `quality` by version, where there is a truth. `reasons`: why the gate
    refuses the challenger; none where it may be promoted."""

    champion: int
    challenger: int
    both: int
    gained: Mapping[str, int]
    lost: Mapping[str, int]
    by_group: pd.DataFrame
    churn: float
    quality: Mapping[int, Quality]
    reasons: tuple[str, ...]


def compare(
    lake: Lake, manifest: Manifest, tracker: Tracker, settings: LinkageSettings, challenger: int | None, mint: Callable[[int, int], int],
    truth: pd.DataFrame | None, threads: int,
) -> Compared:
    """Compare a version (default: the newest) with the champion on the tables as the run of `manifest` left them, and record in MLflow what came out.

    `mint` makes person ids; `truth`: records with their true people and groups (linkage.truth), or None where people are real. Raises ModelError
    where there are no two models to compare.
    """
    champion, (challenger, _) = tracker.champion(), _chosen(tracker, challenger)
    if champion is None:
        raise ModelError(NO_MODEL)
    if challenger == champion:
        raise ModelError(f"Version {challenger} is the champion; `cyplink run --retrain` makes another to compare it with.")
    tables = _Tables(lake, manifest)
    for version in (champion, challenger):
        score(lake, tracker.model_json(version), version, tables.pin(silver.IDENTITY), tables.pin(silver.NHS_NUMBER_MERGER), threads, settings.scoring.memory)
    edges = {version: tables.edges(version) for version in (champion, challenger)}
    clusters = tables.clusters(edges, settings)
    groups = tables.groups()
    found = _differences(clusters[champion], clusters[challenger], groups, lambda pairs: tables.causes(pairs, edges.values()))
    quality = {} if truth is None else {version: _quality(rows, truth) for version, rows in clusters.items()}
    told = Compared(champion, challenger, *found, tables.churn(clusters[challenger], challenger, mint), quality, ())
    told = replace(told, reasons=tuple(_refusals(told, settings.promotion)))
    _record(tracker, told)
    return told


def _chosen(tracker: Tracker, version: int | None) -> tuple[int, Mapping[str, str]]:
    """The version (default: the newest) and its tags. Raises ModelError where there is none such."""
    versions = tracker.versions()
    if not versions:
        raise ModelError(NO_MODEL)
    chosen = version or max(versions)
    if chosen not in versions:
        raise ModelError(f"There is no model version {chosen}. Versions: {', '.join(map(str, sorted(versions)))}.")
    return chosen, versions[chosen]


def score(lake: Lake, model: str, version: int, identity: Pin, mergers: Pin, threads: int, memory: str) -> None:
    """Put the pairs of a model version into the ledger of pairs, in this process: those of records that it has not scored."""
    asked = ScoringInputs(identity, mergers, lake.pin(linkage.TERM_FREQUENCY), lake.pin(linkage.SCORED_PAIR), model, version, threads, memory)
    if fresh_count(asked):
        written = run_task(asked, f"{version}-{fingerprint(version, identity.version, mergers.version, asked.scored.version)}", 0, 1).files
        commit_pairs(lake, written, {"job": "compare", "model_version": version})


class _Tables:
    """Tables as a finished run left them."""

    def __init__(self, lake: Lake, manifest: Manifest) -> None:
        self.lake, self.manifest = lake, manifest
        self.records = named_records(self.read(silver.IDENTITY, *NAMED_COLUMNS), self.read(silver.NHS_NUMBER_MERGER))

    def pin(self, table: Table) -> Pin:
        stated = self.manifest.tables.get(table.name)
        if stated is None:
            raise ModelError(f"The last finished run has no {table.name}; `cyplink run` makes it.")
        return self.lake.pin(table, stated["version"])

    def read(self, table: Table, *columns: str) -> pa.Table:
        return self.lake.read_arrow(table, columns or None, self.pin(table).version)

    def clusters(self, edges: Mapping[int, Edges], settings: LinkageSettings) -> dict[int, pd.DataFrame]:
        """By version, record_id and cluster_id of all records, by the version's pairs."""
        records, anchors = self.records, self.read(linkage.ANCHOR)
        decisions = with_orders(self.lake.read_arrow(linkage.HUMAN_DECISION), self.read(silver.SEPARATION))
        facts = facts_of(records, decisions, self.read(linkage.SEALED_PAIR), anchors)
        found = {version: partition(*of_version, facts, policy_of(settings)) for version, of_version in edges.items()}
        return {version: clusters_of(one, records["record_id"].to_numpy(), anchors)[["record_id", "cluster_id"]] for version, one in found.items()}

    def causes(self, pairs: Pairs, edges: Iterable[Edges]) -> Counter[str]:
        """Why the models of the two versions' edges differ about pairs of records."""
        ids = self.records["record_id"].to_numpy()
        named = set(ids.tolist())
        linked = []
        for left, right, weight in edges:
            concerned = (weight > 0) & np.isin(ids[left], [a for a, _ in pairs])
            linked.append(set(zip(ids[left[concerned]].tolist(), ids[right[concerned]].tolist(), strict=True)))
        return Counter(
            BY_ANCHOR if not named.issuperset(pair) else BY_WEIGHT if (pair in linked[0]) != (pair in linked[1]) else BY_OTHERS for pair in pairs
        )

    def edges(self, version: int) -> Edges:
        """Pairs of named records, by number, that the version scored, and their weights (thousandths of a bit)."""
        return current_edges(self.lake.read_arrow(linkage.SCORED_PAIR), self.records, version)

    def groups(self) -> pd.DataFrame:
        """By record_id, what its source says of the person, as text: source, controller, sex, ethnic category."""
        rows: pd.DataFrame = self.read(silver.RECORD_CHARACTERISTIC, "record_id", "source", "controller", "sex", "ethnic_category").to_pandas()
        return rows.set_index("record_id").fillna("not known").astype(str)

    def churn(self, clusters: pd.DataFrame, version: int, mint: Callable[[int, int], int]) -> float:
        """Share of the records with a person id that would have another."""
        people = read_ledger(self.read(linkage.PERSON_EVENT, *LEDGER_COLUMNS).to_pandas())
        verified = verified_records(self.read(silver.IDENTITY, *VERIFIABLE_COLUMNS))
        return churn(assign(clusters.set_index("record_id")["cluster_id"], verified, people, mint, version), people)


def _differences(
    before: pd.DataFrame, after: pd.DataFrame, groups: pd.DataFrame, causes_of: Callable[[Pairs], Counter[str]]
) -> tuple[int, dict[str, int], dict[str, int], pd.DataFrame]:
    """Links that both have; those gained and lost, by cause; and all three by group."""
    records = before.merge(after, on="record_id", suffixes=("_before", "_after")).sort_values("record_id")
    kept = records.groupby(["cluster_id_before", "cluster_id_after"], sort=False)["record_id"]
    # The smaller record of a pair is the one that comes first: it has as many pairs as records follow it.
    later = pd.Series((kept.transform("size") - kept.cumcount() - 1).to_numpy(), index=records["record_id"])
    gained, lost = _pairs_of_one(records, "cluster_id_after", "cluster_id_before"), _pairs_of_one(records, "cluster_id_before", "cluster_id_after")
    causes = [dict(causes_of(pairs).most_common()) for pairs in (gained, lost)]
    rows = []
    counted = {"gained": Counter(a for a, _ in gained), "lost": Counter(a for a, _ in lost)}
    for group in groups.columns:
        value_of = groups[group]
        of_both = later.groupby(value_of.reindex(later.index).fillna("not known")).sum()
        changed = {name: Counter[str]() for name in counted}
        for name, of_record in counted.items():
            for record, n in of_record.items():
                changed[name][str(value_of.get(record, "not known"))] += n
        rows += [(group, value, int(of_both.get(value, 0)), changed["gained"][value], changed["lost"][value]) for value in sorted({*of_both.index, *changed["gained"], *changed["lost"]})]
    return int(later.sum()), causes[0], causes[1], pd.DataFrame(rows, columns=["group", "value", "both", "gained", "lost"])


def _pairs_of_one(records: pd.DataFrame, together: str, apart: str) -> Pairs:
    """Pairs of records, the smaller first, that one partition has together and the other apart."""
    divided = records.groupby(together)[apart].transform("nunique") > 1
    found = []
    for _, cluster in records[divided].groupby(together):
        ids, others = cluster["record_id"].to_numpy(), cluster[apart].to_numpy()
        left, right = np.triu_indices(len(ids), 1)
        differ = others[left] != others[right]
        found += list(zip(ids[left[differ]].tolist(), ids[right[differ]].tolist(), strict=True))
    return found


def _quality(clusters: pd.DataFrame, truth: pd.DataFrame) -> Quality:
    found = evaluate(clusters.rename(columns={"cluster_id": "person_id"}), truth, GROUPS)
    rates = {}
    for pairs in (ALL, BRIDGE):
        one = found.one(pairs)
        rates[pairs] = (one["found_pairs"] / max(one["linked_pairs"], 1), one["found_pairs"] / max(one["true_pairs"], 1))
    counts = found.counts
    large = counts[(counts["pairs"] == BRIDGE) & counts["group"].isin(GROUPS) & (counts["true_pairs"] >= LEAST_TRUE_PAIRS)]
    recall = large["found_pairs"] / large["true_pairs"]
    worst = recall.idxmin() if len(recall) else None
    gap = rates[BRIDGE][1] - float(recall.loc[worst]) if worst is not None else 0.0
    return Quality(*rates[ALL], *rates[BRIDGE], gap, "" if worst is None else f"{large.loc[worst, 'group']}: {large.loc[worst, 'value']}")


def _refusals(told: Compared, policy: PromotionSettings) -> list[str]:
    """Why the challenger may not be promoted."""
    lost = sum(told.lost.values()) / max(told.both + sum(told.lost.values()), 1)
    measured = [("of the champion's links are lost", lost, policy.links_lost), ("of the records would change person", told.churn, policy.churn)]
    if told.quality:
        was, now = told.quality[told.champion], told.quality[told.challenger]
        for name, what, allowed in (
            ("precision", "of precision is lost", policy.loss_of_precision), ("recall", "of recall is lost", policy.loss_of_recall),
            ("bridge_precision", "of precision between NHS and other records is lost", policy.loss_of_precision),
            ("bridge_recall", "of recall between NHS and other records is lost", policy.loss_of_recall),
        ):
            measured.append((what, getattr(was, name) - getattr(now, name), allowed))
        measured.append(("further behind is the group whose recall is worst", now.worst_gap - was.worst_gap, policy.growth_of_worst_gap))
    return [f"{cost:.2%} {what}, the policy allows {allowed:.2%}" for what, cost, allowed in measured if cost > allowed]


def _record(tracker: Tracker, told: Compared) -> None:
    """What came out, as a run of MLflow, and the gate's word on the version."""
    metrics: dict[str, float | None] = {"links/both": told.both, "churn": told.churn}
    metrics |= {f"links/{name}": sum(causes.values()) for name, causes in (("gained", told.gained), ("lost", told.lost))}
    for version, found in told.quality.items():
        which = "champion" if version == told.champion else "challenger"
        metrics |= {f"{which}/{name}": value for name, value in found.__dict__.items() if isinstance(value, float)}
    content: dict[str, Any] = {"gained": told.gained, "lost": told.lost, "reasons": told.reasons}
    tracker.log_run("comparison", {"champion": told.champion, "challenger": told.challenger}, metrics, {"comparison.json": content}, {"kind": "comparison"})
    tracker.tag(told.challenger, {"gate": "refused" if told.reasons else "passed", "gate_reasons": "; ".join(told.reasons), "compared_with": str(told.champion)})


def promote(tracker: Tracker, version: int | None, override: str, at: str) -> int:
    """Make a version (default: the newest) the champion, if its comparison with the present one passed the gate or a person overrides it, giving a
    reason, which is recorded. Returns the version. Raises ModelError otherwise."""
    champion, (chosen, tags) = tracker.champion(), _chosen(tracker, version)
    if chosen == champion:
        raise ModelError(f"Version {chosen} is the champion already.")
    if not override and (tags.get("gate") is None or tags.get("compared_with") != str(champion)):
        raise ModelError(f"Version {chosen} was not compared with the champion, version {champion}; `cyplink compare --challenger {chosen}` does.")
    if not override and tags["gate"] != "passed":
        raise ModelError(f"The gate refused version {chosen}: {tags.get('gate_reasons')}. To promote it all the same: `cyplink promote {chosen} --override 'reason'`, which is recorded.")
    tracker.tag(chosen, {"promoted_at": at, "promoted_over": str(champion), **({"override": override} if override else {})})
    tracker.promote(chosen)
    return chosen
