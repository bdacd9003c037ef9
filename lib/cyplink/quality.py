"""Check rows against their table's declaration. Mark first, decide after; messages carry counts, never values."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.settling import BETWEEN_RULES, NEWLY_BROKEN, check_columns
from cyplink.tables.model import BROKEN_RULES, Table


def mark(rows: DataFrame, table: Table) -> DataFrame:
    """The rows with `newly_broken`: the names of the rules they break, in the order of declaration, BETWEEN_RULES between them.

    Rules of columns that only `keep` adds wait for the key check; a row rule may name helper columns of the build. One text, not an
    array: Spark 4.2 looks its settings up anew for every array it opens, which costs more than all else done to a row.
    """
    columns = [rule for column in table.columns if column.name in rows.columns for rule in column.rules()]
    names = [F.when(~F.expr(rule.condition), F.lit(rule.name)) for rule in (*columns, *table.row_rules)]
    return rows.withColumns({NEWLY_BROKEN: F.concat_ws(BETWEEN_RULES, *names)})


def as_listed(marked: DataFrame) -> DataFrame:
    """Marked rows with `broken_rules` as the array that tables have, adding to what the build marked."""
    none = F.array().cast("array<string>")
    listed = F.when(F.col(NEWLY_BROKEN) == "", none).otherwise(F.split(NEWLY_BROKEN, f"[{BETWEEN_RULES}]"))
    if BROKEN_RULES.name in marked.columns:
        listed = F.array_distinct(F.concat(F.coalesce(BROKEN_RULES.name, none), listed))
    listed = F.array_sort(listed)
    return marked.withColumns({BROKEN_RULES.name: listed}).drop(NEWLY_BROKEN)


def conform(rows: DataFrame, table: Table) -> DataFrame:
    """Exactly the declared columns, in order, with the declared types and comments.

    Raises TableError naming every declared column the rows lack.
    """
    check_columns(table, set(rows.columns))
    return rows.select(
        [F.col(f.name).cast(f.dataType).alias(f.name, metadata=f.metadata) for f in table.schema]
    )
