"""Running a pure job: build, mark, bring to the grain, check, write. Every delivered row's fate is counted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cyplink.job import Job, Outcome
from cyplink.lake import Lake, Pin, WrittenFile, check_unique, files_at, refuse_keys
from cyplink.quality import conform, mark
from cyplink.settling import EVERY_ROW, Selected, Settled, Slice, columns_of, settle
from cyplink.tables.model import Table


def build_whole(job: Job, lake: Lake, inputs: Mapping[str, Any], metadata: Mapping[str, Any]) -> Outcome:
    """Build the table and replace it in one commit. Raises TableError on a repeated key; nothing is committed then."""
    assert job.build is not None, "slices are selected, whole tables are not"
    built = job.build(**inputs)
    if job.writes.marked:
        built = mark(built, job.writes)
    before = lake.version(job.writes)
    after = lake.write(conform(built, job.writes), job.writes, metadata)
    return Outcome(changed=after != before, rows={job.writes.name: lake.rows(job.writes)})


def build_slices(
    job: Job, lake: Lake, inputs: Mapping[str, Any], slices: Mapping[str, str], metadata: Mapping[str, Any], errors: Pin | None = None,
    withheld: Pin | None = None,
) -> Outcome:
    """Rebuild the slices (fingerprint by `source/controller`) and replace them: the quarantine and the table beside first, then the table.

    `errors`: silver.return_error; rows that break a rule of the return are marked with it, or quarantined, as the rule says. `withheld`:
    silver.withheld_record; rows of the records it meets at the door are counted and go no further. The table's commit says, for every
    slice it holds, its fingerprint and the fate of every delivered row, so that a run killed between the commits builds the slices again.
    Raises TableError on a repeated key; nothing is committed then.
    """
    table = job.writes
    settled = _settle_all(job, lake, inputs, slices, errors, withheld)
    refuse_keys(table, sum(one.repeated for one in settled), sum(one.incomplete for one in settled))
    rows, aside, second = ([file for one in settled if (file := getattr(one, name))] for name in ("rows", "set_aside", "beside"))
    check_unique(lake.path(table), rows, table)
    if aside or lake.exists(table.quarantine):
        lake.exchange(table.quarantine, aside, in_slices(slices), metadata)
    if job.beside:
        check_unique(lake.path(job.beside[0]), second, job.beside[0])
        lake.exchange(job.beside[0], second, in_slices(slices), metadata)
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


def _selected(job: Job, inputs: Mapping[str, Any], name: str) -> tuple[int, Selected]:
    """What the slice's task selects from: of bronze its own controller's files, of other tables all; and how many bytes the delivered ones have."""
    source, controller = name.split("/")
    select, tables, size = job.selects[source], {}, 0
    for read, table in job.reads.items():
        if re.search(rf"\b{read}\b", select):
            is_delivered = table.layer == "bronze"
            files = tuple(inputs[read].get(controller if is_delivered else "", ()))
            tables[read] = (files, columns_of(table), is_delivered)
            size += sum(Path(file).stat().st_size for file in files) if is_delivered else 0
    return size, Selected(select, tables, inputs.get("pseudonyms"))


def _settle_all(job: Job, lake: Lake, inputs: Mapping[str, Any], slices: Mapping[str, str], errors: Pin | None, withheld: Pin | None) -> list[Settled]:
    """Every slice settled in a task of its own, the biggest first."""
    table, keep, apart, beside = job.writes, job.keep or EVERY_ROW, job.apart, job.beside
    found = files_at(errors) if errors else []
    met = tuple(files_at(withheld)) if withheld else ()
    spark = lake.spark.sparkContext
    threads = max(1, spark.defaultParallelism // max(len(slices), 1))
    for written in job.all_written:
        lake.create(written)
    folders = lake.path(table), lake.path(table.quarantine), lake.path(beside[0]) if beside else ""
    orders = []
    for name in slices:
        size, delivered = _selected(job, inputs, name)
        of_slice = tuple(file for file in found if Path(file).name.startswith(f"{name.replace('/', '-')}-"))
        source, controller = name.split("/")
        orders.append((-size, name, Slice(source, controller, delivered, *folders, of_slice, met, threads)))
    parts = [one for _, _, one in sorted(orders, key=lambda order: order[:2])]
    return list(spark.parallelize(parts, max(len(parts), 1)).map(lambda one: settle(one, table, keep, apart, beside)).collect())


def _stated(
    lake: Lake, table: Table, slices: Mapping[str, str], fates: Mapping[str, Any], metadata: Mapping[str, Any]
) -> dict[str, Any]:
    """What the commit says: the rebuilt slices, and the others as the last commit stated them."""
    stated = dict(lake.commit_info(table).get("slices", {}))
    for name, value in slices.items():
        stated[name] = {"fingerprint": value, "fates": fates.get(name, {})}
    return {**metadata, "slices": stated}
