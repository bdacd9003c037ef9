"""What payload builds share: lineage on delivered rows, and keeping the last word of rows that are delivered again."""

from collections.abc import Callable, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

LINEAGE = ("controller", "period", "delivery_id", "source_row")


def in_time(period: Column) -> Column:
    """A text by which periods sort as time does (sources/calendar.py)."""
    return F.replace(period, F.lit("-autumn"), F.lit("-z"))


def delivered(source: str, file_kind: str | Column) -> list[Column | str]:
    """Columns that say which delivered row a built row is of."""
    return [F.lit(source).alias("source"), F.lit(file_kind).alias("file_kind"), *LINEAGE]


def last_word(*key: str) -> Callable[[DataFrame], DataFrame]:
    """Keep, of the rows of each key, that of the latest period; ties by delivery and row, so never by order of arrival."""
    return lambda rows: _last(rows, key)


def _last(rows: DataFrame, key: Sequence[str]) -> DataFrame:
    order = Window.partitionBy(*key).orderBy(in_time(F.col("period")).desc(), F.desc("delivery_id"), F.desc("source_row"))
    return rows.withColumns({"_place": F.row_number().over(order)}).where("_place = 1").drop("_place")
