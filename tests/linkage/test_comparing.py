"""A new model beside the champion: what it gains and loses is counted by cause and group, and the gate stands before its promotion."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from mlflow import MlflowClient

from cyplink.lake import Lake
from cyplink.linkage.comparing import BY_WEIGHT, ModelError, compare, promote
from cyplink.linkage.settings import LinkageSettings
from cyplink.linkage.training import TrainedModel
from cyplink.runs import Manifest
from cyplink.settings import Tracking
from cyplink.tables import linkage, silver
from cyplink.tables.model import Table, Zone
from cyplink.tracking import Tracker

READ = (silver.IDENTITY, silver.NHS_NUMBER_MERGER, silver.SEPARATION, silver.RECORD_CHARACTERISTIC, linkage.ANCHOR, linkage.SEALED_PAIR, linkage.PERSON_EVENT)


class Trial:
    """A lake with a made population, and a store of models."""

    def __init__(self, root: Path, identity: pa.Table, truth: pd.DataFrame, settings: LinkageSettings) -> None:
        self.root, self.settings = root, settings
        self.lake = Lake(dict.fromkeys(Zone, str(root / "lake")))
        self.tracking = Tracking(uri=f"sqlite:///{root}/mlflow.db", artefacts=str(root / "artefacts"), experiment="trial")
        self.tracker = Tracker(self.tracking)
        self.fill(silver.IDENTITY, identity)
        said = identity.select(["record_id", "source", "controller", "sex"]).to_pandas()
        self.fill(silver.RECORD_CHARACTERISTIC, pa.Table.from_pandas(said))
        self.manifest = Manifest("first", {"run_id": "first", "tables": {table.name: {"version": self.lake.pin(table).version} for table in READ}})
        groups = {name: "all" for name in ("ethnic_group", "ethnic_category", "age_band", "imd_quintile", "borough", "looked_after", "unaccompanied")}
        numbers = identity.select(["record_id", "source", "nhs_number"]).to_pandas()
        self.truth = truth.merge(numbers, on="record_id").assign(**groups)

    def fill(self, table: Table, rows: pa.Table) -> None:
        shape = {column: rows[column] if column in rows.column_names else pa.nulls(rows.num_rows) for column in table.schema.names}
        self.lake.replace(table, pa.table(shape), {})

    def register(self, model: TrainedModel) -> int:
        run_id = self.tracker.log_run("training", {}, {}, {"model/model.json": model.to_json()}, {"kind": "training"})
        version = self.tracker.register(run_id, {})
        terms = model.terms.append_column("model_version", pa.array([version] * model.terms.num_rows, pa.int32()))
        self.lake.append(linkage.TERM_FREQUENCY, terms, f"model-{version}", {})
        return version

    def compare(self, version: int | None = None):  # type: ignore[no-untyped-def]
        return compare(self.lake, self.manifest, self.tracker, self.settings, version, lambda record, attempt: record * 8 + attempt, self.truth, 2)


@pytest.fixture
def trial(tmp_path: Path, population: tuple[pa.Table, pd.DataFrame], policy: LinkageSettings, model: TrainedModel) -> Trial:
    made = Trial(tmp_path, *population, policy)
    assert made.register(model) == 1
    return made


def without_birth_dates(model: TrainedModel) -> TrainedModel:
    """A worse model: it makes nothing of birth dates."""
    settings = json.loads(json.dumps(model.settings))
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            if comparison["output_column_name"] == "date_of_birth" and not level.get("is_null_level"):
                level["m_probability"] = level["u_probability"] = 0.5
    return replace(model, settings=settings)


def test_the_same_model_again_differs_in_nothing_and_may_be_promoted(trial: Trial, model: TrainedModel) -> None:
    version = trial.register(model)
    with pytest.raises(ModelError, match="was not compared with the champion"):
        promote(trial.tracker, version, "", "now")
    found = trial.compare()
    assert (found.champion, found.challenger, found.gained, found.lost, found.reasons) == (1, 2, {}, {}, ())
    assert found.both > 1000 and found.quality[1] == found.quality[2] and found.quality[1].recall > 0.95
    assert promote(trial.tracker, version, "", "now") == trial.tracker.champion() == 2
    with pytest.raises(ModelError, match="is the champion already"):
        promote(trial.tracker, version, "", "now")


def test_a_worse_model_is_told_by_cause_and_group_and_stays_refused_until_a_person_overrides(trial: Trial, model: TrainedModel) -> None:
    version = trial.register(without_birth_dates(model))
    found = trial.compare()
    assert found.lost[BY_WEIGHT] > 10
    for group, rows in found.by_group.groupby("group"):
        assert (rows["lost"].sum(), rows["gained"].sum(), rows["both"].sum()) == (sum(found.lost.values()), sum(found.gained.values()), found.both), group
    assert any("recall" in reason for reason in found.reasons) and found.quality[version].recall < found.quality[1].recall
    for _ in range(2):
        with pytest.raises(ModelError, match=r"The gate refused version 2: .* policy allows"):
            promote(trial.tracker, version, "", "now")
    assert trial.tracker.champion() == 1
    assert promote(trial.tracker, version, "a trial", "now") == trial.tracker.champion() == 2
    assert trial.tracker.versions()[2] | {"override": "a trial", "promoted_over": "1", "gate": "refused"} == trial.tracker.versions()[2]


def test_its_pairs_are_in_the_ledger_and_mlflow_has_counts_and_no_record(trial: Trial, model: TrainedModel) -> None:
    trial.register(without_birth_dates(model))
    trial.compare()
    scored = trial.lake.read_arrow(linkage.SCORED_PAIR)["model_version"].value_counts().to_pylist()
    assert {row["values"] for row in scored} == {1, 2}
    before = trial.lake.version(linkage.SCORED_PAIR)
    trial.compare()
    assert trial.lake.version(linkage.SCORED_PAIR) == before, "nothing is scored twice"
    client = MlflowClient(trial.tracking.uri)
    (_, run) = client.search_runs([client.get_experiment_by_name("trial").experiment_id], "tags.kind = 'comparison'", order_by=["start_time"])
    assert run.data.metrics["links/lost"] > 0 and {"champion/recall", "challenger/recall", "churn"} <= set(run.data.metrics)
    (told,) = trial.root.glob(f"artefacts/**/{run.info.run_id}/**/comparison.json")
    assert set(json.loads(told.read_text())) == {"gained", "lost", "reasons"}


def test_what_cannot_be_compared_is_told(trial: Trial, model: TrainedModel) -> None:
    with pytest.raises(ModelError, match="is the champion; `cyplink run --retrain`"):
        trial.compare()
    with pytest.raises(ModelError, match=r"no model version 7. Versions: 1\."):
        trial.compare(7)
    with pytest.raises(ModelError, match=r"no model version 7. Versions: 1\."):
        promote(trial.tracker, 7, "", "now")
