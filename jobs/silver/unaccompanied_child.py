"""Silver unaccompanied_child: children returned as unaccompanied asylum-seeking, one row per council and child."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.identity import in_the_header
from cyplink.standardise import dates
from cyplink.standardise.texts import given
from cyplink.tables import silver


def build(uasc: DataFrame, header: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered UASC row."""
    return in_the_header(uasc, header).select(
        *delivered("ssda903", "uasc"),
        pseudonyms.record_id(F.lit("ssda903"), "controller", given(F.col("CHILD"))).alias("record_id"),
        dates.british(F.col("DUC")).alias("ceased_on"),
        (given(F.col("DUC")).isNull() | dates.british(F.col("DUC")).isNotNull()).alias("ceased_on_is_a_date"),
        "child_is_in_the_header",
    )


job = Job(
    build,
    reads={"uasc": SOURCES["ssda903"].kind("uasc").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.UNACCOMPANIED_CHILD,
    keep=last_word("record_id"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
