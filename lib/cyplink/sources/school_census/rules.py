"""What the Department for Education checks in a School Census return (sources/rules.py says how rules are written).

Numbers and meanings are those of the Department's rule set of 2018/19 as restated, under the MIT licence, by DFE-Digital/dfe-data-provider-hub
(commit c30ee9e41871); later rule sets are not public, so rules on suspensions, placements in alternative provision, young carers and the attendance
codes of 2024 are held to the code lists of their years. A return here is a council's, of all its schools: what a school may say once is looked at
within a school. Left out: rules of a whole school's shares, of last term's return, of admission appeals, and those that ask for national registers.
"""

from cyplink.sources.rules import ReturnRule, RulesOf, Years
from cyplink.sources.school_census.rules_of_sessions import RULES_OF_SESSIONS

UNTIL_2023, FROM_2023 = Years(last="2023-summer"), Years("2023-autumn")
ON, OFF = RulesOf("pupilonroll"), RulesOf("pupilnolongeronroll")
BOTH = (ON, OFF)
IN_SPRING = "month(last_day()) = 1"
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
AUGUST = "make_date(year(last_day()) - case when month(last_day()) < 9 then 1 else 0 end, 8, 31)"
"""The last 31 August before the census: the day a year group goes by."""


def _turned(age: int, day: str = AUGUST) -> str:
    """Whether the pupil was `age` or over on a day."""
    return f"dob + interval {age} year <= {day}"


def _wrong_letter(column: str) -> str:
    """Whether the first letter of a UPN is not the check letter of the rest; a letter in the last place counts by its place in the list."""
    digits = " + ".join(f"{place} * try_cast(substr({column}, {place}, 1) as integer)" for place in range(2, 13))
    last = f"13 * coalesce(try_cast(substr({column}, 13, 1) as integer), position(substr({column}, 13, 1) in '{LETTERS}') - 1)"
    return f"substr({column}, 1, 1) <> substr('{LETTERS}', 1 + cast(({digits} + {last}) % 23 as integer), 1)"


def _wrong_upn(wrong: str) -> str:
    """Of the UPN or of the former one; {0} stands for the column."""
    return " or ".join(f"({column} is not null and ({wrong.format(column)}))" for column in ("upn", "formerupn"))


ULN_SUM = " + ".join(f"{11 - place} * try_cast(substr(uniquelearnernumber, {place}, 1) as integer)" for place in range(1, 10))
WRONG_ULN = f"""uniquelearnernumber is not null and (not regexp_full_match(uniquelearnernumber, '[0-9]{{10}}') or ({ULN_SUM}) % 11 = 0
    or 10 - ({ULN_SUM}) % 11 <> try_cast(substr(uniquelearnernumber, 10, 1) as integer))"""
UPN_LAYOUT = "a letter, the council's number, eight digits and a digit, or a letter where it is temporary"


def _of_identity(of: RulesOf) -> tuple[ReturnRule, ...]:
    """Rules of both pupil files."""
    return (
        of.required("1500", "upn"),
        of.row("1510", "upn formerupn", _wrong_upn(_wrong_letter("{0}")), "The first letter of the UPN is not its check letter."),
        of.row("1530", "upn formerupn", _wrong_upn("substr({0}, 2, 3) not in $codes(local_authority)"), "Characters 2 to 4 of the UPN are no council's number."),
        of.row("1540", "upn formerupn", _wrong_upn("not regexp_full_match(substr({0}, 5, 8), '[0-9]{{8}}')"), f"The UPN is not {UPN_LAYOUT}."),
        of.row("1550", "upn formerupn", _wrong_upn(f"not regexp_full_match(substr({{0}}, 13), '[0-9{LETTERS}]')"), "The last character of the UPN is neither a digit nor an allowed letter."),
        of.row("1575", "uniquelearnernumber", WRONG_ULN, "The ULN is not ten digits with a valid check digit."),
        of.required("1580", "surname"),
        of.required("1590", "forename"),
        of.row("1600", "dob", "dob is null", "The date of birth is blank or not a date.", "Give dob as yyyy-Mon-dd."),
        of.code("1610", "sex", "sex", FROM_2023),
        of.required("1610", "sex", years=FROM_2023),
        of.code("1610", "gender", "sex", UNTIL_2023),
        of.required("1610", "gender", years=UNTIL_2023),
        of.code("1970", "boarder", "boarder"),
        of.unique("1520", "schoolcensustableid upn", "The UPN is given twice by one school."),
        of.unique("1578", "schoolcensustableid uniquelearnernumber", "The ULN is given twice by one school."),
    )


