"""Looked-after children, beside their episodes: care leavers, adoption, permanence before care, missing, social workers, liberty."""

from pyspark.sql.types import BooleanType, DateType, LongType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, PERIOD, QUASI, RECORD_ID, SLICES, SOURCE

IN_THE_HEADER = Rule(
    "child_is_in_the_header", "child_is_in_the_header or record_id is null", Severity.QUARANTINE,
    "The council returned no Header for the child in any year (INT01 to INT09).",
)

CARE_LEAVER = Table(
    name="silver.care_leaver",
    grain="one row per council, care leaver and collection year (OC3)",
    key=("record_id", "year"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        text("year", "Collection year, 2025-26 for the year to 31 March 2026.", required=True),
        text("in_touch", "IN_TOUCH: whether the council is in touch with the care leaver."),
        text("activity", "ACTIV: education, employment or training, as coded in the year."),
        text("accommodation", "First character of ACCOM: where the care leaver lives; null where none is given."),
        Column("accommodation_is_suitable", BooleanType(), "Second character of ACCOM: 1 suitable, 2 not."),
        PERIOD,
    ),
    row_rules=(IN_THE_HEADER,),
)

ADOPTION = Table(
    name="silver.adoption",
    grain="one row per council and child adopted from care (AD1)",
    key=("record_id",),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        Column("decided_on", DateType(), "DATE_INT: when the council decided that the child should be placed for adoption."),
        Column("matched_on", DateType(), "DATE_MATCH: when the child was matched with the adopters."),
        Column("is_by_foster_carer", BooleanType(), "FOSTER_CARE: the adopters had fostered the child."),
        text("number_of_adopters", "NB_ADOPTR."),
        text("sex_of_adopters", "SEX_ADOPTR."),
        text("legal_status_of_adopters", "LS_ADOPTR."),
        PERIOD,
    ),
    row_rules=(IN_THE_HEADER,),
    note="Never leaves the identifiable zone: it would join the child before adoption to the one after.",
)

ADOPTION_DECISION = Table(
    name="silver.adoption_decision",
    grain="one row per council, child and decision that the child should be placed for adoption (PlacedAdoption)",
    key=("record_id", "decided_on"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        Column("decided_on", DateType(), "DATE_PLACED.", required=True),
        Column("reversed_on", DateType(), "DATE_PLACED_CEASED: when the decision was reversed; null if it stands."),
        text("reason_reversed", "REASON_PLACED_CEASED."),
        PERIOD,
    ),
    row_rules=(IN_THE_HEADER,),
)

PREVIOUS_PERMANENCE = Table(
    name="silver.previous_permanence",
    grain="one row per council and child whose care began (PrevPerm), as last returned",
    key=("record_id",),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        text("previous_permanence", "PREV_PERM: adoption, guardianship or another order before this care; Z1 for none."),
        text("arranged_by", "LA_PERM: the council that arranged it."),
        Column("ordered_by_on", DateType(), "DATE_PERM: the day of the order, or the last day it can have been where day or month is zz."),
        Column("ordered_on_is_exact", BooleanType(), "DATE_PERM gives day, month and year."),
        PERIOD,
    ),
    row_rules=(IN_THE_HEADER,),
)

MISSING_EPISODE = Table(
    name="silver.missing_episode",
    grain="one row per council, child and day that the child went missing or away (Missing), as last returned",
    key=("record_id", "started_on", "kind"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        Column("started_on", DateType(), "MIS_START.", required=True),
        text("kind", "MISSING: M missing, A away from placement without authorisation.", required=True),
        Column("ended_on", DateType(), "MIS_END: when the child came back; null if not yet."),
        PERIOD,
    ),
    row_rules=(
        IN_THE_HEADER,
        Rule("ends_after_it_starts", "ended_on >= started_on", Severity.FLAG, "The child came back before going missing (567)."),
    ),
)

SOCIAL_WORKER_EPISODE = Table(
    name="silver.social_worker_episode",
    grain="one row per council, child and day a social worker took on the child (SWEpisodes), as last returned",
    key=("record_id", "started_on"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        Column("started_on", DateType(), "SW_DECOM, or the last day it can have been where day or month is zz.", required=True),
        Column("social_worker_token", LongType(), "63 bits of a keyed hash of SW_ID: tells workers of one council apart.", QUASI),
        Column("ended_on", DateType(), "SW_DEC; null if still the child's."),
        text("reason", "SW_REASON: why the social worker changed."),
        PERIOD,
    ),
    row_rules=(IN_THE_HEADER,),
)

DEPRIVATION_OF_LIBERTY = Table(
    name="silver.deprivation_of_liberty",
    grain="one row per council, child and day a deprivation of liberty order began (DoLo), as last returned",
    key=("record_id", "started_on"),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        Column("started_on", DateType(), "DOLO_START.", required=True),
        Column("ended_on", DateType(), "DOLO_END; null if it has not ended."),
        PERIOD,
    ),
    row_rules=(IN_THE_HEADER,),
)
