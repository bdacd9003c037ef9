"""Silver mental_health_contact: care contacts and indirect activity, told apart by `kind`, de-duplicated over months.

Indirect activity has no id of its own: provider, request, date, time and person consulted stand for one. What was done in a
contact (MHS202) is listed with it.
"""

from cyplink import submit
from cyplink.delivered import folded
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.payload import CONTACT_TOKEN, CONTACTS, WHOSE, of_referrals, or_blank
from cyplink.tables import silver

_DIRECT = of_referrals(
    "care_contact", "care_contact",
    contact_token=CONTACT_TOKEN,
    kind="'direct'",
    contact_on="iso(CareContDate)",
    mechanism="code(ConsMechanismMH)",
    attendance="code(AttendStatus)",
    duration_minutes="int_number(ClinContDurOfCareCont)",
    part="''",
    referral_is_submitted="LocalPatientID is not null",
)
_INDIRECT = of_referrals(
    "indirect_activity", "indirect_activity",
    contact_token=f"""hash63(
        'mhsds_indirect', controller, given(ServiceRequestID), {or_blank("IndirectActDate", "IndirectActTime", "IndActPersCons")})""",
    kind="'indirect'",
    contact_on="iso(IndirectActDate)",
    duration_minutes="int_number(DurationIndirectAct)",
    part="''",
    procedure="given(IndActProcedure)",
    referral_is_submitted="LocalPatientID is not null",
)
_DONE = of_referrals(
    "care_activity", "(select care_activity.*, ServiceRequestID, contact_on from care_activity left join parent_contact using (CareContactID))",
    contact_token=CONTACT_TOKEN,
    kind="'direct'",
    contact_on="contact_on",
    part="given(CareActID)",
    procedure="given(Procedure)",
    referral_is_submitted="LocalPatientID is not null",
)

SELECT = f"""
    with {WHOSE}, {CONTACTS}
    {_DIRECT} union all by name {_INDIRECT} union all by name {_DONE}"""
"""One row per delivered row of a contact, an activity in one or an indirect activity."""


job = Job(
    None,
    selects={"mhsds": SELECT},
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
