"""Silver registration: one row per PDS person and period of registration with a practice."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.standardise import dates, nhs_numbers
from cyplink.standardise.texts import code, given
from cyplink.tables import silver


def build(registration: DataFrame, person: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered registration row."""
    people = person.select("delivery_id", "nhs_number", F.lit(True).alias("is_there")).distinct()
    marked = is_withheld(F.col("nhs_number"), registration, withheld_nhs_number, pseudonyms)
    return marked.join(people, ["delivery_id", "nhs_number"], how="left").select(
        *delivered("pds", "registration"),
        pseudonyms.record_id(F.lit("pds"), "controller", nhs_numbers.compact(F.col("nhs_number"))).alias("record_id"),
        code(F.col("practice_code")).alias("practice"),
        code(F.col("icb_code")).alias("icb"),
        dates.iso(F.col("effective_from")).alias("from_on"),
        dates.iso(F.col("effective_to")).alias("to_on"),
        code(F.col("reason_for_removal")).alias("removal_reason"),
        F.coalesce("is_there", F.lit(False)).alias("person_is_delivered"),
        (given(F.col("effective_to")).isNull() | dates.iso(F.col("effective_to")).isNotNull()).alias("to_on_is_a_date"),
        "is_withheld",
    )


job = Job(
    build,
    reads={
        "registration": SOURCES["pds"].kind("registration").bronze,
        "person": SOURCES["pds"].kind("person").bronze,
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.REGISTRATION,
    keep=last_word("record_id", "practice", "from_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
