"""What landing, checking and typing cost beside plain Spark copying the same files as text into Delta: the same machine, the same run.

CYPLINK_BENCH_BOROUGHS names populations, with spaces between them (`nwl london`), CYPLINK_BENCH_SAMPLE the share of their children,
CYPLINK_BENCH_FOLDER a folder in which they are kept from one run to the next.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table as Grid

from cyplink import synthetic
from tests.benchmarks.costs import CYPLINK, Cost, cost
from tests.worlds import CONF

pytestmark = pytest.mark.bench
BOROUGHS, SAMPLE = os.environ.get("CYPLINK_BENCH_BOROUGHS", "nwl london").split(), float(os.environ.get("CYPLINK_BENCH_SAMPLE", "0.05"))
ENV = "london" if SAMPLE > 0.2 else "local"


def _stages(root: Path) -> dict[str, Cost]:
    for left in ("copy", "data/lake"):
        shutil.rmtree(root / left, ignore_errors=True)
    if not (root / "data" / "keys").exists():
        cost([*CYPLINK, "key"], root, ENV)
    copy = [sys.executable, str(Path(__file__).with_name("plain_copy.py")), str(CONF), ENV, str(root / "data" / "synthetic" / "landing"), str(root / "copy")]
    return {"plain Spark copy": cost(copy, root, ENV)} | {stage: cost([*CYPLINK, "run", "--only", stage], root, ENV) for stage in ("bronze", "silver")}


def test_bronze_and_silver_beside_a_plain_copy(tmp_path: Path) -> None:
    grid = Grid(title=f"Sample {SAMPLE}; each stage a process of its own, its start included")
    for name in ("population", "stage", "MB delivered", "seconds", "MB/s", "times the copy", "peak GB"):
        grid.add_column(name, justify="left" if name in ("population", "stage") else "right")
    rates = []
    for boroughs in BOROUGHS:
        root = Path(os.environ.get("CYPLINK_BENCH_FOLDER", tmp_path)) / boroughs
        synthetic.generate(root / "data" / "synthetic", synthetic.boroughs(boroughs), SAMPLE, 1)
        size = sum(path.stat().st_size for path in (root / "data" / "synthetic" / "landing").rglob("*.*")) / 1e6
        costs = _stages(root)
        both = Cost(costs["bronze"].seconds + costs["silver"].seconds, max(costs["bronze"].peak, costs["silver"].peak))
        for stage, one in {**costs, "bronze and silver": both}.items():
            times = one.seconds / costs["plain Spark copy"].seconds
            grid.add_row(boroughs, stage, f"{size:.0f}", f"{one.seconds:.0f}", f"{size / one.seconds:.1f}", f"{times:.2f}", f"{one.peak / 1000:.1f}")
        rates.append(both.seconds / size)
    Console(width=100).print(grid)
    for boroughs, rate in zip(BOROUGHS[1:], rates[1:], strict=True):
        Console(width=100).print(f"{boroughs}: {rate / rates[0]:.2f} times the seconds per MB of {BOROUGHS[0]}")
