"""Running a pure job: build, mark, part, bring to the grain, check, write. Every delivered row's fate is counted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import with_withheld_records
from cyplink.job import Job, Outcome
from cyplink.lake import Lake
from cyplink.quality import FATAL, as_quarantined, check_key, conform, mark, split
from cyplink.tables.model import BROKEN_RULES, Table

WITHHELD = "is_withheld"

# By `source/controller`, then `period/file_kind`: {"delivery_id": ..., "usable": n, "kept": n, "withheld": n, "quarantined": {rule: n}}.
Fates = dict[str, dict[str, dict[str, Any]]]


def build_whole(job: Job, lake: Lake, inputs: Mapping[str, Any], metadata: Mapping[str, Any]) -> Outcome:
    """Build the table and replace it in one commit; a job that `compares` writes nothing where nothing changed. Raises TableError on a repeated key; nothing is written then."""
    built = job.build(**inputs)
    if job.writes.marked:
        built = mark(built, job.writes)
    rows = conform(job.keep(built) if job.keep else built, job.writes).persist()
    try:
        total = check_key(rows, job.writes)
        if job.compares and _is_held(lake, rows, job.writes):
            return Outcome(changed=False, rows={job.writes.name: total})
        lake.write(rows, job.writes, metadata)
    finally:
        rows.unpersist()
    return Outcome(changed=True, rows={job.writes.name: total})


def _is_held(lake: Lake, rows: DataFrame, table: Table) -> bool:
    """Whether the table holds these rows and no others; in memory, for small tables."""
    if not lake.exists(table):
        return False
    held, built = lake.read_arrow(table).to_pylist(), (row.asDict(recursive=True) for row in rows.collect())
    return sorted(map(repr, map(_values, held))) == sorted(map(repr, map(_values, built)))


def _values(row: Mapping[str, Any]) -> list[Any]:
    return list(row.values())


def build_slices(
    job: Job, lake: Lake, inputs: Mapping[str, Any], slices: Mapping[str, str], metadata: Mapping[str, Any], errors: DataFrame | None = None,
    withheld: DataFrame | None = None,
) -> Outcome:
    """Rebuild the slices (fingerprint by `source/controller`) and replace them: quarantine first, then the table.

    `errors`: silver.return_error; rows that break a rule of the return are marked with it, or quarantined, as the rule says.
    `withheld`: silver.withheld_record; rows of the records it meets at the door are counted and go no further.

    The table's commit says, for every slice it holds, its fingerprint and the fate of every delivered row, so that a
    run killed between the two commits builds the slices again.
    """
    built = job.build(**inputs)
    marked = mark(with_withheld_records(built, withheld) if withheld is not None else built, job.writes)
    marked = (with_return_errors(marked, errors) if errors is not None else marked).persist()
    rows = None
    try:
        fates = count_fates(marked)
        checked = split(without_withheld(marked))
        kept = job.keep(checked.usable) if job.keep else checked.usable
        rows = conform(kept, job.writes).persist()
        total = check_key(rows, job.writes)
        _count_kept(fates, kept)
        _write_quarantine(lake, job.writes, checked.quarantined, slice_values(job.writes, slices), fates, metadata)
        write_slices(lake, rows, job.writes, slices, metadata, fates)
    finally:
        marked.unpersist()
        if rows is not None:
            rows.unpersist()
    return Outcome(changed=True, rows={job.writes.name: total})


def write_slices(
    lake: Lake, rows: DataFrame, table: Table, slices: Mapping[str, str], metadata: Mapping[str, Any], fates: Mapping[str, Any] | None = None
) -> None:
    """Replace the slices in one commit that says, for each, its fingerprint and the fates of its delivered rows."""
    lake.write(rows, table, _stated(lake, table, slices, fates or {}, metadata), slice_values(table, slices))


def slice_values(table: Table, slices: Iterable[str]) -> list[dict[str, str]]:
    """`source/controller` as the values of the table's slice columns."""
    return [dict(zip(table.slices, name.split("/"), strict=True)) for name in slices]


