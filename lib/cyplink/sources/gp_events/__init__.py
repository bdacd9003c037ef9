"""Primary care: the patients of an integrated care board's practices, and what was observed, prescribed, booked and referred.

No public layout with names was found, so the file layout is this project's (reference: the London primary-care tables, OLIDS, and
PDS). The board delivers for its practices; the period is the month of the extract, which holds a year of events. A patient is known by
practice and NHS number. Lists lag behind the spine: people who moved away stay on them. s_flag withholds the person at the door.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_breaks, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("gp_events", FIELDS, recognised_by="name", layout="project")
_EVENT = "silver.primary_care_event"

SOURCE = Source(
    name="gp_events",
    title="Primary care patients and events",
    description="Patients on practice lists, with names as the practice holds them; observations, medication orders, appointments and referrals. Project layout.",
    health=True,
    file_kinds=(
        _kind("patient", "one per practice and patient", "silver.identity"),
        _kind("observation", "one per observation", _EVENT),
        _kind("medication_order", "one per order", _EVENT),
        _kind("appointment", "one per appointment", _EVENT),
        _kind("referral", "one per referral", _EVENT),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
    breaks=read_breaks(FOLDER / "breaks.csv"),
)
