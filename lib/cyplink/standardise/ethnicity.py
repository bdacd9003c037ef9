"""Ethnic categories: the crosswalk between NHS 2001 (16+1), the Department for Education's main and extended codes.

Judgements (conf/codelists/ethnicity.csv): Gypsy, Roma and Irish Traveller have no NHS 2001 category and go to C; Arab
goes to S; Chinese is Asian in the five groups, as in the 2021 Census and against the NHS 2001 headings.
"""

from cyplink.standardise import codelists

NOT_STATED, NOT_KNOWN = "Z", "99"


def five_groups() -> dict[str, str]:
    """White, Mixed, Asian, Black or Other by NHS or DfE code; one of not stated or not known is not there."""
    return column_of("five_group")


def column_of(name: str) -> dict[str, str]:
    """What a column of the codelist says, by code: a code for which it says nothing is not there."""
    return {row["code"]: row[name] for row in codelists.read("ethnicity") if row[name]}
