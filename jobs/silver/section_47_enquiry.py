"""Silver section_47_enquiry: one row per council, child and day an enquiry under section 47 began."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.cin_census.payload import is_a_date, known_children, of_children
from cyplink.tables import silver

SELECT = f"""
    with {known_children("section_47")}
    {of_children(
        "section_47",
        started_on="iso(S47ActualStartDate)",
        conference_due_on="iso(InitialCPCtarget)",
        conference_on="iso(DateOfInitialCPC)",
        conference_not_required="yes_or_no(ICPCnotRequired)",
        conference_on_is_a_date=is_a_date("DateOfInitialCPC"),
    )}"""
"""One row per delivered row."""

job = Job(
    None,
    selects={"cin_census": SELECT},
    reads={"section_47": SOURCES["cin_census"].kind("section_47").bronze},
    writes=silver.SECTION_47_ENQUIRY,
    keep=last_word("record_id", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
