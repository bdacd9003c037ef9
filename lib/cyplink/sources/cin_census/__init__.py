"""CIN census, the children in need return: one XML file per council and year (1 April to 31 March), no names in it.

One row per element that may repeat; disabilities, assessment factors and reviews of a plan are lists in a column. Layout: CIN_2021 to
CIN_2026.xsd as held by SocialFinanceDigitalLabs/liia-tools-pipeline (MIT). GenderCurrent became Sex in 2024-25.
"""

from pathlib import Path

from cyplink.sources.cin_census.rules import RULES
from cyplink.sources.model import Source, declare, read_breaks, read_codes, read_fields
from cyplink.sources.xml_layout import XmlLayout, XmlTable

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("cin_census", FIELDS, recognised_by="element", layout="standard")
_IN_A_REFERRAL = ("LAchildID", "CINdetailsID", "CINreferralDate")
_CHILD = "Message/Children/Child"
_REFERRAL = f"{_CHILD}/CINdetails"

SOURCE = Source(
    name="cin_census",
    title="Children in need census",
    description="Every child referred to a council, or in need of its services, in the year: referrals, assessments, enquiries and plans.",
    health=False,
    file_kinds=(
        _kind("child", "one per child", "silver.identity", file_name="*.xml"),
        _kind("header", "one per file", "silver.child_in_need_referral", file_name="*.xml", required=False),
        _kind("referral", "one per referral and the episode of need that followed (CINdetails)", "silver.child_in_need_referral", file_name="*.xml"),
        _kind("assessment", "one per assessment", "silver.social_care_assessment", file_name="*.xml"),
        _kind("section_47", "one per section 47 enquiry", "silver.section_47_enquiry", file_name="*.xml"),
        _kind("cin_plan", "one per child in need plan", "silver.social_care_plan", file_name="*.xml"),
        _kind("child_protection_plan", "one per child protection plan", "silver.social_care_plan", file_name="*.xml"),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
    breaks=read_breaks(FOLDER / "breaks.csv"),
    rules=RULES,
    xml=XmlLayout(
        tables=(
            XmlTable("child", _CHILD),
            XmlTable("header", "Message/Header"),
            XmlTable("referral", _REFERRAL, inherits=("LAchildID", "Disability"), number="CINdetailsID"),
            XmlTable("assessment", f"{_REFERRAL}/Assessments", inherits=_IN_A_REFERRAL),
            XmlTable("section_47", f"{_REFERRAL}/Section47", inherits=_IN_A_REFERRAL),
            XmlTable("cin_plan", f"{_REFERRAL}/CINPlanDates", inherits=_IN_A_REFERRAL),
            XmlTable("child_protection_plan", f"{_REFERRAL}/ChildProtectionPlans", inherits=_IN_A_REFERRAL),
        ),
        groups=frozenset({
            "ChildIdentifiers", "ChildCharacteristics", "Disabilities", "FactorsIdentifiedAtAssessment", "Reviews", "CollectionDetails", "Source",
        }),
    ),
)
