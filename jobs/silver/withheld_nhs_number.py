"""Silver withheld_nhs_number: the numbers nothing may be made of, as keyed tokens: PDS people marked sensitive or confidential.

Superseded numbers of such a person are withheld too, through every merger in between, so that an old number elsewhere
is met at the door as well.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.standardise import nhs_numbers
from cyplink.standardise.texts import code
from cyplink.tables import silver

CONFIDENTIAL = ("S", "Y")
"""confidentiality_code of our PDS layout: S sensitive (adoption, protection), Y confidential."""

LONGEST_CHAIN = 5
_DELIVERED = ("controller", "period", "delivery_id", "source_row")
LINEAGE = ("file_kind", *_DELIVERED)


def build(person: DataFrame, merger: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per withheld number and delivered row that withholds it."""
    confidential = person.where(code(F.col("confidentiality_code")).isin(*CONFIDENTIAL)).select(
        nhs_numbers.compact(F.col("nhs_number")).alias("nhs_number"), F.lit("person").alias("file_kind"), *_DELIVERED
    )
    return with_former_numbers(confidential, merger).select(
        F.lit("pds").alias("source"),
        *LINEAGE,
        pseudonyms.nhs_number_token("nhs_number").alias("nhs_number_token"),
        F.lit("confidential_on_pds").alias("reason"),
    )


def with_former_numbers(confidential: DataFrame, merger: DataFrame) -> DataFrame:
    """Confidential numbers, and those merged into one of them, directly or through up to four numbers in between."""
    mergers = merger.select(
        nhs_numbers.compact(F.col("superseded_nhs_number")).alias("former"),
        nhs_numbers.compact(F.col("current_nhs_number")).alias("nhs_number"),
        F.lit("merger").alias("file_kind"), *_DELIVERED,
    )
    found = newest = confidential
    for _ in range(LONGEST_CHAIN):
        reached = newest.select("nhs_number").distinct()
        newest = mergers.join(reached, "nhs_number", how="left_semi").select(F.col("former").alias("nhs_number"), *LINEAGE)
        found = found.unionByName(newest)
    return found


job = Job(
    build,
    reads={"person": SOURCES["pds"].kind("person").bronze, "merger": SOURCES["pds"].kind("merger").bronze},
    writes=silver.WITHHELD_NHS_NUMBER,
    keep=last_word("nhs_number_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
