"""Stable identity: new clusters meet the ids their records had, and ids are carried over (DESIGN §4.4).

The ledger (linkage.person_event) is the memory: who holds which id follows from it, and nothing in it is ever changed. Ids go
by maximum-weight assignment over the overlap of clusters and ids: records with a verified identifier count most, then records, then
the age of the id; ties go to the records that have held it longest (an un-merge gives it back), then to the smallest record id.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from cyplink.linkage.components import label_components

EVENT_COLUMNS = ("sequence", "person_id", "record_id", "event", "other_person_id", "kind", "cause", "model_version")
EVENT_KINDS = {"sequence": "int64", "person_id": "int64", "record_id": "int64", "other_person_id": "Int64", "model_version": "int32"}
NEW_DATA, CHANGED_DATA, NEW_MODEL, HUMAN, WITHDRAWAL = "new_data", "changed_data", "new_model", "human_decision", "withdrawal"
VERIFIED_WEIGHT, RECORD_WEIGHT = 1_000_000, 1_000


@dataclass(frozen=True)
class People:
    """What the ledger says: who holds which record now, every id ever minted with the entry of its minting, and the
    records each id has ever been of, with the entry in which each first joined it."""

    person_of: dict[int, int]
    minted: dict[int, int]
    held: dict[int, dict[int, int]]
    last_sequence: int
    last_model: int


def read_ledger(events: pd.DataFrame) -> People:
    """The state that the events (columns of PERSON_EVENT, any order) leave."""
    if events.empty:
        return People({}, {}, {}, 0, 0)
    moves = events[events["record_id"] != 0].sort_values(["sequence", "record_id", "event"], kind="stable")
    joined = moves[moves["event"] == "joined"]
    last = moves.drop_duplicates("record_id", keep="last") if not moves.empty else moves
    # Within one entry a record leaves before it joins: `joined` sorts before `left`, so a last `left` may hide a join of its entry.
    latest_join = joined.drop_duplicates("record_id", keep="last").set_index("record_id")
    gone = set(last[last["event"] == "left"]["record_id"]) - set(
        latest_join[latest_join["sequence"].eq(last.set_index("record_id")["sequence"].reindex(latest_join.index))].index
    )
    holders = zip(latest_join.index.to_numpy().tolist(), latest_join["person_id"].to_numpy().tolist(), strict=True)
    person_of = {record: person for record, person in holders if record not in gone}
    minted = events[events["event"] == "minted"]
    held: dict[int, dict[int, int]] = defaultdict(dict)
    for record, person, entry in zip(joined["record_id"], joined["person_id"], joined["sequence"], strict=True):
        held[int(person)].setdefault(int(record), int(entry))
    return People(
        person_of,
        {int(p): int(s) for p, s in zip(minted["person_id"], minted["sequence"], strict=True)},
        dict(held),
        int(events["sequence"].max()),
        int(events["model_version"].max()),
    )


def assign(
    cluster_of: Mapping[int, int],
    verified: Iterable[int],
    people: People,
    mint: Callable[[int, int], int],
    model_version: int,
    decided: Iterable[int] = (),
) -> pd.DataFrame:
    """The events (EVENT_COLUMNS) that make the ledger say what the clusters (record -> cluster) say; none if it does already.

    `verified`: records with a verified identifier. `mint(record, attempt)` gives an id from the smallest record of a
    cluster. `decided`: records a person decided on since the last run.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for record, cluster in cluster_of.items():
        members[cluster].append(record)
    person_of_cluster = _carry_over(members, set(verified), people)
    alive = set(person_of_cluster.values())
    _reinstate(members, person_of_cluster, alive, people)
    _mint(members, person_of_cluster, people, mint)
    now = {record: person_of_cluster[cluster] for record, cluster in cluster_of.items()}
    return _events(now, people, model_version, set(decided))


def _carry_over(members: Mapping[int, list[int]], verified: set[int], people: People) -> dict[int, int]:
    """Ids for clusters that hold records of living ids, by maximum-weight assignment."""
    overlap: dict[tuple[int, int], list[int]] = defaultdict(list)
    for cluster, records in members.items():
        for record in records:
            if record in people.person_of:
                overlap[(cluster, people.person_of[record])].append(record)
    clusters_of, ids_of = Counter(c for c, _ in overlap), Counter(p for _, p in overlap)
    simple = {c: p for c, p in overlap if clusters_of[c] == 1 and ids_of[p] == 1}
    contested = {pair: records for pair, records in overlap.items() if clusters_of[pair[0]] > 1 or ids_of[pair[1]] > 1}
    return {**simple, **_best_assignment(contested, members, verified, people)} if contested else simple


def _best_assignment(
    contested: Mapping[tuple[int, int], list[int]], members: Mapping[int, list[int]], verified: set[int], people: People
) -> dict[int, int]:
    clusters = sorted({c for c, _ in contested}, key=lambda c: min(members[c]))
    ids = sorted({p for _, p in contested}, key=lambda p: (people.minted[p], sorted(people.held[p].items())))
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
        place = _places(pairs, contested, row, people)
        for c, p in pairs:
            records = contested[(c, p)]
            counted = VERIFIED_WEIGHT * sum(r in verified for r in records) + RECORD_WEIGHT * len(records)
            # Older ids come first in `columns`: a little more for them, and less than that for the cluster's place.
            i, j = rows.index(row[c]), columns.index(column[p])
            older, held = (len(columns) - j) / (len(columns) + 1), (len(rows) - place[(c, p)]) / (len(rows) + 1)
            weight[i, j] = counted + older + held / (len(rows) * (len(columns) + 1))
        for i, j in zip(*linear_sum_assignment(weight, maximize=True), strict=True):
            if weight[i, j] > 0:
                found[clusters[rows[i]]] = ids[columns[j]]
    return found


