"""Rows of a CIN census table as silver has them: whose they are, where they came from, and what the caller reads from them."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.delivered import delivered
from cyplink.pseudonym import Pseudonyms
from cyplink.sources.xml_layout import LIST_SEPARATOR
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given


def of_children(rows: DataFrame, file_kind: str, pseudonyms: Pseudonyms, **said: Column) -> DataFrame:
    """One row per delivered row: lineage, `record_id`, `referred_on` and the columns of `said`."""
    return rows.select(
        *delivered("cin_census", file_kind),
        pseudonyms.record_id(F.lit("cin_census"), "controller", given(F.col("LAchildID"))).alias("record_id"),
        dates.iso(F.col("CINreferralDate")).alias("referred_on"),
        *(column.alias(name) for name, column in said.items()),
    )


def codes(column: str) -> Column:
    """The codes of a list column in order, each once; null where it is blank."""
    listed = F.filter(F.transform(F.split(F.col(column), LIST_SEPARATOR), code), lambda one: one.isNotNull())
    return F.when(given(F.col(column)).isNotNull(), F.array_sort(F.array_distinct(listed)))


def days(column: str) -> Column:
    """The dates of a list column in order, each once; null where it is blank."""
    listed = F.transform(F.split(F.col(column), LIST_SEPARATOR), dates.iso)
    return F.when(given(F.col(column)).isNotNull(), F.array_sort(F.array_distinct(F.array_compact(listed))))


def is_a_date(column: str) -> Column:
    """Whether the column, where given, is a date."""
    return given(F.col(column)).isNull() | dates.iso(F.col(column)).isNotNull()
