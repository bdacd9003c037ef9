"""What the Department for Education checks in the Episodes file (see rules.py beside it for the source)."""

from cyplink.sources.rules import ReturnRule, RulesOf, Years

EPISODES = RulesOf("episodes")
TO_2023, TO_2024, FROM_2024, FROM_2025 = Years(last="2023-24"), Years(last="2024-25"), Years("2024-25"), Years("2025-26")
UK_DATE = "dd/mm/yyyy"
RESPITE = "LS in ('V3', 'V4')"
TEMPORARY = "PLACE in ('T0', 'T1', 'T2', 'T3', 'T4')"
ADOPTED = "REC in ('E11', 'E12')"
POSTCODE = "[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}"


def _aged(age: int, day: str) -> str:
    """Whether the child (with the Header's birth date) was under `age` on a day of the episode."""
    return f"exists (select 1 from header h where h.CHILD = episodes.CHILD and h.DOB + interval {age} years > episodes.{day})"


def _of_age(number: str, columns: str, when: str, age: int, day: str, says: str, years: Years | None = None) -> ReturnRule:
    return EPISODES.row(number, columns, f"{when} and {_aged(age, day)}", says, reads=["header"], years=years)


def _in_order(condition: str) -> str:
    """Rows for which the condition holds; `before` and `after` are the child's episodes on either side, in order of DECOM."""
    return f"""select source_row from (
        select e.*, lag(e) over child as before, lead(e) over child as after from episodes e
        window child as (partition by CHILD order by DECOM, DEC nulls last, source_row)) where {condition}"""


def _last_open(number: str, column: str, let_through: str = "false", years: Years | None = None) -> ReturnRule:
    """This year's first episode must agree with the one that was open at the end of last year's return."""
    query = f"""select f.source_row
        from (select * from episodes qualify row_number() over (partition by CHILD order by DECOM, source_row) = 1) f
        join (select * from last_episodes qualify row_number() over (partition by CHILD order by DECOM desc, source_row desc) = 1) b using (CHILD)
        where b.DEC_given is null and f.DECOM = b.DECOM and f.{column} is distinct from b.{column} and not ({let_through})"""
    return EPISODES.rows(number, column, query, f"{column} differs from that of the episode left open last year.", "Check which is right.", reads=["last_episodes"], years=years)


def _run_longer_than(number: str, status: str, days: int, what: str) -> ReturnRule:
    query = f"""select source_row from episodes where LS = '{status}' and coalesce(DEC, last_day()) - DECOM > {days}"""
    return EPISODES.rows(number, "LS DECOM DEC", query, f"{what} lasts more than {days} days.")


