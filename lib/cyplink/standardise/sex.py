"""Sex and gender codes of every source, in one coding: M, F, or null when unknown, indeterminate or another gender.

Crosswalk: SSDA903 and CIN 1/2 up to 2023-24, M/F/U after; CIN and HES 0/9; School Census M/F; NHS stated gender
1/2/9/X; MHSDS GenderIDCode 1/2/3/4/X/Z; SSD pers_gender 01/02/00/09; Annex A labels.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cyplink.standardise.codelists import mapped
from cyplink.standardise.texts import code

MEANINGS = {
    "M": "M", "1": "M", "01": "M", "MALE": "M", "A) MALE": "M",
    "F": "F", "2": "F", "02": "F", "FEMALE": "F", "B) FEMALE": "F",
}  # fmt: skip
UNKNOWN = (
    "U", "0", "00", "3", "4", "9", "09", "X", "Z", "UNKNOWN", "C) NOT STATED/RECORDED", "D) NEITHER",
)  # fmt: skip


def standardise(column: Column) -> Column:
    """M or F; null for unknown, indeterminate and other genders, and for codes no source has."""
    return mapped(code(column), MEANINGS)


def is_known_code(column: Column) -> Column:
    """Whether some source's coding has the code; null for blank."""
    return F.when(code(column).isNotNull(), code(column).isin(*MEANINGS, *UNKNOWN))