def _places(
    pairs: list[tuple[int, int]], contested: Mapping[tuple[int, int], list[int]], row: Mapping[int, int], people: People
) -> dict[tuple[int, int], int]:
    """Per cluster and id its place, from 0, among the clusters that want the id: the longest holder first, then the smallest record."""
    wanted: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for c, p in pairs:
        wanted[p].append((min(people.held[p][r] for r in contested[(c, p)]), row[c], c))
    return {(c, p): place for p, wants in wanted.items() for place, (_, _, c) in enumerate(sorted(wants))}


def _reinstate(members: Mapping[int, list[int]], person_of_cluster: dict[int, int], alive: set[int], people: People) -> None:
    """A cluster without an id takes back a retired one that its own records held, the one most of them did."""
    retired_of: dict[int, list[int]] = defaultdict(list)
    for person in people.minted.keys() - alive:
        for record in people.held.get(person, ()):
            retired_of[record].append(person)
    if not retired_of:
        return
    for cluster in sorted(members.keys() - person_of_cluster.keys(), key=lambda c: min(members[c])):
        votes = Counter(p for record in members[cluster] for p in retired_of.get(record, ()) if p not in alive)
        if votes:
            # Two ids of one age may have held the same smallest record, one after the other: all they held, and since when, tells them apart.
            best = min(votes, key=lambda p: (-votes[p], people.minted[p], sorted(people.held[p].items())))
            person_of_cluster[cluster] = best
            alive.add(best)


def _mint(members: Mapping[int, list[int]], person_of_cluster: dict[int, int], people: People, mint: Callable[[int, int], int]) -> None:
    taken = set(people.minted) | set(person_of_cluster.values())
    for cluster in sorted(members.keys() - person_of_cluster.keys(), key=lambda c: min(members[c])):
        attempt = 0
        while (person := mint(min(members[cluster]), attempt)) in taken:
            attempt += 1
        taken.add(person)
        person_of_cluster[cluster] = person


def _events(now: Mapping[int, int], people: People, model_version: int, decided: set[int]) -> pd.DataFrame:
    before, sequence = people.person_of, people.last_sequence + 1
    came = {r for r, p in now.items() if before.get(r) != p}
    went = {r for r, p in before.items() if now.get(r) != p}
    alive_before, alive_now = set(before.values()), set(now.values())
    fresh = {now[r] for r in came if r not in before}
    remodelled = bool(people.last_model) and model_version != people.last_model
    rows: list[dict[str, Any]] = []

    def cause(record: int, person: int) -> str:
        if record not in now:
            return WITHDRAWAL
        if record in decided:
            return HUMAN
        if remodelled:
            return NEW_MODEL
        return NEW_DATA if record not in before or person in fresh else CHANGED_DATA

    def say(person: int, record: int, event: str, kind: str, why: str, other: int | None = None) -> None:
        rows.append({"sequence": sequence, "person_id": person, "record_id": record, "event": event, "other_person_id": other,
                     "kind": kind, "cause": why, "model_version": model_version})

    for record in sorted(went | came):
        old, new = before.get(record), now.get(record)
        kind = _kind(old, new, alive_before, alive_now, people)
        why = cause(record, new if new is not None else -1)
        if old is not None:
            say(old, record, "left", kind, why, new)
        if new is not None:
            say(new, record, "joined", kind, why, old)
    smallest: dict[int, int] = {}
    for record in sorted(came, reverse=True):
        smallest[now[record]] = record
    for person in sorted(alive_now - alive_before):
        is_new = person not in people.minted
        say(person, 0, "minted" if is_new else "reinstated", "mint" if is_new else "reinstatement", cause(smallest[person], person))
    heirs: dict[int, Counter[int]] = defaultdict(Counter)
    for record in went:
        if record in now:
            heirs[before[record]][now[record]] += 1
    for person in sorted(alive_before - alive_now):
        heir = min(heirs[person], key=lambda p: (-heirs[person][p], p)) if heirs[person] else None
        why = NEW_MODEL if remodelled else CHANGED_DATA if heir is not None else WITHDRAWAL
        say(person, 0, "retired", "merge" if heir is not None else "retirement", why, heir)
    # 63 bits do not fit the floats that pandas would make of a column with gaps.
    columns = {name: pd.Series([row[name] for row in rows], dtype=EVENT_KINDS.get(name, "object")) for name in EVENT_COLUMNS}
    return pd.DataFrame(columns)


def _kind(old: int | None, new: int | None, alive_before: set[int], alive_now: set[int], people: People) -> str:
    """What a record's change is part of."""
    if old is None:
        return "mint" if new not in alive_before else "move"
    if new is None:
        return "retirement" if old not in alive_now else "move"
    if old not in alive_now:
        return "merge"
    if new not in alive_before:
        return "split" if new not in people.minted else "reinstatement"
    return "move"


def churn(events: pd.DataFrame, people: People) -> float:
    """Share of the records that had an id and have another now."""
    if not people.person_of or events.empty:
        return 0.0
    return float((events["event"] == "left").sum() / len(people.person_of))
