"""NHS numbers: ten digits, the last a check digit modulo 11 (NHS Data Dictionary, NHS NUMBER)."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

LENGTH = 10


def compact(column: Column) -> Column:
    """The number's ten digits as text, spaces and hyphens taken out; null when it has not ten digits."""
    text = F.regexp_replace(column, r"[\s\p{Z}-]", "")
    return F.when(text.rlike(r"^[0-9]{10}$"), text)


def is_valid(column: Column) -> Column:
    """Whether the number has ten digits and a right check digit; null for null."""
    return F.when(column.isNotNull(), F.coalesce(has_right_digit(compact(column)), F.lit(False)))


def has_right_digit(number: Column) -> Column:
    """Whether the last of ten digits checks the others (modulo 11); null for null."""
    total = F.lit(0)
    for place in range(LENGTH):
        total = total + F.substring(number, place + 1, 1).try_cast("int") * (LENGTH - place)
    return F.try_mod(total, F.lit(11)) == 0


def checked(rows: DataFrame, column: str, name: str) -> DataFrame:
    """The rows with `name`, the NHS number of `column` as BIGINT where its check digit is right, else null; in stages, so
    that the plan checks once. Ten equal digits pass the check and are a placeholder: null too."""
    is_right = has_right_digit(F.col(name)) & ~F.col(name).rlike(r"^(\d)\1{9}$")
    return rows.withColumns({name: compact(F.col(column))}).withColumns({name: F.when(is_right, F.col(name).try_cast("bigint"))})
