"""Why two records are, or are not, one person: how each got its names, what their comparison weighs, and what the clusters made of it.

Reads the tables as the last finished run left them and only the records of the two people concerned. A record of a person who is
withheld, and two records that an adoption seals from one another, are not known here (DESIGN §3.7, §3.8).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from cyplink.lake import Lake, open_dataset
from cyplink.linkage import records
from cyplink.linkage.clustering import Numbers, Policy
from cyplink.linkage.constraints import BIRTH_ORDER, NEVER, TWO_NUMBERS, TWO_PUPILS, Cluster, Facts, refusal
from cyplink.linkage.inputs import MILLIBITS, current_edges, facts_of, named_records, policy_of, with_orders
from cyplink.linkage.scoring import open_linker, read_terms, refined_blocks
from cyplink.linkage.settings import LinkageSettings
from cyplink.linkage.training import TrainedModel
from cyplink.runs import Manifest
from cyplink.tables import linkage, silver
from cyplink.tables.model import Table
from cyplink.tracking import Tracker

CONSTRAINTS = {
    TWO_NUMBERS: "they have two verified NHS numbers with no merger between them",
    NEVER: "a person or an order decided that they are never linked",
    BIRTH_ORDER: "they are of different birth order in one multiple birth",
    TWO_PUPILS: "they are two main registrations of one census with different UPNs and different birth dates",
}
SHOWN = {
    "forename": ("forename", "forenames"), "surname": ("surname", "surnames"), "date_of_birth": ("dob",), "sex": ("sex",),
    "address": ("postcodes", "uprns"), "nhs_number": ("nhs_number",), "upn": ("upns",),
}
"""Which columns of a record a comparison looks at."""


@dataclass(frozen=True)
class Side:
    """One of the two records: where it is from, the source of the record with names it attaches to (empty if none), and what became of it."""

    record_id: int
    source: str
    controller: str
    is_named: bool
    attached_to: str
    status: str
    reason: str
    records: int


@dataclass(frozen=True)
class Comparison:
    """One comparison of the model: the level the two records reached, its weight in bits, and the values looked at."""

    name: str
    level: str
    weight: float
    left: str
    right: str


@dataclass(frozen=True)
class Stage:
    """A pair of records on the way from one record to the other inside a person; weight in bits."""

    left: str
    right: str
    weight: float


@dataclass(frozen=True)
class Explanation:
    """What is to be said of two records. Weights in bits; `between` is the mean over all pairs of the two clusters, of which `scored` of
    `pairs` were scored; `met_by` the blocking rules under which the two named records meet; `verdict` a sentence without values."""

    one: Side
    other: Side
    same_person: bool
    prior: float
    comparisons: tuple[Comparison, ...]
    met_by: tuple[str, ...]
    path: tuple[Stage, ...]
    between: float | None
    pairs: int
    scored: int
    verdict: str

    @property
    def weight(self) -> float:
        """The match weight of the pair: the prior and every comparison."""
        return self.prior + sum(one.weight for one in self.comparisons)


def explain(lake: Lake, manifest: Manifest, tracker: Tracker, settings: LinkageSettings, first: str, second: str) -> Explanation:
    """`first` and `second`: a record_id, or source/controller/local id (the local id may hold slashes).

    Raises ValueError, without naming the records, where one is not known, may not be shown, or both are the same.
    """
    tables = _Tables(lake, manifest)
    ids = [tables.record_id(said) for said in (first, second)]
    if ids[0] == ids[1]:
        raise ValueError("Both are the same record.")
    clusters = tables.rows(linkage.CLUSTER, "record_id", ids).set_index("record_id")["cluster_id"]
    members = tables.rows(linkage.CLUSTER, "cluster_id", clusters.tolist())
    tables.refuse_hidden(ids, members)
    anchors = tables.table(linkage.ANCHOR, "record_id", members["record_id"].tolist())
    anchor_of = dict(zip(anchors["record_id"].to_pylist(), anchors["anchor_record_id"].to_pylist(), strict=True))
    identity = tables.table(silver.IDENTITY, "record_id", members["record_id"].tolist())
    mergers = tables.table(silver.NHS_NUMBER_MERGER)
    stand_in = [anchor_of.get(record, record) for record in ids]
    links = tables.rows(linkage.PERSON_LINK, "record_id", ids)
    sides = tuple(_side(identity, members, links, record, anchor_of.get(record)) for record in ids)
    people = _People.of(tables, identity, mergers, anchors, members, policy_of(settings))
    same = clusters[ids[0]] == clusters[ids[1]]
    unnamed = [side for side, record in zip(sides, stand_in, strict=True) if record is None]
    if unnamed or stand_in[0] == stand_in[1]:
        return Explanation(sides[0], sides[1], bool(same), 0.0, (), (), (), None, 0, 0, _by_anchor(unnamed))
    model = TrainedModel.from_json(tracker.model_json(people.version), read_terms(tables.pin(linkage.TERM_FREQUENCY), people.version))
    prior, comparisons, met_by = _compare(model, identity, mergers, stand_in)
    a, b = (people.number(record) for record in stand_in)
    if same:
        path = people.path(a, b)
        verdict = "One person: by average linkage over the records of the person, along the path below."
        return Explanation(sides[0], sides[1], True, prior, comparisons, met_by, path, None, 0, 0, verdict)
    mean, pairs, scored = people.between(a, b)
    return Explanation(sides[0], sides[1], False, prior, comparisons, met_by, (), mean / MILLIBITS, pairs, scored, people.why_apart(a, b, sides))


def _by_anchor(unnamed: Iterable[Side]) -> str:
    reasons = sorted({side.reason for side in unnamed})
    if reasons:
        return f"Not one person: a record without names found none to attach to ({'; '.join(reasons)})."
    return "One person: both are, or attach to, the same record with names."


@dataclass(frozen=True)
class _Tables:
    """Tables as a finished run left them, read by key."""

    lake: Lake
    manifest: Manifest

    def pin(self, table: Table) -> Any:
        stated = self.manifest.tables.get(table.name)
        return self.lake.pin(table, stated["version"] if stated else None)

    def table(self, table: Table, column: str = "", values: Iterable[Any] = ()) -> pa.Table:
        pin = self.pin(table)
        wanted = ds.field(column).isin(list(values)) if column else None
        return open_dataset(pin.path, pin.version).to_table(filter=wanted)

    def rows(self, table: Table, column: str, values: Iterable[Any]) -> pd.DataFrame:
        found: pd.DataFrame = self.table(table, column, values).to_pandas()
        return found

    def record_id(self, said: str) -> int:
        """The record_id of a record named by it or by source/controller/local id."""
        if said.isdigit():
            wanted = ds.field("record_id") == int(said)
        elif said.count("/") >= 2:
            source, controller, local_id = said.split("/", 2)
            wanted = (ds.field("source") == source) & (ds.field("controller") == controller) & (ds.field("local_id") == local_id)
        else:
            raise ValueError("A record is named by its record_id, or by source/controller/local id, as in case_management/304/<person id>.")
        pin = self.pin(silver.IDENTITY)
        found = open_dataset(pin.path, pin.version).to_table(columns=["record_id"], filter=wanted)["record_id"].to_pylist()
        if len(found) != 1:
            raise ValueError(UNKNOWN)
        return int(found[0])

    def refuse_hidden(self, ids: list[int], members: pd.DataFrame) -> None:
        """Raises ValueError, as for a record that is not there, for a withheld person and for a seal between the two people."""
        links = self.rows(linkage.PERSON_LINK, "record_id", ids)
        side = members.set_index("record_id")["cluster_id"]
        seals = self.rows(linkage.SEALED_PAIR, "record_id_l", side.index.tolist())
        is_between = seals["record_id_r"].isin(side.index)
        if links["is_withheld"].any() or is_between.any():
            raise ValueError(UNKNOWN)


UNKNOWN = "One of the records is not in silver.identity of the last finished run, or may not be shown. Look the record up in linkage.person_link."


def _side(identity: pa.Table, members: pd.DataFrame, links: pd.DataFrame, record: int, anchor: int | None) -> Side:
    wanted = identity.filter(pc.is_in(identity["record_id"], pa.array([record, anchor], pa.int64()))).to_pylist()
    row, attached_to = next(one for one in wanted if one["record_id"] == record), next((one["source"] for one in wanted if one["record_id"] == anchor), "")
    link = links[links["record_id"] == record].iloc[0]
    cluster = members.loc[members["record_id"] == record, "cluster_id"].iloc[0]
    return Side(record, row["source"], row["controller"], bool(row["is_named"]), attached_to, str(link["status"]), str(link["step_reason"]), int((members["cluster_id"] == cluster).sum()))


def _compare(model: TrainedModel, identity: pa.Table, mergers: pa.Table, pair: list[int]) -> tuple[float, tuple[Comparison, ...], tuple[str, ...]]:
    """The prior in bits, what the model's comparisons say of the two named records, and the blocking rules under which they meet."""
    both = identity.filter(pc.is_in(identity["record_id"], pa.array(pair, pa.int64())))
    settings = {**model.settings, "retain_matching_columns": True, "retain_intermediate_calculation_columns": True, "blocking_rules_to_generate_predictions": ["1=1"]}
    with records.open_connection(1) as connection:
        records.make_records(connection, both, mergers)
        records.add_block_keys(connection, refined_blocks(model))
        linker = open_linker(connection, replace(model, settings=settings), "keyed")
        weighed = connection.execute(f"select * from {linker.inference.predict().physical_name}").df().iloc[0]
        values = connection.execute("select * from keyed order by record_id = ? desc", [pair[0]]).df()
        shared = connection.execute(f"select distinct key >> {records.KEY_BITS} from (select unnest(block_keys) as key from keyed) group by key having count(*) = 2").fetchall()
    comparisons = tuple(_weighed(comparison, weighed, values) for comparison in model.settings["comparisons"])
    chance = model.settings["probability_two_random_records_match"]
    names = {rule.number: rule.name for rule in records.BLOCKING_RULES}
    return float(np.log2(chance / (1 - chance))), comparisons, tuple(names[number] for (number,) in sorted(shared))


