"""Returns: what the receiving department would find wrong with them."""

from pyspark.sql.types import LongType

from cyplink.tables.model import Column, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, OPEN, SLICES, SOURCE

RETURN_ERROR = Table(
    name="silver.return_error",
    grain="one row per delivered row and published rule it breaks",
    key=("delivery_id", "file_kind", "source_row", "rule"),
    slices=SLICES,
    marked=False,
    statistics=("source", "controller", "period"),
    columns=(
        SOURCE,
        CONTROLLER,
        text("period", "The period of the return.", OPEN, required=True),
        text("delivery_id", "The delivery.", OPEN, required=True),
        text("file_kind", "Which file of the return.", OPEN, required=True),
        text("source_file", "Name of the delivered file.", OPEN, required=True),
        Column("source_row", LongType(), "Number of the row among the file's data rows, from 1.", OPEN, required=True),
        text("rule", "The publisher's number of the rule (lib/cyplink/sources/<source>/rules.py).", OPEN, required=True),
        text("severity", "quarantine: the row is not used; flag: it is used and marked.", OPEN, required=True, allowed=tuple(s.name.lower() for s in Severity)),
    ),
    note="Current returns only. No value of a row is here: the return file tells a council the file, the row and the rule.",
)
