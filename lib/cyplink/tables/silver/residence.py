"""Where people lived: the homes that records state, without what would find them on a map."""

from pyspark.sql.types import DateType, IntegerType, LongType

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, OPEN, PERIOD, QUASI, RECORD_ID, SOURCE

RESIDENCE = Table(
    name="silver.residence",
    grain="one row per record, home and day that the record lets it begin",
    key=("record_id", "home_order"),
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        Column("home_order", IntegerType(), "Number of the row among the record's, those without a first day first.", OPEN, required=True),
        Column("home_token", LongType(), "63 bits of a keyed hash of the postcode: the same home has the same in every source.", QUASI, required=True),
        text("postcode_district", "Outward part of the postcode, as HA9.", QUASI, required=True),
        text("kind", "placement: where SSDA903 says that a looked-after child was placed (PL_POST); home: anything else.", required=True, allowed=("home", "placement")),
        Column("from_on", DateType(), "First day there, as the source dates it; of a School Census the first day of the term. Null if the source does not say: SSDA903's HOME_POST, left when care began, and homes of a pupil who had others later."),
        Column("to_on", DateType(), "Last day there; null while it lasts. A placement that has no end is known up to 31 March of the last return that had the child."),
        PERIOD,
    ),
    row_rules=(
        Rule("starts_on_a_known_day", "from_on is not null", Severity.FLAG, "The source does not say from when: gold has no stay of it."),
        Rule("ends_after_it_starts", "to_on >= from_on", Severity.FLAG, "The stay ends before it begins: gold has none of it."),
    ),
    note=(
        "Sources that date their addresses or are of a term: PDS, case management, SSDA903, School Census. The others give the address of a day, which the "
        "spine has too, and serve linkage only. A stay that one delivery has open and a later one ended is one row, ended."
    ),
)
