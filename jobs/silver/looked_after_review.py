"""Silver looked_after_review: one row per council, child and day of review."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.standardise import dates
from cyplink.standardise.texts import code
from cyplink.tables import silver


def build(reviews: DataFrame, header: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered review row."""
    return of_children(
        reviews, header, "reviews", pseudonyms,
        reviewed_on=dates.british(F.col("REVIEW")),
        participation=code(F.col("REVIEW_CODE")),
    )


job = Job(
    build,
    reads={"reviews": SOURCES["ssda903"].kind("reviews").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.LOOKED_AFTER_REVIEW,
    keep=last_word("record_id", "reviewed_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
