"""Running one silver job on a few delivered rows as the flow would: build, check, set aside, bring to the grain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import MapType

from cyplink.build import build_slices
from cyplink.job import Job, Task
from cyplink.lake import Lake
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.tables import silver
from cyplink.tables.bronze import DELIVERY_FILE
from cyplink.tables.model import Severity, Table, Zone
from tests.rows import rows
from tests.tasks import run

KEY = Pseudonyms(bytes(range(32)))

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Fate:
    """What became of the delivered rows: rows of the table, rows set aside, how many were withheld, and rows of the table beside."""

    kept: list[dict[str, Any]]
    quarantined: list[dict[str, Any]]
    withheld: int
    beside: list[dict[str, Any]] = field(default_factory=list)

    def only(self, **values: Any) -> dict[str, Any]:
        """The one kept row that has these values."""
        (found,) = (row for row in self.kept if all(row[name] == value for name, value in values.items()))
        return found


def delivered(controller: str, period: str, *given: Row) -> list[Row]:
    """Rows of one file as bronze holds them: with controller, period, delivery and row number."""
    lineage = {"controller": controller, "period": period, "delivery_id": f"{controller}-{period}"}
    return [{**lineage, "source_row": place, **row} for place, row in enumerate(given, start=1)]


def fate(spark: SparkSession, job: Job | Task, met: Iterable[Row] = (), **given: Iterable[Row]) -> Fate:
    """Run `job` on rows by the names in its `reads`; a table that is not given is empty. `met`: rows of silver.withheld_record."""
    assert not set(given) - set(job.reads)
    with TemporaryDirectory() as folder:
        lake = Lake(dict.fromkeys(Zone, folder), spark)
        if isinstance(job, Task):
            run(landed(lake, job, given), job)
            return Fate(_kept(lake, job.writes[0]), [], 0)
        inputs: dict[str, Any] = {name: files_of(Path(folder) / name, table, given.get(name, ())) for name, table in job.reads.items()}
        if job.uses_key:
            inputs["pseudonyms"] = KEY
        slices = {
            f"{source}/{row['controller']}": "print" for name, table in job.reads.items() if (source := _source(table)) for row in given.get(name, ())
        }
        lake.write(rows(spark, silver.WITHHELD_RECORD, *met), silver.WITHHELD_RECORD, {})
        build_slices(job, lake, inputs, slices, {}, withheld=lake.pin(silver.WITHHELD_RECORD))
        fates = lake.commit_info(job.writes)["slices"].values()
        withheld = sum(one["withheld"] for of_slice in fates for one in of_slice["fates"].values())
        beside = _kept(lake, job.beside[0]) if job.beside else []
        return Fate(_kept(lake, job.writes), [_set_aside(row, job.writes) for row in lake.read_arrow(job.writes.quarantine).to_pylist()], withheld, beside)


def landed(lake: Lake, job: Task, given: Mapping[str, Iterable[Row]]) -> Lake:
    """The lake with the rows: delivered ones as files of deliveries that the registry knows, others as tables."""
    known = []
    for name, table in job.reads.items():
        source, those = _source(table), list(given.get(name, ()))
        if not source:
            lake.write(rows(lake.spark, table, *those), table, {})
        for delivery in {(row["controller"], row["period"], row["delivery_id"]) for row in those if source}:
            mine = [row for row in those if row["delivery_id"] == delivery[2]]
            controller, period, stated = delivery
            whose = {"source": source, "controller": controller, "period": period, "delivery_id": stated.replace("-", ""), "delivery_version": 1}
            made = pa.Table.from_pylist([{**row, "delivery_id": whose["delivery_id"]} for row in mine], _schema(table))
            lake.append(table, made, f"{whose['delivery_id']}-{name}", {})
            known.append({**whose, "file_name": name, "file_kind": table.name.partition(f"{source}_")[2], "status": "accepted"})
    if known:
        lake.append(DELIVERY_FILE, pa.Table.from_pylist(known, _schema(DELIVERY_FILE)), "known", {})
    return lake


def _schema(table: Table) -> pa.Schema:
    return pa.schema([field.with_nullable(True) for field in to_arrow_schema(table.schema)])


def files_of(folder: Path, table: Table, given: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    """Files of the rows by controller, or of a table that is not delivered under no name, as a run would find them."""
    folder.mkdir()
    by_controller: dict[str, list[Row]] = {}
    for row in given:
        by_controller.setdefault(row["controller"] if _source(table) else "", []).append(row)
    schema = _schema(table)
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
