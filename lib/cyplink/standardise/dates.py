"""Dates as returns write them, parsed strictly and without ever raising; impossible ones become null."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cyplink.standardise.texts import given

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
_TIME = r"(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_ISO = rf"^(\d{{4}}-\d{{2}}-\d{{2}}){_TIME}Z?$"
_BRITISH = rf"^(\d{{1,2}}/\d{{1,2}}/\d{{4}}){_TIME}$"
_MONTHS = "|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|"
_COLLECT = rf"^(\d{{4}}-[A-Za-z]{{3}}-\d{{2}}){_TIME}$"


BIRTH_DATE_QUALITY = """case
    when date_of_birth is null then null
    when month(date_of_birth) = 1 and day(date_of_birth) = 1 then 'default_first_of_january'
    when day(date_of_birth) = 15 then 'default_fifteenth'
    else 'recorded' end"""
"""SQL: whether `date_of_birth` looks like a default: 1 January (unknown day and month), or the 15th of a month.

The Department for Education's guidance puts an unaccompanied child's unknown day of birth on the 15th. One child in thirty was
truly born on one: the mark weakens the evidence of a date, it does not make it wrong.
"""


def iso(column: Column) -> Column:
    """yyyy-mm-dd, with or without a time of day, as DATE; null when it is no date between 1900 and 2100."""
    return _cast(F.regexp_extract(given(column), _ISO, 1))


def british(column: Column) -> Column:
    """dd/mm/yyyy (SSDA903), leading zeros and a time of day forgiven, as DATE; null when it is no date."""
    parts = F.split(F.regexp_extract(given(column), _BRITISH, 1), "/")
    return _cast(F.concat_ws("-", F.get(parts, F.lit(2)), F.get(parts, F.lit(1)), F.get(parts, F.lit(0))))


def partial(column: Column) -> Column:
    """dd/mm/yyyy whose day, or day and month, may be zz (SSDA903 DATE_PERM), as the last DATE it can be; null when it is no date."""
    text = F.lower(given(column))
    whole_month = F.last_day(british(F.regexp_replace(text, r"^zz/(?=\d)", "01/")))
    whole_year = british(F.regexp_replace(text, "^zz/zz/", "31/12/"))
    return F.when(text.startswith("zz/zz/"), whole_year).when(text.startswith("zz/"), whole_month).otherwise(british(column))


def collect(column: Column) -> Column:
    """yyyy-Mon-dd hh:mm:ss (COLLECT exports of the School Census, month in English) as DATE; null when it is no date."""
    text = F.upper(F.regexp_extract(given(column), _COLLECT, 1))
    # A month's number is its place in the list: no month is at place 0, which is no date. A chain of twelve cases is slow to plan.
    place = F.position(F.concat(F.lit("|"), F.substring(text, 6, 3), F.lit("|")), F.lit(_MONTHS))
    month = F.floor((place + 3) / 4).cast("string")
    return _cast(F.concat_ws("-", F.substring(text, 1, 4), month, F.substring(text, 10, 2)))


def _cast(text: Column) -> Column:
    # The pattern is looked at first: Spark's reading of a date forgives more than a return should.
    date = F.nullif(text, F.lit("")).try_cast("date")
    return F.when(F.year(date).between(EARLIEST_YEAR, LATEST_YEAR), date)
