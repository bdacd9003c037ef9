"""What a job is: a pure build (or a task that hands out work), the tables it reads, the tables it writes.

A sliced job rebuilds only the slices (source and controller) whose deliveries changed; any other replaces its table. A job is
skipped when its inputs, code and settings match what its last commit says of itself; the fingerprint travels in
the commit, so that it is written with the data or not at all.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from cyplink.lake import Lake, Pin
from cyplink.pseudonym import Pseudonyms
from cyplink.settings import Settings
from cyplink.tables.model import Table


@dataclass(frozen=True)
class Job:
    """A build without side effects. `build` takes one DataFrame per name in `reads`, and gives the rows that replace the table.

    `uses_key`: build also gets `pseudonyms`. `uses`: names of settings sections that build gets as keywords.

    Instead of a build, a job that writes slices has `selects`: by source a SELECT in DuckDB's SQL, which each slice's task runs over
    its own controller's delivered rows and the whole of other tables, a view for every name in `reads` (settling.Selected). `keep` takes
    the usable delivered rows of a slice to the table's grain: a SELECT over `usable`, which looks at one value of the column `apart` at a
    time if that is named (settling.settle). `beside`: a second table in the same slices, and the SELECT over `kept`, the rows at the
    first one's grain, that makes it.
    """

    build: Callable[..., DataFrame] | None
    reads: Mapping[str, Table]
    writes: Table
    keep: str | None = None
    apart: str = ""
    beside: tuple[Table, str] | None = None
    selects: Mapping[str, str] = field(default_factory=dict)
    uses_key: bool = False
    uses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert (self.build is None) == bool(self.selects), "a job has a build or selects"
        assert bool(self.selects) == bool(self.writes.slices), "slices are selected, a whole table is built; for one that is selected see cyplink.selected"

    @property
    def all_written(self) -> tuple[Table, ...]:
        return (self.writes, self.beside[0]) if self.beside else (self.writes,)


@dataclass(frozen=True)
class Task:
    """A job that reads and writes more than one table or hands work to tasks by pinned path. `uses_champion`: it runs again when
    another model is made champion; `reads_truth`: when the synthetic truth is another. `check`: what a dry run does, without data."""

    run: Callable[["TaskContext"], "Outcome"]
    reads: Mapping[str, Table]
    writes: tuple[Table, ...]
    uses: tuple[str, ...] = ()
    uses_champion: bool = False
    reads_truth: bool = False
    check: Callable[[], None] | None = None

    @property
    def all_written(self) -> tuple[Table, ...]:
        return self.writes


@dataclass(frozen=True)
class TaskContext:
    """What a task gets: the lake, the pinned inputs by name, settings, keys, and what to say in its commits.

    `slices`: where it writes a sliced table, the fingerprint of each slice (`source/controller`) that must be made again.
    """

    lake: Lake
    pins: Mapping[str, Pin]
    settings: Settings
    pseudonyms: Pseudonyms
    metadata: Mapping[str, Any]
    options: frozenset[str] = frozenset()
    slices: Mapping[str, str] = field(default_factory=dict)

    @property
    def spark(self) -> SparkSession:
        return self.lake.spark

    @property
    def threads(self) -> int:
        """Cores that a task alone on its executor has: all of the machine's when Spark is local."""
        spark = self.spark.sparkContext
        return int(spark.defaultParallelism) if str(spark.master).startswith("local") else int(spark.getConf().get("spark.executor.cores", "1"))


@dataclass(frozen=True)
class Outcome:
    """What running a job came to: whether any table changed, rows per table, and figures for the summary."""

    changed: bool
    rows: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)


def fingerprint(*parts: Any) -> str:
    """A short hash of anything JSON can say."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]
