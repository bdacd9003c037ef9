"""Silver community_finding: everything coded in the community return, one row per item, as last submitted.

Immunisations, screening, diagnoses, assessments, measurements, activities, safeguarding, child protection, special educational need
and disability are one table: they share their grain (a code, a date, a value of a patient) and a patient's months repeat them.
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import LINEAGE, last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.csds.findings import ITEMS, OF_A_REQUEST, OF_AN_ACTIVITY, in_shape
from cyplink.sources.csds.identity import PATIENT
from cyplink.sources.csds.payload import ACTIVITY, REQUEST, activities, known_patients, patients_of_requests, record_id
from cyplink.standardise import dates
from cyplink.tables import silver


def build(
    *, accommodation: DataFrame, care_activity: DataFrame, special_educational_need: DataFrame, safeguarding_factor: DataFrame,
    child_protection_plan: DataFrame, coded_immunisation: DataFrame, immunisation: DataFrame, disability: DataFrame, newborn_hearing: DataFrame,
    blood_spot: DataFrame, provisional_diagnosis: DataFrame, primary_diagnosis: DataFrame, secondary_diagnosis: DataFrame,
    referral_assessment: DataFrame, breastfeeding: DataFrame, observation: DataFrame, contact_assessment: DataFrame, care_contact: DataFrame,
    referral: DataFrame, mpi: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per delivered row of the file kinds in ITEMS."""
    items = {
        "accommodation": accommodation, "care_activity": care_activity, "special_educational_need": special_educational_need,
        "safeguarding_factor": safeguarding_factor, "child_protection_plan": child_protection_plan, "coded_immunisation": coded_immunisation,
        "immunisation": immunisation, "disability": disability, "newborn_hearing": newborn_hearing, "blood_spot": blood_spot,
        "provisional_diagnosis": provisional_diagnosis, "primary_diagnosis": primary_diagnosis, "secondary_diagnosis": secondary_diagnosis,
        "referral_assessment": referral_assessment, "breastfeeding": breastfeeding, "observation": observation,
        "contact_assessment": contact_assessment,
    }
    found = reduce(DataFrame.unionByName, (in_shape(rows, kind) for kind, rows in items.items()))
    owners = _owners(referral, activities(care_activity, care_contact, referral))
    known = known_patients(mpi, withheld_nhs_number, pseudonyms)
    whose = found.join(owners, ["controller", "owner_level", "owner"], how="left").withColumns({PATIENT: F.coalesce("patient", "owner_s_patient")})
    found_on = dates.iso(F.col("on_given"))
    token: tuple[Column | str, ...] = (F.lit("csds_finding"), "kind", "controller", "owner", *(F.coalesce(name, F.lit("")) for name in ("code", "on_given")))
    return whose.join(known, ["controller", PATIENT], how="left").select(
        "source", "file_kind", *LINEAGE, "kind", "code", "coding", "value", "unit", "results",
        pseudonyms.hash63(*token).alias("finding_token"),
        record_id(pseudonyms).alias("record_id"),
        F.coalesce(found_on, "contact_on").alias("found_on"),
        dates.iso(F.col("until_given")).alias("until_on"),
        (F.col("on_given").isNull() | found_on.isNotNull()).alias("found_on_is_a_date"),
        F.col(PATIENT).isNotNull().alias("owner_is_submitted"),
        F.coalesce("patient_is_in_the_mpi", F.lit(False)).alias("patient_is_in_the_mpi"),
        "is_withheld",
    )


def _owners(referral: DataFrame, found: DataFrame) -> DataFrame:
    """Patients of referrals and of activities, the latter with the day of the contact, in one table: the items are joined once."""
    requests = patients_of_requests(referral).select(
        "controller", F.lit(OF_A_REQUEST).alias("owner_level"), F.trim(REQUEST).alias("owner"), F.col(PATIENT).alias("owner_s_patient"),
        F.lit(None).cast("date").alias("contact_on"),
    )
    of_activities = found.select(
        "controller", F.lit(OF_AN_ACTIVITY).alias("owner_level"), F.trim(ACTIVITY).alias("owner"), F.col(PATIENT).alias("owner_s_patient"), "contact_on"
    )
    return requests.unionByName(of_activities)


job = Job(
    build,
    reads={
        **{kind: SOURCES["csds"].kind(kind).bronze for kind in ITEMS},
        "care_contact": SOURCES["csds"].kind("care_contact").bronze,
        "referral": SOURCES["csds"].kind("referral").bronze,
        "mpi": SOURCES["csds"].kind("mpi").bronze,
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.COMMUNITY_FINDING,
    keep=last_word("controller", "finding_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
