"""Silver social_worker_episode: one row per council, child and social worker."""

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


def build(sw_episodes: DataFrame, header: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered sw_episodes row."""
    return of_children(
        sw_episodes, header, "sw_episodes", pseudonyms,
        started_on=dates.partial(F.col("SW_DECOM")),
        social_worker_token=pseudonyms.hash63(F.lit("social_worker"), F.col("controller"), code(F.col("SW_ID"))),
        ended_on=dates.partial(F.col("SW_DEC")),
        reason=code(F.col("SW_REASON")),
    )


job = Job(
    build,
    reads={"sw_episodes": SOURCES["ssda903"].kind("sw_episodes").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.SOCIAL_WORKER_EPISODE,
    keep=last_word("record_id", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
