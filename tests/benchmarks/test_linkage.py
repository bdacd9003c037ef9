"""What scoring costs: this kernel in a Spark task beside itself on DuckDB alone and plain Splink given the same model and blocks, and of one record in a
hundred that changed beside all of them; the same records, the same run. Splink with a model and blocks of its own: test_rivals.py.

CYPLINK_BENCH_LAKE: a working folder in which `cyplink run --to linkage.train_model` was done (with the settings CYPLINK_BENCH_ENV, default
london); without it a twentieth of North West London is made.
"""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import deltalake
import psutil
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession
from rich.console import Console
from rich.table import Table as Grid
from splink import DuckDBAPI, Linker

from cyplink.lake import Lake, Pin
from cyplink.linkage import records, scoring
from cyplink.linkage.scoring import Scored, ScoringInputs, run_task
from cyplink.tables import linkage, silver
from cyplink.tables.model import Zone
from cyplink.tracking import Tracker
from tests.benchmarks.populations import given_or_made

pytestmark = pytest.mark.bench
CORES = os.cpu_count() or 1


def _timed(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def _plain(inputs: ScoringInputs, folder: Path) -> None:
    """The same comparisons and blocks, scored as Splink does by itself: term frequencies of its own, every pair above the mark written."""
    model = inputs.load_model()
    with scoring.open_records(inputs, model) as connection:
        found = Linker(DuckDBAPI(connection=connection).register("keyed"), dict(model.settings), log_level=None).inference.predict(threshold_match_weight=model.keep_above)
        connection.execute(f"copy (select record_id_l, record_id_r, match_weight from {found.physical_name}) to '{folder}/plain.parquet' (format parquet)")


def _before_some_changed(inputs: ScoringInputs, trial: Lake, folder: Path) -> ScoringInputs:
    """What scoring opens after one record in a hundred changed: without their pairs and their keys."""
    pairs, keys = (deltalake.DeltaTable(trial.path(table)).to_pyarrow_table() for table in (linkage.SCORED_PAIR, linkage.BLOCK_KEY))
    some = pc.filter(pairs["record_id_l"], pc.equal(pc.bit_wise_and(pairs["record_version_l"], 127), 5)).unique()
    of_some = pc.or_(pc.is_in(pairs["record_id_l"], some), pc.is_in(pairs["record_id_r"], some))
    deltalake.write_deltalake(str(folder / "pairs"), pairs.filter(pc.invert(of_some)))
    deltalake.write_deltalake(str(folder / "keys"), keys.filter(pc.invert(pc.is_in(keys["record_id"], some))))
    return replace(inputs, scored=Pin("scored_pair", str(folder / "pairs"), 0), keys=Pin("block_key", str(folder / "keys"), 0))


def test_scoring(tmp_path: Path, spark_session: SparkSession) -> None:
    settings = given_or_made(tmp_path / "world", "linkage.train_model")
    lake = Lake(settings.zones.roots())
    trial = Lake(dict.fromkeys(Zone, str(tmp_path / "trial")))
    version = Tracker(settings.tracking).champion()
    assert version is not None
    inputs = ScoringInputs(
        lake.pin(silver.IDENTITY), lake.pin(silver.NHS_NUMBER_MERGER), lake.pin(linkage.TERM_FREQUENCY), trial.pin(linkage.SCORED_PAIR),
        Tracker(settings.tracking).model_json(version), version, CORES, settings.linkage.scoring.memory, trial.pin(linkage.BLOCK_KEY),
    )  # fmt: skip
    told: dict[str, Scored] = {}

    def in_spark() -> None:
        (told["all"],) = spark_session.sparkContext.parallelize([0], 1).map(lambda _: run_task(inputs, "spark", 0, 1)).collect()
        scoring.commit_keys(trial, [told["all"].keys] if told["all"].keys else [], {})
        trial.commit_files(linkage.SCORED_PAIR, told["all"].files, "bench", 1, {})

    def changed() -> None:
        told["changed"] = run_task(fewer, "changed", 0, 1)

    costs = {"this kernel in a Spark task": _timed(in_spark)}
    costs["this kernel on DuckDB alone"] = _timed(lambda: run_task(inputs, "alone", 0, 1))
    costs["Splink with this model"] = _timed(lambda: _plain(inputs, tmp_path))
    fewer = _before_some_changed(inputs, trial, tmp_path / "fewer")
    costs["this kernel, one record in a hundred changed"] = _timed(changed)
    with records.open_connection(CORES) as connection:
        many = records.make_records(connection, lake.read_arrow(silver.IDENTITY, records.IDENTITY_COLUMNS), lake.read_arrow(silver.NHS_NUMBER_MERGER))
    grid = Grid(title=f"{many:,} named records, {told['all'].pairs:,} pairs in blocks; {CORES} cores; load, score, write, commit")
    for name in ("what", "seconds", "times DuckDB alone", "pairs per second and core", "pairs stored"):
        grid.add_column(name, justify="left" if name == "what" else "right")
    stored = {"this kernel in a Spark task": told["all"], "this kernel, one record in a hundred changed": told["changed"]}
    for what, seconds in costs.items():
        one = stored.get(what)
        pairs = one.pairs if one else told["all"].pairs
        rows = sum(file.rows for file in one.files) if one else pq.read_metadata(tmp_path / "plain.parquet").num_rows if "Splink" in what else ""
        grid.add_row(what, f"{seconds:.1f}", f"{seconds / costs['this kernel on DuckDB alone']:.2f}", f"{pairs / seconds / CORES:,.0f}", f"{rows:,}" if rows else "")
    Console(width=130).print(grid)
    Console(width=130).print(f"Memory of this process at the end: {psutil.Process().memory_info().rss / 1e9:.1f} GB")
    shutil.rmtree(tmp_path / "trial")
