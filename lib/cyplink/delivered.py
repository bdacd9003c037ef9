"""What payload builds share: lineage on delivered rows, and keeping the last word of rows that are delivered again."""

from collections.abc import Callable, Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cyplink.tables.model import BROKEN_RULES

FOLDED = "_folded"
"""Which delivered rows a kept row is made of, where of several: an array of (source, controller, period, file_kind)."""

LINEAGE = ("controller", "period", "delivery_id", "source_row")


def delivered(source: str, file_kind: str) -> list[Column | str]:
    """Columns that say which delivered row a built row is of."""
    return [F.lit(source).alias("source"), F.lit(file_kind).alias("file_kind"), *LINEAGE]


def last_word(*key: str) -> Callable[[DataFrame], DataFrame]:
    """Keep, of the rows of each key, that of the latest period; ties by delivery and row, so never by order of arrival."""
    return lambda rows: _last(rows, key)


def _last(rows: DataFrame, key: Sequence[str]) -> DataFrame:
    order = Window.partitionBy(*key).orderBy(F.desc("period"), F.desc("delivery_id"), F.desc("source_row"))
    return rows.withColumns({"_place": F.row_number().over(order)}).where("_place = 1").drop("_place")


def folded(*key: str, of: str, lists: Mapping[str, str]) -> Callable[[DataFrame], DataFrame]:
    """Keep one row per key: the last word of its rows of file kind `of`, with what its rows of other kinds add.

    `lists`: by column of the table, the column of those other rows whose distinct values it gathers, in order. Rows of one kind and key
    are told apart by `part`. A key that has rows of other kinds only has their last word, so that nothing is dropped.
    """
    return lambda rows: _folded(rows, key, of, lists)


def _folded(rows: DataFrame, key: Sequence[str], of: str, lists: Mapping[str, str]) -> DataFrame:
    # Laid out by the key once: the last words and the gathering both find their rows together.
    last = _last(rows.repartition(*key), (*key, "file_kind", "part"))
    own = [name for name in rows.columns if name not in (*key, *lists.values(), "part", BROKEN_RULES.name)]
    order = F.struct(F.col("file_kind") == of, "period", "delivery_id", "source_row")
    gathered = {name: F.array_sort(F.collect_set(column)) for name, column in lists.items()}
    return last.groupBy(*key).agg(
        F.max_by(F.struct(*own), order).alias("_own"),
        *(values.alias(name) for name, values in gathered.items()),
        F.array_sort(F.array_distinct(F.flatten(F.collect_list(BROKEN_RULES.name)))).alias(BROKEN_RULES.name),
        F.collect_list(F.struct("source", "controller", "period", "file_kind")).alias(FOLDED),
    ).select(*key, "_own.*", *lists, BROKEN_RULES.name, FOLDED)
