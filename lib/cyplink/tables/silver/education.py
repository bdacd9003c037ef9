"""Education: enrolments, attendance, suspensions and exclusions, needs, alternative provision, free meals, attainment."""

from pyspark.sql.types import BooleanType, DateType, DoubleType, IntegerType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, OPEN, PERIOD, QUASI, RECORD_ID, SLICES, SOURCE

CENSUS = text("census", "Year and term, as 2025-spring.", OPEN, required=True)
SEN_CODES = ("N", "K", "E", "S", "A", "P")
PUPIL_IS_DELIVERED = Rule(
    "pupil_is_delivered", "pupil_is_delivered", Severity.QUARANTINE, "The row is of a pupil the same delivery does not hold, or of a school it does not hold."
)

SCHOOL_ENROLMENT = Table(
    name="silver.school_enrolment",
    grain="one row per pupil record and census",
    key=("record_id", "census"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER, CENSUS,
        text("school", "LA number and establishment number."),
        text("school_urn", "URN of the school."),
        text("school_phase", "Phase of the school as it states it: NS, PS, MP, MS, SS, SP special, AT all-through, PR pupil referral unit."),
        text("enrolment_status", "C current, M main of two, S subsidiary, F FE college, O other; null for a leaver.", allowed=("C", "M", "S", "F", "O")),
        Column("entered_on", DateType(), "Date of entry to the school."),
        Column("left_on", DateType(), "Date of leaving, of a pupil no longer on the roll on census day; null for one who is."),
        text("year_group", "National curriculum year actually taught in; of leavers in the autumn only."),
        text("sen_provision", "N none, K SEN support, E EHC plan; null for a leaver.", allowed=SEN_CODES),
        text("language", "First language code."),
        Column("is_part_time", BooleanType(), "Attends part-time."),
        text("post_looked_after", "plaa: N none, A adopted, G SGO, R residence order, C child arrangements order.",
             allowed=("N", "A", "G", "R", "C", "O")),
        text("young_carer", "P, S or N; collected in spring."),
        Column("sessions_possible", IntegerType(), "Half-day sessions possible in the term before (silver.school_attendance)."),
        PERIOD,
    ),
    row_rules=(
        Rule("school_is_delivered", "school_is_delivered", Severity.QUARANTINE, "The pupil is on the roll of a school the same delivery does not hold."),
        Rule("entered_on_is_a_date", "entered_on_is_a_date", Severity.FLAG, "The date of entry is given and is not a date."),
        Rule("left_on_is_a_date", "left_on_is_a_date", Severity.FLAG, "The pupil is no longer on the roll, and the date of leaving is not a date."),
    ),
    note="A pupil who left and came back before census day is on the roll; the earlier stay is not a row of its own.",
)

SCHOOL_ATTENDANCE = Table(
    name="silver.school_attendance",
    grain="one row per pupil record and census",
    key=("record_id", "census"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER, CENSUS,
        text("academic_year", "Academic year the sessions were in, as 2024-25.", OPEN, required=True),
        text("term", "Term the sessions were in: a census collects the term before it.", OPEN, required=True, allowed=("autumn", "spring", "summer")),
        Column("sessions_possible", IntegerType(), "Half-day sessions the pupil could have attended; null where not given."),
        Column("sessions_attended", IntegerType(), "Sessions present, late before the register closed, or at approved activity: / \\ L B K P V W, J before 2024."),
        Column("sessions_authorised", IntegerType(), "Sessions absent with leave: C C1 C2 E H I J1 M R S T."),
        Column("sessions_unauthorised", IntegerType(), "Sessions absent without leave: G N O U."),
        Column("sessions_ill", IntegerType(), "Of them ill: I."),
        Column("sessions_medical", IntegerType(), "Of them at medical or dental appointments: M."),
        Column("sessions_suspended", IntegerType(), "Of them suspended or excluded: E."),
        Column("sessions_part_time_timetable", IntegerType(), "Of them on a part-time timetable: C2."),
        Column("sessions_holiday", IntegerType(), "Of them on holiday, with or without leave: H G."),
        Column("sessions_late", IntegerType(), "Of them late after the register closed: U."),
        Column("sessions_not_required", IntegerType(), "Sessions that count neither way: D Q X Y Y1 to Y7 Z #."),
        PERIOD,
    ),
    row_rules=(
        PUPIL_IS_DELIVERED,
        Rule("attendance_code_is_known", "attendance_code_is_known", Severity.FLAG, "The code is blank or of no list: its sessions are in no sum."),
        Rule("sessions_are_a_number", "sessions_are_a_number", Severity.FLAG, "The number of sessions is not a whole number: it counts as none."),
    ),
    note=(
        "Persistent absence is (authorised + unauthorised) of at least 10 % of the sessions possible over an academic year, which the autumn's two halves of "
        "the summer term complete. That a census collects the term before, and which codes count as what, is from general knowledge of the Department's guidance."
    ),
)

