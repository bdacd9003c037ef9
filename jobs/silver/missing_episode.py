"""Silver missing_episode: one row per council, child and time missing or away."""

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


def build(missing: DataFrame, header: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered missing row."""
    return of_children(
        missing, header, "missing", pseudonyms,
        started_on=dates.british(F.col("MIS_START")),
        kind=code(F.col("MISSING")),
        ended_on=dates.british(F.col("MIS_END")),
    )


job = Job(
    build,
    reads={"missing": SOURCES["ssda903"].kind("missing").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.MISSING_EPISODE,
    keep=last_word("record_id", "started_on", "kind"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
