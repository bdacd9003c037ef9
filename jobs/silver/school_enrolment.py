"""Silver school_enrolment: one row per pupil record and census, on the roll or no longer on it."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.school_census.identity import OFF_ROLL, ON_ROLL, pupils
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given, whole_number, yes_or_no
from cyplink.tables import silver


def build(pupilonroll: DataFrame, pupilnolongeronroll: DataFrame, schoolcensus: DataFrame, school: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered pupil row."""
    phases = school.groupBy("delivery_id", "schoolcensustableid").agg(F.min(code(F.col("phase"))).alias("school_phase"))
    rows = pupils(pupilonroll, pupilnolongeronroll, schoolcensus, pseudonyms)
    left_on = dates.collect(F.col("leavingdate"))
    return rows.join(phases, ["delivery_id", "schoolcensustableid"], how="left").select(
        *delivered("school_census", F.col("file_kind")),
        pseudonyms.record_id(F.lit("school_census"), "controller", "local_id").alias("record_id"),
        F.col("period").alias("census"),
        F.concat(given(F.col("lea")), F.lit("/"), given(F.col("estab"))).alias("school"),
        given(F.col("school_urn")).alias("school_urn"),
        "school_phase",
        code(F.col("enrolstatus")).alias("enrolment_status"),
        dates.collect(F.col("entrydate")).alias("entered_on"),
        left_on.alias("left_on"),
        code(F.coalesce("ncyearactual", "ncyearleaving")).alias("year_group"),
        code(F.col("senprovision")).alias("sen_provision"),
        code(F.col("language")).alias("language"),
        yes_or_no(F.col("parttime")).alias("is_part_time"),
        code(F.col("plaa")).alias("post_looked_after"),
        code(F.col("youngcarer")).alias("young_carer"),
        whole_number(F.col("termlysessionspossible")).cast("int").alias("sessions_possible"),
        F.col("estab").isNotNull().alias("school_is_delivered"),
        (given(F.col("entrydate")).isNull() | dates.collect(F.col("entrydate")).isNotNull()).alias("entered_on_is_a_date"),
        ((F.col("file_kind") != OFF_ROLL) | left_on.isNotNull()).alias("left_on_is_a_date"),
    )


ON_ROLL_FIRST = f"""
    select * from usable
    qualify row_number() over (partition by record_id, census order by file_kind = '{ON_ROLL}' desc, delivery_id desc, source_row desc) = 1"""
"""A pupil on the roll before a leaver of the same school and census; then the last delivered row."""


job = Job(
    build,
    reads={name: SOURCES["school_census"].kind(name).bronze for name in ("pupilonroll", "pupilnolongeronroll", "schoolcensus", "school")},
    writes=silver.SCHOOL_ENROLMENT,
    keep=ON_ROLL_FIRST,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
