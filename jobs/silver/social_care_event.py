"""Silver social_care_event: one row per council, child, kind of event and day, from Annex A lists 1 to 7.

Contacts and early help are in no other return; the others come here a year before the CIN census has them. Two contacts of one child
on one day count once. What ended an event, and whether it led on, is said for the kinds that have it.
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.annex_a.categories import answer, label
from cyplink.sources.annex_a.identity import day
from cyplink.standardise.texts import given
from cyplink.tables import silver

LISTS = tuple(f"list_{number}" for number in range(1, 8))
CODE_SETS = ("contact_source", "need", "abuse")


def build(
    list_1: DataFrame, list_2: DataFrame, list_3: DataFrame, list_4: DataFrame, list_5: DataFrame, list_6: DataFrame, list_7: DataFrame,
    pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per delivered row of the seven lists."""
    listed = (
        events(list_1, "list_1", "contact", "date_of_contact", category="contact_source", code_set="contact_source"),
        events(list_2, "list_2", "early_help_assessment", "assessment_start_date", "assessment_completion_date"),
        events(list_3, "list_3", "referral", "date_of_referral", category="referral_source", code_set="contact_source", led_on=~answer(F.col("referral_no_further_action"))),
        events(list_4, "list_4", "assessment", "assessment_start_date", "assessment_authorisation_date", led_on=answer(F.col("requires_support"))),
        events(list_5, "list_5", "section_47_enquiry", "strategy_discussion_date", "conference_date", led_on=answer(F.col("conference_led_to_plan"))),
        events(list_6, "list_6", "need_episode", "cin_start_date", "cin_closure_date", category="primary_need", code_set="need"),
        events(list_7, "list_7", "protection_plan", "plan_start_date", "plan_end_date", category="latest_category_of_abuse", code_set="abuse"),
    )
    rows = reduce(DataFrame.unionByName, listed)
    return rows.select(
        "source", "file_kind", "controller", "period", "delivery_id", "source_row",
        pseudonyms.record_id("source", "controller", "child").alias("record_id"),
        "kind",
        day(F.col("started")).alias("started_on"),
        day(F.col("ended")).alias("ended_on"),
        label(F.col("code_set"), F.col("category_given"), CODE_SETS).alias("category"),
        "led_on", "ended", "category_given",
    )


def events(rows: DataFrame, file_kind: str, kind: str, started: str, ended: str = "", category: str = "", code_set: str = "", led_on: Column | None = None) -> DataFrame:
    """The rows of one list as events, still as text."""

    def column(name: str) -> Column:
        return given(F.col(name)) if name else F.lit(None).cast("string")

    return rows.select(
        *delivered("annex_a", file_kind), F.lit(kind).alias("kind"), given(F.col("child_unique_id")).alias("child"),
        column(started).alias("started"), column(ended).alias("ended"), column(category).alias("category_given"), F.lit(code_set).alias("code_set"),
        (led_on if led_on is not None else F.lit(None).cast("boolean")).alias("led_on"),
    )


job = Job(
    build,
    reads={name: SOURCES["annex_a"].kind(name).bronze for name in LISTS},
    writes=silver.SOCIAL_CARE_EVENT,
    keep=last_word("record_id", "kind", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
