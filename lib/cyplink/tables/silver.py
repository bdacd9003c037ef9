"""Silver: every source split in two. `identity` says who, the payload tables say what happened, keyed by record_id."""

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DateType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
)

from cyplink.tables.model import Column, Rule, Sensitivity, Severity, Table, text

DIRECT, QUASI, OPEN = Sensitivity.DIRECT_IDENTIFIER, Sensitivity.QUASI_IDENTIFIER, Sensitivity.OPEN

SOURCE = text("source", "Which return or extract the record comes from.", OPEN, required=True)
CONTROLLER = text("controller", "Council (DfE number) or NHS organisation (ODS code) that delivered it.", OPEN, required=True)
PERIOD = text("period", "The latest delivered period the row was in.", OPEN)
RECORD_ID = Column(
    "record_id",
    LongType(),
    "The local person record: 63 bits of a keyed hash of source, controller and local person id; stable for ever.",
    required=True,
)
SLICES = ("source", "controller")

DATED_POSTCODE = StructType(
    [
        StructField("postcode", StringType()),
        StructField("from_on", DateType()),
        StructField("to_on", DateType()),
    ]
)

IDENTITY = Table(
    name="silver.identity",
    grain="one row per source, controller and local person id, accumulated over deliveries",
    key=("record_id",),
    slices=SLICES,
    statistics=("record_id", "source", "controller"),
    columns=(
        RECORD_ID,
        Column("record_version", LongType(), "63 bits of a hash of the linkage columns: changes when any of them does.", required=True),
        SOURCE,
        CONTROLLER,
        text("local_id", "The source's own person id; a keyed hash of name and birth date for a pupil without a UPN.", DIRECT),
        text("alternative_local_id", "A second id the source knows the person by (a council's legacy id).", DIRECT),
        text("forename", "First forename as last recorded, upper case, no diacritics or punctuation; null if a placeholder.", DIRECT),
        text("middle_names", "Further forenames, standardised.", DIRECT),
        text("surname", "Surname as last recorded, standardised.", DIRECT),
        Column("forenames", ArrayType(StringType()), "Every forename recorded, middle names and parts included, sorted.", DIRECT),
        Column("surnames", ArrayType(StringType()), "Every surname recorded (former, preferred, previous; parts of double-barrelled), sorted.", DIRECT),
        Column("date_of_birth", DateType(), "As last recorded; null if absent or not a date.", QUASI),
        text("date_of_birth_quality", "Whether the birth date looks like a default.", QUASI,
             allowed=("recorded", "default_first_of_january", "default_fifteenth")),
        Column("date_of_death", DateType(), "As recorded by the source.", QUASI),
        text("sex", "M, F, or null when unknown; health sources state gender, so never a hard rule.", QUASI, allowed=("M", "F")),
        text("postcode", "Latest home postcode, upper case without a space; null if a pseudo or office postcode.", QUASI),
        Column("postcodes", ArrayType(StringType()), "Every usable postcode recorded, sorted.", QUASI),
        Column("dated_postcodes", ArrayType(DATED_POSTCODE), "The same with the dates the source gives, sorted.", QUASI),
        Column("uprns", ArrayType(LongType()), "Every property reference recorded, sorted.", QUASI),
        Column("nhs_number", LongType(), "Valid NHS number as recorded; null if absent or its check digit is wrong.", DIRECT),
        text("nhs_number_status", "01 verified ... 08; PDS rows are 01; blank for council records.", OPEN),
        text("upn", "Permanent UPN with a right check letter.", DIRECT),
        Column("upns", ArrayType(StringType()), "Every well-formed UPN recorded, former and temporary included, sorted.", DIRECT),
        text("school", "Latest school: LA number and establishment number.", QUASI),
        text("practice", "Latest general practice, ODS code.", QUASI),
        Column("main_registrations", ArrayType(StringType()), "Censuses (periods) in which the pupil was a main registration (C or M), sorted.", QUASI),
        text("multiple_birth_id", "The multiple birth the child is of, where a birth notification says so (part 2).", QUASI),
        Column("multiple_birth_order", IntegerType(), "Order within the multiple birth.", QUASI),
        Column("is_placeholder_name", BooleanType(), "The source gave a name such as BABY or TWIN ONE.", OPEN),
        Column("is_named", BooleanType(), "The source gives names, so the record can be compared by the model.", OPEN, required=True),
        text("first_period", "Earliest period the record was delivered in.", OPEN),
        text("last_period", "Latest period the record was delivered in.", OPEN),
    ),
    row_rules=(
        Rule("born_in_the_past", "date_of_birth <= to_date('2026-12-31')", Severity.FLAG, "A birth date lies in the future."),
        Rule("local_id_is_not_a_placeholder", "upper(local_id) not in ('UNKNOWN', 'N/A', '0')", Severity.QUARANTINE, "The person id says that there is none."),
        Rule("person_is_delivered", "person_is_delivered or record_id is null", Severity.QUARANTINE, "An address or registration is of a person the same delivery does not hold."),
        Rule("date_of_birth_is_a_date", "date_of_birth_is_a_date", Severity.FLAG, "A birth date is given and is not a date."),
        Rule("nhs_number_is_valid", "nhs_number_is_valid", Severity.FLAG, "An NHS number is given and its check digit is wrong."),
        Rule("upn_is_valid", "upn_is_valid", Severity.FLAG, "A UPN is given and its check letter is wrong."),
    ),
    note="Linkage reads this table only. No attribute of the child is here beyond what identifies.",
)

