"""Annex A: the child-level lists of Ofsted's inspections of councils, which London's councils share every quarter, as one workbook.

Eleven lists, one a sheet, recognised by their headings (headings.csv: Ofsted's own spelling, other spellings, patterns; ours, after the
approach of LIIA's schema), not by the sheets' names. Categories are labelled text (`a) Male`) with free variants (variants.csv). Each
extract looks back six or twelve months, so lists overlap from quarter to quarter; the period is the month of the extract.

No names, no UPN: a child is who the council's own person record says the same id is. What each list is used for:

- lists 1 to 7 (contacts, early help, referrals, assessments, section 47 enquiries, children in need, protection plans) are accounted in
  silver.social_care_event. Contacts and early help are in no other return; of the others the CIN census is the fuller account, a year later.
- lists 8 to 10 (looked after, care leavers, adoption) are accounted in silver.identity: SSDA903 is the better account of what happened, so
  that they add who the children are, and where they are placed.
- list 11 is of adopters, who are no children: it stays in bronze, counted with silver.social_care_event, and is read by nothing.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_breaks, read_codes, read_fields
from cyplink.sources.workbook_layout import WorkbookLayout, read_headings

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("annex_a", FIELDS, recognised_by="header", layout="standard")

EVENT = "silver.social_care_event"
CHILD_LISTS = tuple(f"list_{number}" for number in range(1, 11))

SOURCE = Source(
    name="annex_a",
    title="Annex A child-level lists",
    description="Eleven lists of a council's children's services, from contact to adoption, as inspectors ask for them; a workbook a quarter.",
    health=False,
    file_kinds=(
        _kind("list_1", "one per contact in six months", EVENT),
        _kind("list_2", "one per early help assessment in six months", EVENT),
        _kind("list_3", "one per referral in six months", EVENT),
        _kind("list_4", "one per assessment open in six months", EVENT),
        _kind("list_5", "one per section 47 enquiry in six months", EVENT),
        _kind("list_6", "one per child in need, now or in six months", EVENT),
        _kind("list_7", "one per protection plan, now or in six months", EVENT),
        _kind("list_8", "one per looked-after child, now or in six months", "silver.identity"),
        _kind("list_9", "one per care leaver", "silver.identity"),
        _kind("list_10", "one per child with a decision for adoption in twelve months", "silver.identity"),
        _kind("list_11", "one per prospective adopter in twelve months", EVENT, required=False),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
    breaks=read_breaks(FOLDER / "breaks.csv"),
    workbook=WorkbookLayout(read_headings(FOLDER / "headings.csv")),
)
