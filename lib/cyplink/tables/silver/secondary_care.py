"""Secondary care: hospital spells, out-patient appointments, emergency attendances, births."""

from pyspark.sql.types import ArrayType, BooleanType, DateType, IntegerType, LongType, StringType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, PERIOD, RECORD_ID, SLICES, SOURCE

_TEXTS = ArrayType(StringType())
ACUITIES = ("1064891000000107", "1064911000000105", "1064901000000108", "1077241000000103", "1077251000000100")

HOSPITAL_SPELL = Table(
    name="silver.hospital_spell",
    grain="one row per provider and hospital provider spell, as last delivered, with what its episodes say",
    key=("controller", "spell_token"),
    slices=SLICES,
    columns=(
        Column("spell_token", LongType(), "63 bits of a keyed hash of the provider's number of the spell.", required=True),
        RECORD_ID, SOURCE, CONTROLLER,
        Column("admitted_on", DateType(), "Day of admission.", required=True),
        Column("discharged_on", DateType(), "Day of discharge; null while in hospital."),
        text("admission_method", "11-13 elective, 21-2D emergency, 31-32 maternity, 81 transfer, 82-83 birth."),
        text("admission_source", "Where the patient came from."),
        text("discharge_method", "1 by advice, 2 by patient or relative, 3 by a court or tribunal, 4 died, 5 stillbirth.", allowed=("1", "2", "3", "4", "5", "8", "9")),
        text("discharge_destination", "Where the patient went."),
        text("site", "Site of treatment, ODS code."),
        text("main_specialty", "Main specialty of the consultant of the first episode."),
        text("treatment_function", "Treatment function of the first episode: 711 is child and adolescent psychiatry."),
        text("main_diagnosis", "ICD-10, no dot: the first diagnosis of the first episode."),
        Column("diagnoses", _TEXTS, "ICD-10 codes of all episodes, no dot, in the order of episodes and of places in them."),
        Column("procedures", _TEXTS, "OPCS-4 codes of all episodes, no dot, in the same order."),
        Column("is_self_harm", BooleanType(), "Any diagnosis is X60-X84, or, from the age of 15, Y10-Y34."),
        Column("is_mental_health", BooleanType(), "The main diagnosis is F00-F99."),
        Column("is_emergency", BooleanType(), "The admission method is one of an emergency (2x)."),
        PERIOD,
    ),
    row_rules=(
        Rule("spell_is_delivered", "is_delivered", Severity.QUARANTINE, "An episode, diagnosis or procedure is of a spell the same delivery does not hold."),
        Rule("discharged_after_admission", "discharged_on >= admitted_on", Severity.FLAG, "Discharge is on or after the day of admission."),
        Rule("discharged_on_is_a_date", "discharged_on_is_a_date", Severity.FLAG, "Discharge is given and is not a date; it does not mean that the patient is in hospital."),
        Rule("diagnosis_is_an_icd_10_code", r"file_kind <> 'diagnosis' or regexp_like(value, '^[A-Z][0-9]{2}[0-9A-Z]{0,3}$')", Severity.FLAG, "A diagnosis is given and has not the shape of an ICD-10 code."),
    ),
)  # fmt: skip

OUTPATIENT_APPOINTMENT = Table(
    name="silver.outpatient_appointment",
    grain="one row per provider and out-patient appointment, as last delivered",
    key=("controller", "appointment_token"),
    slices=SLICES,
    columns=(
        Column("appointment_token", LongType(), "63 bits of a keyed hash of the provider's identifier of the appointment.", required=True),
        RECORD_ID, SOURCE, CONTROLLER,
        Column("appointment_on", DateType(), "Day of the appointment.", required=True),
        text("attendance", "5 and 6 seen, 7 late and not seen, 3 did not attend, 2 and 4 cancelled, 0 in the future.", allowed=("0", "2", "3", "4", "5", "6", "7")),
        Column("is_attended", BooleanType(), "The patient was seen; null while the appointment is in the future or nothing is said."),
        Column("is_first", BooleanType(), "A first attendance, not a follow-up."),
        text("main_specialty", "Main specialty of the consultant."),
        text("treatment_function", "Specialty of the clinic: 711 is child and adolescent psychiatry."),
        text("source_of_referral", "Who referred."),
        Column("referred_on", DateType(), "Referral received."),
        text("outcome", "1 discharged, 2 another appointment given, 3 another to be made."),
        PERIOD,
    ),
    row_rules=(
        Rule("referred_on_is_a_date", "referred_on_is_a_date", Severity.FLAG, "The day of referral is given and is not a date."),
        Rule("referred_before_the_appointment", "referred_on <= appointment_on", Severity.FLAG, "The referral is received on or before the day of the appointment."),
    ),
)

