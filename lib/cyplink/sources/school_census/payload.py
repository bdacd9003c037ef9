"""Rows about pupils as silver has them: whose they are, where they came from, and what the caller reads from them."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.delivered import delivered
from cyplink.pseudonym import Pseudonyms
from cyplink.sources.school_census.identity import OFF_ROLL, ON_ROLL, of_a_file, with_pupils


def of_pupils(
    files: Mapping[str, DataFrame], pupils: DataFrame, pseudonyms: Pseudonyms, about: tuple[str, ...] = (), **said: Column
) -> DataFrame:
    """One row per delivered row of `files` (rows by file kind): lineage, `record_id`, `census`, `pupil_is_delivered` and the columns of `said`.

    `pupils`: rows of identity.pupils; `about`: columns of theirs that `said` may use. A column that only some files have is null in the others.
    """
    parts = [of_a_file(rows, name, f"{OFF_ROLL if name.endswith('offroll') else ON_ROLL}tableid") for name, rows in files.items()]
    every = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), parts)
    record_id = pseudonyms.record_id(F.lit("school_census"), "controller", "local_id").alias("record_id")
    of_whom = pupils.select("delivery_id", "file_kind", "pupil_row", "source_row", record_id, *about)
    return with_pupils(every, of_whom, "record_id", *about).select(
        *delivered("school_census", F.col("file_kind")),
        "record_id", F.col("period").alias("census"), F.col("record_id").isNotNull().alias("pupil_is_delivered"),
        *(column.alias(name) for name, column in said.items()),
    )
