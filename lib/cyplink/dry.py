"""A dry run: every build is analysed against empty tables made from the declarations, so that a missing column or a
wrong type is found without data; Spark analyses a plan as it is built. A task is checked as far as it can check itself."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from cyplink.bronze import BronzeJob
from cyplink.delivery import find_deliveries
from cyplink.flow import FlowError, Step
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.quality import conform, mark
from cyplink.settings import Settings
from cyplink.settling import EVERY_ROW, Selected, check_columns, columns_kept, columns_of
from cyplink.tables.model import Table, TableError


def analyse(steps: Iterable[Step], settings: Settings, spark: SparkSession) -> list[tuple[str, str]]:
    """What each step would do, by name. Raises FlowError naming every build that cannot be analysed."""
    findings, faults = [], []
    for step in steps:
        try:
            findings.append((step.name, _finding(step, settings, spark)))
        except (PySparkException, TableError, duckdb.Error) as error:
            condition = getattr(error, "getCondition", lambda: None)() or str(error)
            faults.append(f"{step.name}: {condition}")
    if faults:
        raise FlowError(f"{len(faults)} builds cannot be analysed: {'; '.join(faults)}.")
    return findings


def _finding(step: Step, settings: Settings, spark: SparkSession) -> str:
    job = step.job
    if isinstance(job, BronzeJob):
        landing = Path(settings.zones.landing)
        mine = find_deliveries(landing, job.source.name).deliveries if landing.is_dir() else ()
        return f"look at {len(mine)} deliveries and land the new ones"
    if not isinstance(job, Job):
        if job.check:
            job.check()
        return f"write {', '.join(table.name for table in step.writes)} from {len(job.reads)} tables"
    if job.build is None:
        check_selects(job)
        return f"write {job.writes.name} ({len(job.writes.schema)} columns) from {len(job.reads)} tables"
    made = job.build(**_empty_inputs(job, settings, spark))
    conform(mark(made, job.writes) if job.writes.marked else made, job.writes)
    return f"write {job.writes.name} ({len(job.writes.schema)} columns) from {len(job.reads)} tables"


def check_selects(job: Job) -> None:
    """Bind each SELECT to empty tables. Raises duckdb.Error when one cannot be, and TableError naming every declared column it lacks, or every
    table that is given and named by none."""
    empty = {name: ((), columns_of(table), table.layer == "bronze") for name, table in job.reads.items()}
    pseudonyms = Pseudonyms(b"\0" * 32) if job.uses_key else None
    for select in job.selects.values():
        check_columns(job.writes, columns_kept(Selected(select, empty, pseudonyms), job.writes, job.keep or EVERY_ROW, job.beside))
    if unread := [name for name in job.reads if not any(re.search(rf"\b{name}\b", select) for select in job.selects.values())]:
        raise TableError(f"{job.writes.name}: no SELECT names {', '.join(unread)}; take them out of what the job reads.")


def _empty_inputs(job: Job, settings: Settings, spark: SparkSession) -> dict[str, Any]:
    inputs: dict[str, Any] = {name: _empty(table, spark) for name, table in job.reads.items()}
    inputs |= {name: settings.section(name) for name in job.uses}
    if job.uses_key:
        inputs["pseudonyms"] = Pseudonyms(b"\0" * 32)
    return inputs


def _empty(table: Table, spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([], table.schema)
