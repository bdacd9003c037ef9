"""Silver child_in_need_referral: one row per council, child and day of referral, with the episode of need that followed."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.cin_census.payload import codes, is_a_date, known_children, of_children
from cyplink.tables import silver

SELECT = f"""
    with {known_children("referral")}
    {of_children(
        "referral",
        referral_source="code(ReferralSource)",
        is_no_further_action="yes_or_no(ReferralNFA)",
        primary_need="code(PrimaryNeedCode)",
        closed_on="iso(CINclosureDate)",
        closure_reason="code(ReasonForClosure)",
        conference_on="iso(DateOfInitialCPC)",
        disabilities=codes("Disability"),
        closed_on_is_a_date=is_a_date("CINclosureDate"),
    )}"""
"""One row per delivered row."""

job = Job(
    None,
    selects={"cin_census": SELECT},
    reads={"referral": SOURCES["cin_census"].kind("referral").bronze},
    writes=silver.CHILD_IN_NEED_REFERRAL,
    keep=last_word("record_id", "referred_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