EMERGENCY_ATTENDANCE = Table(
    name="silver.emergency_attendance",
    grain="one row per provider and attendance at an emergency department, as last delivered, with its diagnoses",
    key=("controller", "attendance_token"),
    slices=SLICES,
    columns=(
        Column("attendance_token", LongType(), "63 bits of a keyed hash of the provider's identifier of the attendance.", required=True),
        RECORD_ID, SOURCE, CONTROLLER,
        Column("arrived_on", DateType(), "Day of arrival.", required=True),
        Column("arrival_hour", IntegerType(), "Hour of arrival, 0 to 23."),
        text("chief_complaint", "SNOMED code of the main complaint."),
        text("acuity", "SNOMED code, from 1064891000000107 (immediate) to 1077251000000100 (low).", allowed=ACUITIES),
        text("injury_intent", "SNOMED code: 276853009 self-inflicted, 242056005 accident, 361269008 by another, 269735005 undetermined."),
        text("attendance_source", "SNOMED code of who sent the patient."),
        Column("diagnoses", _TEXTS, "SNOMED codes of the diagnoses, in order."),
        text("discharge_status", "SNOMED code of how the attendance ended."),
        text("discharge_destination", "SNOMED code of where the patient went (disposal)."),
        Column("admission_decided_on", DateType(), "Day of the decision to admit."),
        Column("is_self_harm", BooleanType(), "Injury intent is self-inflicted, or the chief complaint self-injurious behaviour."),
        PERIOD,
    ),
    row_rules=(
        Rule("attendance_is_delivered", "is_delivered", Severity.QUARANTINE, "A diagnosis is of an attendance the same delivery does not hold."),
    ),
)

BIRTH = Table(
    name="silver.birth",
    grain="one row per provider and birth notified, still births included; only a live birth has a record in silver.identity",
    key=("record_id",),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        Column("is_live_birth", BooleanType(), "The child was born alive.", required=True),
        Column("birth_weight_grams", IntegerType(), "Weight at birth, grams."),
        Column("gestation_weeks", IntegerType(), "Completed weeks of gestation."),
        Column("birth_order", IntegerType(), "Order among the children of this birth, from 1."),
        Column("number_of_births", IntegerType(), "Children of this birth, still births included."),
        Column("has_congenital_anomaly", BooleanType(), "An anomaly is suspected or known."),
        Column("mother_token", LongType(), "63 bits of a keyed hash of the mother's NHS number, of its own kind: tells children of one mother, nothing else."),
        Column("mother_age_years", IntegerType(), "The mother's age at the birth, completed years."),
        PERIOD,
    ),
    row_rules=(
        Rule("nhs_number_is_own", "nhs_number_is_own", Severity.FLAG, "The mother's NHS number is given as the child's."),
        Rule("birth_weight_is_likely", "birth_weight_grams between 200 and 7000", Severity.FLAG, "The weight is between 200 and 7,000 grams."),
        Rule("gestation_is_likely", "gestation_weeks between 20 and 45", Severity.FLAG, "Gestation is between 20 and 45 weeks."),
        Rule("birth_order_is_within_the_births", "birth_order between 1 and number_of_births", Severity.FLAG, "The order is no higher than the number of births."),
        Rule("mother_age_is_likely", "mother_age_years between 11 and 60", Severity.FLAG, "The mother is between 11 and 60."),
        Rule("born_on_is_a_date", "born_on_is_a_date", Severity.FLAG, "The birth date is given and is a date."),
    ),
)
