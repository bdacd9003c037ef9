"""Pathfinder 1: looked-after children in contact with mental-health services, per responsible authority and year.

Counts children looked after on 31 March (an episode open at the end of that day, short breaks V3 and V4 left out) by the
council responsible for them in SSDA903, never by where they live. A child counts as observable if linked to an NHS record
and registered that day in an ICB all of whose mental-health providers delivered every month of the year: for the others no
contact means nothing. Contacts are NHS England's access measure over the twelve months to 31 March.
"""

from datetime import date

import pandas as pd
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.disclosure import DisclosureSettings
from cyplink.disclosure.counts import hide_counts, round_counts, with_total
from cyplink.disclosure.intervals import wilson
from cyplink.job import Job
from cyplink.tables import gold, pathfinders

YEARS_ENDING = (2024, 2025, 2026)
MEASURES = ["looked_after", "observable", "in_contact"]


def build(
    looked_after_episode: DataFrame, observation_period: DataFrame, mental_health_contact: DataFrame,
    disclosure: DisclosureSettings, years_ending: tuple[int, ...] = YEARS_ENDING,
) -> DataFrame:
    """One row per responsible authority (and `all`) and year, after disclosure control."""
    spark = looked_after_episode.sparkSession
    ends = [(f"{year - 1}-{year % 100:02d}", date(year - 1, 4, 1), date(year, 3, 31)) for year in years_ending]
    years = spark.createDataFrame(ends, "year string, first_day date, last_day date")
    children = (
        looked_after_on_last_day(looked_after_episode, observation_period, years)
        .join(observable_on_last_day(observation_period, years), ["person_id", "year"], how="left")
        .join(in_contact_during(mental_health_contact, years), ["person_id", "year"], how="left")
    )
    counts = children.transform(count_children).toPandas()
    has_mental_health = years_with_mental_health(observation_period, years)
    published = [publish(of_year, str(year), year in has_mental_health, disclosure) for year, of_year in counts.groupby("year")]
    rows = [row for one in published for row in one]
    return spark.createDataFrame(rows, pathfinders.LOOKED_AFTER_MENTAL_HEALTH.schema)


def looked_after_on_last_day(episodes: DataFrame, observation_period: DataFrame, years: DataFrame) -> DataFrame:
    """One row per child and year, with one authority: where two have an open episode, the one that began last.

    An episode left open in an old return says nothing of a later year: the day must lie in a year whose return holds the child, and not
    after the last return that holds the episode (a start date that was corrected leaves the old row open for ever).
    """
    is_open = (F.col("started_on") <= F.col("last_day")) & (F.col("ended_on").isNull() | (F.col("ended_on") > F.col("last_day"))) & (F.col("returned_to_on") >= F.col("last_day"))
    in_return = observation_period.where("feed = 'looked_after'").select("person_id", "from_on", "to_on")
    last = Window.partitionBy("person_id", "year").orderBy(F.desc("started_on"), "responsible_authority")
    return (
        episodes.where(~F.col("is_respite")).join(years, is_open, how="inner")
        .join(in_return, "person_id", how="inner").where("last_day between from_on and to_on")
        .withColumns({"place": F.row_number().over(last)}).where("place = 1")
        .select("person_id", "year", "responsible_authority")
    )


def observable_on_last_day(observation_period: DataFrame, years: DataFrame) -> DataFrame:
    seen = observation_period.where("feed = 'mental_health'")
    covers_day = (F.col("from_on") <= F.col("last_day")) & (F.col("to_on").isNull() | (F.col("to_on") >= F.col("last_day")))
    delivered_all_year = F.col("delivered_from_on") <= F.col("first_day")
    found = seen.join(years, covers_day & delivered_all_year, how="inner")
    return found.select("person_id", "year", F.lit(True).alias("is_observable")).distinct()


def in_contact_during(contacts: DataFrame, years: DataFrame) -> DataFrame:
    within = F.col("contact_on").between(F.col("first_day"), F.col("last_day"))
    found = contacts.where("counts_as_access").join(years, within, how="inner")
    return found.select("person_id", "year", F.lit(True).alias("is_in_contact")).distinct()


def count_children(children: DataFrame) -> DataFrame:
    is_observable = F.coalesce("is_observable", F.lit(False))
    return children.groupBy("responsible_authority", "year").agg(
        F.count("*").alias("looked_after"),
        F.count_if(is_observable).alias("observable"),
        F.count_if(is_observable & F.coalesce("is_in_contact", F.lit(False))).alias("in_contact"),
    )


def years_with_mental_health(observation_period: DataFrame, years: DataFrame) -> set[str]:
    """Years of which the providers of some ICB delivered every month, by anybody's observation period."""
    runs = observation_period.where("feed = 'mental_health'").groupBy("delivered_from_on").agg(
        F.max(F.coalesce("to_on", F.lit(date.max))).alias("delivered_to_on")
    )
    covers = (F.col("delivered_from_on") <= F.col("first_day")) & (F.col("delivered_to_on") >= F.col("last_day"))
    return {row["year"] for row in years.join(runs, covers, how="left_semi").collect()}


def publish(of_year: pd.DataFrame, year: str, is_delivered: bool, disclosure: DisclosureSettings) -> list[tuple[object, ...]]:
    """The table's rows of one year: counts hidden or rounded, shares of unrounded counts where all counts are shown."""
    measures = MEASURES if is_delivered else MEASURES[:1]
    counts = of_year.set_index("responsible_authority")[measures].sort_index()
    is_shown = hide_counts(counts, disclosure.profile)
    exact = with_total(counts)
    rounded = round_counts(exact, disclosure.profile)
    rows: list[tuple[object, ...]] = []
    for area in exact.index:
        shown = [int(rounded.loc[area, m]) if m in measures and is_shown.loc[area, m] else None for m in MEASURES]
        has_share = is_delivered and bool(is_shown.loc[area].all()) and exact.loc[area, "observable"] > 0
        shares = share(int(exact.loc[area, "in_contact"]), int(exact.loc[area, "observable"])) if has_share else (None, None, None)
        status = "not_observable" if not is_delivered else "shown" if has_share else "suppressed"
        rows.append((area, year, *shown, *shares, status))
    return rows


def share(part: int, whole: int) -> tuple[float, float, float]:
    """Share and 95 % Wilson interval, each to a whole percentage."""
    low, high = wilson(part, whole)
    return round(part / whole, 2), round(low, 2), round(high, 2)


job = Job(
    build,
    reads={
        "looked_after_episode": gold.LOOKED_AFTER_EPISODE,
        "observation_period": gold.OBSERVATION_PERIOD,
        "mental_health_contact": gold.MENTAL_HEALTH_CONTACT,
    },
    writes=pathfinders.LOOKED_AFTER_MENTAL_HEALTH,
    uses=("disclosure",),
)

if __name__ == "__main__":
    submit.main(__file__)
