"""What MLflow has after a run: the training, the registered model with its alias, the linkage run, nothing of a record."""

import json
import math
import re
from pathlib import Path

import pytest
from mlflow import MlflowClient

from cyplink.linkage.records import BLOCKING_RULES
from cyplink.tables import gold, linkage, silver
from cyplink.tracking import CHAMPION, MODEL_NAME
from tests.worlds import World


@pytest.fixture(scope="module")
def client(world: World) -> MlflowClient:
    return MlflowClient(world.settings.tracking.uri)


def _runs(client: MlflowClient, kind: str) -> list:
    experiment = client.get_experiment_by_name("cyplink")
    return list(client.search_runs([experiment.experiment_id], f"tags.kind = '{kind}'"))


def test_the_model_is_registered_with_an_alias(client: MlflowClient) -> None:
    (run,) = _runs(client, "training")
    champion = client.get_model_version_by_alias(MODEL_NAME, CHAMPION)
    assert (int(champion.version), champion.run_id) == (1, run.info.run_id)


def test_the_training_run_tells_every_level(client: MlflowClient) -> None:
    """Each with m, u and weight, the weight being what m and u say."""
    (run,) = _runs(client, "training")
    metrics = run.data.metrics
    levels = {name.removeprefix("weight/") for name in metrics if name.startswith("weight/")}
    assert {level.split("/")[0] for level in levels} == {"forename", "surname", "date_of_birth", "sex", "address", "nhs_number", "upn"}
    assert len(levels) > 30
    for level in levels:
        m, u, weight = (metrics[f"{what}/{level}"] for what in ("m", "u", "weight"))
        assert 0 < m <= 1 and 0 < u <= 1 and weight == pytest.approx(math.log2(m / u), abs=0.01), level


def test_the_training_run_tells_convergence_and_blocking(client: MlflowClient, world: World) -> None:
    (run,) = _runs(client, "training")
    metrics, parameters = run.data.metrics, run.data.params
    assert parameters["seed"] == "20260331" and parameters["policy.forenames_by_custom"].startswith(f"{len(world.settings.linkage.policy.forenames_by_custom)} entries, ")
    assert not any("SINGH" in value for value in parameters.values())
    history = _artefact(world, run.info.run_id, "convergence.json")
    assert metrics["em/iterations"] == max(step["iteration"] for step in history) >= 1
    blocking = {block["name"]: block for block in _artefact(world, run.info.run_id, "blocking.json")}
    assert set(blocking) == {rule.name for rule in BLOCKING_RULES}
    assert metrics["blocking/birth date and postcode/pairs"] == blocking["birth date and postcode"]["pairs"] > 0
    assert {artefact.path for artefact in client.list_artifacts(run.info.run_id, "training")} == {
        "training/blocking.json", "training/convergence.json", "training/levels.json",
    }


def _artefact(world: World, run_id: str, name: str) -> list:
    (path,) = Path(world.root / "data" / "mlflow").rglob(f"{run_id}/**/{name}")
    return list(json.loads(path.read_text(encoding="utf-8")))


def test_no_artefact_of_the_training_holds_a_name_list(client: MlflowClient, world: World) -> None:
    """None of the names whose frequencies the model uses, but for the few that the settings themselves name (forenames by custom)."""
    (run,) = _runs(client, "training")
    terms = world.lake.read_arrow(linkage.TERM_FREQUENCY).to_pandas()
    names = set(terms.loc[terms["column_name"].isin(["forename", "surname"]), "term"]) - set(world.settings.linkage.policy.forenames_by_custom)
    assert len(names) > 500
    paths = [path for path in Path(world.root / "data" / "mlflow").rglob(f"{run.info.run_id}/**/*.json")]
    assert {path.name for path in paths} == {"model.json", "levels.json", "convergence.json", "blocking.json"}
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert (path.name, names & set(re.findall(r"[A-Z]{3,}", text))) == (path.name, set())


