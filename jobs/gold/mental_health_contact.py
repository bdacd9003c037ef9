"""Gold mental_health_contact: one row per care contact or indirect activity of a person that is not withheld.

A contact counts as access as NHS England counts it for children and young people: direct and attended, on time or late
(AttendStatus 5, 6), or indirect activity on the child's behalf. Not attended, cancelled and not yet known do not count.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.people import of_people
from cyplink.pseudonym import Pseudonyms
from cyplink.tables import gold, linkage, silver

ATTENDED = ("5", "6")


def build(person_link: DataFrame, mental_health_contact: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    is_attended = F.coalesce(F.col("attendance").isin(*ATTENDED), F.lit(False))
    return of_people(mental_health_contact, person_link).select(
        pseudonyms.hash63(F.lit("gold.contact"), "controller", "contact_token").alias("contact_token"),
        pseudonyms.hash63(F.lit("gold.referral"), "controller", "service_request_token").alias("referral_token"),
        "person_id", F.col("controller").alias("provider"), "kind", "contact_on", "mechanism", "attendance",
        ((F.col("kind") == "indirect") | is_attended).alias("counts_as_access"),
        "duration_minutes", "broken_rules",
    )


job = Job(
    build,
    reads={"person_link": linkage.PERSON_LINK, "mental_health_contact": silver.MENTAL_HEALTH_CONTACT},
    writes=gold.MENTAL_HEALTH_CONTACT,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
