"""Gold school_enrolment: one row per person, census and school; the school appears as a token.

A school that returned a pupil twice gives one row: a pupil on the roll before a leaver, a main registration before a subsidiary one, then the smaller record id.
"""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.people import of_people
from cyplink.pseudonym import Pseudonyms
from cyplink.tables import gold, linkage, silver

ENGLISH = ("ENG", "ENB")
NOT_STATED = ("NOT", "REF", "ZZZ")  # not obtained, refused, awaited: says nothing of the first language


def build(person_link: DataFrame, school_enrolment: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    is_stated = ~F.col("language").isin(*NOT_STATED)
    return (
        of_people(school_enrolment, person_link)
        .transform(keep_one_per_school)
        .select(
            "person_id", "census",
            pseudonyms.hash63(F.lit("gold.school"), "school").alias("school_token"),
            F.col("controller").alias("school_authority"),
            "enrolment_status", "left_on", "year_group", "sen_provision",
            F.when(is_stated, F.col("language").isin(*ENGLISH)).alias("first_language_is_english"),
            "is_part_time", "post_looked_after", "young_carer", "broken_rules",
        )
    )


def keep_one_per_school(enrolments: DataFrame) -> DataFrame:
    same = Window.partitionBy("person_id", "census", "school")
    is_main = F.col("enrolment_status").isin("C", "M")
    order = same.orderBy(F.col("left_on").isNull().desc(), F.desc_nulls_last(is_main), "record_id")
    return enrolments.withColumns({"place": F.row_number().over(order)}).where("place = 1")


job = Job(
    build,
    reads={"person_link": linkage.PERSON_LINK, "school_enrolment": silver.SCHOOL_ENROLMENT},
    writes=gold.SCHOOL_ENROLMENT,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
