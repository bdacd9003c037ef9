"""The whole of linkage (train, score, complete, cluster, write), by this flow and by Splink as its documentation sets it up, on DuckDB and on Spark:
the same records, the same blocking, the same run; how good what each comes to is stands beside what it costs.

CYPLINK_BENCH_LAKE: a working folder in which `cyplink run --to silver` was done (with the settings CYPLINK_BENCH_ENV, default london); without it a
twentieth of North West London is made, so small that most of what is timed is starting. CYPLINK_BENCH_RIVALS: which of RIVALS, with spaces between
them; CYPLINK_BENCH_MEMORY: GB that Splink's DuckDB or Spark may use (default 12).
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from rich.table import Table as Grid
from splink import DuckDBAPI, block_on
from splink.blocking_analysis import count_comparisons_from_blocking_rules

from cyplink.lake import Lake
from cyplink.linkage import records
from cyplink.linkage.components import label_components
from cyplink.linkage.evaluation import ALL, BRIDGE, Evaluation, evaluate
from cyplink.settings import Settings
from cyplink.tables import linkage, silver
from tests.benchmarks import stock_splink
from tests.benchmarks.costs import cost
from tests.benchmarks.populations import ENV, cleared, given_or_made, run_steps, true_people, unlinked

pytestmark = pytest.mark.bench
CORES = os.cpu_count() or 1
MEMORY = os.environ.get("CYPLINK_BENCH_MEMORY", "12")
RIVALS = {
    f"{engine.lower()}/{kind}": f"stock Splink on {engine}{said}"
    for engine in ("DuckDB", "Spark") for kind, said in (("same", ""), ("latest", ", blocks of what was recorded last"))
}  # fmt: skip
CHOSEN = os.environ.get("CYPLINK_BENCH_RIVALS", " ".join(RIVALS)).split()
STEPS = {"train": "linkage.train_model", "score": "linkage.scored_pair", "cluster": "linkage.cluster"}
MARKS = (0.0, 4.25, 8.0, 12.0, 16.0, 20.0, 24.0, 28.0)
"""Bits above which an edge may join two records when a rival's threshold is chosen by the truth; 4.25 is the probability .95."""


@dataclass(frozen=True)
class Linkage:
    """One whole linkage: seconds of all and by part, most memory (GB), pairs scored, edges kept, and its links beside the truth."""

    seconds: float
    parts: dict[str, float]
    peak: float
    pairs: int
    edges: int
    quality: Evaluation
    best: tuple[float, Evaluation] | None = None
    """Of a rival: the mark at which its components agree most with the truth, and how much."""


def _pairs(settings: Settings, kind: str) -> int:
    """Pairs that share a block, each once."""
    lake = Lake(settings.zones.roots())
    with records.open_connection(CORES, settings.linkage.scoring.memory) as connection:
        identity, mergers = lake.read_arrow(silver.IDENTITY), lake.read_arrow(silver.NHS_NUMBER_MERGER)
        if kind == "ours":
            records.make_records(connection, identity, mergers)
            records.add_block_keys(connection, records.oversized_blocks(connection, settings.linkage.scoring.block_budget))
            table, rules = "keyed", [block_on("block_keys", arrays_to_explode=["block_keys"])]
        else:
            connection.register("identity", identity)
            connection.register("merger", mergers)
            connection.execute(f"create table person as {stock_splink.RECORDS}")
            table, rules = "person", stock_splink.blocks(kind)
        counted = count_comparisons_from_blocking_rules(
            DuckDBAPI(connection=connection).register(table), blocking_rules=rules, link_type="dedupe_only", unique_id_column_name="record_id", record_sample_proportion=1.0
        )
        return int(counted[-1]["cumulative_comparison_count"])


def _ours(settings: Settings, truth: pd.DataFrame, root: Path) -> Linkage:
    trial = unlinked(settings, cleared(root))
    whole, steps = run_steps(root, *STEPS.values())
    lake = Lake(trial.zones.roots())
    rows = lake.read_arrow(linkage.CLUSTER, ["record_id", "cluster_id", "match_weight", "status"]).to_pandas()
    named = rows[~rows["status"].isin(["anchored", "unanchored"])]
    scored = lake.read_arrow(linkage.SCORED_PAIR, ["record_id_l", "record_id_r"])
    edges = int((scored["record_id_l"].to_numpy() < scored["record_id_r"].to_numpy()).sum())
    links = named.rename(columns={"cluster_id": "person_id"})[["record_id", "person_id"]]
    return Linkage(whole.seconds, {part: steps[step] for part, step in STEPS.items()}, whole.peak / 1000, _pairs(settings, "ours"), edges, evaluate(links, truth))


