"""Scoring: the same edges whatever the chunks, only what is new, as if all were scored again; a model without names."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cyplink.lake import masked
from cyplink.linkage.evaluation import ALL, evaluate
from cyplink.linkage.scoring import fresh_count, open_records
from cyplink.linkage.settings import LinkageSettings
from cyplink.linkage.training import TrainedModel, TrainingError, train
from cyplink.tables import linkage
from tests.linkage.ledger import Ledger
from tests.linkage.population import MERGER_SCHEMA, NO_MERGERS, made_population, table

BOTH = ("score", "complete")
SOME = 1200


@pytest.fixture(scope="module")
def identity(population: tuple[pa.Table, pd.DataFrame]) -> pa.Table:
    """Enough records for every blocking rule to make pairs."""
    return population[0].slice(0, SOME)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, model: TrainedModel, identity: pa.Table) -> Ledger:
    """All records scored at once, in one chunk; not to be added to."""
    ledger = Ledger(tmp_path_factory.mktemp("whole"), model)
    ledger.score(identity)
    return ledger


def _changed(identity: pa.Table, seed: int, share: float) -> pa.Table:
    """The records with some surnames and postcodes changed, each change with a new version."""
    rng, rows = np.random.default_rng(seed), identity.to_pylist()
    for row in rows:
        if rng.random() < share:
            row["record_version"] += 500_000_000
            row["surname"], row["surnames"] = rows[0]["surname"], [rows[0]["surname"]]
            row["postcodes"] = rows[int(rng.integers(len(rows)))]["postcodes"]
    return table(rows)


@pytest.mark.parametrize("chunks", [2, 4])
def test_number_of_chunks_changes_no_edge_and_no_weight(tmp_path: Path, model: TrainedModel, identity: pa.Table, whole: Ledger, chunks: int) -> None:
    ledger = Ledger(tmp_path, model)
    ledger.score(identity, chunks=chunks)
    assert len(ledger.edges()) > SOME / 2
    pd.testing.assert_frame_equal(ledger.edges(), whole.edges())
    assert ledger.marks() == whole.marks() == SOME
    assert ledger.pairs == whole.pairs > len(whole.edges()) / 2


def test_pairs_in_blocks_are_counted_once_a_rule_and_when_they_are_new(tmp_path: Path, model: TrainedModel, identity: pa.Table, whole: Ledger) -> None:
    ledger = Ledger(tmp_path, model)
    ledger.score(identity.slice(0, 900))
    first = ledger.pairs
    ledger.score(identity)
    assert 0 < first < ledger.pairs == whole.pairs
    ledger.score(identity)
    assert ledger.pairs == whole.pairs


def test_order_of_records_changes_no_edge_and_no_weight(tmp_path: Path, model: TrainedModel, identity: pa.Table, whole: Ledger) -> None:
    ledger = Ledger(tmp_path, model)
    ledger.score(identity.take(np.random.default_rng(3).permutation(identity.num_rows)))
    pd.testing.assert_frame_equal(ledger.edges(), whole.edges())


def test_every_pair_is_scored_once(whole: Ledger) -> None:
    edges = whole.edges()
    assert (edges["record_id_l"] < edges["record_id_r"]).all()
    assert not edges.duplicated(["record_id_l", "record_id_r"]).any()
    assert edges["blocking_rule"].between(1, 11).all()
    assert (edges["match_weight"] > -5000).all()


@pytest.mark.parametrize("chunks", [1, 3])
def test_scoring_what_changed_gives_the_edges_and_people_of_a_full_run(
    tmp_path: Path, model: TrainedModel, policy: LinkageSettings, identity: pa.Table, chunks: int
) -> None:
    """A delivery brings new records, a second changes some and brings the last ones."""
    now = _changed(identity, 5, 0.03)
    ledger = Ledger(tmp_path / "bit by bit", model)
    ledger.score(identity.slice(0, 900), kinds=BOTH)
    ledger.score(identity.slice(0, 1100), chunks=chunks, kinds=BOTH)
    fresh = ledger.score(now, chunks=chunks, kinds=BOTH)
    assert 100 < fresh < 200
    full = Ledger(tmp_path / "at once", model)
    full.score(now, kinds=BOTH)
    scored = [one.current(now).query("blocking_rule > 0").reset_index(drop=True) for one in (ledger, full)]
    # A pair that completed a component before is not scored again when a later block makes it.
    known = ledger.current(now)
    both = scored[1].merge(known, on=["record_id_l", "record_id_r"], how="left", suffixes=("", "_known"))
    assert (both["match_weight"] == both["match_weight_known"]).all()
    assert set(zip(scored[0]["record_id_l"], scored[0]["record_id_r"], strict=True)) <= set(zip(scored[1]["record_id_l"], scored[1]["record_id_r"], strict=True))
    (_, by_bits), (_, at_once) = ledger.people(now, policy), full.people(now, policy)
    assert by_bits.label.tolist() == at_once.label.tolist()
    assert by_bits.status.tolist() == at_once.status.tolist()


@pytest.mark.parametrize("chunks", [1, 3])
def test_keys_are_kept_of_the_records_there_are_and_of_no_other(tmp_path: Path, model: TrainedModel, identity: pa.Table, chunks: int) -> None:
    now = _changed(identity, 5, 0.03).slice(40)
    ledger, full = Ledger(tmp_path / "bit by bit", model), Ledger(tmp_path / "at once", model)
    ledger.score(identity.slice(0, 900), chunks=chunks)
    ledger.score(now, chunks=chunks)
    full.score(now)
    assert len(ledger.keys()) == now.num_rows
    pd.testing.assert_frame_equal(ledger.keys(), full.keys())
    version = ledger.lake.version(linkage.BLOCK_KEY)
    ledger.score(now, chunks=chunks, kinds=BOTH)
    assert ledger.lake.version(linkage.BLOCK_KEY) == version, "nothing to say"
    ledger.score(now.slice(10), chunks=chunks)
    assert len(ledger.keys()) == now.num_rows - 10, "ten were withdrawn"


def test_keys_that_were_lost_are_made_again(tmp_path: Path, model: TrainedModel, identity: pa.Table, whole: Ledger) -> None:
    ledger = Ledger(tmp_path, model)
    ledger.score(identity.slice(0, 900))
    shutil.rmtree(ledger.lake.path(linkage.BLOCK_KEY))
    ledger.score(identity)
    pd.testing.assert_frame_equal(ledger.edges(), whole.edges())
    pd.testing.assert_frame_equal(ledger.keys(), whole.keys())


def test_only_records_that_share_a_block_with_a_new_one_are_read(tmp_path: Path, model: TrainedModel, identity: pa.Table) -> None:
    ledger = Ledger(tmp_path, model)
    ledger.score(identity.slice(0, SOME - 1), kinds=BOTH)
    with open_records(ledger.inputs(identity), model) as connection:
        assert connection.execute("select count(*) from fresh").fetchall() == [(1,)]
        [(read,)] = connection.execute("select count(*) from keyed").fetchall()
    assert 1 < read < SOME / 10


def test_nothing_new_scores_nothing(tmp_path: Path, model: TrainedModel, identity: pa.Table) -> None:
    ledger = Ledger(tmp_path, model)
    assert ledger.score(identity, kinds=BOTH) == SOME
    before, marks = ledger.edges(), ledger.marks()
    assert ledger.score(identity, kinds=BOTH) == 0
    pd.testing.assert_frame_equal(ledger.edges(), before)
    assert ledger.marks() == marks


def test_merger_of_a_number_makes_its_record_new(tmp_path: Path, model: TrainedModel, identity: pa.Table) -> None:
    ledger = Ledger(tmp_path, model)
    ledger.score(identity)
    number = next(row["nhs_number"] for row in identity.to_pylist() if row["nhs_number"] and row["source"] == "case_management")
    holders = [row["record_id"] for row in identity.to_pylist() if row["nhs_number"] == number]
    mergers = pa.table({"superseded_nhs_number": [number], "current_nhs_number": [9_999_999_999]}, schema=MERGER_SCHEMA)
    assert fresh_count(ledger.inputs(identity)) == 0
    assert fresh_count(ledger.inputs(identity, mergers)) == len(holders)
    assert ledger.score(identity, mergers) == len(holders)
    assert fresh_count(ledger.inputs(identity, mergers)) == 0


def test_components_that_are_not_cliques_get_all_their_pairs(tmp_path: Path, model: TrainedModel, identity: pa.Table) -> None:
    ledger = Ledger(tmp_path, model)
    ledger.score(identity, kinds=BOTH)
    edges = ledger.edges()
    added = edges[edges["blocking_rule"] == -1]
    assert len(added)
    assert not edges.duplicated(["record_id_l", "record_id_r"]).any()
    positive = edges[(edges["match_weight"] > 0) & (edges["blocking_rule"] > 0)]
    touched = set(positive["record_id_l"]) | set(positive["record_id_r"])
    assert set(added["record_id_l"]) | set(added["record_id_r"]) <= touched
    in_one_task = Ledger(tmp_path / "in one task", model)
    in_one_task.score(identity, kinds=("both",))
    pd.testing.assert_frame_equal(in_one_task.edges(), edges)


def test_population_is_linked_well(tmp_path: Path, model: TrainedModel, policy: LinkageSettings, population: tuple[pa.Table, pd.DataFrame]) -> None:
    identity, truth = population
    ledger = Ledger(tmp_path, model)
    ledger.score(identity, kinds=BOTH)
    records, found = ledger.people(identity, policy)
    links = pd.DataFrame({"record_id": records["record_id"], "person_id": found.label})
    known = truth.merge(identity.select(["record_id", "source", "nhs_number"]).to_pandas().astype({"nhs_number": "Int64"}), on="record_id")
    counts = evaluate(links, known).one(ALL)
    assert counts["found_pairs"] / counts["linked_pairs"] >= 0.998
    assert counts["found_pairs"] / counts["true_pairs"] >= 0.97


def test_same_records_and_settings_train_the_same_model(policy: LinkageSettings) -> None:
    identity = made_population(150, seed=2)[0]
    shuffled = identity.take(np.random.default_rng(1).permutation(identity.num_rows))
    first, second = train(identity, NO_MERGERS, policy, threads=1), train(shuffled, NO_MERGERS, policy, threads=2)
    assert first.to_json() == second.to_json()
    assert first.terms_hash() == second.terms_hash()


def test_model_json_holds_no_name_and_comes_back_whole(model: TrainedModel, identity: pa.Table) -> None:
    text = model.to_json()
    people = identity.to_pylist()
    values = {row[name] for row in people for name in ("forename", "surname", "upn")} | {p for row in people for p in row["postcodes"]}
    said = {word.strip('",.:()') for word in text.replace("_", " ").split()}
    assert not {value for value in values if value} & said
    assert not any(str(row["nhs_number"]) in text for row in people if row["nhs_number"])
    back = TrainedModel.from_json(text, model.terms)
    assert back.to_json() == text
    assert back.terms_hash() == model.terms_hash()


def test_difference_never_met_within_a_person_counts_against(model: TrainedModel) -> None:
    """Levels that no training pair showed once weighed nothing at all."""
    weight = {(level["comparison"], level["level"]): level["weight"] for level in model.levels}
    for comparison in ("forename", "surname", "date_of_birth", "sex"):
        assert weight[(comparison, "different")] < -3
    assert weight[("nhs_number", "different")] < -3


def test_nothing_to_learn_from_is_said() -> None:
    lone = made_population(40, seed=4)[0].to_pylist()
    rows = table([{**row, "nhs_number": None, "upn": None, "upns": [], "date_of_birth": None} for row in lone])
    with pytest.raises(TrainingError, match="nothing to train on"), masked("linkage.train_model"):  # which lets through what is ours alone
        train(rows, NO_MERGERS, LinkageSettings())
