"""School Census, as councils hold it: the collection system's CSV export, one file per table, spring term.

Files are recognised by their headers (spring 2026 layout). One council's delivery holds all its schools; pupils join to
their school by schoolcensustableid and addresses to pupils by pupilonrolltableid, within one delivery.
"""

from pathlib import Path

from cyplink.sources.model import FileKind, Source, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")


def _kind(name: str, grain: str, accounted_in: str) -> FileKind:
    return FileKind(
        source="school_census",
        name=name,
        file_name=f"*_{name}.csv",
        recognised_by="header",
        layout="standard",
        grain=grain,
        accounted_in=accounted_in,
        required=True,
        fields=FIELDS[name],
    )


SOURCE = Source(
    name="school_census",
    title="School Census (spring)",
    description="Every pupil on the roll of a state-funded school on census day, with address and school.",
    health=False,
    file_kinds=(
        _kind("schoolcensus", "one per school", "silver.school_enrolment"),
        _kind("pupilonroll", "one per pupil and school", "silver.school_enrolment"),
        _kind("addresses", "one per pupil's address", "silver.identity"),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
)
