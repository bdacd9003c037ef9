"""What linkage costs, and what becomes of ids, when 25 boroughs join 8, when a second period follows, and when the model is another; after each, beside
scoring everything again.

CYPLINK_BENCH_SAMPLE: the share of London's children (default 0.02); CYPLINK_BENCH_FOLDER: a folder in which the world is kept for a look afterwards.
PDS is one delivery for all of England and comes whole with the 8 boroughs.
"""

import json
import os
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import deltalake
import pandas as pd
import pytest
from rich.console import Console
from rich.table import Table as Grid

from cyplink import synthetic
from tests.verify.conftest import Outside, make_outside

pytestmark = pytest.mark.bench
SAMPLE = float(os.environ.get("CYPLINK_BENCH_SAMPLE", "0.02"))
TO_CLUSTERS = [argument for name in ("anchor", "scored_pair", "sealed_pair", "cluster") for argument in ("--only", f"linkage.{name}")]
LINKAGE = ["--from", "linkage", "--to", "linkage"]


@dataclass(frozen=True)
class Stage:
    """What linkage did: seconds of its jobs, records scored, pairs of theirs in blocks, records whose person is another than before by cause; and what
    scoring everything again took and found."""

    name: str
    seconds: float
    fresh: int
    pairs: int
    events: Counter[tuple[str, str]]
    seconds_again: float
    pairs_again: int
    differing: int


def _rows(outside: Outside, table: str) -> pd.DataFrame:
    return deltalake.DeltaTable(str(outside.root / "data" / "lake" / "identifiable" / table)).to_pyarrow_table().to_pandas()


def _scored(outside: Outside) -> dict[str, int]:
    steps = outside.root / "data" / "lake" / "identifiable" / "_runs" / "steps"
    figures: dict[str, int] = json.loads((steps / "linkage.scored_pair.json").read_text())["figures"]
    return figures


def _timed(outside: Outside, *arguments: str) -> float:
    began = time.monotonic()
    outside.cyplink(*arguments, timeout=7200)
    return time.monotonic() - began


def _stage(outside: Outside, name: str, beside: Path) -> Stage:
    """Run what the landing has, then, in a copy, score everything again with the same model."""
    outside.cyplink("run", "--to", "silver", timeout=7200)
    seconds = _timed(outside, "run", *LINKAGE)
    scored, ledger = _scored(outside), _rows(outside, "linkage/person_event")
    last = ledger[ledger["sequence"] == ledger["sequence"].max()]
    # An id that goes leaves by one row, its records join another by theirs.
    events = Counter(last.loc[last["event"] == "joined", ["kind", "cause"]].itertuples(index=False, name=None))
    again = Outside(beside)
    shutil.copytree(outside.root, beside)
    for table in ("scored_pair", "block_key", "cluster"):
        shutil.rmtree(beside / "data" / "lake" / "identifiable" / "linkage" / table)
    seconds_again = _timed(again, "run", *TO_CLUSTERS)
    both = _rows(outside, "linkage/cluster").merge(_rows(again, "linkage/cluster"), on="record_id", how="outer", suffixes=("", "_again"))
    differing = int((both["cluster_id"] != both["cluster_id_again"]).sum())
    pairs_again = _scored(again)["pairs_in_blocks"]
    shutil.rmtree(beside)
    return Stage(name, seconds, scored["fresh_records"], scored["pairs_in_blocks"], events, seconds_again, pairs_again, differing)


def _deliver(world: Path, root: Path, kept: set[tuple[str, str]] | None = None) -> None:
    """Copy the deliveries of a world to the landing: all, or those of some sources and controllers."""
    for folder in (world / "landing").glob("*/*"):
        if kept is None or (folder.parent.name, folder.name) in kept:
            shutil.copytree(folder, root / "data" / "synthetic" / "landing" / folder.parent.name / folder.name, dirs_exist_ok=True)


def test_8_boroughs_then_33_then_a_second_period_then_another_model(tmp_path: Path) -> None:
    folder = Path(os.environ.get("CYPLINK_BENCH_FOLDER", tmp_path)) / "growth"
    shutil.rmtree(folder, ignore_errors=True)
    names, first, both = folder / "nwl", folder / "first", folder / "both"
    synthetic.generate(names, synthetic.boroughs("nwl"), 0.001, 1)
    synthetic.generate(first, synthetic.boroughs("london"), SAMPLE, 1)
    synthetic.generate(both, synthetic.boroughs("london"), SAMPLE, 1, with_second_period=True)
    eight = {(one.parent.name, one.name) for one in (names / "landing").glob("*/*")}
    (folder / "empty").mkdir()
    outside = make_outside(folder / "world", folder / "empty")
    shutil.copytree(first / "truth", outside.root / "data" / "synthetic" / "truth")
    stages = []
    for name, world, kept in (("8 boroughs", first, eight), ("33 boroughs", first, None), ("second period", both, None)):
        _deliver(world, outside.root, kept)
        stages.append(_stage(outside, name, folder / "again"))
    outside.cyplink("run", *LINKAGE, "--retrain", timeout=7200)
    outside.cyplink("compare", timeout=7200)
    outside.cyplink("promote", "--override", "a bench of what a new model changes")
    stages.append(_stage(outside, "new model", folder / "again"))
    grid = Grid(title=f"London, sample {SAMPLE}: linkage after each change; `again`: everything scored anew with the same model, as far as clusters")
    for column in ("after", "records scored", "pairs in their blocks", "seconds", "pairs again", "seconds again", "records in another cluster than again", "records that joined a person"):
        grid.add_column(column, justify="left" if column in ("after", "records that joined a person") else "right")
    for one in stages:
        told = ", ".join(f"{count:,} {kind} ({cause.replace('_', ' ')})" for (kind, cause), count in one.events.most_common())
        grid.add_row(one.name, f"{one.fresh:,}", f"{one.pairs:,}", f"{one.seconds:.0f}", f"{one.pairs_again:,}", f"{one.seconds_again:.0f}", f"{one.differing:,}", told)
    Console(width=200).print(grid)
    assert [one.differing for one in stages] == [0] * len(stages)
