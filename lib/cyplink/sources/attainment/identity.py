"""Who attainment files say their pupils are: names, UPN and birth date, under the school that entered them."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import pupil_local_id
from cyplink.pseudonym import Pseudonyms
from cyplink.standardise import dates


def pupils(files: Mapping[str, DataFrame], pseudonyms: Pseudonyms) -> DataFrame:
    """Delivered pupils of all stages (rows by file kind) with `file_kind`, `local_id` and `born_on`; one row per delivered row."""
    parts = [rows.withColumns({"file_kind": F.lit(stage)}) for stage, rows in files.items()]
    every = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), parts)
    rows = every.withColumns({"born_on": dates.iso(F.col("DOB"))})
    local_id = pupil_local_id(F.col("Estab"), F.col("UPN"), F.col("Forename"), F.col("Surname"), F.col("born_on"), pseudonyms)
    return rows.withColumns({"local_id": local_id})
