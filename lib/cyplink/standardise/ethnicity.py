"""Ethnic categories: the crosswalk between NHS 2001 (16+1), the Department for Education's main and extended codes.

Judgements (conf/codelists/ethnicity.csv): Gypsy, Roma and Irish Traveller have no NHS 2001 category and go to C; Arab
goes to S; Chinese is Asian in the five groups, as in the 2021 Census and against the NHS 2001 headings.
"""

from pyspark.sql import Column

from cyplink.standardise import codelists
from cyplink.standardise.texts import code

NOT_STATED, NOT_KNOWN = "Z", "99"


def nhs_category(column: Column) -> Column:
    """NHS 2001 category (A to S, Z not stated, 99 not known) of an NHS or DfE code; null when the code is in no list."""
    return codelists.mapped(code(column), column_of("nhs"))


def five_groups() -> dict[str, str]:
    """White, Mixed, Asian, Black or Other by NHS or DfE code; one of not stated or not known is not there."""
    return column_of("five_group")


def column_of(name: str) -> dict[str, str]:
    """What a column of the codelist says, by code: a code for which it says nothing is not there."""
    return {row["code"]: row[name] for row in codelists.read("ethnicity") if row[name]}
