"""The Personal Demographics Service: who is registered in the area, where they lived, and superseded NHS numbers.

No public layout with names was found, so the file layout is this project's; columns follow what an integrated care
board receives (an ICB's own feed has no names; its history of names, addresses, practices and flags is kept). A
confidentiality code, or a flag that stands in the history of flags, withholds the person at the door.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_breaks, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("pds", FIELDS, recognised_by="name", layout="project")

SOURCE = Source(
    name="pds",
    title="Personal Demographics Service",
    description="The NHS spine: names, birth dates, addresses and practice registrations by NHS number.",
    health=True,
    file_kinds=(
        _kind("person", "one per NHS number", "silver.identity"),
        _kind("address", "one per NHS number and address", "silver.identity"),
        _kind("registration", "one per NHS number and registration", "silver.registration"),
        _kind("merger", "one per superseded NHS number", "silver.nhs_number_merger"),
        _kind("name", "one per NHS number and name", "silver.identity", required=False),
        _kind("confidentiality", "one per NHS number, year and flag", "silver.identity", required=False),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
    breaks=read_breaks(FOLDER / "breaks.csv"),
)
