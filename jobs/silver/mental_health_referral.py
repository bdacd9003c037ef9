"""Silver mental_health_referral: one row per provider and service request, as last submitted.

MHSDS is monthly and rolling: an open referral comes again every month; the latest month has the last word.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.identity import patients
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given
from cyplink.tables import silver


def build(referral: DataFrame, mpi: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered referral row."""
    known = patients(is_withheld(F.col("NHSNumber"), mpi, withheld_nhs_number, pseudonyms))
    return referral.join(known, ["controller", "LocalPatientID"], how="left").select(
        *delivered("mhsds", "referral"),
        pseudonyms.hash63(F.lit("mhsds_referral"), "controller", given(F.col("ServiceRequestID"))).alias("service_request_token"),
        pseudonyms.record_id(F.lit("mhsds"), "controller", given(F.col("LocalPatientID"))).alias("record_id"),
        dates.iso(F.col("ReferralRequestReceivedDate")).alias("received_on"),
        code(F.col("SourceOfReferralMH")).alias("source_of_referral"),
        code(F.col("PrimReasonReferralMH")).alias("primary_reason"),
        code(F.col("ClinRespPriorityType")).alias("priority"),
        dates.iso(F.col("ServDischDate")).alias("discharged_on"),
        dates.iso(F.col("ReferRejectionDate")).alias("rejected_on"),
        code(F.col("ReferClosReason")).alias("closure_reason"),
        code(F.col("ReferRejectReason")).alias("rejection_reason"),
        F.coalesce("patient_is_in_the_mpi", F.lit(False)).alias("patient_is_in_the_mpi"),
        (given(F.col("ServDischDate")).isNull() | dates.iso(F.col("ServDischDate")).isNotNull()).alias("discharged_on_is_a_date"),
        (given(F.col("ReferRejectionDate")).isNull() | dates.iso(F.col("ReferRejectionDate")).isNotNull()).alias("rejected_on_is_a_date"),
        "is_withheld",
    )


job = Job(
    build,
    reads={
        "referral": SOURCES["mhsds"].kind("referral").bronze,
        "mpi": SOURCES["mhsds"].kind("mpi").bronze,
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_REFERRAL,
    keep=last_word("controller", "service_request_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