RULES_OF_PUPILS = (
    *(rule for of in BOTH for rule in _of_identity(of)),
    ON.unique("1620", "schoolcensustableid surname forename sex dob", "Two pupils of one school share names, sex and birth date.", "Check that they are two pupils."),
    ON.row("1570", "uniquelearnernumber dob", f"uniquelearnernumber is null and {_turned(14, 'last_day()')}", "A pupil of 14 or over has no ULN."),
    OFF.row("1573", "uniquelearnernumber dob", f"uniquelearnernumber is null and {_turned(14, 'leavingdate')}", "A leaver of 14 or over has no ULN."),
    ON.code("1630", "ethnicity", "ethnicity"),
    ON.required("1630", "ethnicity", when=IN_SPRING),
    ON.code("1840", "language", "language"),
    ON.required("1840", "language"),
    ON.code("1843", "eyppbf", "early_years_premium_basis"),
    ON.row("1844", "eyppr eyppbf", "eyppbf is not null and eyppr is distinct from 'Y'", "A basis of the early years premium is given where it is not received."),
    ON.row("1852", "fundedhours", "fundedhours_given is not null and (fundedhours is null or fundedhours not between 0 and 15)", "Funded hours are not from 0 to 15."),
    ON.code("1856", "servicechild", "service_child"),
    ON.required("1856", "servicechild", when="enrolstatus is distinct from 'S'"),
    ON.row("1859", "fundedhours extendedhours hoursatsetting", "fundedhours + coalesce(extendedhours, 0) > hoursatsetting", "Funded and extended hours exceed the hours at the setting."),
    ON.code("1860", "enrolstatus", "enrolment_status"),
    ON.required("1860", "enrolstatus"),
    ON.row("1869", "topupfunding", "topupfunding is null or lower(topupfunding) not in ('0', '1', 'true', 'false', '1.0', '0.0')", "Top-up funding is neither yes nor no."),
    ON.code("1871", "plaa", "post_looked_after"),
    ON.required("1871", "plaa"),
    ON.row("1880", "entrydate", "entrydate is null or entrydate > last_day()", "The date of entry is blank, not a date, or after census day."),
    OFF.row("1920", "leavingdate entrydate", "leavingdate is null or leavingdate < entrydate or leavingdate >= last_day()", "The date of leaving is not between entry and census day."),
    ON.row("1930", "parttime", "parttime is null or lower(parttime) not in ('0', '1', 'true', 'false', '1.0', '0.0')", "Part-time is neither yes nor no."),
    ON.row("1940", "parttime dob", f"lower(parttime) in ('1', 'true', '1.0') and {_turned(5)} and not {_turned(16)}", "A pupil of 5 to 15 is part-time."),
    ON.row("1950", "parttime boarder", "lower(parttime) in ('1', 'true', '1.0') and boarder in ('B', '6', '7')", "A part-time pupil boards."),
    ON.row("1990", "topupfunding senprovision", "lower(topupfunding) in ('1', 'true', '1.0') and senprovision is distinct from 'E'", "Top-up funding is given without an education, health and care plan.", "Check senprovision."),
    ON.code("2000", "ncyearactual", "year_group"),
    ON.required("2000", "ncyearactual"),
    OFF.code("2005", "ncyearleaving", "year_group"),
    ON.row("2080", "classtype dob", f"classtype = 'N' and {_turned(6)}", "A pupil of 6 or over is in a nursery class."),
    ON.row("2115", "senprovision", "senprovision = 'S'", "Provision S (statement) is no longer used.", "Give E."),
    ON.code("2120", "senprovision", "sen_provision"),
    ON.required("2120", "senprovision"),
    ON.row("2180", "senprovision", "senprovision = 'N' and schoolcensustableid in (select schoolcensustableid from school where phase = 'SP')", "A pupil of a special school has no special educational needs.", reads=["school"]),
    ON.row("2230", "senunitindicator senprovision", "senprovision in ('E', 'K', 'S') and senunitindicator is null", "The SEN unit flag is blank for a pupil with needs."),
    ON.row("2250", "resourcedprovisionindicator senprovision", "senprovision in ('E', 'K', 'S') and resourcedprovisionindicator is null", "The resourced provision flag is blank for a pupil with needs."),
    ON.row("3105", "eligibilitycode", "eligibilitycode is not null and not regexp_full_match(eligibilitycode, '[0-9]{11}(\\.0)?')", "The code of eligibility is not eleven digits."),
    ON.number("3140", "extendedhours", 0, 15),
    ON.unique("3160", "eligibilitycode", "Two pupils have one code of eligibility."),
)