SCHOOL_EXCLUSION = Table(
    name="silver.school_exclusion",
    grain="one row per pupil record and suspension or exclusion, by its first day and category",
    key=("record_id", "started_on", "category"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER, CENSUS,
        Column("started_on", DateType(), "First day.", required=True),
        text("category", "SUSP suspension (FIXD in older returns), PERM permanent exclusion, LNCH lunchtime exclusion.", required=True, allowed=("SUSP", "PERM", "LNCH")),
        Column("sessions", IntegerType(), "Half-day sessions of a suspension."),
        *(text(f"reason_{place}", f"Reason {place}, as coded.") for place in (1, 2, 3)),
        text("sen_provision", "Provision for special educational needs at the time.", allowed=SEN_CODES),
        PERIOD,
    ),
    row_rules=(PUPIL_IS_DELIVERED,),
)

SPECIAL_EDUCATIONAL_NEED = Table(
    name="silver.special_educational_need",
    grain="one row per pupil record, spring census and type of need",
    key=("record_id", "census", "need"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER, CENSUS,
        text("need", "SPLD, MLD, SLD, PMLD, SEMH social, emotional and mental health, SLCN, HI, VI, MSI, PD, ASD, OTH, NSA, DS.", required=True,
             allowed=("SPLD", "MLD", "SLD", "PMLD", "SEMH", "SLCN", "HI", "VI", "MSI", "PD", "ASD", "OTH", "NSA", "DS")),
        Column("rank", IntegerType(), "1 the main need, 2 the second."),
        PERIOD,
    ),
    row_rules=(PUPIL_IS_DELIVERED,),
)

ALTERNATIVE_PROVISION = Table(
    name="silver.alternative_provision",
    grain="one row per pupil record, census and entry on alternative provision",
    key=("record_id", "census", "entry"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER, CENSUS,
        Column("entry", IntegerType(), "Number of the entry among the pupil's in the census, by first day.", OPEN, required=True),
        text("kind", "arranged_by_school: the pupil's school placed the pupil elsewhere; in_provision: the pupil is on the roll of an alternative provision.", OPEN, required=True,
             allowed=("arranged_by_school", "in_provision")),
        text("reason", "Placement or entry reason: MHN mental-health need, PHN physical-health need, BHS behaviour, SUS suspended, EXR and PEX excluded, EHC, ASP, NEW, RHE, OTH."),
        Column("is_for_mental_health", BooleanType(), "The reason is MHN."),
        text("setting_type", "Type of setting without a reference number: NFE, OOT, OTH, WBP."),
        text("provider_urn", "URN of the provider.", QUASI),
        text("provider_ukprn", "UKPRN of the provider.", QUASI),
        text("previous_urn", "URN of the school the pupil came from.", QUASI),
        Column("started_on", DateType(), "First day; not collected of pupils on the roll of a provision."),
        Column("ended_on", DateType(), "Last day; null while it lasts."),
        Column("sessions_per_week", IntegerType(), "Sessions a week."),
        text("attendance_pattern", "FT full-time, PT part-time.", allowed=("FT", "PT")),
        text("sen_provision_on_entry", "Provision for special educational needs on entry.", allowed=SEN_CODES),
        text("sen_provision_on_leaving", "Provision for special educational needs on leaving.", allowed=SEN_CODES),
        PERIOD,
    ),
    row_rules=(
        PUPIL_IS_DELIVERED,
        Rule("ends_after_it_starts", "ended_on >= started_on", Severity.FLAG, "The placement ends before it starts."),
    ),
)

FREE_SCHOOL_MEAL_PERIOD = Table(
    name="silver.free_school_meal_period",
    grain="one row per pupil record and period of eligibility for free school meals",
    key=("record_id", "started_on"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER, CENSUS,
        Column("started_on", DateType(), "First day of eligibility.", required=True),
        Column("ended_on", DateType(), "Last day; null while it lasts, as the last census that has the period says."),
        text("country", "Country in which eligibility was established.", allowed=("ENG", "NIR", "SCT", "WLS")),
        PERIOD,
    ),
    row_rules=(
        PUPIL_IS_DELIVERED,
        Rule("ends_after_it_starts", "ended_on >= started_on", Severity.FLAG, "The period ends before it starts."),
    ),
)

ATTAINMENT = Table(
    name="silver.attainment",
    grain="one row per pupil record, academic year, stage and measure",
    key=("record_id", "academic_year", "measure"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        text("academic_year", "Academic year of the assessment, as 2024-25.", OPEN, required=True),
        text("stage", "EYFSP early years foundation stage profile, KS2 key stage 2, KS4 key stage 4.", OPEN, required=True, allowed=("EYFSP", "KS2", "KS4")),
        text("measure", "Name of the measure: the column of the file, in lower case.", OPEN, required=True),
        text("result", "The result as given."),
        Column("score", DoubleType(), "The result as a number, where it is one: a scaled score, points, or 1 for reached and 0 for not."),
        PERIOD,
    ),
)
