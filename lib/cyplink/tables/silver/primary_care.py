"""Primary care: registrations and events."""

from pyspark.sql.types import DateType, LongType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, OPEN, PERIOD, QUASI, RECORD_ID, SLICES, SOURCE

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

EVENT_KINDS = ("observation", "medication_order", "appointment", "referral")

PRIMARY_CARE_EVENT = Table(
    name="silver.primary_care_event",
    grain="one row per observation, medication order, appointment or referral of a practice's patient",
    key=("event_token",),
    slices=SLICES,
    columns=(
        Column("event_token", LongType(), "63 bits of a keyed hash of controller, practice, kind and the practice system's identifier.", required=True),
        RECORD_ID, SOURCE, CONTROLLER,
        text("kind", "observation, medication_order, appointment or referral.", OPEN, required=True, allowed=EVENT_KINDS),
        Column("event_on", DateType(), "Date of the event.", required=True),
        text("code", "SNOMED CT code; an appointment's status (attended, did_not_attend, cancelled)."),
        text("value", "Value of an observation, quantity of an order, mode of an appointment, specialty of a referral."),
        text("unit", "Unit of the value or quantity."),
        PERIOD,
    ),
    row_rules=(
        Rule("patient_is_on_the_list", "patient_is_on_the_list or record_id is null", Severity.QUARANTINE, "The event is of a patient whom the practice's list, in no delivery, holds."),
        Rule("it_says_something", "code is not null", Severity.FLAG, "The event has no code."),
    ),
)
