"""Silver community_referral: one row per provider and service request of the community return, as last submitted, with its team's type."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.csds.identity import PATIENT
from cyplink.sources.csds.payload import REQUEST, known_patients, record_id, request_token
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given
from cyplink.tables import silver

TEAM = (
    "SERVICE_OR_TEAM_TYPE_REFERRED_TO_COMMUNITY_CARE", "REFERRAL_REJECTION_DATE", "REFERRAL_CLOSURE_REASON", "REFERRAL_REJECTION_REASON",
)


def build(referral: DataFrame, service_type: DataFrame, mpi: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered referral row. Service types are looked up: the month's last team of the referral."""
    known = known_patients(mpi, withheld_nhs_number, pseudonyms)
    teams = service_type.groupBy("controller", "period", REQUEST).agg(*(F.max_by(name, "source_row").alias(name) for name in TEAM))
    rows = referral.join(teams, ["controller", "period", REQUEST], how="left").join(known, ["controller", PATIENT], how="left")
    discharged = F.col("SERVICE_DISCHARGE_DATE")
    return rows.select(
        *delivered("csds", "referral"),
        request_token(pseudonyms).alias("service_request_token"),
        record_id(pseudonyms).alias("record_id"),
        dates.iso(F.col("REFERRAL_REQUEST_RECEIVED_DATE")).alias("received_on"),
        code(F.col("SOURCE_OF_REFERRAL_FOR_COMMUNITY")).alias("source_of_referral"),
        code(F.col("PRIMARY_REASON_FOR_REFERRAL_COMMUNITY_CARE")).alias("primary_reason"),
        code(F.col("PRIORITY_TYPE_CODE")).alias("priority"),
        code(F.col(TEAM[0])).alias("service_type"),
        dates.iso(discharged).alias("discharged_on"),
        dates.iso(F.col("REFERRAL_REJECTION_DATE")).alias("rejected_on"),
        code(F.col("REFERRAL_CLOSURE_REASON")).alias("closure_reason"),
        code(F.col("REFERRAL_REJECTION_REASON")).alias("rejection_reason"),
        F.coalesce("patient_is_in_the_mpi", F.lit(False)).alias("patient_is_in_the_mpi"),
        (given(discharged).isNull() | dates.iso(discharged).isNotNull()).alias("discharged_on_is_a_date"),
        "is_withheld",
    )


job = Job(
    build,
    reads={
        "referral": SOURCES["csds"].kind("referral").bronze,
        "service_type": SOURCES["csds"].kind("service_type").bronze,
        "mpi": SOURCES["csds"].kind("mpi").bronze,
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.COMMUNITY_REFERRAL,
    keep=last_word("controller", "service_request_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
