"""Rows of an SSDA903 file as silver has them: whose they are, where they came from, and what the caller reads from them."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.delivered import delivered
from cyplink.pseudonym import Pseudonyms
from cyplink.sources.ssda903.identity import in_the_header
from cyplink.standardise.texts import given


def of_children(rows: DataFrame, header: DataFrame, file_kind: str, pseudonyms: Pseudonyms, **said: Column) -> DataFrame:
    """One row per delivered row: lineage, `record_id`, `child_is_in_the_header` and the columns of `said`."""
    return in_the_header(rows, header).select(
        *delivered("ssda903", file_kind),
        pseudonyms.record_id(F.lit("ssda903"), "controller", given(F.col("CHILD"))).alias("record_id"),
        "child_is_in_the_header",
        *(column.alias(name) for name, column in said.items()),
    )
