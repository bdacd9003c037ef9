"""Silver looked_after_episode: one row per episode (council, child, DECOM, RNE), as last returned.

An episode open at the end of a return is returned again the next year; the later row has the last word, so that it closes here.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.identity import in_the_header
from cyplink.standardise import dates, postcodes
from cyplink.standardise.texts import code, given
from cyplink.tables import silver


def build(episodes: DataFrame, header: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered episode row."""
    return in_the_header(episodes, header).select(
        *delivered("ssda903", "episodes"),
        pseudonyms.record_id(F.lit("ssda903"), "controller", given(F.col("CHILD"))).alias("record_id"),
        dates.british(F.col("DECOM")).alias("started_on"),
        code(F.col("RNE")).alias("reason_new_episode"),
        dates.british(F.col("DEC")).alias("ended_on"),
        code(F.col("REC")).alias("reason_ceased"),
        code(F.col("LS")).alias("legal_status"),
        code(F.col("CIN")).alias("need"),
        code(F.col("PLACE")).alias("placement"),
        code(F.col("PLACE_PROVIDER")).alias("placement_provider"),
        code(F.col("REASON_PLACE_CHANGE")).alias("reason_place_change"),
        postcodes.district(F.col("HOME_POST")).alias("home_postcode_district"),
        postcodes.district(F.col("PL_POST")).alias("placement_postcode_district"),
        given(F.col("URN")).alias("placement_urn"),
        (given(F.col("DEC")).isNull() | dates.british(F.col("DEC")).isNotNull()).alias("end_is_a_date"),
        "child_is_in_the_header",
    )


job = Job(
    build,
    reads={"episodes": SOURCES["ssda903"].kind("episodes").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.LOOKED_AFTER_EPISODE,
    keep=last_word("record_id", "started_on", "reason_new_episode"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
