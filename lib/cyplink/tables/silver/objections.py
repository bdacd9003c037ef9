"""Objections and orders: who may not be used at all, and which records and lives are to stay apart."""

from pyspark.sql.types import BooleanType, DateType, LongType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, DIRECT, OPEN, PERIOD, RECORD_ID, SLICES, SOURCE

STATEMENT_TOKEN = Column("statement_token", LongType(), "63 bits of a keyed hash of the kind, the controller and whom it names.", DIRECT, required=True)

OBJECTION = Table(
    name="silver.objection",
    grain="one row per controller and person who opted out, objected or withdrew, as last stated",
    key=("statement_token",),
    slices=SLICES,
    columns=(
        STATEMENT_TOKEN, SOURCE, CONTROLLER,
        text("kind", "What was said.", required=True, allowed=("national_data_opt_out", "local_objection", "withdrawn")),
        text("nhs_number", "Ten digits; a number with a wrong check digit is met all the same.", DIRECT),
        text("upn", "Unique pupil number, where its shape is right.", DIRECT),
        text("held_by", "The controller whose own id `local_id` is.", OPEN),
        text("local_id", "That controller's id of the person.", DIRECT),
        text("scope", "EVERYTHING: the person is not to be in the dataset; OWN_RECORDS: the controller's records are not.", allowed=("EVERYTHING", "OWN_RECORDS")),
        Column("stated_on", DateType(), "When it was said. It holds of earlier data as well."),
        Column("ended_on", DateType(), "When it was taken back; null while it stands."),
        PERIOD,
    ),
    row_rules=(
        Rule("names_somebody", "nhs_number is not null or upn is not null or local_id is not null", Severity.QUARANTINE,
             "No NHS number of ten digits, no UPN and no local id: nobody can be withheld for it. Ask the controller."),
        Rule("nhs_number_is_valid", "nhs_number_is_valid", Severity.FLAG, "The NHS number has not ten digits or a wrong check digit."),
        Rule("ended_on_is_a_date", "ended_on_is_a_date", Severity.FLAG, "The end is given and is not a date; the objection stands."),
    ),
    note="Counted, never listed: read only by the two lists of what is withheld.",
)

WITHHELD_RECORD = Table(
    name="silver.withheld_record",
    grain="one row per record that may not be used whatever NHS number it bears, and reason",
    key=("record_id", "reason"),
    marked=False,
    columns=(
        RECORD_ID,
        text("reason", "Why it is withheld.", required=True, allowed=("local_objection", "withdrawn")),
        Column("is_met_at_the_door", BooleanType(), "Its rows are withheld before they are used; else it is used to find the person, whom gold leaves out.", required=True),
    ),
    note="Counted, never listed. Holds the ids that the person's record would have in every source of the controller, whether there is one or not.",
)

SEPARATION = Table(
    name="silver.separation",
    grain="one row per adoption seal and per order never to link two records, as last stated",
    key=("statement_token",),
    slices=SLICES,
    columns=(
        STATEMENT_TOKEN, SOURCE, CONTROLLER,
        text("kind", "What is to stay apart.", required=True, allowed=("adoption_seal", "never_link")),
        text("child_id", "The council's id of the child before the adoption.", DIRECT),
        Column("former_nhs_number", LongType(), "NHS number before the adoption.", DIRECT),
        Column("new_nhs_number", LongType(), "NHS number after the adoption.", DIRECT),
        Column("record_id_l", LongType(), "The smaller record_id of an order's pair."),
        Column("record_id_r", LongType(), "The larger record_id of an order's pair."),
        text("reason", "Category of an order's reason.", allowed=("TWO_PEOPLE", "PROTECTION", "COURT")),
        Column("ordered_on", DateType(), "Date of the order."),
        PERIOD,
    ),
    row_rules=(
        Rule("names_both_sides", "coalesce(record_id_l <> record_id_r, new_nhs_number is not null and (former_nhs_number is not null or child_id is not null))",
             Severity.QUARANTINE, "One side is missing, is not a valid NHS number, or both are the same record: nothing can be kept apart. Ask the controller."),
        Rule("former_nhs_number_is_valid", "former_nhs_number_is_valid", Severity.FLAG, "The former NHS number is given and its check digit is wrong."),
    ),
    note="Read by linkage only; a seal shows in no output.",
)
