"""Unique pupil numbers: check letter, LA number, establishment, year, serial; a final letter marks a temporary one."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.standardise.texts import code

# Without I, O and S. A final letter counts as its place here (Department for Education, UPN guide).
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
SHAPE = r"^[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]$"


def compact(column: Column) -> Column:
    """The UPN in upper case without spaces; null when it has not a UPN's shape (UN1 to UN5 say why there is none)."""
    text = F.regexp_replace(code(column), r"[\s\p{Z}]", "")
    return F.when(text.rlike(SHAPE), text)


def is_valid(column: Column) -> Column:
    """Whether the UPN has the shape and a right check letter; null for null."""
    return F.when(column.isNotNull(), F.coalesce(has_right_letter(compact(column)), F.lit(False)))


def has_right_letter(upn: Column) -> Column:
    """Whether a compact UPN's first letter checks the other twelve places (modulo 23); null for null."""
    last = F.substring(upn, 13, 1)
    total = F.coalesce(last.try_cast("int"), F.instr(F.lit(LETTERS), last) - 1) * 13
    for place in range(2, 13):
        total = total + F.substring(upn, place, 1).try_cast("int") * place
    return F.substring(F.lit(LETTERS), F.try_mod(total, F.lit(len(LETTERS))).cast("int") + 1, F.lit(1)) == F.substring(upn, 1, 1)


def checked(rows: DataFrame, column: str, name: str) -> DataFrame:
    """The rows with `name`, the UPN of `column` where its check letter is right, else null. In stages: a plan that
    repeats the check for every use of the UPN costs seconds in a small table."""
    return rows.withColumns({name: compact(F.col(column))}).withColumns({name: F.when(has_right_letter(F.col(name)), F.col(name))})


def is_permanent(upn: Column) -> Column:
    """Whether a right UPN is permanent: temporary ones end in a letter."""
    return upn.rlike("[0-9]$")


def parse(column: Column) -> Column:
    """A UPN with a right check letter, permanent or temporary; else null."""
    return F.when(is_valid(column), compact(column))


def permanent(column: Column) -> Column:
    """A permanent UPN with a right check letter; null for temporary ones (which end in a letter) and all others."""
    return F.when(is_valid(column) & compact(column).rlike(r"[0-9]$"), compact(column))
