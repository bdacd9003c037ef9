"""Who Annex A says its children are: the council's child id, birth date and sex; no names. List 8 adds where a child is placed."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.identity import LINEAGE, evidence
from cyplink.sources.annex_a import CHILD_LISTS, SOURCE
from cyplink.sources.annex_a.categories import label
from cyplink.standardise import dates, postcodes, sex
from cyplink.standardise.texts import given

ACCOUNTED_HERE = tuple(kind.name for kind in SOURCE.file_kinds if kind.accounted_in == "silver.identity")
_STATED = ("child_unique_id", "gender", "date_of_birth")
_PLACED = ("placement_postcode", "placement_start_date", "looked_after_end_date")


def of_lists(lists: Mapping[str, DataFrame]) -> DataFrame:
    """One row of evidence per delivered row of lists 8 to 10, and per row with a child id of lists 1 to 7, which are accounted elsewhere."""
    parts = [
        lists[name].select(
            F.lit(name).alias("list"), *LINEAGE, *_STATED,
            *(F.col(column) if name == "list_8" else F.lit(None).cast("string").alias(column) for column in _PLACED),
        )
        for name in CHILD_LISTS
    ]  # fmt: skip
    child = given(F.col("child_unique_id"))
    rows = reduce(DataFrame.unionByName, parts).withColumns({"child": child, "born_on": day(F.col("date_of_birth"))})
    return evidence(
        rows.where(F.col("child").isNotNull() | F.col("list").isin(*ACCOUNTED_HERE)), "annex_a", F.col("list"),
        local_id=F.col("child"),
        date_of_birth=F.col("born_on"),
        sex=sex.standardise(label(F.lit("gender"), F.col("gender"), ("gender",))),
        postcode=postcodes.standardise(F.col("placement_postcode")),
        postcode_from_on=day(F.col("placement_start_date")),
        postcode_to_on=day(F.col("looked_after_end_date")),
        is_named=F.lit(False),
        date_of_birth_is_a_date=given(F.col("date_of_birth")).isNull() | F.col("born_on").isNotNull(),
    )


def day(column: Column) -> Column:
    """A date cell (ISO text in bronze) or a date typed as text, dd/mm/yyyy, as DATE; null when it is no date."""
    return F.coalesce(dates.iso(column), dates.british(column))
