"""Silver mental_health_score: scores of assessments, of a referral (MHS606) or of an activity in a contact (MHS607), each once over months."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.payload import CONTACT_TOKEN, CONTACTS, TOOLS, WHOSE, last_said, of_referrals, or_blank
from cyplink.standardise.macros import meaning
from cyplink.tables import silver

_TOOL, _SCORE = "given(CodedAssToolType)", "given(PersScore)"
_SAID = {
    "tool_code": _TOOL,
    "tool": meaning(_TOOL, {of: name for of, (name, _) in TOOLS.items()}),
    "rater": meaning(_TOOL, {of: rater for of, (_, rater) in TOOLS.items()}),
    "score": f"try_cast({_SCORE} as double)",
    "score_is_a_number": f"{_SCORE} is null or try_cast({_SCORE} as double) is not null",
}
"""The tool, whose scale a code stands for, who rated, and the score as a number."""

_OF_REFERRALS = of_referrals(
    "referral_score", "referral_score",
    score_token=f"hash63('mhsds_referral_score', controller, {or_blank('ServiceRequestID', 'CodedAssToolType', 'AssToolCompTimestamp', 'PersScore')})",
    assessed="'referral'",
    assessed_on="iso(AssToolCompTimestamp)",
    **_SAID,
)
_OF_ACTIVITIES = of_referrals(
    "activity_score", "(select activity_score.*, CareContactID, ServiceRequestID, contact_on from activity_score left join parent_activity using (CareActID))",
    score_token=f"hash63('mhsds_activity_score', controller, {or_blank('CareActID', 'CodedAssToolType', 'PersScore')})",
    assessed="'activity'",
    assessed_on="contact_on",
    contact_token=CONTACT_TOKEN,
    **_SAID,
)

SELECT = f"""
    with {WHOSE}, {CONTACTS},
    parent_activity as (
        select * from (select CareActID, {last_said("CareContactID")} as CareContactID from care_activity where CareActID is not null group by CareActID)
            left join parent_contact using (CareContactID))
    {_OF_ACTIVITIES} union all by name {_OF_REFERRALS}"""
"""One row per delivered row."""


job = Job(
    None,
    selects={"mhsds": SELECT},
    reads={
        **{name: SOURCES["mhsds"].kind(name).bronze for name in ("referral_score", "activity_score", "care_activity", "care_contact", "referral", "mpi")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_SCORE,
    keep=last_word("controller", "score_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
