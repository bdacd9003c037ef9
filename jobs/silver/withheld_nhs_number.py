"""Silver withheld_nhs_number: the numbers nothing may be made of, as keyed tokens: PDS people marked sensitive or confidential.

Superseded numbers of such a person are withheld too, so that an old number elsewhere is met at the door as well.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.standardise import nhs_numbers
from cyplink.standardise.texts import code
from cyplink.tables import silver

CONFIDENTIAL = ("S", "Y")
"""confidentiality_code of our PDS layout: S sensitive (adoption, protection), Y confidential."""


def build(person: DataFrame, merger: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per withheld number and delivered row that withholds it."""
    current = person.where(code(F.col("confidentiality_code")).isin(*CONFIDENTIAL)).withColumns({"file_kind": F.lit("person")})
    former = (
        merger.join(current.select(F.col("nhs_number").alias("current_nhs_number")).distinct(), "current_nhs_number", how="inner")
        .withColumns({"nhs_number": F.col("superseded_nhs_number"), "file_kind": F.lit("merger")})
    )
    lineage = ("controller", "period", "file_kind", "delivery_id", "source_row")
    numbers = current.select("nhs_number", *lineage).unionByName(former.select("nhs_number", *lineage))
    return numbers.select(
        F.lit("pds").alias("source"),
        *lineage,
        pseudonyms.nhs_number_token(nhs_numbers.compact(F.col("nhs_number"))).alias("nhs_number_token"),
        F.lit("confidential_on_pds").alias("reason"),
    )


def one_each(rows: DataFrame) -> DataFrame:
    return rows.dropDuplicates(["nhs_number_token"])


job = Job(
    build,
    reads={"person": SOURCES["pds"].kind("person").bronze, "merger": SOURCES["pds"].kind("merger").bronze},
    writes=silver.WITHHELD_NHS_NUMBER,
    keep=one_each,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