RULES_OF_EPISODES = (
    EPISODES.date("141", "DECOM", UK_DATE),
    EPISODES.rows("142", "DEC REC", _in_order("(DEC_given is null or REC is null) and after is not null"), "An episode is still open, and a later one has begun.", "Give DEC and REC."),
    EPISODES.code("143", "RNE", "reason_new_episode"),
    EPISODES.code("144", "LS", "legal_status"),
    EPISODES.code("145", "CIN", "need"),
    EPISODES.code("146", "PLACE", "placement"),
    EPISODES.date("147", "DEC", UK_DATE),
    EPISODES.row("148", "DEC REC", "(DEC_given is null) <> (REC is null)", "DEC is given without REC, or REC without DEC."),
    EPISODES.code("149", "REC", "reason_ceased"),
    EPISODES.code("178", "PLACE_PROVIDER", "placement_provider"),
    EPISODES.rows("199", "DECOM", _in_order("before.REC in ('E11', 'E12')"), "An episode follows an adoption."),
    EPISODES.row("213", "PLACE_PROVIDER", f"{TEMPORARY} and PLACE_PROVIDER is not null", "A temporary placement has a provider.", "Leave PLACE_PROVIDER blank."),
    EPISODES.row("214", "PL_POST URN", f"{RESPITE} and (PL_POST is not null or URN is not null)", "A short break has a placement postcode or URN.", "Leave both blank."),
    EPISODES.row("217t", "PLACE DEC", "PLACE = 'P2' and (DEC is null or DEC > date '2023-10-28')", "P2 went on after 28 October 2023.", years=Years("2023-24", "2023-24")),
    EPISODES.rows("225", "REASON_PLACE_CHANGE", _in_order("REC = 'X1' and after.RNE in ('P', 'B', 'T', 'U') and REASON_PLACE_CHANGE is null and not (" + TEMPORARY + ") and after.PLACE not in ('T0', 'T1', 'T2', 'T3', 'T4')"),
                  "The placement changed, and no reason is given.", "Give REASON_PLACE_CHANGE."),
    EPISODES.row("226", "REASON_PLACE_CHANGE", f"{TEMPORARY} and REASON_PLACE_CHANGE is not null", "A temporary placement has a reason of change."),
    EPISODES.row("233", "REASON_PLACE_CHANGE", "DEC_given is null and REASON_PLACE_CHANGE is not null", "An open episode has a reason of change.", years=FROM_2025),
    _of_age("234", "REASON_PLACE_CHANGE", "REASON_PLACE_CHANGE = 'CUSTOD'", 10, "DECOM", "CUSTOD is given for a child under ten.", FROM_2025),
    EPISODES.code("1009", "REASON_PLACE_CHANGE", "reason_place_change"),
    EPISODES.row("302", "DECOM", "exists (select 1 from header h where h.CHILD = episodes.CHILD and episodes.DECOM < h.DOB)", "The episode begins before the child was born.", reads=["header"]),
    EPISODES.row("352", "DECOM", "RNE = 'S' and exists (select 1 from header h where h.CHILD = episodes.CHILD and h.DOB + interval 18 years <= episodes.DECOM)", "Care begins on or after the 18th birthday.", reads=["header"]),
    EPISODES.row("353", "DECOM", "DECOM < date '1991-10-14'", "The episode begins before 14 October 1991."),
    EPISODES.row("354", "DECOM", "DECOM > last_day()", "The episode begins after the year's end."),
    EPISODES.row("355", "DECOM DEC", "DECOM = DEC", "The episode begins and ends on one day."),
    EPISODES.row("356", "DECOM DEC", "DEC < DECOM", "The episode ends before it begins."),
    EPISODES.rows("357", "RNE", _in_order("before is null and DECOM >= first_day() and RNE <> 'S'"), "The child's first episode does not begin care.", "Give RNE as S, or return the episode before."),
    _of_age("358", "LS", "LS in ('J1', 'J2', 'J3')", 10, "DECOM", "A criminal-justice status is given for a child under ten."),
    EPISODES.row("359", "LS PLACE", "DEC_given is null and not (LS = 'V2' and PLACE = 'K2') and exists (select 1 from header h where h.CHILD = episodes.CHILD and h.DOB + interval 18 years < last_day())",
                 "The episode is open, and the child is past 18.", reads=["header"]),
    _run_longer_than("361", "L1", 3, "Police protection"),
    _run_longer_than("362", "L2", 21, "An emergency protection order"),
    _run_longer_than("363", "L3", 7, "A child assessment order"),
    _run_longer_than("364", "J2", 21, "Detention under PACE"),
    _run_longer_than("365", "V3", 17, "A short break"),
    EPISODES.row("366", "RNE", "LS = 'V3' and RNE <> 'S'", "A short break does not begin with S."),
    EPISODES.rows("367", "LS", "select source_row from episodes where LS = 'V3' qualify sum(least(coalesce(DEC, last_day()), last_day()) - greatest(DECOM, first_day())) over (partition by CHILD) > 75",
                  "The child's short breaks come to more than 75 days in the year."),
    _of_age("370", "PLACE", "PLACE = 'P2'", 16, "DECOM", "Independent living is given for a child under 16.", Years("2023-24", "2023-24")),
    _of_age("371", "PLACE", "PLACE = 'H5'", 16, "DECOM", "Semi-independent living is given for a child under 16.", Years("2023-24", "2023-24")),
    _of_age("371", "PLACE", "PLACE = 'K3'", 16, "DECOM", "Supported accommodation is given for a child under 16.", FROM_2024),
    _of_age("372", "PLACE", "PLACE = 'R5'", 10, "DECOM", "Custody is given for a child under ten."),
    _of_age("373", "PLACE", "PLACE = 'S1'", 4, "DECOM", "A residential school is given for a child under four."),
    _of_age("374", "PLACE", "PLACE = 'P3'", 14, "DECOM", "Residential employment is given for a child under 14."),
    EPISODES.row("375", "PLACE DEC", "PLACE = 'T1' and coalesce(DEC, last_day()) - DECOM > 42", "A hospital stay as temporary placement lasts more than 42 days."),
    EPISODES.row("376", "PLACE DEC", "PLACE = 'T3' and coalesce(DEC, last_day()) - DECOM > 21", "A temporary placement for the carer's holiday lasts more than 21 days."),
    EPISODES.row("378", "PLACE LS", "PLACE = 'P1' and LS = 'V2'", "A child accommodated under section 20 is placed with parents."),
    EPISODES.row("379", "PLACE DEC", "PLACE = 'T4' and coalesce(DEC, last_day()) - DECOM > 7", "A temporary placement T4 lasts more than seven days."),
    EPISODES.row("380", "RNE", f"{TEMPORARY} and RNE not in ('P', 'B')", "A temporary placement does not begin with P or B."),
    EPISODES.row("381", "REC", f"{TEMPORARY} and REC is not null and REC <> 'X1'", "A temporary placement ends with something other than X1."),
    EPISODES.row("382", "PLACE", f"{RESPITE} and {TEMPORARY}", "A short break has a temporary placement."),
    EPISODES.row("384", "PLACE", f"{RESPITE} and PLACE in ('U1', 'U4')", "A short break has a long-term foster placement."),
    EPISODES.row("385", "DEC", "DEC > last_day()", "The episode ends after the year's end."),
    EPISODES.row("386", "REC DEC", f"{ADOPTED} and exists (select 1 from header h where h.CHILD = episodes.CHILD and h.DOB + interval 18 years <= episodes.DEC)", "The child is adopted after the 18th birthday.", reads=["header"]),
    _of_age("387", "REC", "REC in ('E5', 'E6')", 14, "DEC", "Independent living is given for a child under 14."),
    EPISODES.rows("388", "REC", _in_order("(REC = 'X1' and (after is null or after.DECOM <> DEC)) or (REC <> 'X1' and after.DECOM = DEC)"),
                  "X1 is not followed by an episode on the same day, or another ending is.", "Correct REC, or return the episode that follows."),
    _of_age("389", "REC", "REC = 'E7'", 16, "DEC", "A move to adult care is given for a child under 16."),
    EPISODES.row("390", "REC PLACE", f"{ADOPTED} and PLACE not in ('A3', 'A4', 'A5', 'A6')", "An adopted child was not placed for adoption."),
    EPISODES.row("392b", "HOME_POST PL_POST", f"not coalesce({RESPITE}, false) and (HOME_POST is null or PL_POST is null) and CHILD not in (select CHILD from uasc where CHILD is not null)",
                 "The home's or the placement's postcode is blank.", reads=["uasc"]),
    EPISODES.row("392c", "HOME_POST PL_POST", f"not regexp_full_match(replace(upper(HOME_POST), ' ', ''), '{POSTCODE}') or not regexp_full_match(replace(upper(PL_POST), ' ', ''), '{POSTCODE}')", "A postcode is not one."),
    EPISODES.row("392d", "HOME_POST PL_POST", "PLACE <> 'P1' and replace(HOME_POST, ' ', '') = replace(PL_POST, ' ', '')", "Home and placement have one postcode."),
    EPISODES.row("398", "HOME_POST PL_POST", f"{RESPITE} and (HOME_POST is not null or PL_POST is not null)", "A short break has a postcode."),
    EPISODES.row("407", "REC DEC", "REC in ('E45', 'E46', 'E47', 'E48') and exists (select 1 from header h where h.CHILD = episodes.CHILD and h.DOB + interval 18 years < episodes.DEC)",
                 "Special guardianship is given after the 18th birthday.", reads=["header"]),
    EPISODES.row("408", "LS PLACE", "PLACE in ('A5', 'A6') and LS <> 'E1'", "A placement under a placement order has another legal status."),
    EPISODES.rows("426", "LS", "select source_row from episodes where LS in ('V3', 'V4') qualify count(distinct LS) over (partition by CHILD) > 1", "The child has both kinds of short break."),
    EPISODES.rows("431", "RNE DECOM", _in_order("RNE = 'S' and DECOM <= before.DEC"), "Care begins anew before or on the day it ended."),
    EPISODES.rows("432", "RNE", _in_order("RNE <> 'S' and before.REC <> 'X1'"), "Care had ended, and the episode continues it.", "Give RNE as S."),
    EPISODES.rows("433", "RNE DECOM", _in_order("RNE in ('P', 'L', 'T', 'U', 'B') and DECOM <> before.DEC"), "The episode continues care, and does not begin on the day the one before ended."),
    EPISODES.rows("434", "RNE", _in_order("RNE = 'L' and (LS = before.LS or PLACE <> before.PLACE or PL_POST is distinct from before.PL_POST or URN is distinct from before.URN)"),
                  "RNE is L (legal status only), and that did not change, or more did."),
    EPISODES.rows("435", "RNE", _in_order("RNE in ('P', 'T') and (LS <> before.LS or (PLACE = before.PLACE and PL_POST is not distinct from before.PL_POST and URN is not distinct from before.URN and PLACE_PROVIDER is not distinct from before.PLACE_PROVIDER))"),
                  "RNE is P or T (placement only), and that did not change, or the legal status did."),
    EPISODES.rows("436", "RNE", _in_order("RNE in ('B', 'U') and (LS = before.LS or (PLACE = before.PLACE and PL_POST is not distinct from before.PL_POST and URN is not distinct from before.URN and PLACE_PROVIDER is not distinct from before.PLACE_PROVIDER))"),
                  "RNE is B or U (placement and legal status), and not both changed."),
    EPISODES.rows("437", "DECOM", _in_order("before.REC in ('E2', 'E15')"), "An episode follows the child's death or 18th birthday."),
    EPISODES.row("445", "LS", "LS = 'D1' and DECOM > date '2005-12-31'", "A freeing order is given for an episode after 2005.", years=TO_2023),
    EPISODES.row("446", "LS", "LS = 'E1' and DECOM < date '2005-12-01'", "A placement order is given for an episode before December 2005."),
    _of_age("460", "REC", "REC = 'E17'", 18, "DEC", "E17 (aged 18 and stayed) is given for a child under 18."),
    EPISODES.rows("501", "DECOM", _in_order("DECOM < before.DEC"), "The episode begins before the one before it ended."),
    _last_open("503A", "RNE"),
    _last_open("503B", "LS"),
    _last_open("503C", "CIN"),
    _last_open("503D", "PLACE", "(b.PLACE = 'H5' and f.PLACE = 'K3') or (b.PLACE = 'Z1' and f.PLACE like 'Z1_')"),
    _last_open("503E", "PLACE_PROVIDER"),
    _last_open("503F", "URN"),
    EPISODES.rows("504", "CIN", _in_order("before.REC = 'X1' and before.DEC = DECOM and CIN <> before.CIN"), "The need changed within a period of care."),
    EPISODES.row("516", "REC PLACE", "REC in ('E45', 'E46') and PLACE not in ('U1', 'U2', 'U3', 'U4', 'U5', 'U6')", "A former foster carer became guardian of a child not fostered."),
    EPISODES.row("526", "PLACE_PROVIDER", f"PLACE_PROVIDER is null and not ({TEMPORARY}) and PLACE not in ('Z1', 'Z11', 'Z12', 'Z13', 'Z14')", "The provider is not given."),
    EPISODES.row("527", "PLACE_PROVIDER PLACE", "PLACE_PROVIDER in ('PR1', 'PR2') and PLACE in ('P1', 'R2', 'R5')", "The council is given as provider of a placement no council provides."),
    EPISODES.row("529", "PLACE_PROVIDER PLACE", "PLACE_PROVIDER = 'PR3' and (PLACE in ('P1', 'K1', 'K2') or PLACE like 'A_' or PLACE like 'U_')", "Another public body is given as provider of a placement it does not provide."),
    EPISODES.row("530", "PLACE_PROVIDER PLACE", "PLACE_PROVIDER in ('PR4', 'PR5') and PLACE = 'P1'", "A company or charity is given as provider of a placement with parents."),
    EPISODES.row("550", "PLACE_PROVIDER PLACE", "PLACE_PROVIDER = 'PR0' and PLACE <> 'P1'", "The parent is given as provider of another placement."),
    EPISODES.row("551", "PLACE", "PLACE in ('A3', 'A4', 'A5', 'A6') and CHILD not in (select CHILD from placed_adoption where DATE_PLACED is not null and CHILD is not null)",
                 "A child is placed for adoption, and no decision is returned.", "Return it in PlacedAdoption.", reads=["placed_adoption"]),
    EPISODES.row("601", "REC", f"{ADOPTED} and DEC between first_day() and last_day() and CHILD not in (select CHILD from ad1 where CHILD is not null)", "A child was adopted, and the adopters are not returned.", "Return them in AD1.", reads=["ad1"]),
    EPISODES.row("630", "RNE", "RNE = 'S' and DECOM between first_day() and last_day() and CHILD not in (select CHILD from prev_perm where CHILD is not null)", "Care began, and no previous permanence is returned.", "Return it in PrevPerm.", reads=["prev_perm"]),
    EPISODES.row("NoE", "DECOM", "DECOM < first_day() and CHILD not in (select CHILD from last_episodes where CHILD is not null)", "The episode began before the year, and last year's return has none of the child.", reads=["last_episodes"]),
)