def with_return_errors(marked: DataFrame, errors: DataFrame) -> DataFrame:
    """Marked rows with the published rules they break among `broken_rules` (`ssda903:101`), and among the fatal ones where the rule quarantines."""
    place = ["delivery_id", "file_kind", "source_row"]
    name = F.concat_ws(":", "source", "rule")
    of_row = errors.groupBy(*place).agg(
        F.array_sort(F.collect_set(name)).alias("_published"),
        F.array_sort(F.collect_set(F.when(F.col("severity") == "quarantine", name))).alias("_fatal"),
    )
    none = F.array().cast("array<string>")
    return marked.join(of_row, place, how="left").withColumns(
        {
            BROKEN_RULES.name: F.array_sort(F.array_distinct(F.concat(F.coalesce(BROKEN_RULES.name, none), F.coalesce("_published", none)))),
            FATAL: F.concat(F.col(FATAL), F.coalesce("_fatal", none)),
        }
    ).drop("_published", "_fatal")


def without_withheld(marked: DataFrame) -> DataFrame:
    """The rows that may be used at all: those the build did not find withheld (DESIGN §3.7)."""
    if WITHHELD not in marked.columns:
        return marked
    return marked.where(~F.coalesce(F.col(WITHHELD), F.lit(False)))


def count_fates(marked: DataFrame) -> Fates:
    """How many of the delivered rows are usable, withheld, or quarantined by which rules."""
    withheld = F.coalesce(F.col(WITHHELD), F.lit(False)) if WITHHELD in marked.columns else F.lit(False)
    fate = F.when(withheld, F.lit(WITHHELD)).otherwise(F.array_join(FATAL, " and "))
    counted = marked.groupBy("source", "controller", "period", "file_kind", fate.alias("fate")).agg(F.count("*").alias("count"), F.max("delivery_id").alias("delivery_id"))
    fates: Fates = {}
    for row in counted.collect():
        of_slice = fates.setdefault(f"{row['source']}/{row['controller']}", {})
        one = of_slice.setdefault(
            f"{row['period']}/{row['file_kind']}", {"delivery_id": row["delivery_id"], "usable": 0, "kept": 0, "withheld": 0, "quarantined": {}}
        )
        if row["fate"] == WITHHELD:
            one["withheld"] += row["count"]
        elif row["fate"]:
            one["quarantined"][row["fate"]] = row["count"]
        else:
            one["usable"] += row["count"]
    return fates


def _count_kept(fates: Fates, kept: DataFrame) -> None:
    """Where `keep` left lineage, the rows it kept are counted; where it accumulated, every usable row is kept."""
    by = ("source", "controller", "period", "file_kind")
    if not set(by) <= set(kept.columns):
        for of_slice in fates.values():
            for one in of_slice.values():
                one["kept"] = one["usable"]
        return
    for row in kept.groupBy(*by).count().collect():
        fates[f"{row['source']}/{row['controller']}"][f"{row['period']}/{row['file_kind']}"]["kept"] = row["count"]


def _write_quarantine(
    lake: Lake, table: Table, quarantined: DataFrame, values: Sequence[Mapping[str, str]], fates: Fates, metadata: Mapping[str, Any]
) -> None:
    """Replace the slices of the quarantine table; nothing is written where there is nothing and never was."""
    anything = any(one["quarantined"] for of_slice in fates.values() for one in of_slice.values())
    if anything or lake.exists(table.quarantine):
        lake.write(conform(as_quarantined(quarantined, table), table.quarantine), table.quarantine, metadata, values)


def _stated(
    lake: Lake, table: Table, slices: Mapping[str, str], fates: Mapping[str, Any], metadata: Mapping[str, Any]
) -> dict[str, Any]:
    """What the commit says: the rebuilt slices, and the others as the last commit stated them."""
    stated = dict(lake.commit_info(table).get("slices", {}))
    for name, value in slices.items():
        stated[name] = {"fingerprint": value, "fates": fates.get(name, {})}
    return {**metadata, "slices": stated}
