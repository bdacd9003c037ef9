"""Silver section_47_enquiry: one row per council, child and day an enquiry under section 47 began."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.cin_census.payload import is_a_date, of_children
from cyplink.standardise import dates
from cyplink.standardise.texts import yes_or_no
from cyplink.tables import silver


def build(section_47: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered row."""
    return of_children(
        section_47, "section_47", pseudonyms,
        started_on=dates.iso(F.col("S47ActualStartDate")),
        conference_due_on=dates.iso(F.col("InitialCPCtarget")),
        conference_on=dates.iso(F.col("DateOfInitialCPC")),
        conference_not_required=yes_or_no(F.col("ICPCnotRequired")),
        conference_on_is_a_date=is_a_date("DateOfInitialCPC"),
    )


job = Job(
    build,
    reads={"section_47": SOURCES["cin_census"].kind("section_47").bronze},
    writes=silver.SECTION_47_ENQUIRY,
    keep=last_word("record_id", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
