"""NHS numbers: ten digits, the last a check digit modulo 11 (NHS Data Dictionary, NHS NUMBER)."""

from pyspark.sql import Column
from pyspark.sql import functions as F

LENGTH = 10


def compact(column: Column) -> Column:
    """The number's ten digits as text, spaces and hyphens taken out; null when it has not ten digits."""
    text = F.regexp_replace(column, r"[\s\p{Z}-]", "")
    return F.when(text.rlike(r"^[0-9]{10}$"), text)


def is_valid(column: Column) -> Column:
    """Whether the number has ten digits and a right check digit; null for null."""
    number = compact(column).try_cast("bigint")
    total = F.lit(0)
    for place in range(LENGTH):
        total = total + F.try_mod(F.floor(number / F.lit(10**place).cast("bigint")), F.lit(10)) * (place + 1)
    return F.when(column.isNotNull(), F.coalesce(F.try_mod(total, F.lit(11)) == 0, F.lit(False)))


def parse(column: Column) -> Column:
    """A valid number as BIGINT, else null. Ten equal digits pass the check digit and are a placeholder: null too."""
    number = compact(column)
    is_placeholder = number.rlike(r"^(\d)\1{9}$")
    return F.when(is_valid(column) & ~is_placeholder, number.try_cast("bigint"))
