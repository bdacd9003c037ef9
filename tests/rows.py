"""Rows of a declared table for a test: mention only the columns that matter, the declaration fills in the rest."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import DateType, StructField, StructType

from cyplink.tables.model import Table


def rows(spark: SparkSession, table: Table, *given: Mapping[str, Any]) -> DataFrame:
    """A DataFrame in the table's shape; columns not given are null, dates may be given as text yyyy-mm-dd.

    Raises ValueError for a column that the table does not declare.
    """
    names = table.schema.names
    if undeclared := {name for row in given for name in row} - set(names):
        raise ValueError(f"{table.name} declares no {', '.join(sorted(undeclared))}.")
    schema = StructType([StructField(field.name, field.dataType, True) for field in table.schema])
    made = spark.createDataFrame([tuple(_value(row.get(f.name), f) for f in schema) for row in given], schema)
    return made if given else made.where("false")  # as the lake reads a table without files


def _value(value: Any, field: StructField) -> Any:
    is_text_date = isinstance(field.dataType, DateType) and isinstance(value, str)
    return date.fromisoformat(value) if is_text_date else value
