"""Silver mental_health_referral: one row per provider and service request, as last submitted, with its teams and other reasons.

MHSDS is monthly and rolling: an open referral comes again every month; the latest month has the last word. Up to version 5 the
teams of a referral are all in MHS102, which says their type and whether they rejected it; the first of them stands for the referral's own.
"""

from cyplink import submit
from cyplink.delivered import folded
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.payload import REQUEST_TOKEN, WHOSE, last_said, of_patients, of_referrals
from cyplink.tables import silver

TEAMS = f"""
    -- Type of each team of a provider, as last submitted (MHS902).
    typed_team as (
        select code(CareProfTeamLocalID) as team, {last_said("code(ServTeamTypeMH)")} as team_type
        from team where code(CareProfTeamLocalID) is not null group by 1),
    -- Of each referral the first team of its last month in version 5, the only one whose rows give a team's type.
    first_team as (
        select ServiceRequestID, code(OtherCareProfTeamLocalID) as first_team, code(ServTeamTypeRefToMH) as first_type, iso(ReferRejectionDate) as first_rejected_on,
            code(ReferRejectReason) as first_rejection_reason, code(ReferClosReason) as first_closure_reason
        from other_service where given(ServTeamTypeRefToMH) is not null and ServiceRequestID is not null
        qualify row_number() over (partition by ServiceRequestID order by period desc, delivery_id desc, source_row) = 1)"""

_OWN = of_patients(
    "referral", """(
        select referral.*, team_type, record_id, is_withheld, patient_is_in_the_mpi, first_team.* exclude (ServiceRequestID)
        from referral left join patient using (LocalPatientID) left join typed_team on team = code(CareProfTeamLocalID)
            left join first_team using (ServiceRequestID))""",
    service_request_token=REQUEST_TOKEN,
    received_on="iso(ReferralRequestReceivedDate)",
    source_of_referral="code(SourceOfReferralMH)",
    primary_reason="code(PrimReasonReferralMH)",
    priority="code(ClinRespPriorityType)",
    discharged_on="iso(ServDischDate)",
    rejected_on="coalesce(iso(ReferRejectionDate), first_rejected_on)",
    closure_reason="coalesce(code(ReferClosReason), first_closure_reason)",
    rejection_reason="coalesce(code(ReferRejectReason), first_rejection_reason)",
    team_type="coalesce(team_type, first_type)",
    discharged_on_is_a_date="given(ServDischDate) is null or iso(ServDischDate) is not null",
    rejected_on_is_a_date="given(ReferRejectionDate) is null or iso(ReferRejectionDate) is not null",
    part="''",
)
_TEAM = of_referrals(
    "other_service", """(
        select other_service.*, team_type, first_team from other_service left join typed_team on team = code(OtherCareProfTeamLocalID)
            left join first_team using (ServiceRequestID))""",
    received_on="received_on",
    part="code(OtherCareProfTeamLocalID)",
    other_team_type="""case when not coalesce(first_team = code(OtherCareProfTeamLocalID), false)
        then coalesce(team_type, code(ServTeamTypeRefToMH)) end""",
)
_REASON = of_referrals("other_reason", "other_reason", received_on="received_on", part="code(OtherReasonReferMH)", other_reason="code(OtherReasonReferMH)")
_ONWARD = of_referrals(
    "onward_referral", """(
        select *, {'referred_on': iso(OnwardReferDate), 'reason': code(OnwardReferReason), 'organisation': code(OrgIDReceiving)} as sent_on
        from onward_referral)""",
    received_on="received_on",
    part="to_json(sent_on)::varchar",
    onward="sent_on",
)

SELECT = f"""
    with {WHOSE}, {TEAMS}
    {_OWN} union all by name {_TEAM} union all by name {_REASON} union all by name {_ONWARD}"""
"""One row per delivered row of a referral, another team, another reason or a referral onward."""


job = Job(
    None,
    selects={"mhsds": SELECT},
    reads={
        **{name: SOURCES["mhsds"].kind(name).bronze for name in ("referral", "other_service", "other_reason", "onward_referral", "team", "mpi")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_REFERRAL,
    keep=folded(
        "controller", "service_request_token", of="referral",
        lists={"other_team_types": "other_team_type", "other_reasons": "other_reason", "onward_referrals": "onward"},
    ),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