SENNEEDS = RulesOf("senneeds")
_PROVISION = "(select p.senprovision from pupilonroll p where p.pupilonrolltableid = senneeds.pupilonrolltableid limit 1)"
RULES_OF_NEEDS = (
    SENNEEDS.row("2125", "sentype", f"{_PROVISION} = 'N'", "A need is given of a pupil whose provision is none.", reads=["pupilonroll"]),
    SENNEEDS.row("2130", "sentype sentyperank", "sentyperank is not null and sentype is null", "A ranked need has no type."),
    SENNEEDS.row("2140", "sentyperank", "sentyperank is null or sentyperank not in (1, 2)", "The rank of a need is neither 1 nor 2."),
    SENNEEDS.rows("2160", "sentyperank", "select source_row from senneeds qualify count(*) over (partition by pupilonrolltableid) = 1 and sentyperank <> 1", "The only need of a pupil is not ranked 1."),
    SENNEEDS.unique("2165", "pupilonrolltableid sentyperank", "Two needs of a pupil have one rank."),
    SENNEEDS.rows("2166", "sentype", "select source_row from senneeds qualify count(*) over (partition by pupilonrolltableid) > 2", "A pupil has more than two needs."),
    SENNEEDS.code("2170", "sentype", "sen_type"),
    ON.row("2170", "senprovision", f"senprovision in ('K', 'S', 'E') and {IN_SPRING} and pupilonrolltableid not in (select pupilonrolltableid from senneeds where pupilonrolltableid is not null)",
           "A pupil with special educational needs has no type of need.", "Give sentype.", reads=["senneeds"]),
    SENNEEDS.row("2175", "sentype", f"sentype = 'NSA' and {_PROVISION} <> 'K'", "NSA is given without SEN support.", reads=["pupilonroll"]),
)


def _of_meals(kind: str) -> tuple[ReturnRule, ...]:
    meals = RulesOf(kind)
    return (
        meals.row("1741", "fsmstartdate", f"exists (select 1 from pupilonroll p where p.pupilonrolltableid = {kind}.pupilonrolltableid and p.servicechild = 'Y')", "A service child has a period of free school meals.", reads=["pupilonroll"]),
        meals.row("1745", "fsmstartdate fsmenddate", "fsmstartdate = fsmenddate", "A period of free school meals starts and ends on one day.", "Check both dates."),
        meals.row("1761", "fsmstartdate", "fsmstartdate is null", "A period of free school meals has no first day."),
        meals.row("1762", "fsmstartdate", "fsmstartdate > last_day()", "A period of free school meals starts after census day."),
        meals.row("1763", "fsmenddate", "fsmenddate > last_day()", "A period of free school meals ends after census day."),
        meals.code("1764", "ukcountry", "country"),
        meals.required("1764", "ukcountry"),
        meals.row("1765", "ukcountry fsmenddate", "ukcountry <> 'ENG' and (fsmenddate is null or fsmenddate >= last_day())", "A period outside England has not ended."),
        meals.row("1766", "fsmstartdate fsmenddate", "fsmenddate < fsmstartdate", "A period of free school meals ends before it starts."),
        meals.rows("1768", "fsmenddate", f"select source_row from {kind} where fsmenddate_given is null qualify count(*) over (partition by pupilonrolltableid) > 1", "A pupil has two open periods of free school meals."),
    )


