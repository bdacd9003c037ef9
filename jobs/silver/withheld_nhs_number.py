"""Silver withheld_nhs_number: the numbers nothing may be made of, as keyed tokens: PDS people marked sensitive or confidential, and
patients whose practice says that the spine marks them so (s_flag).

Superseded numbers of such a person are withheld too, through every merger in between, so that an old number elsewhere
is met at the door as well. Made whole: a practice's list has no mergers, so its numbers need the spine's.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.gp_events.identity import is_flagged
from cyplink.standardise import nhs_numbers
from cyplink.standardise.texts import code
from cyplink.tables import silver

CONFIDENTIAL = ("S", "Y")
"""confidentiality_code of our PDS layout: S sensitive (adoption, protection), Y confidential."""

LONGEST_CHAIN = 5
_DELIVERED = ("controller", "period", "delivery_id", "source_row")
LINEAGE = ("source", "file_kind", *_DELIVERED)


def build(person: DataFrame, merger: DataFrame, patient: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per withheld number and delivered row that withholds it; a row without a number withholds none."""
    confidential = _numbers(person.where(code(F.col("confidentiality_code")).isin(*CONFIDENTIAL)), "pds", "person")
    flagged = _numbers(patient.where(is_flagged()), "gp_events", "patient")
    withheld = confidential.unionByName(flagged).where("nhs_number is not null")
    return with_former_numbers(withheld, merger).select(
        *LINEAGE,
        pseudonyms.nhs_number_token("nhs_number").alias("nhs_number_token"),
        F.when(F.col("source") == "gp_events", F.lit("flagged_by_practice")).otherwise(F.lit("confidential_on_pds")).alias("reason"),
    )


def _numbers(rows: DataFrame, source: str, file_kind: str) -> DataFrame:
    number = nhs_numbers.compact(F.col("nhs_number")).alias("nhs_number")
    return rows.select(number, F.lit(source).alias("source"), F.lit(file_kind).alias("file_kind"), *_DELIVERED)


def with_former_numbers(withheld: DataFrame, merger: DataFrame) -> DataFrame:
    """The numbers withheld, and those merged into one of them, directly or through up to four numbers in between.

    Chains of mergers, which are few, are laid out before they meet the people: a search from the people would read them once a step.
    """
    former, current = (nhs_numbers.compact(F.col(name)) for name in ("superseded_nhs_number", "current_nhs_number"))
    chains = merger.select(former.alias("former"), current.alias("into_0"), F.lit("pds").alias("source"), F.lit("merger").alias("file_kind"), *_DELIVERED)
    for place in range(1, LONGEST_CHAIN):
        step = F.broadcast(merger.select(former.alias("_from"), current.alias(f"into_{place}")))
        chains = chains.join(step, F.col(f"into_{place - 1}") == F.col("_from"), how="left").drop("_from")
    reached = F.explode(F.array_compact(F.array(*(f"into_{place}" for place in range(LONGEST_CHAIN)))))
    pairs = chains.where("former is not null").select("former", reached.alias("nhs_number"), *LINEAGE)
    met = pairs.join(withheld.select("nhs_number").distinct(), "nhs_number", how="left_semi")
    return withheld.unionByName(met.select(F.col("former").alias("nhs_number"), *LINEAGE))


job = Job(
    build,
    reads={
        "person": SOURCES["pds"].kind("person").bronze,
        "merger": SOURCES["pds"].kind("merger").bronze,
        "patient": SOURCES["gp_events"].kind("patient").bronze,
    },
    writes=silver.WITHHELD_NHS_NUMBER,
    keep=last_word("nhs_number_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
