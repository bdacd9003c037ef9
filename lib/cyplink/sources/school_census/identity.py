"""Who the School Census says its pupils are: names with former and preferred ones, UPN, birth date, home addresses.

A pupil of a census is on the roll (`pupilonroll`) or no longer on it (`pupilnolongeronroll`): two files, one record, in every term.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import pupil_local_id
from cyplink.pseudonym import Pseudonyms
from cyplink.standardise import dates
from cyplink.standardise.texts import given

ON_ROLL, OFF_ROLL = "pupilonroll", "pupilnolongeronroll"


def pupils(pupilonroll: DataFrame, pupilnolongeronroll: DataFrame, schoolcensus: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """Delivered pupils of both files with their school (`lea`, `estab`, `urn`, `term`), `file_kind`, `pupil_row` (the row identifier that
    other files refer to), `local_id` and `born_on`; one row per delivered row."""
    schools = schoolcensus.select(
        "delivery_id", "schoolcensustableid", "lea", "estab", F.col("urn").alias("school_urn"), "term"
    ).dropDuplicates(["delivery_id", "schoolcensustableid"])
    both = of_a_file(pupilonroll, ON_ROLL, "pupilonrolltableid").unionByName(
        of_a_file(pupilnolongeronroll, OFF_ROLL, "pupilnolongeronrolltableid"), allowMissingColumns=True
    )
    rows = both.join(schools, ["delivery_id", "schoolcensustableid"], how="left").withColumns({"born_on": dates.collect(F.col("dob"))})
    local_id = pupil_local_id(F.col("estab"), F.col("upn"), F.col("forename"), F.col("surname"), F.col("born_on"), pseudonyms)
    return rows.withColumns({"local_id": local_id})


def of_a_file(rows: DataFrame, file_kind: str, pupil_row: str) -> DataFrame:
    """Rows of one file with `file_kind` and, as `pupil_row`, the identifier of the pupil's row that they are or belong to."""
    roll = F.lit(OFF_ROLL if pupil_row.startswith(OFF_ROLL) else ON_ROLL)
    return rows.withColumns({"file_kind": F.lit(file_kind), "roll": roll, "pupil_row": given(F.col(pupil_row))})
