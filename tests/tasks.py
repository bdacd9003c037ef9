"""Running a task on a few rows as the flow would: on a lake of its own that holds them, its inputs pinned."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyspark.sql import SparkSession

from cyplink.job import Outcome, Task, TaskContext
from cyplink.lake import Lake
from cyplink.pseudonym import Pseudonyms
from cyplink.settings import load
from cyplink.tables.model import Zone
from tests.rows import rows

CONF = Path(__file__).parents[1] / "conf"
KEY = Pseudonyms(bytes(range(32)))


def written(spark: SparkSession, task: Task, **given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the first table that `task` writes, from rows by the names in its `reads`; a table that is not given is empty."""
    assert not set(given) - set(task.reads)
    with TemporaryDirectory() as folder:
        lake = Lake(dict.fromkeys(Zone, folder), spark)
        for name, those in given.items():
            lake.write(rows(spark, task.reads[name], *those), task.reads[name], {})
        run(lake, task)
        return [dict(row) for row in lake.read_arrow(task.writes[0]).to_pylist()]


def run(lake: Lake, task: Task, truth: str | None = None, **versions: int | None) -> Outcome:
    """Run `task` on the tables as they are, or as they were at the versions given by the names in its `reads`; `truth`: the folder of the truth."""
    pins = {name: lake.pin(table, versions.get(name)) for name, table in task.reads.items()}
    settings = load(CONF, root=Path(lake.path(task.writes[0]))).model_copy(update={"truth": truth})
    return task.run(TaskContext(lake, pins, settings, KEY, {"run_id": "trial"}))
