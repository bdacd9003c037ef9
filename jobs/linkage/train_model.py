"""Train the linkage model and register it; its name frequencies go to linkage.term_frequency, a row per version, column and name.

Runs when there is no champion, or when asked (`cyplink run --retrain`): a new version scores everything again.
"""

from collections.abc import Mapping

import pyarrow as pa

from cyplink import submit
from cyplink.job import Outcome, Task, TaskContext, fingerprint
from cyplink.lake import Pin, open_dataset
from cyplink.linkage.training import TrainedModel, train
from cyplink.tables import linkage, silver
from cyplink.tracking import Tracker

NAME = "linkage.train_model"


def run(context: TaskContext) -> Outcome:
    tracker = Tracker(context.settings.tracking)
    champion = tracker.champion()
    if champion is not None and NAME not in context.options and champion in _versions_held(context):
        return Outcome(False, figures={"model_version": champion})
    model = _train(context)
    # A training that was killed between registering and writing its terms is found again by what it was trained on.
    stamp = f"{model.terms_hash()[:32]}-{context.metadata['run_id'] if NAME in context.options else ''}"
    version = tracker.tagged_version("trained_on", stamp) or _register(tracker, model, stamp, context)
    # A further model waits for `cyplink compare` and `promote`; one whose predecessor's terms the lake has lost cannot.
    if champion is not None and champion not in _versions_held(context):
        tracker.promote(version)
    _write_terms(context, model, version)
    return Outcome(True, rows={linkage.TERM_FREQUENCY.name: model.terms.num_rows}, figures={"model_version": version})


def _train(context: TaskContext) -> TrainedModel:
    """Train in a Spark task, whose memory is its own."""
    settings, threads = context.settings.linkage, context.threads

    def task(pins: Mapping[str, Pin]) -> tuple[str, pa.Table]:
        identity, mergers = (open_dataset(pin.path, pin.version) for pin in pins.values())
        model = train(identity, mergers, settings, threads)
        return model.to_json(), model.terms

    pins = {name: context.pins[name] for name in ("identity", "nhs_number_merger")}
    ((model, terms),) = context.spark.sparkContext.parallelize([pins], 1).map(task).collect()
    return TrainedModel.from_json(model, terms)


def _versions_held(context: TaskContext) -> set[int]:
    """Model versions whose terms the lake holds."""
    return set(context.lake.read_arrow(linkage.TERM_FREQUENCY, ["model_version"]).column("model_version").unique().to_pylist())


def _register(tracker: Tracker, model: TrainedModel, stamp: str, context: TaskContext) -> int:
    settings = context.settings.linkage.model_dump()
    parameters = {
        "seed": settings["seed"], "terms_sha256": model.terms_hash(),
        **{f"{section}.{key}": _short(value) for section in ("training", "scoring", "clustering", "policy") for key, value in settings[section].items()},
        **{f"pin.{name}": pin.version for name, pin in context.pins.items()},
    }
    metrics: dict[str, float | None] = {f"facts/{key}": float(value) for key, value in model.facts.items()}
    for level in model.levels:
        for key in ("m", "u", "weight"):
            metrics[f"{key}/{level['comparison']}/{level['level']}"] = float(level[key])
    for block in model.blocking:
        for key in ("pairs", "blocks", "biggest_block", "biggest_pairs"):
            metrics[f"blocking/{block['name']}/{key}"] = float(block[key])
    metrics["em/iterations"] = float(max((step["iteration"] for step in model.history), default=0))
    artefacts = {
        "model/model.json": model.to_json(),
        "training/levels.json": list(model.levels),
        "training/convergence.json": list(model.history),
        "training/blocking.json": list(model.blocking),
    }
    run_id = tracker.log_run("training", parameters, metrics, artefacts, {"kind": "training", "run_id": str(context.metadata["run_id"])})
    # A tracking store that was lost counts from 1 again; a number that the lake knows stands for another model, whose pairs are scored.
    return tracker.register(run_id, {"trained_on": stamp}, above=max(_versions_held(context), default=0))


def _short(value: object) -> object:
    """A setting as a parameter: of a list how long it is and its hash, for it may be one of names."""
    return f"{len(value)} entries, {fingerprint(*map(str, value))}" if isinstance(value, list | tuple) else value


def _write_terms(context: TaskContext, model: TrainedModel, version: int) -> None:
    rows = model.terms.append_column("model_version", pa.array([version] * model.terms.num_rows, pa.int32()))
    context.lake.append(linkage.TERM_FREQUENCY, rows, f"model-{version}-{model.terms_hash()[:16]}", context.metadata)


job = Task(
    run,
    reads={"identity": silver.IDENTITY, "nhs_number_merger": silver.NHS_NUMBER_MERGER},
    writes=(linkage.TERM_FREQUENCY,),
    uses=("linkage",),
    uses_champion=True,
)

if __name__ == "__main__":
    submit.main(__file__)
