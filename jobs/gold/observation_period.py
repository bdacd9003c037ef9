"""Gold observation_period: one row per person, feed and unbroken period in which the feed could have recorded them.

Mental health: registered in an ICB in months for which every mental-health provider of that ICB delivered. Looked after:
collection years (April to March) whose return is held and has the child. School: the terms of the censuses that have the
pupil, taken as January to March, April to August, September to December.
"""

from collections import Counter

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.people import of_people
from cyplink.periods import merge, overlap
from cyplink.standardise import codelists
from cyplink.tables import gold, linkage, silver

TERM_MONTHS = {"spring": (1, 3), "summer": (4, 8), "autumn": (9, 12)}


def build(
    *, person_link: DataFrame, looked_after_episode: DataFrame, looked_after_annual: DataFrame, school_enrolment: DataFrame,
    registration: DataFrame, mental_health_submission: DataFrame,
) -> DataFrame:
    registered = of_people(registration, person_link)
    feeds = {
        "looked_after": looked_after_years(of_people(looked_after_episode, person_link), looked_after_annual),
        "school": school_terms(of_people(school_enrolment, person_link)),
        "registration": merge(registered, "person_id"),
        "mental_health": seen_by_mental_health(registered, delivered_months(mental_health_submission)),
    }
    periods = [in_shape(found, feed) for feed, found in feeds.items()]
    return periods[0].unionByName(periods[1]).unionByName(periods[2]).unionByName(periods[3])


def looked_after_years(episodes: DataFrame, looked_after_annual: DataFrame) -> DataFrame:
    """Years of the returns held in which a person has an episode, up to the last return the episode is in."""
    held = episodes.select("controller", "period").union(looked_after_annual.select("controller", "period")).distinct()
    years = held.select("controller", F.col("period").alias("year"), *collection_year("period"))
    reaches = F.least(F.coalesce("ended_on", "last_day"), F.col("last_day"))
    spans = episodes.withColumns({"last_day": collection_year("period")[1]}).select(
        "person_id", "controller", F.col("started_on").alias("from_on"), reaches.alias("to_on")
    )
    in_year = (years["from_on"] <= spans["to_on"]) & (years["to_on"] >= spans["from_on"])
    found = spans.join(years, (spans["controller"] == years["controller"]) & in_year, how="inner")
    return merge(found.select("person_id", years["from_on"], years["to_on"]), "person_id")


def collection_year(period: str) -> tuple[Column, Column]:
    """First and last day of a year such as 2024-25, as from_on and to_on."""
    first = F.substring(period, 1, 4).cast("int")
    return F.make_date(first, F.lit(4), F.lit(1)).alias("from_on"), F.make_date(first + 1, F.lit(3), F.lit(31)).alias("to_on")


def school_terms(enrolments: DataFrame) -> DataFrame:
    """Terms of the censuses that have a person on a roll; a leaver of the term before is not on it."""
    year, term = F.substring("census", 1, 4).cast("int"), F.substring_index("census", "-", -1)
    first = codelists.mapped(term, {name: str(months[0]) for name, months in TERM_MONTHS.items()}).cast("int")
    last = codelists.mapped(term, {name: str(months[1]) for name, months in TERM_MONTHS.items()}).cast("int")
    terms = enrolments.where("left_on is null").select(
        "person_id",
        F.make_date(year, first, F.lit(1)).alias("from_on"),
        F.last_day(F.make_date(year, last, F.lit(1))).alias("to_on"),
    )
    return merge(terms, "person_id")


def delivered_months(mental_health_submission: DataFrame) -> DataFrame:
    """Per ICB the unbroken runs of months for which all its mental-health providers delivered."""
    icb_of = {row["provider"]: row["icb"] for row in codelists.read("mental_health_providers")}
    providers_of = {icb: str(count) for icb, count in Counter(icb_of.values()).items()}
    months = (
        mental_health_submission.withColumns({"icb": codelists.mapped(F.col("controller"), icb_of)})
        .groupBy("icb", F.col("period_starts_on").alias("from_on"), F.col("period_ends_on").alias("to_on"))
        .agg(F.count_distinct("controller").alias("delivered"))
        .where(F.col("delivered") == codelists.mapped(F.col("icb"), providers_of).cast("int"))
    )
    return merge(months, "icb")


def seen_by_mental_health(registered: DataFrame, delivered: DataFrame) -> DataFrame:
    """Registered in an ICB while it delivered; `delivered_from_on` is the first day of that run of deliveries."""
    runs = delivered.withColumns({"delivered_from_on": F.col("from_on")})
    seen = overlap(merge(registered, "person_id", "icb"), runs, "icb")
    # Two ICBs in turn make one period: only what both delivered is certain, hence the later start.
    return merge(seen, "person_id", keep=(F.max("delivered_from_on").alias("delivered_from_on"),))


def in_shape(periods: DataFrame, feed: str) -> DataFrame:
    delivered_from_on = "delivered_from_on" if "delivered_from_on" in periods.columns else F.lit(None).cast("date").alias("delivered_from_on")
    return periods.select("person_id", F.lit(feed).alias("feed"), "from_on", "to_on", delivered_from_on)


job = Job(
    build,
    reads={
        "person_link": linkage.PERSON_LINK,
        "looked_after_episode": silver.LOOKED_AFTER_EPISODE,
        "looked_after_annual": silver.LOOKED_AFTER_ANNUAL,
        "school_enrolment": silver.SCHOOL_ENROLMENT,
        "registration": silver.REGISTRATION,
        "mental_health_submission": silver.MENTAL_HEALTH_SUBMISSION,
    },
    writes=gold.OBSERVATION_PERIOD,
)

if __name__ == "__main__":
    submit.main(__file__)
