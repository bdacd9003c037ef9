"""Primary care: registrations."""

from pyspark.sql.types import DateType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, PERIOD, QUASI, RECORD_ID, SLICES, SOURCE

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
