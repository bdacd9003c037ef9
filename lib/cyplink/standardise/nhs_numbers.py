"""NHS numbers: ten digits, the last a check digit modulo 11 (NHS Data Dictionary, NHS NUMBER)."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def compact(column: Column) -> Column:
    """The number's ten digits as text, spaces and hyphens taken out; null when it has not ten digits."""
    text = F.regexp_replace(column, r"[\s\p{Z}-]", "")
    return F.when(text.rlike(r"^[0-9]{10}$"), text)
