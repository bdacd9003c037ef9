"""Gold looked_after_episode: one row per person and episode, as last returned, with the period of care it belongs to.

A period of care goes on while an episode follows one that ceased for a new episode the same day (X1), or starts no later
than the day after it without being a new start (RNE S). It ends with the council's responsibility: after a transfer to
another council a new one begins. Follows UCL's csc-cleaning, which assembles SSDA903 years for ECHILD.
"""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.people import of_people
from cyplink.periods import FOR_EVER
from cyplink.tables import gold, linkage, silver

RESPITE = ("V3", "V4")  # series of short breaks: left out of counts of children looked after (DfE)
NEW_EPISODE_SAME_DAY = "X1"
STARTS_CARE = "S"


def build(person_link: DataFrame, looked_after_episode: DataFrame) -> DataFrame:
    return (
        of_people(looked_after_episode, person_link)
        .withColumnRenamed("controller", "responsible_authority")
        .transform(keep_one_of_duplicate_records)
        .transform(find_period_of_care)
        .withColumns({"is_respite": F.col("legal_status").isin(*RESPITE), "returned_to_on": F.make_date(F.substring("period", 1, 4).cast("int") + 1, F.lit(3), F.lit(31))})
    )


def keep_one_of_duplicate_records(episodes: DataFrame) -> DataFrame:
    """A council that holds a child twice may return an episode twice: the latest returned counts, then the smaller record id."""
    same = Window.partitionBy("person_id", "responsible_authority", "started_on", "reason_new_episode")
    order = same.orderBy(F.desc("period"), F.col("ended_on").asc_nulls_last(), "record_id")
    return episodes.withColumns({"place": F.row_number().over(order)}).where("place = 1")


def find_period_of_care(episodes: DataFrame) -> DataFrame:
    child = Window.partitionBy("person_id", "responsible_authority")
    in_order = child.orderBy("started_on", F.col("ended_on").asc_nulls_last(), "reason_new_episode")
    earlier = in_order.rowsBetween(Window.unboundedPreceding, -1)
    until_now = in_order.rowsBetween(Window.unboundedPreceding, 0)
    follows_x1 = F.col("reason_before") == NEW_EPISODE_SAME_DAY
    adjoins = (F.col("started_on") <= F.date_add("end_before", 1)) & (F.col("reason_new_episode") != STARTS_CARE)
    goes_on = F.coalesce(follows_x1, F.lit(False)) | F.coalesce(adjoins, F.lit(False))
    return (
        episodes.withColumns({
            "reason_before": F.lag("reason_ceased").over(in_order),
            "end_before": F.max(F.coalesce("ended_on", F.lit(FOR_EVER))).over(earlier),
        })
        .withColumns({"period_of_care_started_on": F.max(F.when(~goes_on, F.col("started_on"))).over(until_now)})
    )


job = Job(
    build,
    reads={"person_link": linkage.PERSON_LINK, "looked_after_episode": silver.LOOKED_AFTER_EPISODE},
    writes=gold.LOOKED_AFTER_EPISODE,
)

if __name__ == "__main__":
    submit.main(__file__)
