"""Silver separation: what is to stay apart, one row per adoption seal (stated on identifiers) and per order about two records."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.standardise import dates, nhs_numbers
from cyplink.standardise.texts import code, given
from cyplink.tables import silver


def build(adoption_seal: DataFrame, never_link_order: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered row of the two files."""
    number = F.lit(None).cast("bigint")
    seals = nhs_numbers.checked(nhs_numbers.checked(adoption_seal, "former_nhs_number", "checked_former"), "new_nhs_number", "checked_new").select(
        *delivered("objections", "adoption_seal"),
        F.lit("adoption_seal").alias("kind"),
        given(F.col("child_id")).alias("child_id"),
        F.col("checked_former").alias("former_nhs_number"),
        F.col("checked_new").alias("new_nhs_number"),
        number.alias("record_id_l"), number.alias("record_id_r"),
        F.lit(None).cast("string").alias("reason"),
        dates.iso(F.col("ordered_on")).alias("ordered_on"),
        (given(F.col("former_nhs_number")).isNull() | F.col("checked_former").isNotNull()).alias("former_nhs_number_is_valid"),
    )
    orders = never_link_order.withColumns({"one": _record(1, pseudonyms), "other": _record(2, pseudonyms)}).select(
        *delivered("objections", "never_link_order"),
        F.lit("never_link").alias("kind"),
        F.lit(None).cast("string").alias("child_id"),
        number.alias("former_nhs_number"), number.alias("new_nhs_number"),
        F.when(F.col("one").isNotNull() & F.col("other").isNotNull(), F.least("one", "other")).alias("record_id_l"),
        F.when(F.col("one").isNotNull() & F.col("other").isNotNull(), F.greatest("one", "other")).alias("record_id_r"),
        code(F.col("reason")).alias("reason"),
        dates.iso(F.col("ordered_on")).alias("ordered_on"),
        F.lit(True).alias("former_nhs_number_is_valid"),
    )
    whom = ("kind", "controller", "child_id", "former_nhs_number", "new_nhs_number", "record_id_l", "record_id_r")
    stated = [F.coalesce(F.col(name).cast("string"), F.lit("")) for name in whom]
    return seals.unionByName(orders).withColumns({"statement_token": pseudonyms.hash63(F.lit("separation"), *stated)})


def _record(place: int, pseudonyms: Pseudonyms) -> Column:
    source = F.lower(given(F.col(f"source_{place}")))
    return pseudonyms.record_id(source, given(F.col(f"controller_{place}")), given(F.col(f"local_person_id_{place}")))


job = Job(
    build,
    reads={name: SOURCES["objections"].kind(name).bronze for name in ("adoption_seal", "never_link_order")},
    writes=silver.SEPARATION,
    keep=last_word("statement_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
