"""Linkage scored_pair: the ledger of edges. Scores what is new, one Splink chunk per executor, then completes every component that is
not a clique (DESIGN §4.1.4, §4.2, §4.3)."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from cyplink import submit
from cyplink.job import Outcome, Task, TaskContext, fingerprint
from cyplink.lake import Pin, WrittenFile
from cyplink.linkage.scoring import ScoringInputs, fresh_count, run_task
from cyplink.tables import linkage, silver
from cyplink.tables.model import TableError
from cyplink.tracking import Tracker


def run(context: TaskContext) -> Outcome:
    tracker = Tracker(context.settings.tracking)
    version = tracker.champion()
    if version is None:
        raise TableError("There is no champion model; run linkage.train_model first (it is the step before this one).")
    inputs = _inputs(context, tracker.model_json(version), version, context.pins["scored_pair"])
    fresh = fresh_count(inputs)
    chunks = _executors(context)
    added, _, compared = _score(context, inputs, "score", chunks) if fresh else (0, [], 0)
    # The completing pass looks at the edges as they are now.
    completing = _inputs(context, inputs.model, version, context.lake.pin(linkage.SCORED_PAIR))
    completed, over_budget, _ = _score(context, completing, "complete", 1)
    rows = added + completed
    figures = {"model_version": version, "fresh_records": fresh, "pairs_in_blocks": compared, "edges_added": added, "completing_edges": completed, "components_over_budget": over_budget}
    return Outcome(bool(rows), rows={linkage.SCORED_PAIR.name: rows}, figures=figures)


def _inputs(context: TaskContext, model: str, version: int, scored: Pin) -> ScoringInputs:
    return ScoringInputs(
        identity=context.pins["identity"], mergers=context.pins["nhs_number_merger"], terms=context.lake.pin(linkage.TERM_FREQUENCY),
        scored=scored, model=model, model_version=version, threads=context.threads, memory=context.settings.linkage.scoring.memory,
    )


def _executors(context: TaskContext) -> int:
    """One chunk per executor: every chunk looks through all records, so more of them is waste (DESIGN §4.2)."""
    spark = context.spark.sparkContext
    if str(spark.master).startswith("local"):
        return 1
    return max(int(spark._jsc.sc().getExecutorMemoryStatus().size()) - 1, 1)


def _score(context: TaskContext, inputs: ScoringInputs, kind: str, chunks: int) -> tuple[int, list[int], int]:
    """Hand the chunks to tasks, commit what they wrote; returns the rows added, the sizes of components over budget and the pairs in blocks."""
    mark = fingerprint(kind, inputs.model_version, inputs.identity.version, inputs.mergers.version, inputs.scored.version, chunks)
    names = [f"{kind}-{inputs.model_version}-{mark}-{chunk:05d}.parquet" for chunk in range(chunks)]

    def task(chunk: int) -> Iterator[str]:
        yield json.dumps(asdict(run_task(inputs, kind, names[chunk], chunk, chunks)))

    spark = context.spark.sparkContext
    said = [json.loads(text) for text in spark.parallelize(range(chunks), chunks).flatMap(task).collect()]
    files = sorted((WrittenFile(**one["file"]) for one in said if one["file"]), key=lambda file: file.path)
    app_id = "scored-pair"
    held = context.lake.file_names(linkage.SCORED_PAIR)
    context.lake.commit_files(linkage.SCORED_PAIR, files, app_id, context.lake.next_transaction(linkage.SCORED_PAIR, app_id), context.metadata)
    return sum(file.rows for file in files if file.path not in held), [size for one in said for size in one["over_budget"]], sum(one["pairs"] for one in said)


job = Task(
    run,
    reads={
        "identity": silver.IDENTITY, "nhs_number_merger": silver.NHS_NUMBER_MERGER, "term_frequency": linkage.TERM_FREQUENCY,
        "scored_pair": linkage.SCORED_PAIR,
    },
    writes=(linkage.SCORED_PAIR,),
    uses=("linkage",),
    uses_champion=True,
)

if __name__ == "__main__":
    submit.main(__file__)
