"""Silver adoption_decision: one row per council, child and decision that the child should be placed for adoption."""

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


def build(placed_adoption: DataFrame, header: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered placed_adoption row."""
    return of_children(
        placed_adoption, header, "placed_adoption", pseudonyms,
        decided_on=dates.british(F.col("DATE_PLACED")),
        reversed_on=dates.british(F.col("DATE_PLACED_CEASED")),
        reason_reversed=code(F.col("REASON_PLACED_CEASED")),
    )


job = Job(
    build,
    reads={"placed_adoption": SOURCES["ssda903"].kind("placed_adoption").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.ADOPTION_DECISION,
    keep=last_word("record_id", "decided_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
