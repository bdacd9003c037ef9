"""Gold mental_health_referral: one row per referral of a person that is not withheld, as last submitted."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.people import of_people
from cyplink.pseudonym import Pseudonyms
from cyplink.tables import gold, linkage, silver


def build(person_link: DataFrame, mental_health_referral: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    return of_people(mental_health_referral, person_link).select(
        pseudonyms.hash63(F.lit("gold.referral"), "controller", "service_request_token").alias("referral_token"),
        "person_id", F.col("controller").alias("provider"),
        "received_on", "source_of_referral", "primary_reason", "priority", "discharged_on", "rejected_on",
        "closure_reason", "rejection_reason", "broken_rules",
    )


job = Job(
    build,
    reads={"person_link": linkage.PERSON_LINK, "mental_health_referral": silver.MENTAL_HEALTH_REFERRAL},
    writes=gold.MENTAL_HEALTH_REFERRAL,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
