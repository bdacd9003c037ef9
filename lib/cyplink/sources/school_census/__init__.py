"""School Census, as councils hold it: the collection system's CSV export, one file per table, in the autumn, spring and summer terms.

Files are recognised by their headers (2026 layout; columns that were renamed are declared under both names with their years). A column or
a file that only some terms have says which (`terms`). One council's delivery holds all its schools; pupils join to their school by
schoolcensustableid and other files to pupils by pupilonrolltableid or pupilnolongeronrolltableid, within one delivery.
"""

from pathlib import Path

from cyplink.sources.model import FileKind, Source, declare, read_breaks, read_codes, read_fields
from cyplink.sources.school_census.rules import RULES

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("school_census", FIELDS, recognised_by="header", layout="standard")

ENROLMENT, IDENTITY, ATTENDANCE = "silver.school_enrolment", "silver.identity", "silver.school_attendance"
REQUIRED = ("schoolcensus", "pupilonroll", "addresses", "addressesonroll")
KINDS = (
    ("schoolcensus", "one per school", ENROLMENT),
    ("school", "one per school, its phase and type", ENROLMENT),
    ("pupilonroll", "one per pupil and school", ENROLMENT),
    ("pupilnolongeronroll", "one per pupil who left the school since the census before", ENROLMENT),
    ("addresses", "one per pupil's address", IDENTITY),
    ("addressesonroll", "one per pupil's address", IDENTITY),
    ("addressesoffroll", "one per leaver's address", IDENTITY),
    ("fsmperiod", "one per pupil and period of eligibility for free school meals", "silver.free_school_meal_period"),
    ("fsmperiodsonroll", "one per pupil and period of eligibility for free school meals", "silver.free_school_meal_period"),
    ("senneeds", "one per pupil and special educational need", "silver.special_educational_need"),
    ("termlysessiondetailsonroll", "one per pupil and register code in the term before", ATTENDANCE),
    ("termlysessiondetailsoffroll", "one per leaver and register code in the term before", ATTENDANCE),
    ("summerhalfterm2sessiondetailsonroll", "one per pupil and register code in the second half of the summer term", ATTENDANCE),
    ("summerhalfterm2sessiondetailsoffroll", "one per leaver and register code in the second half of the summer term", ATTENDANCE),
    ("termlyexclusionsonroll", "one per pupil and suspension", "silver.school_exclusion"),
    ("termlyexclusionsoffroll", "one per leaver and suspension or permanent exclusion", "silver.school_exclusion"),
    ("schoolarrangedapdetailonroll", "one per pupil and placement in alternative provision", "silver.alternative_provision"),
    ("schoolarrangedapdetailoffroll", "one per leaver and placement in alternative provision", "silver.alternative_provision"),
    ("approvisiondetailonroll", "one per pupil of an alternative provision and reason", "silver.alternative_provision"),
    ("approvisiondetailoffroll", "one per leaver of an alternative provision and reason", "silver.alternative_provision"),
    ("learnersupportonroll", "one per learner over 16 and support", ""),
    ("learnersupportoffroll", "one per leaver over 16 and support", ""),
    ("learnerfamonroll", "one per learner over 16 and funding mark", ""),
    ("learnerfamoffroll", "one per leaver over 16 and funding mark", ""),
    ("fundingbasisitems", "one per two-year-old and basis of funding", ""),
    ("classes", "one per class as counted on a day", ""),
    ("childcare", "one per school and childcare offered", ""),
    ("provisions", "one per special school and type of need it is approved for", ""),
    ("programmeaimsonroll", "one per learner over 16 and programme", ""),
    ("programmeaimsoffroll", "one per leaver over 16 and programme", ""),
    ("learningaimsonroll", "one per programme and learning aim", ""),
    ("learningaimsoffroll", "one per leaver's programme and learning aim", ""),
    ("workplaceentityonroll", "one per learning aim and work placement", ""),
    ("workplaceentityoffroll", "one per leaver's learning aim and work placement", ""),
)
"""File kind, grain, and the silver table that accounts for its rows. Tables about schools' organisation and about courses after 16 stay in
bronze: no table of children's care and health is made of them."""


def _file_kinds() -> tuple[FileKind, ...]:
    return tuple(_kind(name, grain, made, file_name=f"*_{name}.csv", required=name in REQUIRED) for name, grain, made in KINDS)


SOURCE = Source(
    name="school_census",
    title="School Census",
    description="Every pupil on the roll of a state-funded school on census day, three times a year, with address, school and what the term before held.",
    health=False,
    file_kinds=_file_kinds(),
    codes=read_codes(FOLDER / "codes.csv"),
    breaks=read_breaks(FOLDER / "breaks.csv"),
    rules=RULES,
)
