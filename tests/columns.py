"""Column functions over many values at once: one DataFrame, one Spark job, whatever the number of values."""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

Rewrite = Callable[[Column], Column]

# A batch is a long list of values; few batches, each one Spark job. Shrinking would be one Spark job per step: left out.
batches = settings(
    max_examples=3, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)


def many(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """A batch of them."""
    return st.lists(values, min_size=80, max_size=160)


def applied(spark: SparkSession, values: Sequence[Any], *functions: Rewrite, kind: str = "string") -> list[tuple[Any, ...]]:
    """What each function makes of each value: one tuple per value, in the order given."""
    given = spark.createDataFrame([(place, value) for place, value in enumerate(values)], f"place int, value {kind}").coalesce(1)
    made = given.select("place", *(function(F.col("value")).alias(f"f{n}") for n, function in enumerate(functions)))
    return [tuple(row)[1:] for row in sorted(made.collect(), key=lambda row: row["place"])]


def one_by_one(spark: SparkSession, values: Sequence[Any], function: Rewrite, kind: str = "string") -> list[Any]:
    """What one function makes of each value."""
    return [made for (made,) in applied(spark, values, function, kind=kind)]


def twice(function: Rewrite) -> Rewrite:
    """The function of what the function made."""
    return lambda column: function(function(column))
