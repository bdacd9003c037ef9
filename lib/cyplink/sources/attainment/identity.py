"""Who attainment files say their pupils are: names, UPN and birth date, under the school that entered them."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import evidence, pupil_local_id
from cyplink.pseudonym import Pseudonyms
from cyplink.standardise import dates, sex, upns
from cyplink.standardise.texts import given


def pupils(files: Mapping[str, DataFrame], pseudonyms: Pseudonyms) -> DataFrame:
    """Delivered pupils of all stages (rows by file kind) with `file_kind`, `local_id` and `born_on`; one row per delivered row."""
    parts = [rows.withColumns({"file_kind": F.lit(stage)}) for stage, rows in files.items()]
    every = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), parts)
    rows = every.withColumns({"born_on": dates.iso(F.col("DOB"))})
    local_id = pupil_local_id(F.col("Estab"), F.col("UPN"), F.col("Forename"), F.col("Surname"), F.col("born_on"), pseudonyms)
    return rows.withColumns({"local_id": local_id})


def of_pupils(rows: DataFrame) -> DataFrame:
    """One row of evidence per pupil of `pupils`."""
    said = upns.checked(upns.checked(rows, "UPN", "checked_upn"), "FormerUPN", "checked_former_upn")
    upn = F.col("checked_upn")
    return evidence(
        said, "attainment", F.col("file_kind"),
        is_named=F.lit(True),
        forename=F.col("Forename"),
        middle_names=F.col("MiddleNames"),
        surname=F.col("Surname"),
        local_id=F.col("local_id"),
        date_of_birth=F.col("born_on"),
        sex=sex.standardise(F.col("Sex")),
        upn=F.when(upns.is_permanent(upn), upn),
        temporary_upn=F.when(~upns.is_permanent(upn), upn),
        former_upn=F.col("checked_former_upn"),
        school=F.concat(given(F.col("LA")), F.lit("/"), given(F.col("Estab"))),
        date_of_birth_is_a_date=given(F.col("DOB")).isNull() | F.col("born_on").isNotNull(),
        upn_is_valid=given(F.col("UPN")).isNull() | upn.isNotNull(),
    )
