"""Text as delivered: trimmed, and null where nothing is left."""

from pyspark.sql import Column
from pyspark.sql import functions as F

BLANKS = " \t\n\v\f\r\0\u00a0\u202f\u3000"
"""What stands around values in exports: white space, NUL, spaces that do not break, the wide space of East Asian keyboards. Few, because each
end of each value is compared with all of them: with every separator and control character of Unicode, that was a third of a run."""

LARGEST_INT = 2_147_483_647


def given(column: Column) -> Column:
    """The text without surrounding white space; null where blank."""
    return F.nullif(F.btrim(column, F.lit(BLANKS)), F.lit(""))


def code(column: Column) -> Column:
    """A code: trimmed, upper case; null where blank."""
    return F.upper(given(column))


def whole_number(column: Column, largest: int = LARGEST_INT) -> Column:
    """A whole number from 0 to `largest` as BIGINT, `.0` forgiven (COLLECT exports write it); else null."""
    digits = F.regexp_extract(given(column), r"^(\d{1,18})(\.0*)?$", 1)
    if largest == LARGEST_INT:
        return digits.try_cast("int").cast("bigint")  # no number but that fits: a comparison would have it worked out twice
    number = digits.try_cast("bigint")
    return F.when(number <= largest, number)


def yes_or_no(column: Column) -> Column:
    """True or false for 1/0, true/false, Y/N as returns write them; else null."""
    answer = code(column)
    is_yes, is_no = answer.isin("1", "TRUE", "Y", "YES", "1.0"), answer.isin("0", "FALSE", "N", "NO", "0.0")
    return F.when(is_yes, F.lit(True)).when(is_no, F.lit(False))
