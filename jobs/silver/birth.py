"""Silver birth: one row per birth notified, with the birth's facts and a token of the mother, still births included."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.birth_notifications.identity import LIVE, STILL, at_the_door, with_numbers
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given, whole_number, yes_or_no
from cyplink.tables import silver


def build(birth: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered notification."""
    status, born_on = code(F.col("live_or_still_birth")), dates.iso(F.col("birth_date"))
    age = F.floor(F.months_between(born_on, dates.iso(F.col("mother_birth_date"))) / 12).cast("int")
    return with_numbers(at_the_door(birth, withheld_nhs_number, pseudonyms)).select(
        *delivered("birth_notifications", "birth"),
        pseudonyms.record_id(F.lit("birth_notifications"), "controller", given(F.col("notification_id"))).alias("record_id"),
        F.when(status.isin(LIVE, STILL), status == LIVE).alias("is_live_birth"),
        *(whole_number(F.col(name)).cast("int").alias(name) for name in ("birth_weight_grams", "gestation_weeks", "birth_order", "number_of_births")),
        yes_or_no(F.col("congenital_anomaly_indicator")).alias("has_congenital_anomaly"),
        pseudonyms.hash63(F.lit("mother"), "mother_number").alias("mother_token"),
        age.alias("mother_age_years"),
        "nhs_number_is_own",
        (given(F.col("birth_date")).isNull() | born_on.isNotNull()).alias("born_on_is_a_date"),
        "is_withheld",
    )


job = Job(
    build,
    reads={"birth": SOURCES["birth_notifications"].kind("birth").bronze, "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER},
    writes=silver.BIRTH,
    keep=last_word("record_id"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
