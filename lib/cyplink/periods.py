"""Periods of days: `from_on` and `to_on`, both included; no `to_on` means not ended."""

from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

FOR_EVER = date(9000, 1, 1)  # stands in for an end that has not come; leaves room for a day after it


def merge(periods: DataFrame, *by: str, keep: tuple[Column, ...] = ()) -> DataFrame:
    """One row per `by` and unbroken period: overlapping and adjoining periods become one.

    keep: aggregates, named, over the periods that became one. A period that ends before it begins is left out.
    """
    end = F.coalesce("to_on", F.lit(FOR_EVER))
    in_order = Window.partitionBy(*by).orderBy("from_on", end)
    end_so_far = F.max(end).over(in_order.rowsBetween(Window.unboundedPreceding, -1))
    begins_anew = end_so_far.isNull() | (F.col("from_on") > F.date_add(end_so_far, 1))
    return (
        periods.where(end >= F.col("from_on"))
        .withColumns({"begins_anew": begins_anew.cast("int"), "end": end})
        .withColumns({"run": F.sum("begins_anew").over(in_order.rowsBetween(Window.unboundedPreceding, 0))})
        .groupBy(*by, "run")
        .agg(F.min("from_on").alias("from_on"), F.max("end").alias("end"), *keep)
        .withColumns({"to_on": F.when(F.col("end") < FOR_EVER, F.col("end"))})
        .drop("run", "end")
    )


def overlap(left: DataFrame, right: DataFrame, *by: str) -> DataFrame:
    """Where a period of `left` and one of `right` (same `by`) overlap: the days they share, other columns of both."""
    a, b = left.alias("a"), right.alias("b")
    end = F.least(F.coalesce("a.to_on", F.lit(FOR_EVER)), F.coalesce("b.to_on", F.lit(FOR_EVER)))
    start = F.greatest("a.from_on", "b.from_on")
    others = [F.col(f"{side}.{name}") for side, rows in (("a", left), ("b", right)) for name in rows.columns
              if name not in (*by, "from_on", "to_on")]
    return a.join(b, list(by), how="inner").where(start <= end).select(
        *by, *others, start.alias("from_on"), F.when(end < FOR_EVER, end).alias("to_on")
    )
