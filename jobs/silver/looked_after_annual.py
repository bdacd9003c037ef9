"""Silver looked_after_annual: outcomes (OC2) of children looked after for twelve months at 31 March, one row per child and year."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.identity import in_the_header
from cyplink.standardise.texts import code, given, whole_number, yes_or_no
from cyplink.tables import silver

ANSWERS = {
    "was_convicted": "CONVICTED", "had_health_check": "HEALTH_CHECK", "immunisations_up_to_date": "IMMUNISATIONS",
    "had_teeth_check": "TEETH_CHECK", "had_health_assessment": "HEALTH_ASSESSMENT", "has_substance_misuse": "SUBSTANCE_MISUSE",
    "received_intervention": "INTERVENTION_RECEIVED", "was_offered_intervention": "INTERVENTION_OFFERED",
}


def is_blank_or_answer(delivered_answer: Column) -> Column:
    return given(delivered_answer).isNull() | yes_or_no(delivered_answer).isNotNull()


def build(oc2: DataFrame, header: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered OC2 row."""
    return in_the_header(oc2, header).select(
        *delivered("ssda903", "oc2"),
        pseudonyms.record_id(F.lit("ssda903"), "controller", given(F.col("CHILD"))).alias("record_id"),
        F.col("period").alias("year"),
        whole_number(F.col("SDQ_SCORE")).cast("int").alias("sdq_score"),
        code(F.col("SDQ_REASON")).alias("sdq_reason"),
        *(yes_or_no(F.col(column)).alias(name) for name, column in ANSWERS.items()),
        (given(F.col("SDQ_SCORE")).isNull() | whole_number(F.col("SDQ_SCORE")).isNotNull()).alias("sdq_score_is_a_number"),
        F.forall(F.array(*map(F.col, ANSWERS.values())), is_blank_or_answer).alias("answers_are_yes_or_no"),
        "child_is_in_the_header",
    )


job = Job(
    build,
    reads={"oc2": SOURCES["ssda903"].kind("oc2").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.LOOKED_AFTER_ANNUAL,
    keep=last_word("record_id", "year"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
