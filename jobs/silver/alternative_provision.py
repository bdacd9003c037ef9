"""Silver alternative_provision: one row per pupil record, census and entry: arranged by the pupil's school, or on the roll of a provision."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.school_census.identity import pupils
from cyplink.sources.school_census.payload import of_pupils
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given, whole_number
from cyplink.tables import silver

FILES = tuple(f"{part}{roll}" for part in ("schoolarrangedapdetail", "approvisiondetail") for roll in ("onroll", "offroll"))


def build(
    pupilonroll: DataFrame, pupilnolongeronroll: DataFrame, schoolcensus: DataFrame, pseudonyms: Pseudonyms,
    schoolarrangedapdetailonroll: DataFrame, schoolarrangedapdetailoffroll: DataFrame, approvisiondetailonroll: DataFrame, approvisiondetailoffroll: DataFrame,
) -> DataFrame:
    """One row per delivered placement or entry reason."""
    details = (schoolarrangedapdetailonroll, schoolarrangedapdetailoffroll, approvisiondetailonroll, approvisiondetailoffroll)
    reason = code(F.coalesce("placementreason", "apreason"))
    arranged = F.col("file_kind").startswith("schoolarranged")
    return of_pupils(
        dict(zip(FILES, details, strict=True)), pupils(pupilonroll, pupilnolongeronroll, schoolcensus, pseudonyms), pseudonyms,
        kind=F.when(arranged, F.lit("arranged_by_school")).otherwise(F.lit("in_provision")),
        reason=reason,
        is_for_mental_health=reason == "MHN",
        setting_type=code(F.col("apsettingtype")),
        provider_urn=given(F.col("urn")),
        provider_ukprn=given(F.col("ukprn")),
        previous_urn=given(F.col("prevurn")),
        started_on=dates.collect(F.col("entrydate")),
        ended_on=dates.collect(F.col("leavingdate")),
        sessions_per_week=whole_number(F.col("apsessionsperweek")).cast("int"),
        attendance_pattern=code(F.col("apattendancepattern")),
        sen_provision_on_entry=code(F.col("senprovisionentry")),
        sen_provision_on_leaving=code(F.col("senprovisionleaving")),
    )


NUMBERED = """
    select *, row_number() over (
        partition by record_id, census order by kind, started_on nulls first, file_kind, delivery_id, source_row)::integer as entry
    from usable"""
"""Every row, numbered within the pupil and census."""


job = Job(
    build,
    reads={name: SOURCES["school_census"].kind(name).bronze for name in ("pupilonroll", "pupilnolongeronroll", "schoolcensus", *FILES)},
    writes=silver.ALTERNATIVE_PROVISION,
    keep=NUMBERED,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
