"""From scored pairs to people: components, then average linkage on complete weights, which breaks no hard constraint.

Pure: numbered records and whole weights (thousandths of a bit) in, labels out; the order of rows and edges decides nothing.
Components alone snowball through one wrong edge; average linkage asks what all pairs between two clusters say (DESIGN §4.1).
"""

import heapq
from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from cyplink.linkage.components import label_components
from cyplink.linkage.constraints import SEALED, Cluster, Facts, Pair, refusal

Numbers = npt.NDArray[np.int64]
LINKED, SINGLE, REVIEW = "linked", "single", "review"


@dataclass(frozen=True)
class Policy:
    """When two clusters are one, what a pair that was never scored counts for, and how clear a lead must be; millibits."""

    merge_above: int = 0
    missing: int = -5000
    margin: int = 3000
    component_budget: int = 60


@dataclass(frozen=True)
class Refused:
    """A union that a constraint refused: the smallest record of either cluster, and the mean weight between them."""

    left: int
    right: int
    constraint: str
    weight: int


@dataclass
class Partition:
    """Per record: label (smallest record number of its cluster), mean weight to the others of the cluster, lead over the next
    candidate, status; null weights are NaN."""

    label: Numbers
    weight: npt.NDArray[np.float64]
    margin: npt.NDArray[np.float64]
    status: npt.NDArray[np.object_]
    refused: list[Refused] = field(default_factory=list)
    over_budget: list[int] = field(default_factory=list)


def partition(left: Numbers, right: Numbers, weight: Numbers, facts: Facts, policy: Policy) -> Partition:
    """The partition of records 0..n-1 by edges (left < right, each pair once)."""
    count = len(facts.verified)
    order = np.lexsort((right, left))
    left, right, weight = left[order], right[order], weight[order]
    positive = weight > policy.merge_above
    must = np.array(sorted(facts.must), dtype=np.int64).reshape(-1, 2)
    component = label_components(np.concatenate([left[positive], must[:, 0]]), np.concatenate([right[positive], must[:, 1]]), count)
    label, refused, over_budget = _refine(component, left, right, weight, facts, policy)
    mean, margin = _strength(label, left, right, weight, facts, policy)
    label, review = _set_apart(label, mean, margin, facts, policy)
    if review.any():
        mean, margin = _strength(label, left, right, weight, facts, policy)
    size = np.bincount(label, minlength=count)[label]
    status = np.where(size > 1, LINKED, SINGLE).astype(object)
    review |= np.isin(component, component[over_budget])
    # A seal is nobody's to review, and shows in no output (DESIGN §3.8).
    review[[number for one in refused if one.constraint != SEALED for number in (one.left, one.right)]] = True
    status[review] = REVIEW
    sizes = np.bincount(component, minlength=count)[over_budget].tolist()
    return Partition(label, mean, margin, status, refused, sorted(sizes, reverse=True))


def _refine(
    component: Numbers, left: Numbers, right: Numbers, weight: Numbers, facts: Facts, policy: Policy
) -> tuple[Numbers, list[Refused], Numbers]:
    """Average linkage in every component that is not plainly one person; also the components over budget (by label)."""
    size = np.bincount(component, minlength=len(component))
    hard = _hard_components(component, left, right, weight, facts, policy)
    over_budget = np.flatnonzero(hard & (size > policy.component_budget))
    label = component.copy()
    big = np.isin(component, over_budget)
    label[big] = np.flatnonzero(big)
    refused: list[Refused] = []
    if not hard.any():
        return label, refused, over_budget
    inside = hard[component[left]] & (component[left] == component[right]) & ~big[left]
    edges = pd.DataFrame({"c": component[left[inside]], "l": left[inside], "r": right[inside], "w": weight[inside]})
    members = pd.Series(np.flatnonzero(hard[component] & ~big)).groupby(component[hard[component] & ~big])
    by_component: dict[Hashable, tuple[Numbers, Numbers, Numbers]] = {
        c: (g["l"].to_numpy(), g["r"].to_numpy(), g["w"].to_numpy()) for c, g in edges.groupby("c")
    }
    apart, nothing = facts.apart(), np.array([], np.int64)
    for c, records in members:
        a, b, w = by_component.get(c, (nothing, nothing, nothing))
        clusters, found = average_linkage(records.tolist(), a, b, w, facts, apart, policy)
        refused += found
        for cluster in clusters:
            label[cluster] = min(cluster)
    return label, refused, over_budget


