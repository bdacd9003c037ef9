"""Silver community_contact: one row per provider and care contact of the community return, as last submitted."""

from cyplink import submit
from cyplink.delivered import last_word, typed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.csds.payload import CONTACT, PATIENT, PATIENT_OF_REQUEST, PATIENTS, REQUEST, request_tokens
from cyplink.tables import silver

SELECT = f"""
    with {PATIENTS}, {PATIENT_OF_REQUEST},
    token as ({request_tokens("care_contact")}),
    month as (
        select delivery_id, min(iso(REPORTING_PERIOD_START_DATE)) as first_day, max(iso(REPORTING_PERIOD_END_DATE)) as last_day
        from header group by delivery_id),
    held as (
        select care_contact.*, iso(CARE_CONTACT_DATE) as held_on, {PATIENT}, record_id, is_withheld, patient_is_in_the_mpi, first_day, last_day, service_request_token
        from care_contact left join request using ({REQUEST}) left join patient using ({PATIENT}) left join month using (delivery_id)
            left join token on request_given = given({REQUEST}))
    {typed(
        "'care_contact'", "held",
        contact_token=f"hash63('csds_contact', controller, given({CONTACT}))",
        service_request_token="service_request_token",
        record_id="record_id",
        contact_on="held_on",
        mechanism="code(CONSULTATION_MECHANISM_COMMUNITY_CARE)",
        attendance="code(ATTENDANCE_STATUS)",
        location_type="code(ACTIVITY_LOCATION_TYPE_CODE)",
        duration_minutes="int_number(CLINICAL_CONTACT_DURATION_OF_CARE_CONTACT)",
        referral_is_submitted=f"{PATIENT} is not null",
        patient_is_in_the_mpi="coalesce(patient_is_in_the_mpi, false)",
        contact_is_in_the_reporting_period="held_on between first_day and last_day",
        is_withheld="is_withheld",
    )}"""
"""One row per delivered contact row. Headers are looked up: the days a submission is for."""

job = Job(
    None,
    selects={"csds": SELECT},
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
