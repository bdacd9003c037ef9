"""Silver community_contact: one row per provider and care contact of the community return, as last submitted."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.csds.identity import PATIENT
from cyplink.sources.csds.payload import (
    CONTACT,
    REQUEST,
    known_patients,
    patients_of_requests,
    record_id,
    request_token,
)
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given, whole_number
from cyplink.tables import silver


def build(
    care_contact: DataFrame, referral: DataFrame, mpi: DataFrame, header: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms
) -> DataFrame:
    """One row per delivered contact row. Headers are looked up: the days a submission is for."""
    months = header.groupBy("delivery_id").agg(
        F.min(dates.iso(F.col("REPORTING_PERIOD_START_DATE"))).alias("first_day"), F.max(dates.iso(F.col("REPORTING_PERIOD_END_DATE"))).alias("last_day")
    )
    known = known_patients(mpi, withheld_nhs_number, pseudonyms)
    whose = patients_of_requests(referral).withColumns({"record_id": record_id(pseudonyms)}).join(known, ["controller", PATIENT], how="left")
    rows = care_contact.join(whose, ["controller", REQUEST], how="left").join(F.broadcast(months), "delivery_id", how="left")
    held_on = dates.iso(F.col("CARE_CONTACT_DATE"))
    return rows.select(
        *delivered("csds", "care_contact"),
        pseudonyms.hash63(F.lit("csds_contact"), "controller", given(F.col(CONTACT))).alias("contact_token"),
        request_token(pseudonyms).alias("service_request_token"),
        "record_id",
        held_on.alias("contact_on"),
        code(F.col("CONSULTATION_MECHANISM_COMMUNITY_CARE")).alias("mechanism"),
        code(F.col("ATTENDANCE_STATUS")).alias("attendance"),
        code(F.col("ACTIVITY_LOCATION_TYPE_CODE")).alias("location_type"),
        whole_number(F.col("CLINICAL_CONTACT_DURATION_OF_CARE_CONTACT")).cast("int").alias("duration_minutes"),
        F.col(PATIENT).isNotNull().alias("referral_is_submitted"),
        F.coalesce("patient_is_in_the_mpi", F.lit(False)).alias("patient_is_in_the_mpi"),
        held_on.between(F.col("first_day"), F.col("last_day")).alias("contact_is_in_the_reporting_period"),
        "is_withheld",
    )


job = Job(
    build,
    reads={
        "care_contact": SOURCES["csds"].kind("care_contact").bronze,
        "referral": SOURCES["csds"].kind("referral").bronze,
        "mpi": SOURCES["csds"].kind("mpi").bronze,
        "header": SOURCES["csds"].kind("header").bronze,
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.COMMUNITY_CONTACT,
    keep=last_word("controller", "contact_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
