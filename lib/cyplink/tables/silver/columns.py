"""Columns that silver tables share."""

from pyspark.sql.types import LongType

from cyplink.tables.model import Column, Sensitivity, text

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
