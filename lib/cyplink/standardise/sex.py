"""Sex and gender codes of every source, in one coding: M, F, or null when unknown, indeterminate or another gender.

Crosswalk: SSDA903 and CIN 1/2 up to 2023-24, M/F/U after; CIN and HES 0/9; School Census M/F; NHS stated gender
1/2/9/X; MHSDS GenderIDCode 1/2/3/4/X/Z; SSD pers_gender 01/02/00/09; Annex A labels.
"""

MEANINGS = {
    "M": "M", "1": "M", "01": "M", "MALE": "M", "A) MALE": "M",
    "F": "F", "2": "F", "02": "F", "FEMALE": "F", "B) FEMALE": "F",
}  # fmt: skip
UNKNOWN = (
    "U", "0", "00", "3", "4", "9", "09", "X", "Z", "UNKNOWN", "C) NOT STATED/RECORDED", "D) NEITHER",
)  # fmt: skip