def test_the_linkage_run_tells_versions_and_quality_by_group(client: MlflowClient, world: World) -> None:
    (run,) = _runs(client, "linkage")
    metrics = run.data.metrics
    assert metrics["all/overall/all/precision"] > 0.99
    assert metrics["bridge/overall/all/recall"] > 0.9
    for group in ("ethnic_group", "sex", "age_band", "borough", "looked_after"):
        assert {name.rsplit("/", 1)[1] for name in metrics if name.startswith(f"all/{group}/")} == {"precision", "recall", "true_pairs", "linked_pairs"}, group
    read = {f"version.{name}": world.lake.version(table) for name, table in (("silver.identity", silver.IDENTITY), ("silver.separation", silver.SEPARATION))}
    assert {name: run.data.params[name] for name in read} == {name: str(version) for name, version in read.items()}


def test_the_linkage_run_tells_what_needs_no_truth(client: MlflowClient, world: World) -> None:
    (run,) = _runs(client, "linkage")
    rows = world.lake.read_arrow(gold.LINKAGE_CHECK).to_pylist()
    assert _artefact(world, run.info.run_id, "linkage_check.json") == rows
    told = {f"{row['measure']}/{row['group']}/{row['value']}/share".replace("+", "_"): row["share"] for row in rows if row["share"] is not None}
    assert {name: run.data.metrics[name] for name in told} == told and "held_out_recall/overall/all/share" in told


def test_the_linkage_run_tells_what_the_links_are_for(client: MlflowClient, world: World) -> None:
    (run,) = _runs(client, "linkage")
    rows = world.lake.read_arrow(gold.LINKAGE_GOAL).to_pylist()
    assert _artefact(world, run.info.run_id, "linkage_goal.json") == rows
    told = {f"goal/{row['measure']}/share": row["share"] for row in rows if row["share"] is not None}
    assert {name: run.data.metrics[name] for name in told} == told and "goal/pupils_found_on_the_spine/share" in told


def test_the_linkage_run_keeps_pictures_and_the_tables_they_show(client: MlflowClient, world: World) -> None:
    (run,) = _runs(client, "linkage")
    kept = {path.name: path for path in Path(world.root / "data" / "mlflow").rglob(f"{run.info.run_id}/**/*.*")}
    assert {"reliability.png", "thresholds.png", "recall_by_group_all.png", "recall_by_group_bridge.png", "linkage_quality.json", "linkage_weight.json"} <= set(kept)
    assert all(path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 5_000 for name, path in kept.items() if name.endswith(".png"))
    weights = json.loads(kept["linkage_weight.json"].read_text())
    assert weights == world.lake.read_arrow(gold.LINKAGE_WEIGHT).to_pylist() and len(weights) > 1
    assert weights[-1]["share_true"] > 0.95 and all(row["pairs"] >= 200 for row in weights)
    assert [row["recall_above"] for row in weights] == sorted((row["recall_above"] for row in weights), reverse=True)


def test_the_linkage_run_counts_pairs_links_clusters_and_refusals(client: MlflowClient, world: World) -> None:
    (run,) = _runs(client, "linkage")
    metrics = run.data.metrics
    clusters = world.lake.read_arrow(linkage.CLUSTER).to_pandas()
    sizes = clusters.groupby("cluster_id").size()
    told = {int(name.rsplit("/", 1)[1]): int(n) for name, n in metrics.items() if name.startswith("linkage.cluster/cluster_sizes/")}
    assert told == sizes.value_counts().to_dict()
    assert metrics["linkage.cluster/people"] == len(sizes) and metrics["linkage.cluster/links"] == (sizes * (sizes - 1) // 2).sum()
    refused = world.lake.read_arrow(linkage.REFUSED_UNION).to_pandas()["constraint_name"].value_counts().to_dict()
    assert {name.rsplit("/", 1)[1]: int(n) for name, n in metrics.items() if name.startswith("linkage.cluster/refused_unions/")} == refused
    pairs = world.lake.read_arrow(linkage.SCORED_PAIR).to_pandas()
    edges = (pairs["record_id_l"] != pairs["record_id_r"]).sum()
    assert metrics["linkage.scored_pair/edges_added"] + metrics["linkage.scored_pair/completing_edges"] == len(pairs)
    assert metrics["linkage.scored_pair/pairs_in_blocks"] > edges > 0
