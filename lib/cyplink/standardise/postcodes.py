"""Postcodes: upper case without a space, in a postcode's shape; pseudo and office postcodes are nobody's home."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cyplink.standardise import codelists

_SHAPE = r"^[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}$"


def compact(column: Column) -> Column:
    """The postcode in upper case without spaces or punctuation; null when it has not a postcode's shape."""
    text = F.upper(F.regexp_replace(column, r"[^A-Za-z0-9]", ""))
    return F.when(text.rlike(_SHAPE), text)


def standardise(column: Column) -> Column:
    """The same, and null for pseudo postcodes (ZZ99: no fixed abode, abroad, unknown) and listed office postcodes.

    Codelist: conf/codelists/postcodes_not_a_home.csv (postcode or leading part, match whole|prefix).
    """
    postcode = compact(column)
    listed = codelists.read("postcodes_not_a_home")
    whole = [row["postcode"] for row in listed if row["match"] == "whole"]
    is_nobodys_home = postcode.isin(*whole) if whole else F.lit(False)
    for row in listed:
        if row["match"] == "prefix":
            is_nobodys_home = is_nobodys_home | postcode.startswith(row["postcode"])
    return F.when(~is_nobodys_home, postcode)


def district(column: Column) -> Column:
    """The outward part of a usable postcode, as HA9; null where there is none."""
    return F.regexp_extract(standardise(column), r"^(.+)...$", 1)