NHS_NUMBER_MERGER = Table(
    name="silver.nhs_number_merger",
    grain="one row per superseded NHS number",
    key=("superseded_nhs_number",),
    slices=SLICES,
    columns=(
        SOURCE,
        CONTROLLER,
        Column("superseded_nhs_number", LongType(), "The number no longer in use.", DIRECT, required=True),
        Column("current_nhs_number", LongType(), "The number that replaced it (chains are followed).", DIRECT, required=True),
        Column("merged_on", DateType(), "When the two were merged."),
        PERIOD,
    ),
)

WITHHELD_NHS_NUMBER = Table(
    name="silver.withheld_nhs_number",
    grain="one row per NHS number that may not be used, as a keyed token",
    key=("nhs_number_token",),
    slices=SLICES,
    columns=(
        SOURCE,
        CONTROLLER,
        Column("nhs_number_token", LongType(), "63 bits of a keyed hash of the NHS number.", DIRECT, required=True),
        text("reason", "Why it is withheld.", allowed=("confidential_on_pds",)),
        PERIOD,
    ),
    note="Counted, never listed: read only by the door and by the person-level exclusion.",
)

RECORD_CHARACTERISTIC = Table(
    name="silver.record_characteristic",
    grain="one row per record of silver.identity: what gold may say of the person, without identifiers",
    key=("record_id",),
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        text("birth_month", "Year and month of birth, as 2012-05; null if absent or not a date.", QUASI),
        text("death_month", "Year and month of death.", QUASI),
        text("sex", "M, F, or null when unknown.", QUASI, allowed=("M", "F")),
        text("ethnicity_as_delivered", "The source's latest code (DfE main or extended, or NHS 16+1)."),
        text("ethnic_category", "NHS 2001 16+1 category, by conf/codelists/ethnicity.csv; Z not stated, 99 not known; null if the source gives none."),
        PERIOD,
    ),
    row_rules=(
        Rule("ethnicity_is_a_known_code", "ethnicity_as_delivered is null or ethnic_category is not null", Severity.FLAG, "The code is in no coding of conf/codelists/ethnicity.csv."),
    ),
)

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

SCHOOL_ENROLMENT = Table(
    name="silver.school_enrolment",
    grain="one row per pupil record and census",
    key=("record_id", "census"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        text("census", "Year and term, as 2025-spring.", OPEN, required=True),
        text("school", "LA number and establishment number."),
        text("school_urn", "URN of the school."),
        text("enrolment_status", "C current, M main of two, S subsidiary, F FE college, O other.", allowed=("C", "M", "S", "F", "O")),
        Column("entered_on", DateType(), "Date of entry to the school."),
        text("year_group", "National curriculum year actually taught in."),
        text("sen_provision", "N none, K SEN support, E EHC plan.", allowed=("N", "K", "E", "S", "A", "P")),
        text("language", "First language code."),
        Column("is_part_time", BooleanType(), "Attends part-time."),
        text("post_looked_after", "plaa: N none, A adopted, G SGO, R residence order, C child arrangements order.",
             allowed=("N", "A", "G", "R", "C", "O")),
        text("young_carer", "P, S or N."),
        Column("sessions_possible", IntegerType(), "Half-day sessions possible in the term."),
        PERIOD,
    ),
    row_rules=(
        Rule("school_is_delivered", "school_is_delivered", Severity.QUARANTINE, "The pupil is on the roll of a school the same delivery does not hold."),
        Rule("entered_on_is_a_date", "entered_on_is_a_date", Severity.FLAG, "The date of entry is given and is not a date."),
    ),
)

REGISTRATION = Table(
    name="silver.registration",
    grain="one row per person record and period of registration with a practice",
    key=("record_id", "practice", "from_on"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        text("practice", "ODS code of the practice.", QUASI, required=True),
        text("icb", "ODS code of the practice's ICB at the start of the registration.", required=True),
        Column("from_on", DateType(), "Start of registration.", required=True),
        Column("to_on", DateType(), "End; null if current."),
        text("removal_reason", "Reason for removal."),
        PERIOD,
    ),
    row_rules=(
        Rule("ends_after_it_starts", "to_on >= from_on", Severity.FLAG, "A registration ends on or after the day it starts."),
        Rule("to_on_is_a_date", "to_on_is_a_date", Severity.FLAG, "The end is given and is not a date; it does not mean that the registration is current."),
        Rule("person_is_delivered", "person_is_delivered or record_id is null", Severity.QUARANTINE, "The registration is of a person the same delivery does not hold."),
    ),
)

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
        PERIOD,
    ),
    row_rules=(
        Rule("discharged_after_it_was_received", "discharged_on >= received_on", Severity.FLAG, "Discharge is on or after the day of the request."),
        Rule("discharged_on_is_a_date", "discharged_on_is_a_date", Severity.FLAG, "Discharge is given and is not a date; it does not mean that the referral is open."),
        Rule("rejected_on_is_a_date", "rejected_on_is_a_date", Severity.FLAG, "Rejection is given and is not a date."),
        Rule("patient_is_in_the_mpi", "patient_is_in_the_mpi or record_id is null", Severity.QUARANTINE, "The row is of a patient the provider has never submitted (MHS00501 and the like)."),
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
        PERIOD,
    ),
    row_rules=(
        Rule("patient_is_in_the_mpi", "patient_is_in_the_mpi or record_id is null", Severity.QUARANTINE, "The row is of a patient the provider has never submitted (MHS00501 and the like)."),
    ),
)
