"""Children in need: referrals and the episodes of need that follow, assessments, section 47 enquiries, plans."""

from pyspark.sql.types import ArrayType, BooleanType, DateType, IntegerType, StringType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, PERIOD, RECORD_ID, SLICES, SOURCE

REFERRED_ON = Column("referred_on", DateType(), "Date of the referral it followed.")
ABUSE = ("NEG", "PHY", "SAB", "EMO", "MUL")

CHILD_IN_NEED_REFERRAL = Table(
    name="silver.child_in_need_referral",
    grain="one row per council, child and day of referral, with the episode of need that followed, as last returned",
    key=("record_id", "referred_on"),
    slices=SLICES,
    statistics=("record_id", "source", "controller"),
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        Column("referred_on", DateType(), "CINreferralDate: date of the referral.", required=True),
        text("referral_source", "ReferralSource: who referred the child.",
             allowed=("1A", "1B", "1C", "1D", "2A", "2B", "3A", "3B", "3C", "3D", "3E", "3F", "4", "5A", "5B", "5C", "5D", "6", "7", "8", "9", "10")),
        Column("is_no_further_action", BooleanType(), "ReferralNFA: nothing followed the referral."),
        text("primary_need", "PrimaryNeedCode, as SSDA903's need; N9 not a child in need, N0 not stated.", allowed=tuple(f"N{n}" for n in range(10))),
        Column("closed_on", DateType(), "CINclosureDate: date the episode was closed; null while open at the last return."),
        text("closure_reason", "ReasonForClosure.", allowed=tuple(f"RC{n}" for n in range(1, 10))),
        Column("conference_on", DateType(), "DateOfInitialCPC of a conference held without a section 47 enquiry."),
        Column("disabilities", ArrayType(StringType()), "Disability codes of the child at the last return, in order; NONE alone where there is none; null if not given."),
        PERIOD,
    ),
    row_rules=(
        Rule("closed_after_it_began", "closed_on >= referred_on", Severity.FLAG, "The closure is on or after the referral (rule 8630)."),
        Rule("closed_on_is_a_date", "closed_on_is_a_date", Severity.FLAG, "CINclosureDate is given and is not a date."),
        Rule("closure_and_reason_go_together", "(closed_on is null) = (closure_reason is null)", Severity.FLAG, "Closure date and reason both or neither (rules 8805, 8810)."),
    ),
    note="An episode returned open, and not in a later return of the council, stays open here as of its period.",
)

SOCIAL_CARE_ASSESSMENT = Table(
    name="silver.social_care_assessment",
    grain="one row per council, child and day an assessment began, as last returned",
    key=("record_id", "started_on"),
    slices=SLICES,
    statistics=("record_id", "source", "controller"),
    columns=(
        RECORD_ID, SOURCE, CONTROLLER, REFERRED_ON,
        Column("started_on", DateType(), "AssessmentActualStartDate.", required=True),
        Column("review_point_on", DateType(), "AssessmentInternalReviewDate: the internal review point."),
        Column("authorised_on", DateType(), "AssessmentAuthorisationDate; null while not authorised at the last return."),
        Column("factors", ArrayType(StringType()), "Factors identified, in order, each once: 4A child's mental health, 15A self-harm, 21 none; null if not given. "
               "18A and 19A were divided into 18B, 18C and 19B, 19C in 2020-21."),
        PERIOD,
    ),
    row_rules=(
        Rule("authorised_after_it_began", "authorised_on >= started_on", Severity.FLAG, "The authorisation is on or after the start (rule 8608)."),
        Rule("authorised_on_is_a_date", "authorised_on_is_a_date", Severity.FLAG, "AssessmentAuthorisationDate is given and is not a date."),
    ),
)

SECTION_47_ENQUIRY = Table(
    name="silver.section_47_enquiry",
    grain="one row per council, child and day a section 47 enquiry began, as last returned",
    key=("record_id", "started_on"),
    slices=SLICES,
    statistics=("record_id", "source", "controller"),
    columns=(
        RECORD_ID, SOURCE, CONTROLLER, REFERRED_ON,
        Column("started_on", DateType(), "S47ActualStartDate.", required=True),
        Column("conference_due_on", DateType(), "InitialCPCtarget: day by which an initial conference is due."),
        Column("conference_on", DateType(), "DateOfInitialCPC: day of the initial child protection conference."),
        Column("conference_not_required", BooleanType(), "ICPCnotRequired: the enquiry ended without the need of one."),
        PERIOD,
    ),
    row_rules=(
        Rule("conference_after_it_began", "conference_on >= started_on", Severity.FLAG, "The conference is on or after the start (rule 8615)."),
        Rule("conference_on_is_a_date", "conference_on_is_a_date", Severity.FLAG, "DateOfInitialCPC is given and is not a date."),
    ),
)

SOCIAL_CARE_PLAN = Table(
    name="silver.social_care_plan",
    grain="one row per council, child, kind of plan and day it began, as last returned",
    key=("record_id", "kind", "started_on"),
    slices=SLICES,
    statistics=("record_id", "source", "controller"),
    columns=(
        RECORD_ID, SOURCE, CONTROLLER, REFERRED_ON,
        text("kind", "child_protection or child_in_need.", required=True, allowed=("child_protection", "child_in_need")),
        Column("started_on", DateType(), "CPPstartDate or CINPlanStartDate.", required=True),
        Column("ended_on", DateType(), "CPPendDate or CINPlanEndDate; null while it ran at the last return."),
        text("initial_category", "Category of abuse when a protection plan began.", allowed=ABUSE),
        text("latest_category", "Latest category of abuse of a protection plan.", allowed=ABUSE),
        Column("earlier_plans", IntegerType(), "NumberOfPreviousCPP: protection plans the child had before."),
        Column("reviewed_on", ArrayType(DateType()), "Days of a protection plan's reviews in the year of the last return, in order; null if none."),
        PERIOD,
    ),
    row_rules=(
        Rule("ends_after_it_starts", "ended_on >= started_on", Severity.FLAG, "The end is on or after the start (rules 4011, 8925)."),
        Rule("end_is_a_date", "end_is_a_date", Severity.FLAG, "The end is given and is not a date."),
    ),
)
