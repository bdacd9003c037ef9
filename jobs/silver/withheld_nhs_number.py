"""Silver withheld_nhs_number: the numbers nothing may be made of, as keyed tokens, with the reason: marked confidential on PDS or by the
practice (s_flag), opted out nationally, objected, withdrawn.

A person's other numbers are withheld too, through every merger in between, so that an old number elsewhere, or the new one where
the opt-out was under the old, is met at the door as well.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.gp_events.identity import is_flagged
from cyplink.standardise import nhs_numbers
from cyplink.standardise.texts import code, given
from cyplink.tables import silver

CONFIDENTIAL = ("S", "Y")
"""confidentiality_code of our PDS layout: S sensitive (adoption, protection), Y confidential."""

LONGEST_CHAIN = 5
_WHY = ("source", "controller", "period", "reason")


def build(
    person: DataFrame, confidentiality: DataFrame, merger: DataFrame, patient: DataFrame, objection: DataFrame, pseudonyms: Pseudonyms
) -> DataFrame:
    """One row per withheld number and reason."""
    flagged = person.unionByName(confidentiality.where(given(F.col("effective_to")).isNull()), allowMissingColumns=True)
    confidential = _numbers(flagged.where(code(F.col("confidentiality_code")).isin(*CONFIDENTIAL)), "pds", "confidential_on_pds")
    by_practice = _numbers(patient.where(is_flagged()), "gp_events", "flagged_by_practice")
    # An objection to one controller's records names them by its own id (silver.withheld_record); the number stays usable elsewhere.
    objected = objection.where("ended_on is null and nhs_number is not null and scope <> 'OWN_RECORDS'").select(
        "nhs_number", "source", "controller", "period", F.col("kind").alias("reason")
    )
    withheld = confidential.unionByName(by_practice).unionByName(objected).where("nhs_number is not null")
    tokens = with_other_numbers(withheld, merger).select(pseudonyms.nhs_number_token("nhs_number").alias("nhs_number_token"), *_WHY)
    return tokens.where("nhs_number_token is not null").groupBy("nhs_number_token", "reason").agg(
        F.min("source").alias("source"), F.min("controller").alias("controller"), F.max("period").alias("period")
    )


def _numbers(rows: DataFrame, source: str, reason: str) -> DataFrame:
    number = nhs_numbers.compact(F.col("nhs_number")).alias("nhs_number")
    return rows.select(number, F.lit(source).alias("source"), "controller", "period", F.lit(reason).alias("reason"))


def with_other_numbers(withheld: DataFrame, merger: DataFrame) -> DataFrame:
    """Withheld numbers, and those merged with one of them, earlier or later, directly or through up to four numbers in between.

    Chains of mergers, which are few, are laid out before they meet the people: a search from the people would read them once a step.
    """
    former, current = (nhs_numbers.compact(F.col(name)) for name in ("superseded_nhs_number", "current_nhs_number"))
    merged = merger.select(former.alias("one"), current.alias("other")).where("one is not null and other is not null")
    either_way = merged.union(merged.select("other", "one"))
    chains = either_way.select(F.col("one").alias("nhs_number"), F.col("other").alias("reached_0"))
    for place in range(1, LONGEST_CHAIN):
        step = F.broadcast(either_way.select(F.col("one").alias("_from"), F.col("other").alias(f"reached_{place}")))
        chains = chains.join(step, F.col(f"reached_{place - 1}") == F.col("_from"), how="left").drop("_from")
    reached = F.explode(F.array_compact(F.array(*(f"reached_{place}" for place in range(LONGEST_CHAIN)))))
    pairs = F.broadcast(chains.select("nhs_number", reached.alias("reached")).distinct())
    met = withheld.join(pairs, "nhs_number", how="inner").select(F.col("reached").alias("nhs_number"), *_WHY)
    return withheld.unionByName(met)


job = Job(
    build,
    reads={
        "person": SOURCES["pds"].kind("person").bronze,
        "confidentiality": SOURCES["pds"].kind("confidentiality").bronze,
        "merger": SOURCES["pds"].kind("merger").bronze,
        "patient": SOURCES["gp_events"].kind("patient").bronze,
        "objection": silver.OBJECTION,
    },
    writes=silver.WITHHELD_NHS_NUMBER,
    uses_key=True,
    compares=True,  # every health table reads it: a new list that says the same must not make them all again
)

if __name__ == "__main__":
    submit.main(__file__)
