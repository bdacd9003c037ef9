"""Check rows against their table's declaration. Mark first, decide after; messages carry counts, never values."""

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.settling import FATAL, check_columns
from cyplink.tables.model import BROKEN_RULES, Rule, Severity, Table


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


def conform(rows: DataFrame, table: Table) -> DataFrame:
    """Exactly the declared columns, in order, with the declared types and comments.

    Raises TableError naming every declared column the rows lack.
    """
    check_columns(table, set(rows.columns))
    return rows.select(
        [F.col(f.name).cast(f.dataType).alias(f.name, metadata=f.metadata) for f in table.schema]
    )


def _broken(rules: "list[Rule] | tuple[Rule, ...]") -> SparkColumn:
    names = [F.when(~F.expr(rule.condition), F.lit(rule.name)) for rule in rules]
    return F.array_compact(F.array(*names)) if names else F.array().cast("array<string>")
