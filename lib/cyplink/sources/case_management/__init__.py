"""A council's case system, as its Standard Safeguarding Dataset: people and addresses, the names behind the returns.

Real systems hold one person twice, sometimes marked DUPLICATE in the name itself; such rows are kept here.
Few councils fill the linked identifiers, which the standard's own scripts leave as a placeholder, so a delivery may lack them.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_breaks, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("case_management", FIELDS, recognised_by="name", layout="standard")

SOURCE = Source(
    name="case_management",
    title="Council case management (Standard Safeguarding Dataset)",
    description="People known to a council's children's services, with names, identifiers and dated addresses.",
    health=False,
    file_kinds=(
        _kind("ssd_person", "one per person in the case system", "silver.identity"),
        _kind("ssd_address", "one per person, address and period", "silver.identity"),
        _kind("ssd_linked_identifiers", "one per person, kind of identifier and value", "silver.identity", required=False),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
    breaks=read_breaks(FOLDER / "breaks.csv"),
)
