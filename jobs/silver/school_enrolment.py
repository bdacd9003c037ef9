"""Silver school_enrolment: one row per pupil record and census."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.school_census.identity import pupils
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given, whole_number, yes_or_no
from cyplink.tables import silver


def build(pupilonroll: DataFrame, schoolcensus: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered pupil row."""
    return pupils(pupilonroll, schoolcensus, pseudonyms).select(
        *delivered("school_census", "pupilonroll"),
        pseudonyms.record_id(F.lit("school_census"), "controller", "local_id").alias("record_id"),
        F.col("period").alias("census"),
        F.concat(given(F.col("lea")), F.lit("/"), given(F.col("estab"))).alias("school"),
        given(F.col("school_urn")).alias("school_urn"),
        code(F.col("enrolstatus")).alias("enrolment_status"),
        dates.collect(F.col("entrydate")).alias("entered_on"),
        code(F.col("ncyearactual")).alias("year_group"),
        code(F.col("senprovision")).alias("sen_provision"),
        code(F.col("language")).alias("language"),
        yes_or_no(F.col("parttime")).alias("is_part_time"),
        code(F.col("plaa")).alias("post_looked_after"),
        code(F.col("youngcarer")).alias("young_carer"),
        whole_number(F.col("termlysessionspossible")).cast("int").alias("sessions_possible"),
        F.col("estab").isNotNull().alias("school_is_delivered"),
        (given(F.col("entrydate")).isNull() | dates.collect(F.col("entrydate")).isNotNull()).alias("entered_on_is_a_date"),
    )


job = Job(
    build,
    reads={
        "pupilonroll": SOURCES["school_census"].kind("pupilonroll").bronze,
        "schoolcensus": SOURCES["school_census"].kind("schoolcensus").bronze,
    },
    writes=silver.SCHOOL_ENROLMENT,
    keep=last_word("record_id", "census"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
