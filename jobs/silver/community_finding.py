"""Silver community_finding: everything coded in the community return, one row per item, as last submitted.

Immunisations, screening, diagnoses, assessments, measurements, activities, safeguarding, child protection, special educational need
and disability are one table: they share their grain (a code, a date, a value of a patient) and a patient's months repeat them.
"""

from cyplink import submit
from cyplink.delivered import last_word, typed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.csds.findings import ITEMS, OF_A_REQUEST, OF_AN_ACTIVITY, in_shape
from cyplink.sources.csds.payload import ACTIVITIES, ACTIVITY, PATIENT, PATIENT_OF_REQUEST, PATIENTS, REQUEST
from cyplink.tables import silver

SELECT = f"""
    with {PATIENTS}, {PATIENT_OF_REQUEST}, {ACTIVITIES},
    found as ({" union all by name ".join(f"({in_shape(kind)})" for kind in ITEMS)}),
    -- Patients of referrals and of activities, the latter with the day of the contact, in one table: the items are joined once.
    owned as (
        select '{OF_A_REQUEST}' as owner_level, trim({REQUEST}) as owner, any_value({PATIENT}) as owner_s_patient, null::date as contact_on from request group by all
        union all
        select '{OF_AN_ACTIVITY}', trim({ACTIVITY}), any_value({PATIENT}), any_value(contact_on) from activity group by trim({ACTIVITY})),
    whose as (
        select found.*, coalesce(found.patient, owner_s_patient) as {PATIENT}, contact_on, iso(on_given) as given_on from found left join owned using (owner_level, owner))
    {typed(
        "file_kind", f"whose left join (select {PATIENT}, record_id, is_withheld, patient_is_in_the_mpi from patient) using ({PATIENT})",
        kind="kind", code="code", coding="coding", value="value", unit="unit", results="results",
        finding_token="hash63('csds_finding', kind, controller, owner, coalesce(code, ''), coalesce(on_given, ''))",
        record_id="record_id",
        found_on="coalesce(given_on, contact_on)",
        until_on="iso(until_given)",
        found_on_is_a_date="on_given is null or given_on is not null",
        owner_is_submitted=f"{PATIENT} is not null",
        patient_is_in_the_mpi="coalesce(patient_is_in_the_mpi, false)",
        is_withheld="is_withheld",
    )}"""
"""One row per delivered row of the file kinds in ITEMS."""

job = Job(
    None,
    selects={"csds": SELECT},
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
