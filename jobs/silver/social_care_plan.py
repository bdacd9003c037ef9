"""Silver social_care_plan: one row per council, child, kind of plan (child protection, child in need) and day it began."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.cin_census.payload import days, is_a_date, of_children
from cyplink.standardise import dates
from cyplink.standardise.texts import code, whole_number
from cyplink.tables import silver


def build(child_protection_plan: DataFrame, cin_plan: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered plan."""
    protection = of_children(
        child_protection_plan, "child_protection_plan", pseudonyms,
        kind=F.lit("child_protection"),
        started_on=dates.iso(F.col("CPPstartDate")),
        ended_on=dates.iso(F.col("CPPendDate")),
        initial_category=code(F.col("InitialCategoryOfAbuse")),
        latest_category=code(F.col("LatestCategoryOfAbuse")),
        earlier_plans=whole_number(F.col("NumberOfPreviousCPP")).cast("int"),
        reviewed_on=days("CPPreviewDate"),
        end_is_a_date=is_a_date("CPPendDate"),
    )
    in_need = of_children(
        cin_plan, "cin_plan", pseudonyms,
        kind=F.lit("child_in_need"),
        started_on=dates.iso(F.col("CINPlanStartDate")),
        ended_on=dates.iso(F.col("CINPlanEndDate")),
        end_is_a_date=is_a_date("CINPlanEndDate"),
    )
    return protection.unionByName(in_need, allowMissingColumns=True)


job = Job(
    build,
    reads={
        "child_protection_plan": SOURCES["cin_census"].kind("child_protection_plan").bronze,
        "cin_plan": SOURCES["cin_census"].kind("cin_plan").bronze,
    },
    writes=silver.SOCIAL_CARE_PLAN,
    keep=last_word("record_id", "kind", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
