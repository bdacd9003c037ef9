"""Stable identity: new clusters meet the ids their records had, and ids are carried over (DESIGN §4.4).

The ledger (linkage.person_event) is the memory: who holds which id follows from it, and nothing in it is ever changed. Ids go
by maximum-weight assignment over the overlap of clusters and ids: records with a verified identifier count most, then records, then
the age of the id; ties go to the records that have held it longest (an un-merge gives it back), then to the smallest record id.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linear_sum_assignment

from cyplink.linkage.components import distinct, label_components

EVENT_COLUMNS = ("sequence", "person_id", "record_id", "event", "other_person_id", "kind", "cause", "model_version")
LEDGER_COLUMNS = ("sequence", "person_id", "record_id", "event", "model_version")
"""What the state of the ledger follows from."""
EVENT_KINDS = {"sequence": "int64", "person_id": "int64", "record_id": "int64", "other_person_id": "Int64", "model_version": "int32"}
NEW_DATA, CHANGED_DATA, NEW_MODEL, HUMAN, WITHDRAWAL = "new_data", "changed_data", "new_model", "human_decision", "withdrawal"
VERIFIED_WEIGHT, RECORD_WEIGHT = 1_000_000, 1_000
NOBODY = -1  # ids are not negative

Numbers = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]
Held = Mapping[int, Mapping[int, int]]


@dataclass(frozen=True)
class People:
    """What the ledger says: who holds which record now (`holders`: person by record), every id ever minted with the entry of its minting
    (`minted`: entry by person), and every joining of a record to an id (`joins`: person_id, record_id, sequence)."""

    holders: pd.Series
    minted: pd.Series
    joins: pd.DataFrame
    last_sequence: int
    last_model: int

    def held(self, people: Iterable[int]) -> dict[int, dict[int, int]]:
        """The records that each of these ids has ever been of, with the entry in which each first joined it."""
        rows = self.joins[self.joins["person_id"].isin(list(people))]
        found: dict[int, dict[int, int]] = {}
        first = rows.groupby(["person_id", "record_id"])["sequence"].min().reset_index()
        for person, record, entry in zip(first["person_id"].tolist(), first["record_id"].tolist(), first["sequence"].tolist(), strict=True):
            found.setdefault(person, {})[record] = entry
        return found


def read_ledger(events: pd.DataFrame) -> People:
    """The state that the events (LEDGER_COLUMNS of PERSON_EVENT, any order) leave."""
    columns = {name: events[name].to_numpy(dtype=np.int64) for name in ("sequence", "person_id", "record_id")}
    event = events["event"].to_numpy(dtype=object)
    joined = (event == "joined") & (columns["record_id"] != 0)
    moves = joined | ((event == "left") & (columns["record_id"] != 0))
    # The last word on a record: of its last entry, in which it leaves before it joins.
    order = np.lexsort((joined[moves], columns["sequence"][moves], columns["record_id"][moves]))
    record, person, stays = columns["record_id"][moves][order], columns["person_id"][moves][order], joined[moves][order]
    last = np.append(record[1:] != record[:-1], True)[: len(record)] & stays
    minted = event == "minted"
    return People(
        pd.Series(person[last], index=record[last]),
        pd.Series(columns["sequence"][minted], index=columns["person_id"][minted]),
        pd.DataFrame({name: values[joined] for name, values in columns.items()}),
        int(columns["sequence"].max(initial=0)),
        int(events["model_version"].max()) if len(events) else 0,
    )


def assign(
    cluster_of: pd.Series,
    verified: Iterable[int],
    people: People,
    mint: Callable[[int, int], int],
    model_version: int,
    decided: Iterable[int] = (),
) -> pd.DataFrame:
    """The events (EVENT_COLUMNS) that make the ledger say what the clusters (`cluster_of`: cluster by record) say; none if it does already.

    `verified`: records with a verified identifier. `mint(record, attempt)` gives an id from the smallest record of a
    cluster. `decided`: records a person decided on since the last run.
    """
    record = cluster_of.index.to_numpy(dtype=np.int64)
    order = np.argsort(record)
    record = record[order]
    cluster = np.unique(cluster_of.to_numpy(dtype=np.int64)[order], return_inverse=True)[1]
    # Records ascend: the first of a cluster is its smallest.
    smallest = record[np.unique(cluster, return_index=True)[1]]
    before = people.holders.reindex(record, fill_value=NOBODY).to_numpy(dtype=np.int64)
    person = np.full(len(smallest), NOBODY, dtype=np.int64)
    _carry_over(person, record, cluster, before, smallest, set(verified), people)
    _reinstate(person, record, cluster, smallest, people)
    _mint(person, smallest, people, mint)
    return _events(record, person[cluster] if len(record) else record, people, model_version, set(decided))


def _among(values: Numbers, others: Numbers) -> npt.NDArray[np.bool_]:
    """Whether each of the values is one of the others."""
    found: npt.NDArray[np.bool_] = pd.Index(values).isin(others)
    return found


def _carry_over(person: Numbers, record: Numbers, cluster: Numbers, before: Numbers, smallest: Numbers, verified: set[int], people: People) -> None:
    """Give ids to clusters that hold records of living ids, by maximum-weight assignment."""
    had = before != NOBODY
    records = pd.DataFrame({"cluster": cluster[had], "person": before[had], "record": record[had]})
    overlap = records[["cluster", "person"]].drop_duplicates()
    is_simple = (overlap.groupby("cluster")["person"].transform("size") == 1) & (overlap.groupby("person")["cluster"].transform("size") == 1)
    simple = overlap[is_simple]
    person[simple["cluster"].to_numpy()] = simple["person"].to_numpy()
    if len(simple) == len(overlap):
        return
    contested: dict[tuple[int, int], list[int]] = defaultdict(list)
    clear = _among(records["cluster"].to_numpy(), simple["cluster"].to_numpy())
    unclear = records[~clear]
    for which, whom, what in zip(unclear["cluster"].tolist(), unclear["person"].tolist(), unclear["record"].tolist(), strict=True):
        contested[which, whom].append(what)
    for which, best in _best_assignment(contested, smallest, verified, people).items():
        person[which] = best


def _best_assignment(contested: Mapping[tuple[int, int], list[int]], smallest: Numbers, verified: set[int], people: People) -> dict[int, int]:
    held = people.held({p for _, p in contested})
    minted = people.minted.loc[list(held)].to_dict()
    clusters = sorted({c for c, _ in contested}, key=lambda c: int(smallest[c]))
    ids = sorted({p for _, p in contested}, key=lambda p: (minted[p], sorted(held[p].items())))
    row, column = {c: i for i, c in enumerate(clusters)}, {p: j for j, p in enumerate(ids)}
    left = np.array([row[c] for c, _ in contested], dtype=np.int64)
    right = np.array([len(clusters) + column[p] for _, p in contested], dtype=np.int64)
    component = label_components(left, right, len(clusters) + len(ids))
    groups: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pair in contested:
        groups[int(component[row[pair[0]]])].append(pair)
    found: dict[int, int] = {}
    for pairs in groups.values():
        rows, columns = sorted({row[c] for c, _ in pairs}), sorted({column[p] for _, p in pairs})
        weight = np.zeros((len(rows), len(columns)))
        place = _places(pairs, contested, row, held)
        for c, p in pairs:
            records = contested[(c, p)]
            counted = VERIFIED_WEIGHT * sum(r in verified for r in records) + RECORD_WEIGHT * len(records)
            # Older ids come first in `columns`: a little more for them, and less than that for the cluster's place.
            i, j = rows.index(row[c]), columns.index(column[p])
            older, longer = (len(columns) - j) / (len(columns) + 1), (len(rows) - place[(c, p)]) / (len(rows) + 1)
            weight[i, j] = counted + older + longer / (len(rows) * (len(columns) + 1))
        for i, j in zip(*linear_sum_assignment(weight, maximize=True), strict=True):
            if weight[i, j] > 0:
                found[clusters[rows[i]]] = ids[columns[j]]
    return found


def _places(
    pairs: list[tuple[int, int]], contested: Mapping[tuple[int, int], list[int]], row: Mapping[int, int], held: Held
) -> dict[tuple[int, int], int]:
    """Per cluster and id its place, from 0, among the clusters that want the id: the longest holder first, then the smallest record."""
    wanted: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for c, p in pairs:
        wanted[p].append((min(held[p][r] for r in contested[(c, p)]), row[c], c))
    return {(c, p): place for p, wants in wanted.items() for place, (_, _, c) in enumerate(sorted(wants))}


def _reinstate(person: Numbers, record: Numbers, cluster: Numbers, smallest: Numbers, people: People) -> None:
    """A cluster without an id takes back a retired one that its own records held, the one most of them did."""
    minted_ever = people.minted.index.to_numpy(dtype=np.int64)
    retired = minted_ever[~_among(minted_ever, person)]
    lacks = person[cluster] == NOBODY if len(record) else np.zeros(0, dtype=bool)
    joins = people.joins[_among(people.joins["person_id"].to_numpy(), retired)]
    joins = joins[joins["record_id"].isin(record[lacks])].drop_duplicates(["person_id", "record_id"])
    if joins.empty:
        return
    home = pd.Series(cluster[lacks], index=record[lacks])
    votes_of: dict[int, Counter[int]] = defaultdict(Counter)
    for which, candidate in zip(home.loc[joins["record_id"]].tolist(), joins["person_id"].tolist(), strict=True):
        votes_of[which][candidate] += 1
    held = people.held(joins["person_id"].unique().tolist())
    minted = people.minted.loc[list(held)].to_dict()
    taken: set[int] = set()
    for which in sorted(votes_of, key=lambda c: int(smallest[c])):
        votes = {candidate: n for candidate, n in votes_of[which].items() if candidate not in taken}
        if votes:
            # Two ids of one age may have held the same smallest record, one after the other: all they held, and since when, tells them apart.
            best = min(votes, key=lambda p: (-votes[p], minted[p], sorted(held[p].items())))
            person[which] = best
            taken.add(best)


def _mint(person: Numbers, smallest: Numbers, people: People, mint: Callable[[int, int], int]) -> None:
    taken = {*people.minted.index.tolist(), *person[person != NOBODY].tolist()}
    lacking = np.flatnonzero(person == NOBODY)
    for which in lacking[np.argsort(smallest[lacking])].tolist():
        first, attempt = int(smallest[which]), 0
        while (made := mint(first, attempt)) in taken:
            attempt += 1
        taken.add(made)
        person[which] = made


def _events(record: Numbers, now: Numbers, people: People, model_version: int, decided: set[int]) -> pd.DataFrame:
    everyone = distinct(np.concatenate([record, people.holders.index.to_numpy(dtype=np.int64)]))
    old = people.holders.reindex(everyone, fill_value=NOBODY).to_numpy(dtype=np.int64)
    new = pd.Series(now, index=record, dtype="int64").reindex(everyone, fill_value=NOBODY).to_numpy(dtype=np.int64)
    alive_before, alive_now = distinct(old[old != NOBODY]), distinct(new[new != NOBODY])
    changed = old != new
    everyone, old, new = everyone[changed], old[changed], new[changed]
    known, remodelled = people.minted.index.to_numpy(dtype=np.int64), bool(people.last_model) and model_version != people.last_model
    kind, why = _kinds(old, new, alive_before, alive_now, known), _causes(everyone, old, new, decided, remodelled)
    left, joined = np.flatnonzero(old != NOBODY), np.flatnonzero(new != NOBODY)
    of_records = [_rows(everyone[at], whom[at], event, other[at], kind[at], why[at]) for at, whom, other, event in ((left, old, new, "left"), (joined, new, old, "joined"))]
    # By record, and a record leaves before it joins: `joined` sorts before `left`.
    moves = pd.concat(of_records, ignore_index=True).sort_values(["record_id", "event"], ascending=[True, False], kind="stable")
    appeared, retired = alive_now[~_among(alive_now, alive_before)], alive_before[~_among(alive_before, alive_now)]
    rows = [moves, _appearances(appeared, new[joined], why[joined], known), _retirements(retired, old, new, remodelled)]
    found = pd.concat(rows, ignore_index=True).assign(sequence=people.last_sequence + 1, model_version=model_version)
    # 63 bits do not fit the floats that pandas would make of a column with gaps.
    found["other_person_id"] = found["other_person_id"].astype("Int64").mask(found["other_person_id"] == NOBODY)
    return found[list(EVENT_COLUMNS)].astype(EVENT_KINDS)


def _rows(record: Numbers, person: Numbers, event: str | Texts, other: Numbers, kind: str | Texts, why: str | Texts) -> pd.DataFrame:
    shape = {"person_id": person, "record_id": record, "other_person_id": other}
    return pd.DataFrame({**shape, "event": event, "kind": kind, "cause": why}).astype({"event": object, "kind": object, "cause": object})


def _kinds(old: Numbers, new: Numbers, alive_before: Numbers, alive_now: Numbers, known: Numbers) -> Texts:
    """What each record's change is part of."""
    new_lived, old_lives = _among(new, alive_before), _among(old, alive_now)
    return np.select(
        [(old == NOBODY) & ~new_lived, (new == NOBODY) & ~old_lives, (old == NOBODY) | (new == NOBODY), ~old_lives, ~new_lived & ~_among(new, known), ~new_lived],
        ["mint", "retirement", "move", "merge", "split", "reinstatement"], "move",
    ).astype(object)


