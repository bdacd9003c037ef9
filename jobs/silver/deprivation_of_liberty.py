"""Silver deprivation_of_liberty: one row per council, child and order."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.standardise import dates
from cyplink.tables import silver


def build(dolo: DataFrame, header: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered dolo row."""
    return of_children(
        dolo, header, "dolo", pseudonyms,
        started_on=dates.british(F.col("DOLO_START")),
        ended_on=dates.british(F.col("DOLO_END")),
    )


job = Job(
    build,
    reads={"dolo": SOURCES["ssda903"].kind("dolo").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.DEPRIVATION_OF_LIBERTY,
    keep=last_word("record_id", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
