"""Unique pupil numbers: check letter, LA number, establishment, year, serial; a final letter marks a temporary one."""

# Without I, O and S. A final letter counts as its place here (Department for Education, UPN guide).
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
SHAPE = r"^[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]$"
