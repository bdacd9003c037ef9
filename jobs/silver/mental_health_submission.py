"""Silver mental_health_submission: which provider submitted which month, one row each: without it no contact means nothing."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.standardise import dates
from cyplink.standardise.texts import given
from cyplink.tables import silver


def build(header: DataFrame) -> DataFrame:
    """One row per delivered header row."""
    return header.select(
        *delivered("mhsds", "header"),
        dates.iso(F.col("ReportingPeriodStartDate")).alias("period_starts_on"),
        dates.iso(F.col("ReportingPeriodEndDate")).alias("period_ends_on"),
        given(F.col("DatSetVer")).alias("data_set_version"),
    )


job = Job(
    build,
    reads={"header": SOURCES["mhsds"].kind("header").bronze},
    writes=silver.MENTAL_HEALTH_SUBMISSION,
    keep=last_word("controller", "period"),
)

if __name__ == "__main__":
    submit.main(__file__)
