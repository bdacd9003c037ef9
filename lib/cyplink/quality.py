"""Check rows against their table's declaration. Mark first, decide after; messages carry counts, never values."""

from dataclasses import dataclass

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.tables.model import BROKEN_RULES, LINEAGE, Rule, Severity, Table, TableError

LINEAGE_NAMES = tuple(column.name for column in LINEAGE)
FATAL = "fatal_rules"


@dataclass(frozen=True)
class Checked:
    """Delivered rows parted by the rules: `usable` in the built shape plus broken_rules, `quarantined` likewise."""

    usable: DataFrame
    quarantined: DataFrame


def mark(rows: DataFrame, table: Table) -> DataFrame:
    """The rows with `broken_rules` (every rule they break, adding to what the build marked) and `fatal_rules`.

    Rules of columns that only `keep` adds wait for the key check; a row rule may name helper columns of the build.
    """
    columns = [rule for column in table.columns if column.name in rows.columns for rule in column.rules()]
    rules = (*columns, *table.row_rules)
    built = F.col(BROKEN_RULES.name) if BROKEN_RULES.name in rows.columns else F.array().cast("array<string>")
    fatal = [F.lit(rule.name) for rule in rules if rule.severity is Severity.QUARANTINE]
    marked = rows.withColumns({"_newly_broken": _broken(rules)}).withColumns(
        {
            BROKEN_RULES.name: F.array_sort(F.array_distinct(F.concat(built, "_newly_broken"))),
            FATAL: F.array_intersect("_newly_broken", F.array(*fatal).cast("array<string>")),
        }
    ).drop("_newly_broken")
    return marked


def split(marked: DataFrame) -> Checked:
    """Marked rows parted into the usable and the quarantined."""
    is_unusable = F.size(FATAL) > 0
    return Checked(usable=marked.where(~is_unusable), quarantined=marked.where(is_unusable))


def conform(rows: DataFrame, table: Table) -> DataFrame:
    """Exactly the declared columns, in order, with the declared types and comments.

    Raises TableError naming every declared column the rows lack.
    """
    if missing := set(table.schema.names) - set(rows.columns):
        raise TableError(f"{table.name}: the build returned no {', '.join(sorted(missing))}; add them to its closing select.")
    return rows.select(
        [F.col(f.name).cast(f.dataType).alias(f.name, metadata=f.metadata) for f in table.schema]
    )


def as_quarantined(rows: DataFrame, table: Table) -> DataFrame:
    """Quarantined rows in the shape of `table.quarantine`: lineage, every other value as text, the rules broken."""
    values = [name for name in rows.columns if name not in (*LINEAGE_NAMES, BROKEN_RULES.name, FATAL)]
    as_text = F.map_filter(
        F.create_map(*(part for name in values for part in (F.lit(name), _as_text(rows, name)))),
        lambda _, value: value.isNotNull(),
    )
    return rows.select(
        *(F.col(name) if name in rows.columns else F.lit(None).cast("string").alias(name) for name in LINEAGE_NAMES),
        as_text.alias("values"),
        F.col(BROKEN_RULES.name),
    )


def check_key(rows: DataFrame, table: Table) -> int:
    """How many rows there are. Raises TableError when a key occurs more than once or is missing."""
    is_incomplete = F.greatest(*(F.col(name).isNull() for name in table.key), F.lit(False))
    found = (
        rows.groupBy(*table.key).agg(F.count("*").alias("rows"), F.max(is_incomplete).alias("is_incomplete"))
        .agg(F.sum("rows"), F.count_if(F.col("rows") > 1), F.count_if("is_incomplete"))
        .first()
    )
    total, repeated, incomplete = (int(value or 0) for value in (found or (0, 0, 0)))
    if repeated or incomplete:
        raise TableError(
            f"{table.name}: {repeated} keys occur more than once and {incomplete} have an empty part, where the grain is "
            f"{table.grain} (key {', '.join(table.key)}). Nothing was written; mend the job's build or keep."
        )
    return total


def _broken(rules: "list[Rule] | tuple[Rule, ...]") -> SparkColumn:
    names = [F.when(~F.expr(rule.condition), F.lit(rule.name)) for rule in rules]
    return F.array_compact(F.array(*names)) if names else F.array().cast("array<string>")


def _as_text(rows: DataFrame, name: str) -> SparkColumn:
    simple = not rows.schema[name].dataType.simpleString().startswith(("array", "map", "struct"))
    return F.col(name).cast("string") if simple else F.to_json(name)
