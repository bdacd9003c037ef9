"""Community health services: referrals, contacts, and everything coded that was found, done or known of a patient."""

from pyspark.sql.types import DateType, IntegerType, LongType, MapType, StringType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, OPEN, PERIOD, RECORD_ID, SLICES, SOURCE

FINDING_KINDS = (
    "accommodation", "care_activity", "special_educational_need", "safeguarding_factor", "child_protection_plan", "coded_immunisation",
    "immunisation", "disability", "newborn_hearing", "blood_spot", "provisional_diagnosis", "primary_diagnosis", "secondary_diagnosis",
    "referral_assessment", "breastfeeding", "observation", "contact_assessment",
)

IN_THE_MPI = Rule(
    "patient_is_in_the_mpi", "patient_is_in_the_mpi or record_id is null", Severity.QUARANTINE,
    "The row is of a patient the provider has never submitted.",
)

COMMUNITY_REFERRAL = Table(
    name="silver.community_referral",
    grain="one row per provider and service request, as last submitted",
    key=("controller", "service_request_token"),
    slices=SLICES,
    columns=(
        Column("service_request_token", LongType(), "63 bits of a keyed hash of the provider's service request identifier.", required=True),
        RECORD_ID, SOURCE, CONTROLLER,
        Column("received_on", DateType(), "Referral request received.", required=True),
        text("source_of_referral", "SOURCE OF REFERRAL FOR COMMUNITY."),
        text("primary_reason", "PRIMARY REASON FOR REFERRAL (COMMUNITY CARE)."),
        text("priority", "PRIORITY TYPE CODE."),
        text("service_type", "SERVICE OR TEAM TYPE REFERRED TO; of several teams of one referral the last of the month's file."),
        Column("discharged_on", DateType(), "Service discharge; null while open."),
        Column("rejected_on", DateType(), "The team rejected the referral."),
        text("closure_reason", "REFERRAL CLOSURE REASON."),
        text("rejection_reason", "REFERRAL REJECTION REASON."),
        PERIOD,
    ),
    row_rules=(
        Rule("discharged_after_it_was_received", "discharged_on >= received_on", Severity.FLAG, "Discharge is on or after the day of the request."),
        Rule("discharged_on_is_a_date", "discharged_on_is_a_date", Severity.FLAG, "Discharge is given and is not a date; it does not mean that the referral is open."),
        IN_THE_MPI,
    ),
    note="Code lists that were not found are synthetic (SYN).",
)

COMMUNITY_CONTACT = Table(
    name="silver.community_contact",
    grain="one row per provider and care contact, as last submitted",
    key=("controller", "contact_token"),
    slices=SLICES,
    columns=(
        Column("contact_token", LongType(), "63 bits of a keyed hash of the provider's identifier of the contact.", required=True),
        Column("service_request_token", LongType(), "The referral it belongs to.", required=True),
        RECORD_ID, SOURCE, CONTROLLER,
        Column("contact_on", DateType(), "Date of the contact.", required=True),
        text("mechanism", "CONSULTATION MECHANISM, coded as in the mental-health return."),
        text("attendance", "ATTENDANCE STATUS: 5 on time, 6 late but seen, 7 late not seen, 3 did not attend, 2 and 4 cancelled.",
             allowed=("2", "3", "4", "5", "6", "7")),
        text("location_type", "ACTIVITY LOCATION TYPE CODE."),
        Column("duration_minutes", IntegerType(), "Clinical duration, minutes."),
        PERIOD,
    ),
    row_rules=(
        Rule("referral_is_submitted", "referral_is_submitted or record_id is null", Severity.QUARANTINE, "The contact is of a referral the provider has never submitted."),
        Rule("contact_is_in_the_reporting_period", "contact_is_in_the_reporting_period", Severity.FLAG, "The contact is not in the period that the submission's header states."),
        IN_THE_MPI,
    ),
)

COMMUNITY_FINDING = Table(
    name="silver.community_finding",
    grain="one row per provider and coded item of a patient, referral or activity, as last submitted",
    key=("controller", "finding_token"),
    slices=SLICES,
    columns=(
        Column("finding_token", LongType(), "63 bits of a keyed hash of kind, whose it is, code and date: an item sent again is one.", required=True),
        RECORD_ID, SOURCE, CONTROLLER,
        text("kind", "Which table of the return it comes from.", OPEN, required=True, allowed=FINDING_KINDS),
        Column("found_on", DateType(), "When; the contact's date for what was found in a contact; null for what the return does not date (needs, factors, disabilities)."),
        Column("until_on", DateType(), "End of a child protection plan; null if it lasts, and for other kinds."),
        text("code", "The item's code, in the source's coding; null where the row says several things, which are in `results`."),
        text("coding", "Coding scheme of the code, where the source names it."),
        text("value", "Value or score that belongs to the code."),
        text("unit", "Unit of the value."),
        Column("results", MapType(StringType(), StringType()), "What a row that says several things says: weight and height, screening outcomes, by name."),
        PERIOD,
    ),
    row_rules=(
        Rule("found_on_is_a_date", "found_on_is_a_date", Severity.FLAG, "The date is given and is not a date."),
        Rule("it_says_something", "code is not null or value is not null or cardinality(results) > 0", Severity.FLAG, "The row has neither code nor value nor result."),
        Rule("whose_it_is_is_submitted", "owner_is_submitted or record_id is null", Severity.QUARANTINE, "The item is of a referral or activity the provider has never submitted."),
        IN_THE_MPI,
    ),
    note="Immunisations, screening, diagnoses, assessments, measurements, activities, safeguarding, child protection, special educational need, disability.",
)
