"""Who SSDA903 says its children are: no names, no NHS number; UPN, birth date, sex, and two postcodes an episode."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.standardise.texts import given


def in_the_header(rows: DataFrame, header: DataFrame) -> DataFrame:
    """Rows of another file with `child_is_in_the_header`: whether the council returned the child's Header in any year (INT03)."""
    children = header.select("controller", given(F.col("CHILD")).alias("_child"), F.lit(True).alias("child_is_in_the_header")).distinct()
    found = rows.withColumns({"_child": given(F.col("CHILD"))}).join(children, ["controller", "_child"], how="left")
    return found.withColumns({"child_is_in_the_header": F.coalesce("child_is_in_the_header", F.lit(False))})
