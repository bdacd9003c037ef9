"""Unique pupil numbers: check letter, LA number, establishment, year, serial; a final letter marks a temporary one."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cyplink.standardise.texts import code

# Without I, O and S. A final letter counts as its place here (Department for Education, UPN guide).
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_SHAPE = r"^[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]$"


def compact(column: Column) -> Column:
    """The UPN in upper case without spaces; null when it has not a UPN's shape (UN1 to UN5 say why there is none)."""
    text = F.regexp_replace(code(column), r"[\s\p{Z}]", "")
    return F.when(text.rlike(_SHAPE), text)


def is_valid(column: Column) -> Column:
    """Whether the UPN has the shape and a right check letter; null for null."""
    upn = compact(column)
    middle = F.substring(upn, 2, 11).try_cast("bigint")
    last = F.substring(upn, 13, 1)
    total = F.coalesce(last.try_cast("bigint"), F.instr(F.lit(LETTERS), last) - 1) * 13
    for place in range(11):
        digit = F.try_mod(F.floor(middle / F.lit(10**place).cast("bigint")), F.lit(10))
        total = total + digit * (12 - place)
    letter = F.substring(F.lit(LETTERS), F.try_mod(total, F.lit(len(LETTERS))).cast("int") + 1, F.lit(1))
    return F.when(column.isNotNull(), F.coalesce(letter == F.substring(upn, 1, 1), F.lit(False)))


def parse(column: Column) -> Column:
    """A UPN with a right check letter, permanent or temporary; else null."""
    return F.when(is_valid(column), compact(column))


def permanent(column: Column) -> Column:
    """A permanent UPN with a right check letter; null for temporary ones (which end in a letter) and all others."""
    return F.when(is_valid(column) & compact(column).rlike(r"[0-9]$"), compact(column))
