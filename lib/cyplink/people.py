"""From records to people: the one way by which gold leaves out whoever is withheld."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def of_people(rows: DataFrame, person_link: DataFrame) -> DataFrame:
    """`rows` (with record_id) of people who are in gold, with their `person_id`: nobody withheld, no row twice."""
    return rows.join(people(person_link).select("record_id", "person_id"), "record_id", how="inner")


def people(person_link: DataFrame) -> DataFrame:
    """The links of people who are in gold: those not withheld (DESIGN §3.7)."""
    return person_link.where(~F.col("is_withheld"))
