"""Mental-health care: referrals, contacts, submissions."""

from pyspark.sql.types import ArrayType, DataType, DateType, IntegerType, LongType, StringType, StructField, StructType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, OPEN, PERIOD, RECORD_ID, SLICES, SOURCE

PATIENT_IN_THE_MPI = Rule(
    "patient_is_in_the_mpi", "patient_is_in_the_mpi or record_id is null", Severity.QUARANTINE,
    "The row is of a patient the provider has never submitted (MHS00501 and the like).",
)


def structs(name: str, description: str, **parts: DataType) -> Column:
    """A column that lists what rows of another file add, each a struct of these parts."""
    return Column(name, ArrayType(StructType([StructField(part, kind) for part, kind in parts.items()])), description)


MENTAL_HEALTH_REFERRAL = Table(
    name="silver.mental_health_referral",
    grain="one row per provider and service request, as last submitted",
    key=("controller", "service_request_token"),
    slices=SLICES,
    columns=(
        Column("service_request_token", LongType(), "63 bits of a keyed hash of the provider's ServiceRequestID.", required=True),
        RECORD_ID, SOURCE, CONTROLLER,
        Column("received_on", DateType(), "Referral request received.", required=True),
        text("source_of_referral", "SourceOfReferralMH."),
        text("primary_reason", "PrimReasonReferralMH."),
        text("priority", "ClinRespPriorityType."),
        Column("discharged_on", DateType(), "Service discharge; null while open."),
        Column("rejected_on", DateType(), "Referral rejected."),
        text("closure_reason", "ReferClosReason."),
        text("rejection_reason", "ReferRejectReason."),
        text("team_type", "Type of the team referred to: ServTeamTypeMH of the referral's team (MHS902), in version 5 ServTeamTypeRefToMH of the first team of MHS102."),
        Column("other_team_types", ArrayType(StringType()), "Types of the other teams that took the referral (MHS102), each once."),
        Column("other_reasons", ArrayType(StringType()), "Other reasons for the referral (MHS103), each once."),
        structs("onward_referrals", "Referrals onward (MHS105).", referred_on=DateType(), reason=StringType(), organisation=StringType()),
        PERIOD,
    ),
    row_rules=(
        Rule("discharged_after_it_was_received", "discharged_on >= received_on", Severity.FLAG, "Discharge is on or after the day of the request."),
        Rule("discharged_on_is_a_date", "discharged_on_is_a_date", Severity.FLAG, "Discharge is given and is not a date; it does not mean that the referral is open."),
        Rule("rejected_on_is_a_date", "rejected_on_is_a_date", Severity.FLAG, "Rejection is given and is not a date."),
        PATIENT_IN_THE_MPI,
    ),
)

MENTAL_HEALTH_CONTACT = Table(
    name="silver.mental_health_contact",
    grain="one row per care contact (provider, CareContactID) or indirect activity (provider, request, date, time, person consulted)",
    key=("controller", "contact_token"),
    slices=SLICES,
    columns=(
        Column("contact_token", LongType(), "63 bits of a keyed hash of the provider's identifier of the contact.", required=True),
        Column("service_request_token", LongType(), "The referral it belongs to.", required=True),
        RECORD_ID, SOURCE, CONTROLLER,
        text("kind", "direct (a care contact) or indirect (indirect activity).", OPEN, required=True, allowed=("direct", "indirect")),
        Column("contact_on", DateType(), "Date of the contact or activity.", required=True),
        text("mechanism", "ConsMechanismMH; null for indirect activity."),
        text("attendance", "AttendStatus: 5 on time, 6 late but seen, 7 late not seen, 3 did not attend, 2 and 4 cancelled.",
             allowed=("2", "3", "4", "5", "6", "7")),
        Column("duration_minutes", IntegerType(), "Clinical duration, minutes."),
        Column("procedures", ArrayType(StringType()), "Procedures of the contact's activities (MHS202) or of the indirect activity, SNOMED CT expressions, each once."),
        PERIOD,
    ),
    row_rules=(
        Rule("referral_is_submitted", "referral_is_submitted or record_id is null", Severity.QUARANTINE, "The contact is of a referral the provider has never submitted."),
        Rule("patient_is_in_the_mpi", "patient_is_in_the_mpi or record_id is null", Severity.QUARANTINE, "The contact's referral is of a patient the provider has never submitted."),
    ),
)

MENTAL_HEALTH_SUBMISSION = Table(
    name="silver.mental_health_submission",
    grain="one row per provider and month submitted",
    key=("controller", "period"),
    slices=SLICES,
    columns=(
        SOURCE, CONTROLLER,
        Column("period_starts_on", DateType(), "First day of the reporting period.", required=True),
        Column("period_ends_on", DateType(), "Last day of the reporting period.", required=True),
        text("data_set_version", "DatSetVer.", OPEN),
        text("period", "The month submitted, as 2025-04.", OPEN, required=True),
    ),
)

MENTAL_HEALTH_PATIENT_INDICATOR = Table(
    name="silver.mental_health_patient_indicator",
    grain="one row per patient record, as last submitted",
    key=("record_id",),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        text("looked_after", "LACStatus: Y, N, or unknown; known to be under-recorded, use SSDA903 instead."),
        text("child_protection_plan", "CPP: 1 never, 2 previously, 3 currently, X not known."),
        text("young_carer", "YoungCarer."),
        text("learning_disability", "LDStatus."),
        text("autism", "AutismStatus."),
        structs("accommodations", "Where the patient lived, as recorded (MHS003).", recorded_on=DateType(), accommodation_type=StringType(), settled=StringType()),
        PERIOD,
    ),
    row_rules=(
        PATIENT_IN_THE_MPI,
    ),
)
