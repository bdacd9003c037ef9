"""Gold person_source_link: one row per local record of a person that is not withheld: how it was linked, how strongly.

The record appears as a token of gold's own, so that nobody can go back to the council's or provider's id with it.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.people import people
from cyplink.pseudonym import Pseudonyms
from cyplink.tables import gold, linkage, silver


def build(person_link: DataFrame, record_characteristic: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    origins = record_characteristic.select("record_id", "source", "controller")
    return people(person_link).join(origins, "record_id", how="inner").select(
        "person_id",
        pseudonyms.hash63(F.lit("gold.record"), F.col("record_id")).alias("record_token"),
        "source", "controller", "step", "step_reason", "match_weight", "margin", "status", "model_version",
    )


job = Job(
    build,
    reads={"person_link": linkage.PERSON_LINK, "record_characteristic": silver.RECORD_CHARACTERISTIC},
    writes=gold.PERSON_SOURCE_LINK,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
