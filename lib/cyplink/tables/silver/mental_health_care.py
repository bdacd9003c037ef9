"""Mental-health care beside referrals and contacts: hospital spells, detention, diagnoses, scores."""

from pyspark.sql.types import DateType, DoubleType, LongType, StringType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, OPEN, PERIOD, RECORD_ID, SLICES, SOURCE
from cyplink.tables.silver.mental_health import PATIENT_IN_THE_MPI, structs

REQUEST = Column("service_request_token", LongType(), "The referral it belongs to.", required=True)

MENTAL_HEALTH_SPELL = Table(
    name="silver.mental_health_spell",
    grain="one row per provider and hospital provider spell, as last submitted",
    key=("controller", "spell_token"),
    slices=SLICES,
    columns=(
        Column("spell_token", LongType(), "63 bits of a keyed hash of the provider's HospProvSpellID.", required=True),
        REQUEST, RECORD_ID, SOURCE, CONTROLLER,
        Column("decided_on", DateType(), "Decision to admit."),
        Column("admitted_on", DateType(), "Start of the spell.", required=True),
        Column("discharged_on", DateType(), "Discharge; null while in hospital."),
        text("source_of_admission", "SourceAdmMHHospProvSpell."),
        text("method_of_admission", "MethAdmMHHospProvSpell."),
        text("method_of_discharge", "MethOfDischMHHospProvSpell."),
        text("destination_of_discharge", "DestOfDischHospProvSpell."),
        structs("ward_stays", "Stays on wards (MHS502), in order; a stay still open in one month is replaced by what a later month says.",
                started_on=DateType(), ended_on=DateType(), admitted_class=StringType()),
        PERIOD,
    ),
    row_rules=(
        Rule("discharged_after_admitted", "discharged_on >= admitted_on", Severity.FLAG, "Discharge is on or after the day of admission."),
        Rule("discharged_on_is_a_date", "discharged_on_is_a_date", Severity.FLAG, "Discharge is given and is not a date; it does not mean that the patient is still in hospital."),
        PATIENT_IN_THE_MPI,
    ),
)

MENTAL_HEALTH_ACT_PERIOD = Table(
    name="silver.mental_health_act_period",
    grain="one row per provider and period of a legal status under the Mental Health Act, as last submitted",
    key=("controller", "act_period_token"),
    slices=SLICES,
    columns=(
        Column("act_period_token", LongType(), "63 bits of a keyed hash of the provider's MHActLegalStatusClassPeriodID.", required=True),
        RECORD_ID, SOURCE, CONTROLLER,
        text("legal_status", "LegalStatusCode: 01 informal, 02 section 2, 03 section 3, and so on."),
        text("mental_category", "MentalCat."),
        Column("started_on", DateType(), "Start of the period.", required=True),
        Column("expires_on", DateType(), "Expiry of the status."),
        Column("ended_on", DateType(), "End of the period; null while it lasts."),
        text("start_reason", "LegalStatusClassPeriodStartReason."),
        text("end_reason", "LegalStatusClassPeriodEndReason."),
        PERIOD,
    ),
    row_rules=(
        Rule("ends_after_it_starts", "ended_on >= started_on", Severity.FLAG, "The period ends on or after the day it starts."),
        PATIENT_IN_THE_MPI,
    ),
)

MENTAL_HEALTH_DIAGNOSIS = Table(
    name="silver.mental_health_diagnosis",
    grain="one row per provider, referral, kind, code and time recorded (MHS604, MHS605, MHS609), as last submitted",
    key=("controller", "diagnosis_token"),
    slices=SLICES,
    columns=(
        Column("diagnosis_token", LongType(), "63 bits of a keyed hash of referral, kind, scheme, code and time recorded.", required=True),
        REQUEST, RECORD_ID, SOURCE, CONTROLLER,
        text("kind", "primary, secondary, or presenting_complaint.", OPEN, required=True, allowed=("primary", "secondary", "presenting_complaint")),
        text("scheme", "icd_10 (02) or snomed_ct (06).", OPEN, allowed=("icd_10", "snomed_ct")),
        text("code", "The code, in capitals, an ICD-10 code without its point.", required=True),
        Column("recorded_on", DateType(), "When it was recorded."),
        text("significance", "PresCompCodSig, of a presenting complaint."),
        PERIOD,
    ),
    row_rules=(PATIENT_IN_THE_MPI,),
)

MENTAL_HEALTH_SCORE = Table(
    name="silver.mental_health_score",
    grain="one row per provider and score of an assessment: of a referral (MHS606: request, tool, time, score) or an activity (MHS607: activity, tool, score)",
    key=("controller", "score_token"),
    slices=SLICES,
    columns=(
        Column("score_token", LongType(), "63 bits of a keyed hash of what the score is told apart by.", required=True),
        REQUEST,
        Column("contact_token", LongType(), "The contact in whose activity it was taken; null for a score of the referral."),
        RECORD_ID, SOURCE, CONTROLLER,
        text("assessed", "referral or activity: what the score was submitted with.", OPEN, required=True, allowed=("referral", "activity")),
        text("tool_code", "CodedAssToolType: tool and scale, a SNOMED CT code.", required=True),
        text("tool", "sdq, rcads, cgas, ors or yp_core, whichever code stands for it; null for others."),
        text("rater", "Who rated: self, parent, teacher or clinician, where the code says."),
        Column("score", DoubleType(), "PersScore as a number; null where it is none."),
        Column("assessed_on", DateType(), "Day of completion; for a score of an activity, day of the contact.", required=True),
        PERIOD,
    ),
    row_rules=(
        Rule("score_is_a_number", "score_is_a_number", Severity.FLAG, "PersScore is given and is not a number."),
        PATIENT_IN_THE_MPI,
    ),
)
