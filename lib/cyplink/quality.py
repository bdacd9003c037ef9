"""Check rows of whole tables that Spark makes against their declaration (others: settling, selected). Mark first, decide after."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.settling import check_columns
from cyplink.tables.model import BROKEN_RULES, Table

BETWEEN_RULES = "|"


def mark(rows: DataFrame, table: Table) -> DataFrame:
    """The rows with `broken_rules`, adding the names of the rules they break to what the build marked; sorted.

    A row rule may name helper columns of the build. By way of one text: Spark 4.2 looks its settings up anew for every array it opens,
    which costs more than all else done to a row.
    """
    newly = F.concat_ws(BETWEEN_RULES, *(F.when(~F.expr(rule.condition), F.lit(rule.name)) for rule in table.rules))
    none = F.array().cast("array<string>")
    listed = F.when(newly == "", none).otherwise(F.split(newly, f"[{BETWEEN_RULES}]"))
    if BROKEN_RULES.name in rows.columns:
        listed = F.array_distinct(F.concat(F.coalesce(BROKEN_RULES.name, none), listed))
    return rows.withColumns({BROKEN_RULES.name: F.array_sort(listed)})


def conform(rows: DataFrame, table: Table) -> DataFrame:
    """Exactly the declared columns, in order, with the declared types and comments.

    Raises TableError naming every declared column the rows lack.
    """
    check_columns(table, set(rows.columns))
    return rows.select(
        [F.col(f.name).cast(f.dataType).alias(f.name, metadata=f.metadata) for f in table.schema]
    )
