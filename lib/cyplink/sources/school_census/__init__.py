"""School Census, as councils hold it: the collection system's CSV export, one file per table, spring term.

Files are recognised by their headers (spring 2026 layout). One council's delivery holds all its schools; pupils join to
their school by schoolcensustableid and addresses to pupils by pupilonrolltableid, within one delivery.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("school_census", FIELDS, recognised_by="header", layout="standard")

SOURCE = Source(
    name="school_census",
    title="School Census (spring)",
    description="Every pupil on the roll of a state-funded school on census day, with address and school.",
    health=False,
    file_kinds=(
        _kind("schoolcensus", "one per school", "silver.school_enrolment", file_name="*_schoolcensus.csv"),
        _kind("pupilonroll", "one per pupil and school", "silver.school_enrolment", file_name="*_pupilonroll.csv"),
        _kind("addresses", "one per pupil's address", "silver.identity", file_name="*_addresses.csv"),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
)
