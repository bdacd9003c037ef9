"""SSDA903, the looked-after children return: one CSV set, or one XML file, per council and year (1 April to 31 March).

Files are recognised by their headers, as the Department's validator does. Sex is 1 or 2 up to 2023-24 and M, F or U
after. Open episodes are returned again every year.

The XML form is experimental: no schema of the Department's was found. Its elements are those that the XML reader of
data-to-insight/csc-validator-be-903 (MIT, commit 10ad07c5) takes; social workers and deprivation of liberty have none.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_breaks, read_codes, read_fields
from cyplink.sources.ssda903.rules import RULES
from cyplink.sources.xml_layout import XmlLayout, XmlTable

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("ssda903", FIELDS, recognised_by="header", layout="standard")
_CHILD, _WHO = "EXPSSDA903/CHILD", ("CHILD", "DOB")

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
    breaks=read_breaks(FOLDER / "breaks.csv"),
    rules=RULES,
    xml=XmlLayout(
        tables=(
            XmlTable("header", _CHILD),
            XmlTable("uasc", _CHILD, when="UASC"),
            XmlTable("oc3", _CHILD, when="IN_TOUCH"),
            XmlTable("ad1", _CHILD, when="DATE_INT"),
            XmlTable("episodes", f"{_CHILD}/EPISODE", inherits=("CHILD",)),
            XmlTable("reviews", f"{_CHILD}/HEADER/AREVIEW", inherits=_WHO),
            XmlTable("missing", f"{_CHILD}/HEADER/AMISSING", inherits=_WHO),
            XmlTable("oc2", f"{_CHILD}/HEADER/OC2", inherits=_WHO),
            XmlTable("prev_perm", f"{_CHILD}/HEADER/PERMANENCE", inherits=_WHO),
            XmlTable("placed_adoption", f"{_CHILD}/HEADER/AD_PLACED", inherits=_WHO),
        ),
        groups=frozenset({"HEADER"}),
        spelt={"CHILDID": "CHILD", "PL": "PLACE"},
    ),
)
