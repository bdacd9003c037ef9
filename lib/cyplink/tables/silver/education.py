"""Education: enrolments."""

from pyspark.sql.types import BooleanType, DateType, IntegerType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, OPEN, PERIOD, RECORD_ID, SLICES, SOURCE

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
