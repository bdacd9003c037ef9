"""Silver social_care_plan: one row per council, child, kind of plan (child protection, child in need) and day it began."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.cin_census.payload import days, is_a_date, known_children, of_children
from cyplink.tables import silver

_PROTECTED = of_children(
    "child_protection_plan",
    kind="'child_protection'",
    started_on="iso(CPPstartDate)",
    ended_on="iso(CPPendDate)",
    initial_category="code(InitialCategoryOfAbuse)",
    latest_category="code(LatestCategoryOfAbuse)",
    earlier_plans="int_number(NumberOfPreviousCPP)",
    reviewed_on=days("CPPreviewDate"),
    end_is_a_date=is_a_date("CPPendDate"),
)
_IN_NEED = of_children(
    "cin_plan",
    kind="'child_in_need'",
    started_on="iso(CINPlanStartDate)",
    ended_on="iso(CINPlanEndDate)",
    end_is_a_date=is_a_date("CINPlanEndDate"),
)

SELECT = f"with {known_children('child_protection_plan', 'cin_plan')} {_PROTECTED} union all by name {_IN_NEED}"
"""One row per delivered plan."""

job = Job(
    None,
    selects={"cin_census": SELECT},
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
