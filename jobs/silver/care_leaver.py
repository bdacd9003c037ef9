"""Silver care_leaver: one row per council, care leaver and year."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.standardise.texts import code
from cyplink.tables import silver


def build(oc3: DataFrame, header: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered oc3 row."""
    return of_children(
        oc3, header, "oc3", pseudonyms,
        year=F.col("period"),
        in_touch=code(F.col("IN_TOUCH")),
        activity=code(F.col("ACTIV")),
        accommodation=F.regexp_extract(code(F.col("ACCOM")), "^([A-Z])[12]$", 1),
        accommodation_is_suitable=F.when(F.col("ACCOM").rlike("[12]$"), F.col("ACCOM").endswith("1")),
    )


job = Job(
    build,
    reads={"oc3": SOURCES["ssda903"].kind("oc3").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.CARE_LEAVER,
    keep=last_word("record_id", "year"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
