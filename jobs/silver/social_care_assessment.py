"""Silver social_care_assessment: one row per council, child and day an assessment began, with the factors it identified."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.cin_census.payload import codes, is_a_date, known_children, of_children
from cyplink.tables import silver

SELECT = f"""
    with {known_children("assessment")}
    {of_children(
        "assessment",
        started_on="iso(AssessmentActualStartDate)",
        review_point_on="iso(AssessmentInternalReviewDate)",
        authorised_on="iso(AssessmentAuthorisationDate)",
        factors=codes("AssessmentFactors"),
        authorised_on_is_a_date=is_a_date("AssessmentAuthorisationDate"),
    )}"""
"""One row per delivered row."""

job = Job(
    None,
    selects={"cin_census": SELECT},
    reads={"assessment": SOURCES["cin_census"].kind("assessment").bronze},
    writes=silver.SOCIAL_CARE_ASSESSMENT,
    keep=last_word("record_id", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
