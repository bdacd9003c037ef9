"""Running one silver job on a few delivered rows as the flow would: build, check, set aside, bring to the grain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import MapType

from cyplink.build import build_slices, build_whole
from cyplink.job import Job
from cyplink.lake import Lake
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.tables import silver
from cyplink.tables.model import Severity, Table, Zone
from tests.rows import rows

KEY = Pseudonyms(bytes(range(32)))

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Fate:
    """What became of the delivered rows: rows of the table, rows set aside, and how many were withheld."""

    kept: list[dict[str, Any]]
    quarantined: list[dict[str, Any]]
    withheld: int

    def only(self, **values: Any) -> dict[str, Any]:
        """The one kept row that has these values."""
        (found,) = (row for row in self.kept if all(row[name] == value for name, value in values.items()))
        return found


def delivered(controller: str, period: str, *given: Row) -> list[Row]:
    """Rows of one file as bronze holds them: with controller, period, delivery and row number."""
    lineage = {"controller": controller, "period": period, "delivery_id": f"{controller}-{period}"}
    return [{**lineage, "source_row": place, **row} for place, row in enumerate(given, start=1)]


def fate(spark: SparkSession, job: Job, met: Iterable[Row] = (), **given: Iterable[Row]) -> Fate:
    """Run `job` on rows by the names in its `reads`; a table that is not given is empty. `met`: rows of silver.withheld_record."""
    assert not set(given) - set(job.reads)
    with TemporaryDirectory() as folder:
        lake = Lake(dict.fromkeys(Zone, folder), spark)
        made: dict[str, Any] = {name: rows(spark, table, *given.get(name, ())) for name, table in job.reads.items()}
        inputs = {name: files_of(Path(folder) / name, table, given.get(name, ())) for name, table in job.reads.items()} if job.selects else made
        if job.uses_key:
            inputs["pseudonyms"] = KEY
        slices = {
            f"{source}/{row['controller']}": "print" for name, table in job.reads.items() if (source := _source(table)) for row in given.get(name, ())
        }
        if not job.writes.slices:
            build_whole(job, lake, inputs, {})
            return Fate(_kept(lake, job.writes), [], 0)
        lake.write(rows(spark, silver.WITHHELD_RECORD, *met), silver.WITHHELD_RECORD, {})
        build_slices(job, lake, inputs, slices, {}, withheld=lake.pin(silver.WITHHELD_RECORD))
        fates = lake.commit_info(job.writes)["slices"].values()
        withheld = sum(one["withheld"] for of_slice in fates for one in of_slice["fates"].values())
        return Fate(_kept(lake, job.writes), [_set_aside(row, job.writes) for row in lake.read_arrow(job.writes.quarantine).to_pylist()], withheld)


def files_of(folder: Path, table: Table, given: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    """Files of the rows by controller, or of a table that is not delivered under no name, as a run would find them."""
    folder.mkdir()
    by_controller: dict[str, list[Row]] = {}
    for row in given:
        by_controller.setdefault(row["controller"] if _source(table) else "", []).append(row)
    schema = pa.schema([field.with_nullable(True) for field in to_arrow_schema(table.schema)])
    found = {}
    for name, mine in by_controller.items():
        path = folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist([{field.name: row.get(field.name) for field in schema} for row in mine], schema), path)
        found[name] = (str(path),)
    return found


def _source(table: Table) -> str:
    """The source a bronze table is of."""
    return next((kind.source for source in SOURCES.values() for kind in source.file_kinds if kind.bronze.name == table.name), "")


def _set_aside(row: dict[str, Any], table: Table) -> dict[str, Any]:
    """A row of the quarantine with its values as columns, as text, and those of its rules that keep it out of the table."""
    fatal = [rule.name for rule in table.rules if rule.severity is Severity.QUARANTINE]
    return {**dict(row.pop("values")), **row, "fatal_rules": [name for name in fatal if name in row["broken_rules"]]}


def _kept(lake: Lake, table: Table) -> list[dict[str, Any]]:
    """The rows of the table, maps as dictionaries."""
    maps = [column.name for column in table.columns if isinstance(column.type, MapType)]
    rows = lake.read_arrow(table).to_pylist()
    return [{**row, **{name: dict(row[name]) for name in maps if row[name] is not None}} for row in rows]
