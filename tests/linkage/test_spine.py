"""Stable identity: whatever clusters come and go, ids are carried over, come back, and are never given to strangers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cyplink.linkage.spine import EVENT_COLUMNS, assign, churn, read_ledger

Clusters = Mapping[int, int]
NOTHING = pd.DataFrame({name: [] for name in EVENT_COLUMNS})
TOP = 2**63 - 1

RECORDS = st.integers(1, 9)
PARTITIONS = st.dictionaries(RECORDS, st.integers(0, 4), min_size=1, max_size=9)
HISTORIES = st.lists(PARTITIONS, min_size=1, max_size=6)


def _mint(record: int, attempt: int) -> int:
    return TOP - 1000 * record - attempt


def _entry(ledger: pd.DataFrame, clusters: Clusters, verified: Iterable[int] = (), model: int = 1, decided: Iterable[int] = ()) -> pd.DataFrame:
    """The ledger after one more run."""
    found = assign(_series(clusters), verified, read_ledger(ledger), _mint, model, decided)
    return found if ledger.empty else pd.concat([ledger, found], ignore_index=True)


def _ledger(history: Sequence[Clusters], verified: Iterable[int] = ()) -> pd.DataFrame:
    ledger = NOTHING
    for clusters in history:
        ledger = _entry(ledger, clusters, verified)
    return ledger


def _holders(ledger: pd.DataFrame) -> dict[int, int]:
    """Who holds which record now."""
    return dict(read_ledger(ledger).holders.to_dict())


def _series(clusters: Clusters) -> pd.Series:
    return pd.Series(dict(clusters), dtype="int64")


def _people(history: Sequence[Clusters], verified: Iterable[int] = ()) -> dict[int, int]:
    return _holders(_ledger(history, verified))


def _as_groups(person_of: Clusters) -> set[frozenset[int]]:
    groups = defaultdict(set)
    for record, person in person_of.items():
        groups[person].add(record)
    return {frozenset(group) for group in groups.values()}


def _shuffled(ledger: pd.DataFrame, seed: int) -> pd.DataFrame:
    return ledger.sample(frac=1, random_state=seed).reset_index(drop=True)


@settings(max_examples=60, deadline=None)
@given(HISTORIES)
def test_ledger_says_what_the_clusters_say_and_a_second_run_adds_nothing(history: list[dict[int, int]]) -> None:
    ledger = _ledger(history)
    assert _as_groups(_holders(ledger)) == _as_groups(history[-1])
    assert set(_holders(ledger)) == set(history[-1])
    assert assign(_series(history[-1]), (), read_ledger(ledger), _mint, 1).empty


@example(history=[{1: 0, 3: 0, 2: 1, 6: 2}, {3: 0, 6: 1, 4: 0, 1: 0}, {2: 4, 6: 4}, {1: 0}, {1: 0, 2: 1}], verified=set(), seed=0)  # two retired ids of one age
@settings(max_examples=40, deadline=None)
@given(HISTORIES, st.sets(RECORDS), st.integers(0, 2**31))
def test_order_of_records_labels_and_ledger_rows_decides_nothing(history: list[dict[int, int]], verified: set[int], seed: int) -> None:
    ledger = _ledger(history[:-1], verified)
    rng = np.random.default_rng(seed)
    items = list(history[-1].items())
    rng.shuffle(items)
    relabelled = {int(record): 100 - int(label) for record, label in items}
    first = assign(_series(history[-1]), verified, read_ledger(ledger), _mint, 1)
    second = assign(_series(relabelled), sorted(verified, reverse=True), read_ledger(_shuffled(ledger, seed)), _mint, 1)
    pd.testing.assert_frame_equal(first, second)


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.sets(RECORDS))
def test_an_id_that_comes_back_comes_back_to_a_record_that_held_it(history: list[dict[int, int]], verified: set[int]) -> None:
    ledger, held, ever = NOTHING, defaultdict(set), set()
    for clusters in history:
        ledger = _entry(ledger, clusters, verified)
        person_of = _holders(ledger)
        for person in set(person_of.values()):
            members = {record for record, of in person_of.items() if of == person}
            assert person not in ever or members & held[person], "an id went to strangers"
            held[person] |= members
            ever.add(person)


@settings(max_examples=60, deadline=None)
@given(PARTITIONS, PARTITIONS, st.sets(RECORDS), st.booleans())
def test_undoing_a_merge_gives_every_record_its_id_back(earlier: dict[int, int], later: dict[int, int], verified: set[int], in_two: bool) -> None:
    """People appear (at once, or in two deliveries), some are merged, and the merge is undone."""
    apart = {**{record: label + 10 for record, label in later.items()}, **earlier}
    merged = {record: (label % 2) for record, label in apart.items()}
    arrivals = [earlier, apart] if in_two else [apart]
    assert _people([*arrivals, merged, apart], verified) == _people(arrivals, verified)


@settings(max_examples=40, deadline=None)
@given(HISTORIES)
def test_entries_balance_and_keys_are_unique(history: list[dict[int, int]]) -> None:
    ledger = _ledger(history)
    assert not ledger.duplicated(["sequence", "person_id", "record_id", "event"]).any()
    of_people = ledger[ledger["record_id"] == 0]
    opened = of_people[of_people["event"].isin(["minted", "reinstated"])].groupby("person_id").size()
    closed = of_people[of_people["event"] == "retired"].groupby("person_id").size()
    alive = opened.sub(closed, fill_value=0)
    assert set(alive) <= {0, 1}
    assert set(alive[alive == 1].index) == set(_holders(ledger).values())
    assert of_people[of_people["event"] == "minted"]["person_id"].is_unique


def test_older_id_keeps_its_records_when_a_merge_with_a_newer_is_undone() -> None:
    """Record 5 was there first; record 1 came later, was merged into it, and leaves again."""
    before = _people([{5: 0}, {5: 0, 1: 1}])
    assert _people([{5: 0}, {5: 0, 1: 1}, {5: 0, 1: 0}]) == {1: before[5], 5: before[5]}
    assert _people([{5: 0}, {5: 0, 1: 1}, {5: 0, 1: 0}, {5: 0, 1: 1}]) == before


def test_merge_keeps_the_id_of_verified_records_then_of_more_records_then_the_older() -> None:
    apart = {1: 1, 2: 1, 3: 1, 4: 4}
    three, one = _people([apart])[1], _people([apart])[4]
    merged = dict.fromkeys(apart, 1)
    assert set(_people([apart, merged]).values()) == {three}
    assert set(_people([apart, merged], verified=[4]).values()) == {one}
    older_first = [{4: 4}, {4: 4, 1: 1}, {4: 4, 1: 4}]
    assert set(_people(older_first).values()) == {_people([{4: 4}])[4]}


def test_split_leaves_the_id_with_more_records_and_mints_for_the_rest() -> None:
    person = _people([dict.fromkeys((1, 2, 3), 0)])[1]
    after = _people([dict.fromkeys((1, 2, 3), 0), {1: 1, 2: 2, 3: 2}])
    assert after[2] == after[3] == person
    assert after[1] not in {person}


def test_record_that_moves_takes_no_id_along() -> None:
    before = _people([{1: 0, 2: 0, 3: 1, 4: 1}])
    ledger = _ledger([{1: 0, 2: 0, 3: 1, 4: 1}, {1: 0, 2: 1, 3: 1, 4: 1}])
    assert _holders(ledger) == {**before, 2: before[3]}
    moved = ledger[ledger["sequence"] == 2]
    assert set(zip(moved["record_id"], moved["event"], moved["kind"], strict=True)) == {(2, "left", "move"), (2, "joined", "move")}
    assert set(moved["other_person_id"]) == {before[1], before[3]}


def test_withdrawn_person_is_retired_and_comes_back_under_the_same_id() -> None:
    before = _people([{1: 0, 2: 1}])
    ledger = _ledger([{1: 0, 2: 1}, {2: 1}])
    last = ledger[ledger["sequence"] == 2]
    assert set(zip(last["person_id"], last["event"], last["cause"], strict=True)) == {
        (before[1], "left", "withdrawal"), (before[1], "retired", "withdrawal"),
    }
    assert _people([{1: 0, 2: 1}, {2: 1}, {1: 0, 2: 1}]) == before


def test_everybody_withdrawn_leaves_nobody_and_mints_nothing() -> None:
    ledger = _ledger([{1: 0, 2: 1}, {}])
    assert _holders(ledger) == {}
    assert sorted(ledger[ledger["sequence"] == 2]["event"]) == ["left", "left", "retired", "retired"]


def test_cause_of_a_change_is_told_apart() -> None:
    start = _ledger([{1: 0, 2: 1}])
    merged = {1: 0, 2: 0}

    def causes(found: pd.DataFrame) -> set[str]:
        return set(found[(found["sequence"] == 2) & (found["record_id"] != 0)]["cause"])

    assert causes(_entry(start, merged)) == {"changed_data"}
    assert causes(_entry(start, merged, model=2)) == {"new_model"}
    assert causes(_entry(start, merged, decided=[1, 2])) == {"human_decision"}
    assert causes(_entry(start, {1: 0, 2: 1, 3: 0})) == {"new_data"}


def test_churn_is_the_share_of_known_records_whose_id_changed() -> None:
    people = read_ledger(_ledger([{1: 0, 2: 0, 3: 1, 4: 1}]))
    assert churn(assign(_series({1: 0, 2: 0, 3: 1, 4: 0}), (), people, _mint, 1), people) == 1 / 4
    assert churn(assign(_series({1: 0, 2: 0, 3: 1, 4: 1, 5: 1, 6: 2}), (), people, _mint, 1), people) == 0.0
    assert churn(NOTHING, read_ledger(NOTHING)) == 0.0


def test_mint_tries_again_when_an_id_is_taken() -> None:
    found = assign(_series({1: 0, 2: 1}), (), read_ledger(NOTHING), lambda record, attempt: 77 + attempt, 1)
    assert set(found[found["event"] == "minted"]["person_id"]) == {77, 78}


def test_ids_of_63_bits_stay_whole_through_arrow_and_back() -> None:
    """Neighbours near the top of the range, which a float would make one."""
    records = [TOP - n for n in range(4)]
    mint = dict(zip(records, (2**62 + n for n in range(4)), strict=True))
    first = assign(_series({record: record for record in records}), (), read_ledger(NOTHING), lambda record, attempt: mint[record], 1)
    merged = {record: max(records) if record != min(records) else record for record in records}
    ledger = pd.concat([first, assign(_series(merged), (), read_ledger(first), lambda record, attempt: 0, 1)], ignore_index=True)
    stored = pa.Table.from_pandas(ledger, preserve_index=False)
    assert stored.schema.field("other_person_id").type == pa.int64()
    back = read_ledger(stored.drop_columns("other_person_id").to_pandas())
    assert set(back.holders.index) == set(records)
    assert set(back.holders) == {mint[min(records)], mint[records[2]]}
    retired = ledger[ledger["event"] == "retired"]
    assert set(retired["person_id"]) == {mint[records[0]], mint[records[1]]}
    assert retired["other_person_id"].tolist() == [mint[records[2]]] * 2