def _hard_components(
    component: Numbers, left: Numbers, right: Numbers, weight: Numbers, facts: Facts, policy: Policy
) -> npt.NDArray[np.bool_]:
    """Components (by label) that are not cliques of positive edges, or in which some constraint or decision has a say."""
    count = len(component)
    size = np.bincount(component, minlength=count)
    positive = (weight > policy.merge_above) & (component[left] == component[right])
    scored = np.bincount(component[left[positive]], minlength=count)
    hard = (size > 1) & (scored < size * (size - 1) // 2)
    verified = np.asarray(facts.verified, dtype=np.int64)
    hard |= _differing(component, verified, verified > 0, count)
    pupil = np.array([bool(m and u) for m, u in zip(facts.main_registrations, facts.upn, strict=True)], dtype=bool)
    upns = pd.factorize(np.array([u or "" for u in facts.upn], dtype=object))[0].astype(np.int64)
    hard |= _differing(component, upns, pupil, count)
    twin = np.array([birth is not None for birth in facts.multiple_birth], dtype=bool)
    hard |= np.bincount(component[twin], minlength=count) > 1
    for a, b in (*facts.sealed, *facts.never, *facts.must):
        if component[a] == component[b]:
            hard[component[a]] = True
    return hard


def _differing(component: Numbers, value: Numbers, is_given: npt.NDArray[np.bool_], count: int) -> npt.NDArray[np.bool_]:
    """Components with more than one given value."""
    low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(low, component[is_given], value[is_given])
    np.maximum.at(high, component[is_given], value[is_given])
    return low < high


def average_linkage(
    records: list[int], left: Numbers, right: Numbers, weight: Numbers, facts: Facts, apart: dict[int, dict[int, str]], policy: Policy
) -> tuple[list[list[int]], list[Refused]]:
    """Join, again and again, the two clusters with the best mean weight over all their pairs, unless a constraint refuses.

    Pairs a person decided to link are joined first. Ties go to the smaller record numbers.
    """
    work = _Agglomeration(records, left, right, weight, facts, apart, policy)
    for a, b in sorted(pair for pair in facts.must if pair[0] in work.home and pair[1] in work.home):
        work.join(work.home[a], work.home[b])
    work.run()
    return [sorted(cluster.members) for cluster in work.clusters.values()], work.refused


class _Agglomeration:
    """Clusters by their smallest record, sums of weights between them, and the queue of unions to try."""

    def __init__(
        self, records: list[int], left: Numbers, right: Numbers, weight: Numbers, facts: Facts, apart: dict[int, dict[int, str]], policy: Policy
    ) -> None:
        self.policy, self.apart = policy, apart
        self.clusters = {record: Cluster.of(record, facts) for record in records}
        self.home = {record: record for record in records}
        self.refused: list[Refused] = []
        self.sums: dict[int, dict[int, tuple[int, int]]] = {record: {} for record in records}
        for a, b, w in zip(left.tolist(), right.tolist(), weight.tolist(), strict=True):
            self.sums[a][b] = self.sums[b][a] = (w, 1)

    def mean(self, a: int, b: int) -> float:
        total, scored = self.sums[a].get(b, (0, 0))
        pairs = len(self.clusters[a].members) * len(self.clusters[b].members)
        return (total + self.policy.missing * (pairs - scored)) / pairs

    def run(self) -> None:
        """Until no union is left whose mean is above the policy's mark and which no constraint refuses."""
        queue = [(-self.mean(a, b), a, b) for a in self.sums for b in self.sums[a] if a < b]
        queue = [entry for entry in queue if -entry[0] > self.policy.merge_above]
        heapq.heapify(queue)
        barred: set[Pair] = set()
        while queue:
            negative, a, b = heapq.heappop(queue)
            is_stale = a not in self.clusters or b not in self.clusters or -negative != self.mean(a, b)
            if is_stale or (a, b) in barred:
                continue
            constraint = refusal(self.clusters[a], self.clusters[b], self.apart)
            if constraint:
                self.refused.append(Refused(a, b, constraint, round(-negative)))
                barred.add((a, b))
                continue
            kept = self.join(a, b)
            barred = {pair for pair in barred if b not in pair and a not in pair}
            for other in self.sums[kept]:
                mean = self.mean(kept, other)
                if mean > self.policy.merge_above:
                    heapq.heappush(queue, (-mean, min(kept, other), max(kept, other)))

    def join(self, a: int, b: int) -> int:
        """Make two clusters one, under the smaller record; a union that a constraint refuses is noted and not made."""
        if a == b:
            return a
        a, b = min(a, b), max(a, b)
        constraint = refusal(self.clusters[a], self.clusters[b], self.apart)
        if constraint:
            self.refused.append(Refused(a, b, constraint, round(self.mean(a, b))))
            return a
        gone = self.clusters.pop(b)
        self.clusters[a].absorb(gone)
        for record in gone.members:
            self.home[record] = a
        self.sums[a].pop(b, None)
        for other, (total, scored) in self.sums.pop(b).items():
            if other == a:
                continue
            self.sums[other].pop(b)
            before = self.sums[a].get(other, (0, 0))
            self.sums[a][other] = self.sums[other][a] = (before[0] + total, before[1] + scored)
        return a


def _strength(
    label: Numbers, left: Numbers, right: Numbers, weight: Numbers, facts: Facts, policy: Policy
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean weight of each record to the others of its cluster, and its lead over the best mean to another cluster.

    A cluster that a seal, a decision or another verified NHS number keeps the record from is no candidate.
    """
    count = len(label)
    size = np.bincount(label, minlength=count)
    same = label[left] == label[right]
    ends = np.concatenate([left[same], right[same]])
    weights = np.concatenate([weight[same], weight[same]])
    total, scored = np.bincount(ends, weights, minlength=count), np.bincount(ends, minlength=count)
    others = size[label] - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(others > 0, (total + policy.missing * (others - scored)) / others, np.nan)
    cross = pd.DataFrame(
        {
            "record": np.concatenate([left[~same], right[~same]]),
            "other": label[np.concatenate([right[~same], left[~same]])],
            "w": np.concatenate([weight[~same], weight[~same]]),
        }
    )
    sums = cross.groupby(["record", "other"], sort=True)["w"].agg(["sum", "count"]).reset_index()
    barred = [(a, label[b]) for one, other in (*facts.sealed, *facts.never) for a, b in ((one, other), (other, one))]
    if barred:
        sums = sums[~pd.MultiIndex.from_frame(sums[["record", "other"]]).isin(barred)].copy()
    sums = sums[~_forbidden_by_number(sums["record"].to_numpy(), sums["other"].to_numpy(), label, facts)].copy()
    pairs = size[sums["other"].to_numpy()]
    sums["mean"] = (sums["sum"] + policy.missing * (pairs - sums["count"])) / pairs
    best = sums.groupby("record")["mean"].max()
    lead = np.full(count, np.nan)
    lead[best.index.to_numpy(dtype=np.int64)] = best.to_numpy()
    return mean, mean - lead


def _forbidden_by_number(record: Numbers, other: Numbers, label: Numbers, facts: Facts) -> npt.NDArray[np.bool_]:
    """Whether the record and the cluster have verified NHS numbers, and not the same one."""
    verified = np.asarray(facts.verified, dtype=np.int64)
    of_cluster = np.zeros(len(label), dtype=np.int64)
    np.maximum.at(of_cluster, label, verified)
    forbidden: npt.NDArray[np.bool_] = (verified[record] > 0) & (of_cluster[other] > 0) & (verified[record] != of_cluster[other])
    return forbidden


def _set_apart(
    label: Numbers, mean: npt.NDArray[np.float64], margin: npt.NDArray[np.float64], facts: Facts, policy: Policy
) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Records whose next candidate is itself likely, and about as good, stand alone for review rather than be linked at random.

    A record a person decided on is not set apart.
    """
    decided = np.zeros(len(label), dtype=bool)
    decided[[record for pair in facts.must for record in pair]] = True
    rival = mean - margin
    unclear = (margin < policy.margin) & (rival > policy.merge_above) & ~decided
    if not unclear.any():
        return label, unclear
    label = label.copy()
    label[unclear] = np.flatnonzero(unclear)
    # A cluster is named after its smallest record, which may just have left it.
    smallest = pd.Series(np.arange(len(label))).groupby(label).transform("min").to_numpy()
    keeps = ~unclear
    rest = pd.Series(np.flatnonzero(keeps)).groupby(label[keeps]).transform("min").to_numpy()
    smallest[keeps] = rest
    smallest[unclear] = np.flatnonzero(unclear)
    return smallest, unclear
