"""Silver social_care_assessment: one row per council, child and day an assessment began, with the factors it identified."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.cin_census.payload import codes, is_a_date, of_children
from cyplink.standardise import dates
from cyplink.tables import silver


def build(assessment: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered row."""
    return of_children(
        assessment, "assessment", pseudonyms,
        started_on=dates.iso(F.col("AssessmentActualStartDate")),
        review_point_on=dates.iso(F.col("AssessmentInternalReviewDate")),
        authorised_on=dates.iso(F.col("AssessmentAuthorisationDate")),
        factors=codes("AssessmentFactors"),
        authorised_on_is_a_date=is_a_date("AssessmentAuthorisationDate"),
    )


job = Job(
    build,
    reads={"assessment": SOURCES["cin_census"].kind("assessment").bronze},
    writes=silver.SOCIAL_CARE_ASSESSMENT,
    keep=last_word("record_id", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
