"""Dates as returns write them, parsed strictly and without ever raising; impossible ones become null."""

# A pattern finds the date and fixes its year to 1900 to 2100; only then is it cast.
YEAR = r"(?:19\d\d|20\d\d|2100)"
_TIME = r"(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
ISO = rf"^({YEAR}-\d{{2}}-\d{{2}}){_TIME}Z?$"
BRITISH = rf"(?s)^(?:(\d{{1,2}})/(\d{{1,2}})/({YEAR}){_TIME}|.*)$"
COLLECT = rf"^({YEAR}-[A-Za-z]{{3}}-\d{{2}}){_TIME}$"

BIRTH_DATE_QUALITY = """case
    when date_of_birth is null then null
    when month(date_of_birth) = 1 and day(date_of_birth) = 1 then 'default_first_of_january'
    when day(date_of_birth) = 15 then 'default_fifteenth'
    else 'recorded' end"""
"""SQL: whether `date_of_birth` looks like a default: 1 January (unknown day and month), or the 15th of a month.

The Department for Education's guidance puts an unaccompanied child's unknown day of birth on the 15th. One child in thirty was
truly born on one: the mark weakens the evidence of a date, it does not make it wrong.
"""

