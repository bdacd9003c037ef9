"""Birth notifications: who was born, to whom, how heavy and how early, as maternity units tell it within days of the birth.

Content follows the national birth notification (ISB 1555) as linkage studies describe it; no public file layout was found, so the file and its
columns are this project's. Most children have no name yet. Twins have an order, and the mother's NHS number says whose they are.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_breaks, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("birth_notifications", FIELDS, recognised_by="name", layout="project")

SOURCE = Source(
    name="birth_notifications",
    title="Birth notifications",
    description="Births notified by maternity units: the child, the birth, and the mother it was to.",
    health=True,
    file_kinds=(_kind("birth", "one per birth notified", "silver.birth", file_name="birth_notification.csv"),),
    codes=read_codes(FOLDER / "codes.csv"),
    breaks=read_breaks(FOLDER / "breaks.csv"),
)
