"""Silver mental_health_contact: care contacts and indirect activity, told apart by `kind`, de-duplicated over months.

Indirect activity has no id of its own: provider, request, date, time and person consulted stand for one.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.identity import patients
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given, whole_number
from cyplink.tables import silver


def build(
    care_contact: DataFrame, indirect_activity: DataFrame, referral: DataFrame, mpi: DataFrame, withheld_nhs_number: DataFrame,
    pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per delivered contact or activity row."""
    known = patients(is_withheld(F.col("NHSNumber"), mpi, withheld_nhs_number, pseudonyms))
    order = F.when(given(F.col("LocalPatientID")).isNotNull(), F.struct("period", "delivery_id", "source_row"))
    whose = (
        referral.groupBy("controller", "ServiceRequestID").agg(F.max_by("LocalPatientID", order).alias("LocalPatientID"))
        .join(known, ["controller", "LocalPatientID"], how="left")
    )
    direct = in_shape(care_contact.join(whose, ["controller", "ServiceRequestID"], how="left"), "direct", pseudonyms)
    return direct.unionByName(in_shape(indirect_activity.join(whose, ["controller", "ServiceRequestID"], how="left"), "indirect", pseudonyms))


def in_shape(rows: DataFrame, kind: str, pseudonyms: Pseudonyms) -> DataFrame:
    is_direct = kind == "direct"
    nothing = F.lit(None).cast("string")
    return rows.select(
        *delivered("mhsds", "care_contact" if is_direct else "indirect_activity"),
        pseudonyms.hash63(F.lit(f"mhsds_{kind}"), "controller", *_own_id(is_direct)).alias("contact_token"),
        pseudonyms.hash63(F.lit("mhsds_referral"), "controller", given(F.col("ServiceRequestID"))).alias("service_request_token"),
        pseudonyms.record_id(F.lit("mhsds"), "controller", given(F.col("LocalPatientID"))).alias("record_id"),
        F.lit(kind).alias("kind"),
        dates.iso(F.col("CareContDate" if is_direct else "IndirectActDate")).alias("contact_on"),
        (code(F.col("ConsMechanismMH")) if is_direct else nothing).alias("mechanism"),
        (code(F.col("AttendStatus")) if is_direct else nothing).alias("attendance"),
        whole_number(F.col("ClinContDurOfCareCont" if is_direct else "DurationIndirectAct")).cast("int").alias("duration_minutes"),
        F.col("LocalPatientID").isNotNull().alias("referral_is_submitted"),
        (F.col("LocalPatientID").isNull() | F.col("patient_is_in_the_mpi").isNotNull()).alias("patient_is_in_the_mpi"),
        "is_withheld",
    )


def _own_id(is_direct: bool) -> list[Column]:
    if is_direct:
        return [given(F.col("CareContactID"))]
    spoken = [F.coalesce(given(F.col(name)), F.lit("")) for name in ("IndirectActDate", "IndirectActTime", "IndActPersCons")]
    return [given(F.col("ServiceRequestID")), *spoken]


job = Job(
    build,
    reads={
        "care_contact": SOURCES["mhsds"].kind("care_contact").bronze,
        "indirect_activity": SOURCES["mhsds"].kind("indirect_activity").bronze,
        "referral": SOURCES["mhsds"].kind("referral").bronze,
        "mpi": SOURCES["mhsds"].kind("mpi").bronze,
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_CONTACT,
    keep=last_word("controller", "contact_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
