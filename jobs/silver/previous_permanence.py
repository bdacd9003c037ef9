"""Silver previous_permanence: one row per council and child whose care began, as last returned."""

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


def build(prev_perm: DataFrame, header: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered prev_perm row."""
    return of_children(
        prev_perm, header, "prev_perm", pseudonyms,
        previous_permanence=code(F.col("PREV_PERM")),
        arranged_by=code(F.col("LA_PERM")),
        ordered_by_on=dates.partial(F.col("DATE_PERM")),
        ordered_on_is_exact=F.when(dates.partial(F.col("DATE_PERM")).isNotNull(), dates.british(F.col("DATE_PERM")).isNotNull()),
    )


job = Job(
    build,
    reads={"prev_perm": SOURCES["ssda903"].kind("prev_perm").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.PREVIOUS_PERMANENCE,
    keep=last_word("record_id"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