def _stock(name: str, settings: Settings, truth: pd.DataFrame, root: Path, pairs: int) -> Linkage:
    engine, kind = name.split("/")
    lake = Lake(settings.zones.roots())
    tables = (lake.path(silver.IDENTITY), lake.path(silver.NHS_NUMBER_MERGER))
    whole = cost([sys.executable, stock_splink.__file__, engine, kind, *tables, str(cleared(root)), str(CORES), MEMORY], root, ENV)
    told = json.loads((root / "told.json").read_text())
    clusters = pd.read_parquet(root / "clusters.parquet")
    links = pd.DataFrame({"record_id": clusters["record_id"], "person_id": pd.factorize(clusters["cluster_id"])[0]})
    return Linkage(
        whole.seconds, told["seconds"], whole.peak / 1000, pairs, told["edges"], evaluate(links, truth), _best(clusters["record_id"], root / "edges.parquet", truth)
    )  # fmt: skip


def _best(record_ids: pd.Series, edges: Path, truth: pd.DataFrame) -> tuple[float, Evaluation]:
    ids, pairs = np.sort(record_ids.to_numpy()), pd.read_parquet(edges)
    left, right = (np.searchsorted(ids, pairs[column].to_numpy()) for column in ("record_id_l", "record_id_r"))
    found = []
    for mark in MARKS:
        is_above = pairs["match_weight"].to_numpy() >= mark
        links = pd.DataFrame({"record_id": ids, "person_id": label_components(left[is_above], right[is_above], len(ids))})
        found.append((mark, evaluate(links, truth)))
    return max(found, key=lambda one: _rates(one[1], ALL)[2])


def _rates(quality: Evaluation, pairs: str) -> tuple[float, float, float]:
    """Precision, recall, and the harmonic mean of the two."""
    row = quality.one(pairs)
    precision, recall = row["found_pairs"] / max(row["linked_pairs"], 1), row["found_pairs"] / max(row["true_pairs"], 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _print(title: str, found: dict[str, Linkage]) -> None:
    grid = Grid(title=title)
    for heading in ("what", "seconds", "times ours", "train", "score", "cluster", "peak GB", "pairs scored", "edges", "precision", "recall", "bridge P", "bridge R"):
        grid.add_column(heading, justify="left" if heading == "what" else "right")
    ours = next(iter(found.values()))
    for what, one in found.items():
        parts = [f"{one.parts[part]:.0f}" for part in STEPS]
        grid.add_row(
            what, f"{one.seconds:.0f}", f"{one.seconds / ours.seconds:.1f}", *parts, f"{one.peak:.1f}", f"{one.pairs:,}", f"{one.edges:,}", *_told(one.quality),
        )  # fmt: skip
        if one.best:
            grid.add_row(f"  its components above {one.best[0]:g} bits, chosen by the truth", *[""] * 8, *_told(one.best[1]))
    Console(width=180).print(grid)


def _told(quality: Evaluation) -> list[str]:
    return [f"{rate:.3%}" for pairs in (ALL, BRIDGE) for rate in _rates(quality, pairs)[:2]]


def test_rivals(tmp_path: Path) -> None:
    settings = given_or_made(tmp_path / "world", "linkage.train_model")
    truth = true_people(settings)[["record_id", "source", "nhs_number", "truth_person_id"]]
    found = {"this flow": _ours(settings, truth, tmp_path / "ours")}
    pairs = {kind: _pairs(settings, kind) for kind in sorted({name.split("/")[1] for name in CHOSEN})}
    for name in CHOSEN:
        found[RIVALS[name]] = _stock(name, settings, truth, tmp_path / name.replace("/", "-"), pairs[name.split("/")[1]])
    _print(f"{len(truth):,} records whose person is known; {CORES} cores; each a process of its own, its start included", found)
    ours = found["this flow"]
    for what, rival in found.items():
        assert _rates(ours.quality, ALL)[2] >= _rates(rival.quality, ALL)[2], f"{what} agrees more with the truth than this flow"
