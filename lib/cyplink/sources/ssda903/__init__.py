"""SSDA903, the looked-after children return: one CSV set per council and year (1 April to 31 March).

Files are recognised by their headers, as the Department's validator does. Sex is 1 or 2 up to 2023-24 and M, F or U
after. Open episodes are returned again every year.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_codes, read_fields
from cyplink.sources.ssda903.rules import RULES

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("ssda903", FIELDS, recognised_by="header", layout="standard")

SOURCE = Source(
    name="ssda903",
    title="SSDA903 children looked after return",
    description="Every child a council looked after in the year, with episodes, reviews and annual outcomes.",
    health=False,
    file_kinds=(
        _kind("header", "one per child", "silver.identity"),
        _kind("episodes", "one per episode of care", "silver.looked_after_episode"),
        _kind("reviews", "one per review", "silver.looked_after_review"),
        _kind("uasc", "one per unaccompanied asylum-seeking child", "silver.unaccompanied_child"),
        _kind("oc2", "one per child looked after for at least 12 months at 31 March", "silver.looked_after_annual"),
        _kind("oc3", "one per care leaver", "silver.care_leaver", required=False),
        _kind("ad1", "one per child adopted in the year", "silver.adoption", required=False),
        _kind("placed_adoption", "one per decision that a child should be placed for adoption", "silver.adoption_decision", required=False),
        _kind("prev_perm", "one per child whose care began in the year", "silver.previous_permanence", required=False),
        _kind("missing", "one per time a child was missing or away", "silver.missing_episode", required=False),
        _kind("sw_episodes", "one per child and social worker, from 2023-24", "silver.social_worker_episode", required=False),
        _kind("dolo", "one per deprivation of liberty order, from 2026-27", "silver.deprivation_of_liberty", required=False),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
    rules=RULES,
)
