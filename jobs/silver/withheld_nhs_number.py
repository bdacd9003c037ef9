"""Silver withheld_nhs_number: the numbers nothing may be made of, as keyed tokens, with the reason: marked confidential on PDS, opted out
nationally, objected, withdrawn.

A person's other numbers are withheld too, through every merger in between, so that an old number elsewhere, or the new one where
the opt-out was under the old, is met at the door as well.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.standardise import nhs_numbers
from cyplink.standardise.texts import code, given
from cyplink.tables import silver

CONFIDENTIAL = ("S", "Y")
"""confidentiality_code of our PDS layout: S sensitive (adoption, protection), Y confidential."""

LONGEST_CHAIN = 5
_WHY = ("source", "controller", "period", "reason")


def build(person: DataFrame, confidentiality: DataFrame, merger: DataFrame, objection: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """A row per withheld number and statement that withholds it."""
    flagged = person.unionByName(confidentiality.where(given(F.col("effective_to")).isNull()), allowMissingColumns=True)
    confidential = flagged.where(code(F.col("confidentiality_code")).isin(*CONFIDENTIAL)).select(
        nhs_numbers.compact(F.col("nhs_number")).alias("nhs_number"),
        F.lit("pds").alias("source"), "controller", "period", F.lit("confidential_on_pds").alias("reason"),
    )
    # An objection to one controller's records names them by its own id (silver.withheld_record); the number stays usable elsewhere.
    objected = objection.where("ended_on is null and nhs_number is not null and scope <> 'OWN_RECORDS'").select(
        "nhs_number", "source", "controller", "period", F.col("kind").alias("reason")
    )
    return with_other_numbers(confidential.unionByName(objected), merger).select(
        pseudonyms.nhs_number_token("nhs_number").alias("nhs_number_token"), *_WHY
    )


def with_other_numbers(withheld: DataFrame, merger: DataFrame) -> DataFrame:
    """Withheld numbers, and those merged with one of them, earlier or later, directly or through up to four numbers in between."""
    former, current = (nhs_numbers.compact(F.col(name)) for name in ("superseded_nhs_number", "current_nhs_number"))
    either_way = merger.select(former.alias("other"), current.alias("nhs_number")).union(merger.select(current, former))
    found = newest = withheld
    for _ in range(LONGEST_CHAIN):
        newest = either_way.join(newest, "nhs_number", how="inner").select(F.col("other").alias("nhs_number"), *_WHY).distinct()
        found = found.unionByName(newest)
    return found


def once(rows: DataFrame) -> DataFrame:
    """One row per number and reason."""
    return rows.where("nhs_number_token is not null").groupBy("nhs_number_token", "reason").agg(
        F.min("source").alias("source"), F.min("controller").alias("controller"), F.max("period").alias("period")
    )


job = Job(
    build,
    reads={
        "person": SOURCES["pds"].kind("person").bronze,
        "confidentiality": SOURCES["pds"].kind("confidentiality").bronze,
        "merger": SOURCES["pds"].kind("merger").bronze,
        "objection": silver.OBJECTION,
    },
    writes=silver.WITHHELD_NHS_NUMBER,
    keep=once,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
