"""What SQL and columns make of many values at once, whatever the number of values."""

from collections.abc import Callable, Sequence
from typing import Any

import duckdb
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from cyplink.standardise.macros import open_macros

# A batch is a long list of values; few batches, each one query. Shrinking would be one query per step: left out.
batches = settings(
    max_examples=3, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)


def many(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """A batch of them."""
    return st.lists(values, min_size=80, max_size=160)


def selected(values: Sequence[Any], *expressions: str) -> list[tuple[Any, ...]]:
    """What each expression, in DuckDB's SQL with the macros of cyplink.standardise, makes of each value `v`: one tuple per value, in the order given."""
    with duckdb.connect() as connection:
        open_macros(connection)
        connection.execute("create table given_value (place int, v varchar)")
        connection.executemany("insert into given_value values (?, ?)", [[place, value] for place, value in enumerate(values)])
        return connection.execute(f"select {', '.join(expressions)} from given_value order by place").fetchall()


def one_by_one(values: Sequence[Any], expression: str) -> list[Any]:
    """What one expression makes of each value."""
    return [made for (made,) in selected(values, expression)]


def in_spark(spark: SparkSession, values: Sequence[Any], function: Callable[[Column], Column]) -> list[Any]:
    """What a function over Spark's columns makes of each text."""
    given = spark.createDataFrame([(place, value) for place, value in enumerate(values)], "place int, value string").coalesce(1)
    made = given.select("place", function(F.col("value")).alias("made"))
    return [row["made"] for row in sorted(made.collect(), key=lambda row: row["place"])]
