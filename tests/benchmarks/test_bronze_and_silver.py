"""What landing, checking and typing cost beside plain Spark copying the same files as text into Delta: the same machine, the same run."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from rich.console import Console
from rich.table import Table as Grid

from cyplink import flow, pseudonym, synthetic
from cyplink.run import Runner
from cyplink.settings import load
from tests.worlds import CONF, KEY

pytestmark = pytest.mark.bench
BOROUGHS, SAMPLE = os.environ.get("CYPLINK_BENCH_BOROUGHS", "nwl"), float(os.environ.get("CYPLINK_BENCH_SAMPLE", "0.05"))


def _timed(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def _copy(spark: SparkSession, landing: Path, target: Path) -> None:
    """Every kind of file, by name, read as text columns and appended to a Delta table: the least anybody would do."""
    by_name: dict[str, list[str]] = {}
    for path in sorted(landing.glob("*/*/*/*/*.csv")):
        by_name.setdefault(f"{path.parts[-5]}_{path.name.split('_')[-1]}", []).append(str(path))
    for name, paths in by_name.items():
        spark.read.option("header", "true").option("multiLine", "true").csv(paths).write.format("delta").mode("append").save(str(target / name))


def test_bronze_and_silver_beside_a_plain_copy(tmp_path: Path, spark_session: SparkSession) -> None:
    synthetic.generate(tmp_path / "data" / "synthetic", synthetic.boroughs(BOROUGHS), SAMPLE, 1)
    landing = tmp_path / "data" / "synthetic" / "landing"
    size = sum(path.stat().st_size for path in landing.rglob("*.csv")) / 1e6
    settings = load(CONF, "local", tmp_path)
    runner = Runner(settings, spark_session, pseudonym.Pseudonyms(KEY), "bench")
    copying = _timed(lambda: _copy(spark_session, landing, tmp_path / "copy"))
    bronze = _timed(lambda: runner.run(flow.select(flow.discover(), only=["bronze"]), lambda name, state: None))
    silver = _timed(lambda: runner.run(flow.select(flow.discover(), only=["silver"]), lambda name, state: None))
    grid = Grid(title=f"{BOROUGHS}, sample {SAMPLE}: {size:.0f} MB delivered")
    for name in ("stage", "seconds", "MB/s", "times the copy"):
        grid.add_column(name, justify="left" if name == "stage" else "right")
    for name, seconds in (("plain Spark copy", copying), ("bronze", bronze), ("silver", silver), ("bronze and silver", bronze + silver)):
        grid.add_row(name, f"{seconds:.1f}", f"{size / seconds:.1f}", f"{seconds / copying:.2f}")
    Console(width=100).print(grid)
    assert runner.report.balance is not None and not runner.report.balance.not_built
