"""Silver community_referral: one row per provider and service request of the community return, as last submitted, with its team's type."""

from cyplink import submit
from cyplink.delivered import last_word, typed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.csds.payload import PATIENT, PATIENTS, REQUEST, request_tokens
from cyplink.tables import silver

TEAM = (
    "SERVICE_OR_TEAM_TYPE_REFERRED_TO_COMMUNITY_CARE", "REFERRAL_REJECTION_DATE", "REFERRAL_CLOSURE_REASON", "REFERRAL_REJECTION_REASON",
)

SELECT = f"""
    with {PATIENTS},
    token as ({request_tokens("referral")}),
    team as (select distinct on (period, {REQUEST}) period, {REQUEST}, {", ".join(TEAM)} from service_type order by period, {REQUEST}, source_row desc),
    made as (
        select referral.*, {", ".join(TEAM)}, record_id, is_withheld, patient_is_in_the_mpi, service_request_token
        from referral left join team using (period, {REQUEST}) left join patient using ({PATIENT}) left join token on request_given = given({REQUEST}))
    {typed(
        "'referral'", "made",
        service_request_token="service_request_token",
        record_id="record_id",
        received_on="iso(REFERRAL_REQUEST_RECEIVED_DATE)",
        source_of_referral="code(SOURCE_OF_REFERRAL_FOR_COMMUNITY)",
        primary_reason="code(PRIMARY_REASON_FOR_REFERRAL_COMMUNITY_CARE)",
        priority="code(PRIORITY_TYPE_CODE)",
        service_type=f"code({TEAM[0]})",
        discharged_on="iso(SERVICE_DISCHARGE_DATE)",
        rejected_on="iso(REFERRAL_REJECTION_DATE)",
        closure_reason="code(REFERRAL_CLOSURE_REASON)",
        rejection_reason="code(REFERRAL_REJECTION_REASON)",
        patient_is_in_the_mpi="coalesce(patient_is_in_the_mpi, false)",
        discharged_on_is_a_date="given(SERVICE_DISCHARGE_DATE) is null or iso(SERVICE_DISCHARGE_DATE) is not null",
        is_withheld="is_withheld",
    )}"""
"""One row per delivered referral row. Service types are looked up: the month's last team of the referral."""

job = Job(
    None,
    selects={"csds": SELECT},
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
