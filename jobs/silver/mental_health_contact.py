"""Silver mental_health_contact: care contacts and indirect activity, told apart by `kind`, de-duplicated over months.

Indirect activity has no id of its own: provider, request, date, time and person consulted stand for one. What was done in a
contact (MHS202) is listed with it.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import folded
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.identity import patients
from cyplink.sources.mhsds.payload import contact_token, contacts, of_referrals, or_blank, referrals
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given, whole_number
from cyplink.tables import silver


def build(
    care_contact: DataFrame, care_activity: DataFrame, indirect_activity: DataFrame, referral: DataFrame, mpi: DataFrame,
    withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per delivered row of a contact, an activity in one or an indirect activity."""
    known = patients(is_withheld(F.col("NHSNumber"), mpi, withheld_nhs_number, pseudonyms))
    whose = referrals(referral, known)
    is_submitted = F.col("LocalPatientID").isNotNull()
    own_id = [given(F.col("ServiceRequestID")), *or_blank("IndirectActDate", "IndirectActTime", "IndActPersCons")]
    direct = of_referrals(
        care_contact, whose, "care_contact", pseudonyms,
        contact_token=contact_token(pseudonyms), kind=F.lit("direct"), contact_on=dates.iso(F.col("CareContDate")),
        mechanism=code(F.col("ConsMechanismMH")), attendance=code(F.col("AttendStatus")),
        duration_minutes=whole_number(F.col("ClinContDurOfCareCont")).cast("int"), part=F.lit(""), referral_is_submitted=is_submitted,
    )
    indirect = of_referrals(
        indirect_activity, whose, "indirect_activity", pseudonyms,
        contact_token=pseudonyms.hash63(F.lit("mhsds_indirect"), "controller", *own_id), kind=F.lit("indirect"), contact_on=dates.iso(F.col("IndirectActDate")),
        duration_minutes=whole_number(F.col("DurationIndirectAct")).cast("int"), part=F.lit(""), procedure=given(F.col("IndActProcedure")),
        referral_is_submitted=is_submitted,
    )
    activity = of_referrals(
        care_activity.join(contacts(care_contact), ["controller", "CareContactID"], how="left"), whose, "care_activity", pseudonyms,
        contact_token=contact_token(pseudonyms), kind=F.lit("direct"), contact_on=F.col("contact_on"),
        part=given(F.col("CareActID")), procedure=given(F.col("Procedure")), referral_is_submitted=is_submitted,
    )
    return direct.unionByName(indirect, allowMissingColumns=True).unionByName(activity, allowMissingColumns=True)


job = Job(
    build,
    reads={
        **{name: SOURCES["mhsds"].kind(name).bronze for name in ("care_contact", "care_activity", "indirect_activity", "referral", "mpi")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_CONTACT,
    keep=folded("controller", "contact_token", of="care_contact", lists={"procedures": "procedure"}),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
