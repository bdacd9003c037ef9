"""Silver school_exclusion: one row per pupil record and suspension or exclusion."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.school_census.identity import pupils
from cyplink.sources.school_census.payload import of_pupils
from cyplink.standardise import dates
from cyplink.standardise.texts import code, whole_number
from cyplink.tables import silver


def build(
    pupilonroll: DataFrame, pupilnolongeronroll: DataFrame, schoolcensus: DataFrame, termlyexclusionsonroll: DataFrame,
    termlyexclusionsoffroll: DataFrame, pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per delivered exclusion row."""
    files = {"termlyexclusionsonroll": termlyexclusionsonroll, "termlyexclusionsoffroll": termlyexclusionsoffroll}
    category = code(F.col("category"))
    return of_pupils(
        files, pupils(pupilonroll, pupilnolongeronroll, schoolcensus, pseudonyms), pseudonyms,
        started_on=dates.collect(F.col("startdate")),
        category=F.when(category == "FIXD", F.lit("SUSP")).otherwise(category),
        sessions=whole_number(F.col("sessions")).cast("int"),
        reason_1=code(F.col("reason1")),
        reason_2=code(F.col("reason2")),
        reason_3=code(F.col("reason3")),
        sen_provision=code(F.col("senprovision")),
    )


job = Job(
    build,
    reads={
        name: SOURCES["school_census"].kind(name).bronze
        for name in ("pupilonroll", "pupilnolongeronroll", "schoolcensus", "termlyexclusionsonroll", "termlyexclusionsoffroll")
    },
    writes=silver.SCHOOL_EXCLUSION,
    keep=last_word("record_id", "started_on", "category"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
