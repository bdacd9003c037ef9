"""Postcodes: upper case without a space, in a postcode's shape; pseudo and office postcodes are nobody's home."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cyplink.standardise import codelists

SHAPE = r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}"


def compact(column: Column) -> Column:
    """The postcode in upper case without spaces or punctuation; null when it has not a postcode's shape."""
    return _fitting(column, f"^{SHAPE}$")


def standardise(column: Column) -> Column:
    """The same, and null for pseudo postcodes (ZZ99: no fixed abode, abroad, unknown) and listed office postcodes.

    Codelist: conf/codelists/postcodes_not_a_home.csv (postcode or leading part, match whole|prefix).
    """
    # One pattern, not a condition for each: Spark works out the text anew for every one.
    nobodys = "".join(f"(?!{row['postcode']}{'$' if row['match'] == 'whole' else ''})" for row in codelists.read("postcodes_not_a_home"))
    return _fitting(column, f"^{nobodys}{SHAPE}$")


def _fitting(column: Column, pattern: str) -> Column:
    text = F.upper(F.regexp_replace(column, "[^A-Za-z0-9]", ""))
    return F.when(text.rlike(pattern), text)


def district(column: Column) -> Column:
    """The outward part of a usable postcode, as HA9; null where there is none."""
    return F.regexp_extract(standardise(column), r"^(.+)...$", 1)
