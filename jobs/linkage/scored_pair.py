"""Linkage scored_pair: the ledger of edges. Scores what is new, one Splink chunk per executor, then completes every component that is
not a clique (DESIGN §4.1.4, §4.2, §4.3)."""

from dataclasses import replace

from cyplink import submit
from cyplink.job import Outcome, Task, TaskContext, fingerprint
from cyplink.lake import Pin
from cyplink.linkage.scoring import Scored, ScoringInputs, commit_keys, commit_pairs, run_task
from cyplink.tables import linkage, silver
from cyplink.tables.model import TableError
from cyplink.tracking import Tracker


def run(context: TaskContext) -> Outcome:
    tracker = Tracker(context.settings.tracking)
    version = tracker.champion()
    if version is None:
        raise TableError("There is no champion model; run linkage.train_model first (it is the step before this one).")
    inputs = _inputs(context, tracker.model_json(version), version, context.pins["scored_pair"])
    chunks = _executors(context)
    if chunks == 1:
        done = _score(context, inputs, 1)
    else:
        scored = _score(context, inputs, chunks, completes=False)
        # The completing pass looks at the edges as they are now.
        done = [*scored, *_score(context, _inputs(context, inputs.model, version, context.lake.pin(linkage.SCORED_PAIR)), 1, scores=False)]
    added, completed = (sum(file.rows for one in done if (file := getattr(one, part))) for part in ("scored", "completed"))
    over_budget = [size for one in done for size in one.over_budget]
    figures = {
        "model_version": version, "fresh_records": sum(one.fresh for one in done), "pairs_in_blocks": sum(one.pairs for one in done), "edges_added": added, "completing_edges": completed,
        "components_over_budget": over_budget,
    }  # fmt: skip
    return Outcome(bool(added + completed), rows={linkage.SCORED_PAIR.name: added + completed}, figures=figures)


def _inputs(context: TaskContext, model: str, version: int, scored: Pin) -> ScoringInputs:
    return ScoringInputs(
        identity=context.pins["identity"], mergers=context.pins["nhs_number_merger"], terms=context.lake.pin(linkage.TERM_FREQUENCY),
        scored=scored, model=model, model_version=version, threads=context.threads, memory=context.settings.linkage.scoring.memory,
        keys=context.lake.pin(linkage.BLOCK_KEY),
    )


def _executors(context: TaskContext) -> int:
    """One chunk per executor: every chunk looks through all records, so more of them is waste (DESIGN §4.2)."""
    spark = context.spark.sparkContext
    if str(spark.master).startswith("local"):
        return 1
    return max(int(spark._jsc.sc().getExecutorMemoryStatus().size()) - 1, 1)


def _score(context: TaskContext, inputs: ScoringInputs, chunks: int, scores: bool = True, completes: bool = True) -> list[Scored]:
    """Hand the chunks to tasks and commit what they wrote; says of each file that the table had already (of a run that was cut short) nothing."""
    kind = f"{scores:d}{completes:d}"
    mark = fingerprint(kind, inputs.model_version, inputs.identity.version, inputs.mergers.version, inputs.scored.version, chunks)

    def task(chunk: int) -> Scored:
        return run_task(inputs, f"{inputs.model_version}-{mark}-{chunk:05d}", chunk, chunks, scores, completes)

    done = list(context.spark.sparkContext.parallelize(range(chunks), chunks).map(task).collect())
    held = context.lake.file_names(linkage.SCORED_PAIR)
    files = sorted((file for one in done for file in one.files), key=lambda file: file.path)
    commit_keys(context.lake, [one.keys for one in done if one.keys], context.metadata)
    commit_pairs(context.lake, files, context.metadata)
    known = {part: [None if (file := getattr(one, part)) and file.path in held else file for one in done] for part in ("scored", "completed")}
    return [replace(one, scored=scored, completed=completed) for one, scored, completed in zip(done, known["scored"], known["completed"], strict=True)]


job = Task(
    run,
    reads={
        "identity": silver.IDENTITY, "nhs_number_merger": silver.NHS_NUMBER_MERGER, "term_frequency": linkage.TERM_FREQUENCY,
        "scored_pair": linkage.SCORED_PAIR, "block_key": linkage.BLOCK_KEY,
    },
    writes=(linkage.SCORED_PAIR, linkage.BLOCK_KEY),
    uses=("linkage",),
    uses_champion=True,
)

if __name__ == "__main__":
    submit.main(__file__)
