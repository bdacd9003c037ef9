"""What MLflow has after a run: the training, the registered model with its alias, the linkage run, nothing of a record."""

import json
from pathlib import Path

import pytest
from mlflow import MlflowClient

from cyplink.tracking import CHAMPION, MODEL_NAME
from tests.worlds import World


@pytest.fixture(scope="module")
def client(world: World) -> MlflowClient:
    return MlflowClient(world.settings.tracking.uri)


def _runs(client: MlflowClient, kind: str) -> list:
    experiment = client.get_experiment_by_name("cyplink")
    return list(client.search_runs([experiment.experiment_id], f"tags.kind = '{kind}'"))


def test_the_model_is_registered_with_an_alias(client: MlflowClient) -> None:
    assert client.get_model_version_by_alias(MODEL_NAME, CHAMPION).version == 1 or client.get_model_version_by_alias(MODEL_NAME, CHAMPION).version == "1"


def test_the_training_run_tells_every_level(client: MlflowClient) -> None:
    (run,) = _runs(client, "training")
    weights = {name for name in run.data.metrics if name.startswith("weight/")}
    assert {name.split("/")[1] for name in weights} == {"forename", "surname", "date_of_birth", "sex", "address", "nhs_number", "upn"}
    assert {name.replace("weight/", "m/") for name in weights} <= set(run.data.metrics)
    assert run.data.params["seed"] == "20260331"
    assert {artefact.path for artefact in client.list_artifacts(run.info.run_id, "training")} == {
        "training/blocking.json", "training/convergence.json", "training/levels.json",
    }


def test_the_model_artefact_holds_no_name_list(client: MlflowClient, world: World) -> None:
    (run,) = _runs(client, "training")
    (path,) = Path(world.root / "data" / "mlflow").rglob(f"{run.info.run_id}/**/model.json")
    assert "terms" not in json.loads(path.read_text(encoding="utf-8"))


def test_the_linkage_run_tells_counts_and_quality_by_group(client: MlflowClient) -> None:
    (run,) = _runs(client, "linkage")
    metrics = run.data.metrics
    assert metrics["all/overall/all/precision"] > 0.99
    assert metrics["bridge/overall/all/recall"] > 0.9
    assert any(name.startswith("all/ethnic_group/") for name in metrics) and any(name.startswith("all/looked_after/") for name in metrics)
    assert metrics["linkage.cluster/people"] > 0 and metrics["linkage.cluster/edges"] > 0
    assert any(name.startswith("linkage.cluster/cluster_sizes/") for name in metrics)
    assert "version.silver.identity" in run.data.params
