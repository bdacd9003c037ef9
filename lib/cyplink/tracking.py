"""MLflow: what trained a model, which version is champion, what a linkage run came to. Never a record value.

MLflow is imported where it is used: importing it takes seconds. Everything of a run goes in batches.
"""

import json
import logging
import math
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from cyplink.settings import Tracking

MODEL_NAME = "cyplink-linkage"
CHAMPION = "champion"


class Tracker:
    """A tracking store and its experiment."""

    def __init__(self, tracking: Tracking) -> None:
        import mlflow
        from mlflow import MlflowClient

        logging.getLogger("mlflow").setLevel(logging.ERROR)
        logging.getLogger("alembic").setLevel(logging.ERROR)
        if tracking.uri.startswith("sqlite:///"):
            Path(tracking.uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        mlflow.set_tracking_uri(tracking.uri)
        self._client = MlflowClient(tracking.uri)
        found = self._client.get_experiment_by_name(tracking.experiment)
        location = tracking.artefacts if "://" in tracking.artefacts else Path(tracking.artefacts).absolute().as_uri()
        self._experiment = found.experiment_id if found else self._client.create_experiment(tracking.experiment, artifact_location=location)

    def champion(self) -> int | None:
        """Version of the model that carries the alias, or None."""
        from mlflow.exceptions import MlflowException

        try:
            return int(self._client.get_model_version_by_alias(MODEL_NAME, CHAMPION).version)
        except MlflowException:
            return None

    def model_json(self, version: int) -> str:
        """The model of a version, without its name lists."""
        from mlflow.artifacts import download_artifacts

        stated = self._client.get_model_version(MODEL_NAME, str(version))
        with tempfile.TemporaryDirectory() as folder:
            return Path(download_artifacts(f"runs:/{stated.run_id}/model/model.json", dst_path=folder)).read_text(encoding="utf-8")

    def tagged_version(self, tag: str, value: str) -> int | None:
        """The model version with a tag of this value: how a training that was cut short finds what it had registered."""
        return next((version for version, tags in self.versions().items() if tags.get(tag) == value), None)

    def log_run(self, name: str, parameters: Mapping[str, Any], metrics: Mapping[str, float | None], artefacts: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        """One finished run in one batch: parameters, metrics (those that are numbers), artefacts by path (text and bytes as they are, else as JSON). Returns its id."""
        from mlflow.entities import Metric, Param

        run_id = str(self._client.create_run(self._experiment, run_name=name, tags=dict(tags)).info.run_id)
        numbers = {key: value for key, value in metrics.items() if value is not None and math.isfinite(value)}
        entities = [Metric(_key(key), float(value), 0, 0) for key, value in sorted(numbers.items())]
        for start in range(0, max(len(entities), 1), 900):
            params = [Param(_key(key), str(value)[:500]) for key, value in sorted(parameters.items())][:100] if start == 0 else []
            self._client.log_batch(run_id, metrics=entities[start : start + 900], params=params)
        with tempfile.TemporaryDirectory() as folder:
            for path, content in artefacts.items():
                target = Path(folder) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                text = content if isinstance(content, bytes | str) else json.dumps(content, indent=1, sort_keys=True)
                target.write_bytes(text if isinstance(text, bytes) else text.encode())
            if artefacts:
                self._client.log_artifacts(run_id, folder)
        self._client.set_terminated(run_id)
        return run_id

    def register(self, run_id: str, tags: Mapping[str, str], above: int = 0) -> int:
        """Register the run's model as the next version greater than `above`; it becomes champion if there is none. Returns the version."""
        from mlflow.exceptions import MlflowException

        try:
            self._client.get_registered_model(MODEL_NAME)
        except MlflowException:
            self._client.create_registered_model(MODEL_NAME, description="Splink model of cyplink's linkage; its name frequencies are in linkage.term_frequency.")
        source = f"{self._client.get_run(run_id).info.artifact_uri}/model"
        version = 0
        while version <= above:  # numbers up to `above` are left to models that this store has lost
            version = int(self._client.create_model_version(MODEL_NAME, source, run_id).version)
        self.tag(version, tags)
        if self.champion() is None:
            self.promote(version)
        return version

    def versions(self) -> dict[int, dict[str, str]]:
        """Every version of the model and its tags."""
        return {int(stated.version): dict(stated.tags) for stated in self._client.search_model_versions(f"name = '{MODEL_NAME}'")}

    def tag(self, version: int, tags: Mapping[str, str]) -> None:
        """Say something of a version; what was said before under the same names is replaced."""
        for name, value in tags.items():
            self._client.set_model_version_tag(MODEL_NAME, str(version), name, value)

    def promote(self, version: int) -> None:
        """Give a version the alias."""
        self._client.set_registered_model_alias(MODEL_NAME, CHAMPION, str(version))


def champion_of(tracking: Tracking) -> int | None:
    """The champion's version, or None; a store that is a SQLite file is asked directly, for MLflow takes seconds to import."""
    if not tracking.uri.startswith("sqlite:///"):
        return Tracker(tracking).champion()
    path = Path(tracking.uri.removeprefix("sqlite:///"))
    if not path.exists():
        return None
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        try:
            found = store.execute("select version from registered_model_aliases where name = ? and alias = ?", (MODEL_NAME, CHAMPION)).fetchone()
        except sqlite3.OperationalError:
            return Tracker(tracking).champion()
    return int(found[0]) if found else None


def log_linkage(
    tracking: Tracking, run_id: str, versions: Mapping[str, int | None], figures: Mapping[str, Mapping[str, Any]], quality: Sequence[Mapping[str, Any]],
    weights: Sequence[Mapping[str, Any]], goals: Sequence[Mapping[str, Any]], checks: Sequence[Mapping[str, Any]],
) -> str:
    """Log a linkage run: versions of the tables read as parameters; as metrics counts of the steps (`figures`, by step), and, already under disclosure
    control, precision and recall by kind of pair and group (`quality`, rows of gold.linkage_quality), what the links are for (`goals`, of gold.linkage_goal)
    and what is told without a truth (`checks`, of gold.linkage_check); these rows, and `weights` (of gold.linkage_weight), as tables; `quality` and
    `weights` as pictures."""
    from cyplink.pages.linkage_charts import pictures

    metrics: dict[str, float | None] = {}
    for step, said in figures.items():
        for name, value in said.items():
            if isinstance(value, Mapping):
                metrics |= {f"{step}/{name}/{key}": float(count) for key, count in value.items()}
            elif isinstance(value, int | float):
                metrics[f"{step}/{name}"] = float(value)
    for row in quality:
        for name in ("precision", "recall", "true_pairs", "linked_pairs"):
            metrics[f"{row['pairs']}/{row['group']}/{row['value']}/{name}"] = row[name]
    for row in goals:
        for name in ("share", "counted"):
            metrics[f"goal/{row['measure']}/{name}"] = row[name]
    for row in checks:
        for name in ("share", "counted"):
            metrics[f"{row['measure']}/{row['group']}/{row['value']}/{name}"] = row[name]
    parameters = {f"version.{table}": version for table, version in sorted(versions.items())}
    judged = {"quality": quality, "weight": weights, "goal": goals, "check": checks}
    tables = {f"linkage_{name}.json": list(rows) for name, rows in judged.items()}
    artefacts = {**tables, **{f"pictures/{name}": png for name, png in pictures(quality, weights).items()}}
    return Tracker(tracking).log_run("linkage", parameters, metrics, artefacts, {"kind": "linkage", "run_id": run_id})


def _key(name: str) -> str:
    """MLflow allows letters, digits, underscore, dash, dot, space, colon and slash."""
    return "".join(letter if letter.isalnum() or letter in "_-./: " else "_" for letter in name)[:250]
