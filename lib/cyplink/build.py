"""Running a pure job: build, mark, bring to the grain, check, write. Every delivered row's fate is counted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame

from cyplink.job import Job, Outcome
from cyplink.lake import Lake, Pin, WrittenFile, check_unique, files_at, refuse_keys
from cyplink.quality import conform, mark
from cyplink.settling import EVERY_ROW, Selected, Settled, Slice, Staged, columns_of, settle
from cyplink.tables.model import Table, TableError


def build_whole(job: Job, lake: Lake, inputs: Mapping[str, Any], metadata: Mapping[str, Any]) -> Outcome:
    """Build the table and replace it in one commit; a job that `compares` commits nothing where nothing changed. Raises TableError on a
    repeated key; nothing is committed then."""
    assert job.build is not None, "slices are selected, whole tables are not"
    built = job.build(**inputs)
    assert isinstance(built, DataFrame), "a table that is replaced whole is built in one"
    if job.writes.marked:
        built = mark(built, job.writes)
    rows = conform(built, job.writes)
    before = lake.version(job.writes)
    # In one file in order of the key the same rows are the same bytes, which the lake knows.
    after = lake.write(rows.coalesce(1).sortWithinPartitions(*job.writes.key) if job.compares else rows, job.writes, metadata, always=not job.compares)
    return Outcome(changed=after != before, rows={job.writes.name: lake.rows(job.writes)})


def build_slices(
    job: Job, lake: Lake, inputs: Mapping[str, Any], slices: Mapping[str, str], metadata: Mapping[str, Any], errors: Pin | None = None,
    withheld: Pin | None = None,
) -> Outcome:
    """Rebuild the slices (fingerprint by `source/controller`) and replace them: quarantine first, then the table.

    `errors`: silver.return_error; rows that break a rule of the return are marked with it, or quarantined, as the rule says. `withheld`:
    silver.withheld_record; rows of the records it meets at the door are counted and go no further. The table's commit says, for every slice it holds, its fingerprint and the fate of every delivered row, so that a run killed between the two
    commits builds the slices again. Raises TableError on a repeated key; nothing is committed then.
    """
    table = job.writes
    if job.selects:
        settled = _settle_all(lake, table, job, _selected(job, lake, inputs, slices), errors, withheld)
    else:
        assert job.build is not None
        built = job.build(**inputs)
        parts = built if isinstance(built, list) else [built]
        with lake.staged(table, *parts, by=table.slices) as staged:
            settled = _settle_all(lake, table, job, _staged(table, slices, staged, columns_of(part.schema for part in parts)), errors, withheld)
    refuse_keys(table, sum(one.repeated for one in settled), sum(one.incomplete for one in settled))
    rows, aside = [one.rows for one in settled if one.rows], [one.set_aside for one in settled if one.set_aside]
    check_unique(lake.path(table), rows, table)
    if aside or lake.exists(table.quarantine):
        lake.exchange(table.quarantine, aside, in_slices(slices), metadata)
    write_slices(lake, table, rows, slices, metadata, {one.name: one.fates for one in settled if one.fates})
    return Outcome(changed=True, rows={table.name: sum(file.rows for file in rows)})


def write_slices(
    lake: Lake, table: Table, files: Sequence[WrittenFile], slices: Mapping[str, str], metadata: Mapping[str, Any], fates: Mapping[str, Any] | None = None
) -> None:
    """Replace the slices in one commit that says, for each, its fingerprint and the fates of its delivered rows."""
    lake.exchange(table, files, in_slices(slices), _stated(lake, table, slices, fates or {}, metadata))


class in_slices:
    """Whether a file, by its name, is of one of the slices (`source/controller`); so is one that names no slice."""

    def __init__(self, slices: Iterable[str]) -> None:
        self._prefixes = tuple(f"{name.replace('/', '-')}-" for name in slices)

    def __call__(self, file: str) -> bool:
        return file.startswith(self._prefixes) or file.count("-") != 2


Rows = dict[str, tuple[int, Staged | Selected]]
"""By slice: how many bytes its rows take, and the rows."""


def _staged(table: Table, slices: Mapping[str, str], staged: str, columns: Mapping[str, str]) -> Rows:
    """Rows that Spark staged in a folder for each slice."""
    found: Rows = {}
    for name in slices:
        values = dict(zip(table.slices, name.split("/"), strict=True))
        folder = Path(staged, *(f"{column}={values[column]}" for column in table.slices[:2]))
        size = sum(path.stat().st_size for path in folder.glob("*.parquet")) if folder.exists() else 0
        found[name] = (size, Staged(str(folder), columns))
    outside = {str(folder) for folder in Path(staged).glob("*/*") if folder.is_dir()} - {one.folder for _, one in found.values() if isinstance(one, Staged)}
    if outside:
        raise TableError(f"{table.name}: rows of {len(outside)} slices lie outside the {len(slices)} being replaced; the build reads too much.")
    return found


def _selected(job: Job, lake: Lake, inputs: Mapping[str, Any], slices: Mapping[str, str]) -> Rows:
    """Rows that each slice's task selects from its files: of bronze its own controller's, of other tables all."""
    found: Rows = {}
    for name in slices:
        source, controller = name.split("/")
        select, tables, size = job.selects[source], {}, 0
        for read, table in job.reads.items():
            if re.search(rf"\b{read}\b", select):
                files, is_delivered = inputs[read].get(controller, ()), table.layer == "bronze"
                files = files if is_delivered else inputs[read].get("", ())
                tables[read] = (tuple(files), columns_of([table.schema]), is_delivered)
                size += sum(Path(file).stat().st_size for file in files) if is_delivered else 0
        found[name] = (size, Selected(select, tables, inputs.get("pseudonyms")))
    return found


def _settle_all(lake: Lake, table: Table, job: Job, rows: Rows, errors: Pin | None, withheld: Pin | None) -> list[Settled]:
    """Every slice settled in a task of its own, the biggest first."""
    found = files_at(errors) if errors else []
    met = tuple(files_at(withheld)) if withheld else ()
    spark = lake.spark.sparkContext
    keep, apart, threads = job.keep or EVERY_ROW, job.apart, max(1, spark.defaultParallelism // max(len(rows), 1))
    orders = []
    for name, (size, delivered) in rows.items():
        of_slice = tuple(file for file in found if Path(file).name.startswith(f"{name.replace('/', '-')}-"))
        source, controller = name.split("/")
        orders.append((-size, name, Slice(source, controller, delivered, lake.path(table), lake.path(table.quarantine), of_slice, met, threads)))
    lake.create(table)
    parts = [one for _, _, one in sorted(orders, key=lambda order: order[:2])]
    return list(spark.parallelize(parts, max(len(parts), 1)).map(lambda one: settle(one, table, keep, apart)).collect())


def _stated(
    lake: Lake, table: Table, slices: Mapping[str, str], fates: Mapping[str, Any], metadata: Mapping[str, Any]
) -> dict[str, Any]:
    """What the commit says: the rebuilt slices, and the others as the last commit stated them."""
    stated = dict(lake.commit_info(table).get("slices", {}))
    for name, value in slices.items():
        stated[name] = {"fingerprint": value, "fates": fates.get(name, {})}
    return {**metadata, "slices": stated}