def _causes(record: Numbers, old: Numbers, new: Numbers, decided: set[int], remodelled: bool) -> Texts:
    """Why each record's person changed."""
    fresh = distinct(new[old == NOBODY])
    by_data = np.where((old == NOBODY) | _among(new, fresh), NEW_DATA, CHANGED_DATA)
    is_decided = _among(record, np.array(sorted(decided), dtype=np.int64))
    return np.select([new == NOBODY, is_decided, np.full(len(record), remodelled)], [WITHDRAWAL, HUMAN, NEW_MODEL], by_data).astype(object)


def _appearances(appeared: Numbers, joined: Numbers, why: Texts, known: Numbers) -> pd.DataFrame:
    """Ids that live now and did not: minted or reinstated, for the reason that their smallest record joined for."""
    first = pd.Series(why, index=joined)
    cause = first[~first.index.duplicated()].reindex(appeared).to_numpy(dtype=object)
    is_new = ~_among(appeared, known)
    nobody = np.full(len(appeared), NOBODY, dtype=np.int64)
    return _rows(np.zeros(len(appeared), dtype=np.int64), appeared, np.where(is_new, "minted", "reinstated"), nobody, np.where(is_new, "mint", "reinstatement"), cause)


def _retirements(retired: Numbers, old: Numbers, new: Numbers, remodelled: bool) -> pd.DataFrame:
    """Ids that lived and do not now: merged into the one that took most of their records, or gone with them."""
    went = pd.DataFrame({"old": old, "new": new})[_among(old, retired) & (new != NOBODY)]
    heirs = went.groupby(["old", "new"]).size().rename("records").reset_index().sort_values(["old", "records", "new"], ascending=[True, False, True])
    heir = heirs.drop_duplicates("old").set_index("old")["new"].reindex(retired, fill_value=NOBODY).to_numpy(dtype=np.int64)
    without = WITHDRAWAL if not remodelled else NEW_MODEL
    cause = np.where(heir == NOBODY, without, NEW_MODEL if remodelled else CHANGED_DATA)
    kind = np.where(heir == NOBODY, "retirement", "merge")
    return _rows(np.zeros(len(retired), dtype=np.int64), retired, "retired", heir, kind, cause)


def churn(events: pd.DataFrame, people: People) -> float:
    """Share of the records that had an id and have another now."""
    if people.holders.empty or events.empty:
        return 0.0
    return float((events["event"] == "left").sum() / len(people.holders))
