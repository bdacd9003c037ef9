"""Silver adoption: one row per council and child adopted from care."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.standardise import dates
from cyplink.standardise.texts import code, yes_or_no
from cyplink.tables import silver


def build(ad1: DataFrame, header: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered ad1 row."""
    return of_children(
        ad1, header, "ad1", pseudonyms,
        decided_on=dates.british(F.col("DATE_INT")),
        matched_on=dates.british(F.col("DATE_MATCH")),
        is_by_foster_carer=yes_or_no(F.col("FOSTER_CARE")),
        number_of_adopters=code(F.col("NB_ADOPTR")),
        sex_of_adopters=code(F.col("SEX_ADOPTR")),
        legal_status_of_adopters=code(F.col("LS_ADOPTR")),
    )


job = Job(
    build,
    reads={"ad1": SOURCES["ssda903"].kind("ad1").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.ADOPTION,
    keep=last_word("record_id"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
