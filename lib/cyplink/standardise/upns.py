"""Unique pupil numbers: check letter, LA number, establishment, year, serial; a final letter marks a temporary one."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cyplink.standardise.texts import code

# Without I, O and S. A final letter counts as its place here (Department for Education, UPN guide).
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
SHAPE = r"^[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]$"


def compact(column: Column) -> Column:
    """The UPN in upper case without spaces; null when it has not a UPN's shape (UN1 to UN5 say why there is none)."""
    text = F.regexp_replace(code(column), r"[\s\p{Z}]", "")
    return F.when(text.rlike(SHAPE), text)