def _weighed(comparison: Mapping[str, Any], weighed: pd.Series, values: pd.DataFrame) -> Comparison:
    name = comparison["output_column_name"]
    levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
    gamma = int(weighed[f"gamma_{name}"])
    level = "missing on either side" if gamma < 0 else levels[len(levels) - 1 - gamma]["label_for_charts"]
    weight = float(weighed[f"mw_{name}"] + weighed.get(f"mw_tf_adj_{name}", 0.0))  # the second for how common the name is
    left, right = (", ".join(dict.fromkeys(text for column in SHOWN[name] for text in _texts(row[column]))) for _, row in values.iterrows())
    return Comparison(name, level, weight, left, right)


def _texts(value: Any) -> list[str]:
    if isinstance(value, np.ndarray | list):
        return [str(one) for one in value]
    if pd.isna(value):
        return []
    return [str(value.date()) if isinstance(value, pd.Timestamp) else f"{value:.0f}" if isinstance(value, float) else str(value)]


@dataclass(frozen=True)
class _People:
    """The named records of the two people, numbered in order of record_id, with edges, facts and clusters as clustering had them."""

    ids: Numbers
    label: Numbers
    source: list[str]
    edges: tuple[Numbers, Numbers, Numbers]
    facts: Facts
    policy: Policy
    version: int

    @classmethod
    def of(cls, tables: _Tables, identity: pa.Table, mergers: pa.Table, anchors: pa.Table, members: pd.DataFrame, policy: Policy) -> "_People":
        named = named_records(identity, mergers)
        ids = named["record_id"].to_numpy()
        version = int(members["model_version"].iloc[0])
        scored = tables.table(linkage.SCORED_PAIR, "record_id_l", ids.tolist())
        decisions = with_orders(tables.table(linkage.HUMAN_DECISION), tables.table(silver.SEPARATION))
        no_seals = linkage.SEALED_PAIR
        facts = facts_of(named, decisions, tables.table(no_seals, "record_id_l", []), anchors)
        label = members.set_index("record_id")["cluster_id"].loc[ids].to_numpy()
        of_record = dict(zip(identity["record_id"].to_pylist(), identity["source"].to_pylist(), strict=True))
        return cls(ids, label, [of_record[record] for record in ids.tolist()], current_edges(scored, named, version), facts, policy, version)

    def number(self, record: int) -> int:
        return int(np.searchsorted(self.ids, record))

    def between(self, a: int, b: int) -> tuple[float, int, int]:
        """Mean weight (millibits) between the clusters of two records over all pairs, how many those are, and how many were scored."""
        left, right, weight = self.edges
        ends = {self.label[a], self.label[b]}
        across = (self.label[left] != self.label[right]) & np.isin(self.label[left], list(ends)) & np.isin(self.label[right], list(ends))
        pairs = int((self.label == self.label[a]).sum() * (self.label == self.label[b]).sum())
        scored = int(across.sum())
        return float(weight[across].sum() + self.policy.missing * (pairs - scored)) / pairs, pairs, scored

    def why_apart(self, a: int, b: int, sides: tuple[Side, ...]) -> str:
        """The first reason that holds: a constraint, a mean that is too low, a record that waits for a reviewer, a component over budget."""
        one, other = (self._cluster(self.label[number]) for number in (a, b))
        constraint = refusal(one, other, self.facts.apart())
        mean = self.between(a, b)[0]
        if constraint:
            return f"Not one person, whatever the weights say: {CONSTRAINTS[constraint]}."
        if mean <= self.policy.merge_above:
            return f"Not one person: the mean weight between the two people's records is not above {self.policy.merge_above / MILLIBITS:g}."
        if any(side.status == "review" for side in sides):
            return "Not one person yet: one of them waits for a reviewer, for its lead over the next candidate is too small or its component too large."
        return "Not one person: each joined nearer records first, and what they came to was then kept from the other."

    def _cluster(self, label: int) -> Cluster:
        first, *rest = np.flatnonzero(self.label == label).tolist()
        made = Cluster.of(first, self.facts)
        for record in rest:
            made.absorb(Cluster.of(record, self.facts))
        return made

    def path(self, a: int, b: int) -> tuple[Stage, ...]:
        """From one record to another of its person along the strongest links: no other way has a weakest link that is stronger."""
        left, right, weight = self.edges
        inside = (self.label[left] == self.label[a]) & (self.label[right] == self.label[a])
        left, right, weight = left[inside], right[inside], weight[inside]
        if not len(weight):
            return ()
        # A tree of least cost; zero would be no edge to SciPy.
        cost = weight.max() + 1 - weight
        tree = minimum_spanning_tree(coo_matrix((cost, (left, right)), shape=(len(self.ids), len(self.ids))))
        before = breadth_first_order(tree, a, directed=False)[1]
        of_pair = dict(zip(zip(left.tolist(), right.tolist(), strict=True), weight.tolist(), strict=True))
        stages: list[Stage] = []
        while b != a and before[b] >= 0:
            pair = (min(b, int(before[b])), max(b, int(before[b])))
            stages.append(Stage(self.source[int(before[b])], self.source[b], of_pair[pair] / MILLIBITS))
            b = int(before[b])
        return tuple(reversed(stages))
