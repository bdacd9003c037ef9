"""Gold person: one row per person that is not withheld, with what their records say of them.

Where records differ the commonest value counts; a tie goes to the school, then the council, then the NHS, then to the
smaller value. Gender in health records and sex in council records are taken as one.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.people import of_people, people
from cyplink.standardise import ethnicity
from cyplink.tables import gold, linkage, silver

SOURCES_BY_TRUST = ("school_census", "attainment", "case_management", "ssda903", "cin_census", "annex_a", "pds", "gp_events", "birth_notifications", "mhsds", "csds", "sus")
VOTED_ON = ("birth_month", "death_month", "sex", "ethnic_category")


def build(
    person_link: DataFrame, record_characteristic: DataFrame, unaccompanied_child: DataFrame, looked_after_episode: DataFrame
) -> DataFrame:
    characteristics = of_people(record_characteristic, person_link)
    return (
        people(person_link).transform(summarise_links)
        .join(characteristics.transform(settle_differences), "person_id", how="left")
        .join(characteristics.transform(summarise_records), "person_id", how="left")
        .join(ever(unaccompanied_child, person_link, "is_unaccompanied"), "person_id", how="left")
        .join(ever(looked_after_episode, person_link, "was_ever_looked_after"), "person_id", how="left")
        .select(
            "person_id", "birth_month", "sex",
            F.coalesce("ethnic_category", "unstated_category").alias("ethnic_category"),
            F.coalesce(ethnicity.five_group(F.col("ethnic_category")), F.lit("Unknown")).alias("ethnic_group"),
            "ethnicity_agrees", "death_month",
            *(F.coalesce(name, F.lit(False)).alias(name) for name in ("is_unaccompanied", "was_ever_looked_after", "has_nhs_record")),
            "record_count", "weakest_match_weight", "is_in_review",
        )
    )


def summarise_links(links: DataFrame) -> DataFrame:
    """One row per person: how many records, how weak the weakest link, whether anything awaits a reviewer."""
    return links.groupBy("person_id").agg(
        F.count("*").cast("int").alias("record_count"),
        F.min(F.when(F.col("step") == 0, F.col("match_weight"))).alias("weakest_match_weight"),
        F.max(F.col("status") == "review").alias("is_in_review"),
    )


def settle_differences(characteristics: DataFrame) -> DataFrame:
    """One row per person: the commonest value of each characteristic."""
    trust = F.array_position(F.array(*map(F.lit, SOURCES_BY_TRUST)), F.col("source"))
    votes = (
        characteristics.withColumns({"ethnic_category": stated("ethnic_category"), "trust": trust})
        .unpivot(["person_id", "trust"], list(VOTED_ON), "characteristic", "value")
        .where("value is not null")
        .groupBy("person_id", "characteristic", "value")
        .agg(F.count("*").alias("records"), F.min("trust").alias("trust"))
    )
    # The smallest wins: most records, then the most trusted source, then the smaller value.
    rank = F.struct(-F.col("records"), "trust", "value")
    return votes.groupBy("person_id").agg(
        *(F.min_by("value", F.when(F.col("characteristic") == name, rank)).alias(name) for name in VOTED_ON)
    )


def summarise_records(characteristics: DataFrame) -> DataFrame:
    """One row per person: whether the spine knows them, and whether records that state an ethnic category agree."""
    category = stated("ethnic_category")
    was_asked = F.max(F.col("ethnic_category") == ethnicity.NOT_STATED)
    return characteristics.groupBy("person_id").agg(
        F.max(F.col("source") == "pds").alias("has_nhs_record"),
        F.when(F.count(category) > 1, F.count_distinct(category) == 1).alias("ethnicity_agrees"),
        F.when(was_asked, F.lit(ethnicity.NOT_STATED)).otherwise(F.lit(ethnicity.NOT_KNOWN)).alias("unstated_category"),
    )


def stated(category: str) -> Column:
    """The category, null where it says only that none was stated or known."""
    return F.when(~F.col(category).isin(ethnicity.NOT_STATED, ethnicity.NOT_KNOWN), F.col(category))


def ever(rows: DataFrame, person_link: DataFrame, name: str) -> DataFrame:
    """One row per person who has any of the rows, with `name` true."""
    return of_people(rows, person_link).select("person_id", F.lit(True).alias(name)).distinct()


job = Job(
    build,
    reads={
        "person_link": linkage.PERSON_LINK,
        "record_characteristic": silver.RECORD_CHARACTERISTIC,
        "unaccompanied_child": silver.UNACCOMPANIED_CHILD,
        "looked_after_episode": silver.LOOKED_AFTER_EPISODE,
    },
    writes=gold.PERSON,
)

if __name__ == "__main__":
    submit.main(__file__)