def _of_addresses(kind: str) -> tuple[ReturnRule, ...]:
    lived = RulesOf(kind)
    parts, lines = "coalesce(street, locality, town, administrativearea, posttown)", "coalesce(addressline1, addressline2, addressline3, addressline4, addressline5)"
    return (
        lived.row("2340", "postcode", "postcode is null or not regexp_full_match(upper(replace(postcode, ' ', '')), '[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}')", "The postcode is blank or not well formed."),
        lived.row("2350", "postcode", f"coalesce(saon, paon) is null and {parts} is null and {lines} is null", "No line of an address is given.", "Give the address."),
        lived.row("2380", "saon paon street", f"coalesce(saon, paon) is not null and {parts} is null", "A house has neither street, locality, town nor post town."),
        lived.row("2400", "addressline1", "addressline1 is not null and coalesce(addressline2, addressline3, addressline4, addressline5) is null", "The first line of an address has no second."),
        lived.row("2445", "addressline1 street", f"{lines} is not null and coalesce(saon, paon, street) is not null", "An address is given in two ways at once.", "Give its parts or its lines."),
        ON.row("2355", "pupilonrolltableid", f"pupilonrolltableid not in (select pupilonrolltableid from {kind} where pupilonrolltableid is not null)", "The pupil has no address.", "Give the address.", reads=[kind]),
    )


SCHOOL, CENSUS, CLASSES = RulesOf("school"), RulesOf("schoolcensus"), RulesOf("classes")
_YEARS = "['E1', 'E2', 'N1', 'N2', 'R', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14']"
RULES_OF_SCHOOLS = (
    CENSUS.row("100", "referencedate", "referencedate is distinct from last_day()", "The reference date is not the term's census day."),
    CENSUS.row("160", "urn", "urn is null", "The school's URN is blank or not a number."),
    SCHOOL.required("110", "schoolname"),
    SCHOOL.code("120", "phase", "phase"),
    SCHOOL.required("120", "phase"),
    SCHOOL.code("140", "type", "school_type"),
    SCHOOL.required("140", "type"),
    SCHOOL.code("210", "highestncyeargroup", "year_group"),
    SCHOOL.required("210", "highestncyeargroup"),
    SCHOOL.code("220", "lowestncyeargroup", "year_group"),
    SCHOOL.required("220", "lowestncyeargroup"),
    SCHOOL.row("223", "intake phase", "intake in ('SPEC', 'HOSP') and phase <> 'SP'", "A school that is not special has the intake of one."),
    SCHOOL.row("224", "intake phase", "phase = 'SP' and intake not in ('SPEC', 'HOSP')", "A special school's intake is neither SPEC nor HOSP."),
    SCHOOL.row("230", "lowestncyeargroup highestncyeargroup", f"list_position({_YEARS}, lowestncyeargroup) > list_position({_YEARS}, highestncyeargroup)", "The lowest year group is above the highest."),
    SCHOOL.code("240", "intake", "intake"),
    SCHOOL.required("240", "intake"),
    SCHOOL.code("260", "governance", "governance"),
    SCHOOL.row("260", "governance", "governance is null or governance = 'IN'", "Governance is blank or independent."),
    SCHOOL.row("261", "type governance", "type = '49' and governance <> 'CA'", "An academy's governance is not CA."),
    SCHOOL.row("262", "type governance", "governance = 'CA' and type <> '49'", "Governance CA is given of a school that is no academy."),
    SCHOOL.row("263", "type governance", "type = '47' and governance <> 'CT'", "A city technology college's governance is not CT."),
    SCHOOL.row("264", "type governance", "governance = 'CT' and type <> '47'", "Governance CT is given of a school that is no city technology college."),
    CLASSES.required("1050", "classname"),
    CLASSES.unique("1060", "schooltableid classname", "Two classes of a school have one name."),
    CLASSES.row("1100", "teachers nonteachers", "coalesce(teachers, 0) + coalesce(nonteachers, 0) = 0", "A class has no adult."),
    CLASSES.row("1220", "homepupils guestpupils", "coalesce(homepupils, 0) + coalesce(guestpupils, 0) = 0", "A class has no pupil."),
)

RULES: tuple[ReturnRule, ...] = (
    *RULES_OF_SCHOOLS,
    *RULES_OF_PUPILS,
    *RULES_OF_NEEDS,
    *(rule for kind in ("fsmperiod", "fsmperiodsonroll") for rule in _of_meals(kind)),
    *(rule for kind in ("addresses", "addressesonroll") for rule in _of_addresses(kind)),
    *RULES_OF_SESSIONS,
)
