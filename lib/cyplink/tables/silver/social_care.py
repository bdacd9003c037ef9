"""Children's social care: periods of care, yearly outcomes, reviews; contacts and what follows them."""

from pyspark.sql.types import BooleanType, DateType, IntegerType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, OPEN, PERIOD, QUASI, RECORD_ID, SLICES, SOURCE

LOOKED_AFTER_EPISODE = Table(
    name="silver.looked_after_episode",
    grain="one row per looked-after episode (council, child, DECOM, RNE), as last returned",
    key=("record_id", "started_on", "reason_new_episode"),
    slices=SLICES,
    statistics=("record_id", "source", "controller"),
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        Column("started_on", DateType(), "DECOM: date the episode began.", required=True),
        text("reason_new_episode", "RNE.", allowed=("S", "L", "P", "T", "B", "U"), required=True),
        Column("ended_on", DateType(), "DEC: date the episode ceased; null while open at the last return."),
        text("reason_ceased", "REC."),
        text("legal_status", "LS.", required=True,
             allowed=("C1", "C2", "D1", "E1", "V2", "V3", "V4", "L1", "L2", "L3", "J1", "J2", "J3")),
        text("need", "CIN: primary need on starting.", allowed=("N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8")),
        text("placement", "PLACE."),
        text("placement_provider", "PLACE_PROVIDER."),
        text("reason_place_change", "REASON_PLACE_CHANGE."),
        text("home_postcode_district", "Outward part of HOME_POST.", QUASI),
        text("placement_postcode_district", "Outward part of PL_POST.", QUASI),
        text("placement_urn", "URN of the placement at Ofsted."),
        PERIOD,
    ),
    row_rules=(
        Rule("ends_after_it_starts", "ended_on >= started_on", Severity.FLAG, "DEC is on or after DECOM (rule 356)."),
        Rule("end_is_a_date", "end_is_a_date", Severity.FLAG, "DEC is given and is not a date."),
        Rule("child_is_in_the_header", "child_is_in_the_header", Severity.FLAG, "The council returned no Header for the child (INT03); the episode counts all the same."),
        Rule("end_and_reason_go_together", "(ended_on is null) = (reason_ceased is null)", Severity.FLAG, "DEC and REC both or neither (rule 148)."),
    ),
)

LOOKED_AFTER_ANNUAL = Table(
    name="silver.looked_after_annual",
    grain="one row per council, child and collection year in OC2",
    key=("record_id", "year"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        text("year", "Collection year, 1 April to 31 March, as 2024-25.", OPEN, required=True),
        Column("sdq_score", IntegerType(), "Strengths and difficulties questionnaire total, 0 to 40, ages 4 to 16."),
        text("sdq_reason", "Why there is no SDQ score.", allowed=("SDQ1", "SDQ2", "SDQ3", "SDQ4", "SDQ5")),
        *(Column(name, BooleanType(), meaning) for name, meaning in (
            ("was_convicted", "Convicted or subject to a final warning or reprimand in the year (age 10 and over)."),
            ("had_health_check", "Development assessments up to date (under 5)."),
            ("immunisations_up_to_date", "Immunisations up to date."),
            ("had_teeth_check", "Teeth checked by a dentist."),
            ("had_health_assessment", "Annual health assessment made."),
            ("has_substance_misuse", "Identified as having a substance misuse problem."),
            ("received_intervention", "Received an intervention for it."),
            ("was_offered_intervention", "Was offered an intervention but did not receive it."),
        )),
        PERIOD,
    ),
    row_rules=(
        Rule("sdq_score_is_in_range", "sdq_score between 0 and 40", Severity.FLAG),
        Rule("sdq_score_is_a_number", "sdq_score_is_a_number", Severity.FLAG, "SDQ_SCORE is given and is not a number."),
        Rule("answers_are_yes_or_no", "answers_are_yes_or_no", Severity.FLAG, "A yes or no item holds something else."),
        Rule("child_is_in_the_header", "child_is_in_the_header or record_id is null", Severity.QUARANTINE, "The council returned no Header for the child in any year (INT03)."),
    ),
)

LOOKED_AFTER_REVIEW = Table(
    name="silver.looked_after_review",
    grain="one row per council, child and review date",
    key=("record_id", "reviewed_on"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        Column("reviewed_on", DateType(), "REVIEW: date of the review.", required=True),
        text("participation", "REVIEW_CODE: how the child took part.", allowed=tuple(f"PN{i}" for i in range(8))),
        PERIOD,
    ),
    row_rules=(
        Rule("child_is_in_the_header", "child_is_in_the_header or record_id is null", Severity.QUARANTINE, "The council returned no Header for the child in any year (INT03)."),
    ),
)

UNACCOMPANIED_CHILD = Table(
    name="silver.unaccompanied_child",
    grain="one row per council and child returned as an unaccompanied asylum-seeking child",
    key=("record_id",),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        Column("ceased_on", DateType(), "DUC: date the child ceased to be one; null if still one."),
        PERIOD,
    ),
    row_rules=(
        Rule("ceased_on_is_a_date", "ceased_on_is_a_date", Severity.FLAG, "DUC is given and is not a date."),
        Rule("child_is_in_the_header", "child_is_in_the_header or record_id is null", Severity.QUARANTINE, "The council returned no Header for the child in any year (INT03)."),
    ),
)

SOCIAL_CARE_EVENT = Table(
    name="silver.social_care_event",
    grain="one row per council, child, kind of event and day it began (Annex A lists 1 to 7), as last listed",
    key=("record_id", "kind", "started_on"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        text("kind", "What happened.", OPEN, required=True,
             allowed=("contact", "early_help_assessment", "referral", "assessment", "section_47_enquiry", "need_episode", "protection_plan")),
        Column("started_on", DateType(), "Day of the contact, referral or strategy discussion, or the first day of what lasts.", required=True),
        Column("ended_on", DateType(), "Completed, authorised or closed; of a section 47 enquiry, the initial child protection conference; null while open or where there is no end."),
        text("category", "Source of a contact or referral, primary need of a need episode, latest category of abuse of a plan, in Annex A's words; null for the others."),
        Column("led_on", BooleanType(), "A referral was taken further, an assessment found support needed, an enquiry's conference made a plan; null if not known or another kind."),
        PERIOD,
    ),
    row_rules=(
        Rule("ends_after_it_starts", "ended_on >= started_on", Severity.FLAG, "It ended before it began."),
        Rule("end_is_a_date", "ended is null or ended_on is not null", Severity.FLAG, "The end is given and is not a date."),
        Rule("category_is_known", "category_given is null or category is not null", Severity.FLAG, "The category is none of the list's, nor a spelling of one."),
    ),
    note="Lists look back six months, so that an event is listed in several quarters; two contacts of a child on one day count once.",
)
