"""What the Department for Education checks in an SSDA903 return (sources/rules.py says how rules are written).

Numbers and meanings are those of the Department's validation rules as restated, under the MIT licence, by
data-to-insight/csc-validator-be-903 (commit 10ad07c5), rule sets 2022-23 to 2026-27; numbers that begin INT are that tool's. Left out: rules
that need the Ofsted list of providers (219-229, 1008), the council's own distances and areas (164, 169, 179, 392a, 406, 411, 420, 452-454,
503G-J), which are not in the delivered files, and the Header's UASC flag, which only the XML form has.
"""

from cyplink.sources.rules import RulesOf, Years
from cyplink.sources.ssda903.rules_of_episodes import RULES_OF_EPISODES

FROM_2023, FROM_2024, FROM_2025, FROM_2026 = Years("2023-24"), Years("2024-25"), Years("2025-26"), Years("2026-27")
UK_DATE = "dd/mm/yyyy"

HEADER, REVIEWS, UASC, OC2, OC3 = (RulesOf(kind) for kind in ("header", "reviews", "uasc", "oc2", "oc3"))
AD1, PLACED, PREV_PERM, MISSING = (RulesOf(kind) for kind in ("ad1", "placed_adoption", "prev_perm", "missing"))
SW, DOLO = RulesOf("sw_episodes", FROM_2023), RulesOf("dolo", FROM_2026)

ALL_YEAR = """CHILD in (
    select CHILD from episodes where LS is null or LS not in ('V3', 'V4') group by CHILD
    having bool_or(DECOM <= first_day() and (DEC is null or DEC > first_day())) and bool_or(DECOM <= last_day() and (DEC is null or DEC > last_day()))
        and not coalesce(bool_or(RNE = 'S' and DECOM > first_day()), false))"""
"""Looked after for the whole of the year, respite left out: in care on both its ends, and no care began between."""

HAD_CARE = "CHILD in (select CHILD from episodes where LS is null or LS not in ('V3', 'V4'))"
CORE_OC2 = "IMMUNISATIONS is null or TEETH_CHECK is null or HEALTH_ASSESSMENT is null or SUBSTANCE_MISUSE is null"
ANY_OC2 = """coalesce(CONVICTED, HEALTH_CHECK, IMMUNISATIONS, TEETH_CHECK, HEALTH_ASSESSMENT, SUBSTANCE_MISUSE, INTERVENTION_RECEIVED,
    INTERVENTION_OFFERED) is not null"""
OC2_FLAGS = "CONVICTED HEALTH_CHECK IMMUNISATIONS TEETH_CHECK HEALTH_ASSESSMENT SUBSTANCE_MISUSE INTERVENTION_RECEIVED INTERVENTION_OFFERED"
AD1_ITEMS = "DATE_INT_given, DATE_MATCH_given, FOSTER_CARE, NB_ADOPTR, SEX_ADOPTR, LS_ADOPTR"


def _turned(age: int, day: str = "last_day()") -> str:
    """Whether the child was `age` or over on a day."""
    return f"DOB + interval {age} years <= {day}"


RULES_OF_HEADER = (
    HEADER.code("101", "SEX", "sex"),
    HEADER.required("101", "SEX"),
    HEADER.date("102", "DOB", UK_DATE),
    HEADER.required("102", "DOB"),
    HEADER.code("103", "ETHNIC", "ethnicity"),
    HEADER.required("103", "ETHNIC"),
    HEADER.row("165", "MOTHER", "MOTHER is not null and (MOTHER not in ('0', '1') or SEX in ('1', 'M'))", "MOTHER is not 0 or 1, or is given for a boy."),
    HEADER.row("168", "UPN", r"not regexp_full_match(coalesce(UPN, ''), '[A-HJ-NP-RT-Z]([0-9]{12}|[0-9]{11}[A-Z])|UN[1-5]')", "The UPN is neither a UPN nor UN1 to UN5."),
    HEADER.date("171", "MC_DOB", UK_DATE),
    HEADER.row("174", "SEX MC_DOB", "SEX in ('1', 'M') and MC_DOB_given is not null", "A birth date of the mother's child is given for a boy."),
    HEADER.row("202", "SEX", "exists (select 1 from last_header b where b.CHILD = header.CHILD and case b.SEX when '1' then 'M' when '2' then 'F' else b.SEX end"
               " <> case header.SEX when '1' then 'M' when '2' then 'F' else header.SEX end)", "The sex differs from last year's.", "Check which is right.", reads=["last_header"]),
    HEADER.row("203", "DOB", "exists (select 1 from last_header b where b.CHILD = header.CHILD and b.DOB <> header.DOB)", "The birth date differs from last year's.", "Check which is right.", reads=["last_header"]),
    HEADER.row("204", "ETHNIC", "exists (select 1 from last_header b where b.CHILD = header.CHILD and upper(b.ETHNIC) <> upper(header.ETHNIC))", "The ethnic origin differs from last year's.", "Check which is right.", reads=["last_header"]),
    HEADER.row("207", "MOTHER", "MOTHER is distinct from '1' and exists (select 1 from last_header b where b.CHILD = header.CHILD and b.MOTHER = '1')", "A mother last year is not one this year.", reads=["last_header"]),
    HEADER.row("208", "UPN", "exists (select 1 from last_header b where b.CHILD = header.CHILD and b.UPN <> header.UPN and b.UPN not in ('UN1', 'UN2', 'UN3', 'UN4', 'UN5'))",
               "The UPN differs from last year's.", "Check which is right.", reads=["last_header"]),
    HEADER.row("209", "UPN DOB", f"UPN = 'UN1' and {_turned(4, 'make_date(year(first_day()) - 1, 8, 31)')}", "UN1 (not of school age) is given for a child of school age."),
    HEADER.row("210", "UPN", "UPN = 'UN4' and exists (select 1 from episodes e where e.CHILD = header.CHILD and e.DECOM < last_day() - 7)",
               "UN4 (newly looked after) is given for a child in care for more than a week.", "Give the UPN.", reads=["episodes"]),
    HEADER.row("232", "SEX", "SEX = 'U'", "The sex is given as unknown.", "Give M or F if it is known.", years=FROM_2024),
    HEADER.row("301", "DOB", "DOB > last_day()", "The child was born after the year's end."),
    HEADER.row("351", "DOB", "DOB + interval 26 years <= first_day()", "The child was over 25 when the year began."),
    HEADER.row("393", "MOTHER SEX", f"SEX in ('2', 'F') and MOTHER is null and {HAD_CARE}", "MOTHER is not given for a girl with an episode.", "Give MOTHER as 0 or 1.", reads=["episodes"]),
    HEADER.row("442", "UPN", f"UPN is null and {HAD_CARE}", "No UPN is given for a child with an episode.", "Give the UPN, or UN1 to UN5.", reads=["episodes"]),
    HEADER.rows("444", "UPN", "select source_row from header where UPN not like 'UN_' qualify count(*) over (partition by UPN) > 1", "Two children have this UPN.", "Check whose it is.", years=FROM_2025),
    HEADER.row("611", "MOTHER MC_DOB", "MOTHER = '1' and MC_DOB_given is null", "The birth date of the mother's child is not given."),
    HEADER.row("612", "MOTHER MC_DOB", "SEX in ('2', 'F') and coalesce(MOTHER, '0') = '0' and MC_DOB_given is not null", "A child's birth date is given for a girl who is not a mother."),
    HEADER.row("620", "MOTHER DOB", "MOTHER = '1' and DOB + interval 11 years > first_day()", "A mother was under 11 when the year began."),
    HEADER.row("621", "MC_DOB", "MC_DOB <= DOB", "The mother's child was born before the mother."),
    HEADER.row("624", "MC_DOB", "exists (select 1 from last_header b where b.CHILD = header.CHILD and b.MC_DOB <> header.MC_DOB)", "The birth date of the mother's child differs from last year's.", reads=["last_header"]),
    HEADER.row("EPI", "CHILD", "CHILD not in (select CHILD from episodes where CHILD is not null union all select CHILD from oc3 where CHILD is not null)", "The child has neither an episode nor a care-leaver row.",
               "Return the episode, or leave the child out.", reads=["episodes", "oc3"]),
    HEADER.unique("INT32", "CHILD", "The child is in the Header more than once."),
)

RULES_OF_REVIEWS = (
    REVIEWS.date("166", "REVIEW", UK_DATE),
    REVIEWS.required("166", "REVIEW"),
    REVIEWS.row("167", "REVIEW REVIEW_CODE", "REVIEW is not null and (REVIEW_CODE is null or upper(REVIEW_CODE) not in $codes(review_code))", "The review's code is missing or not PN0 to PN7."),
    REVIEWS.row("440", "REVIEW_CODE", f"REVIEW_CODE = 'PN0' and {_turned(4, 'REVIEW')}", "PN0 is given for a child of four or over."),
    REVIEWS.row("441", "REVIEW_CODE", "REVIEW_CODE between 'PN1' and 'PN7' and DOB + interval 4 years > REVIEW", "PN1 to PN7 is given for a child under four.", "Give PN0."),
    REVIEWS.row("1012", "CHILD", "CHILD not in (select CHILD from episodes where CHILD is not null)", "The child has no episode in the year.", reads=["episodes"]),
)

RULES_OF_UASC = (
    UASC.date("104", "DUC", UK_DATE),
    UASC.row("104", "DUC", "DUC < first_day()", "The child ceased to be unaccompanied before the year began."),
    UASC.row("231", "DOB", "DOB + interval 11 years > last_day()", "An unaccompanied child is under 11 at the year's end.", "Check the birth date.", years=FROM_2024),
    UASC.row("304", "DUC", "DUC > DOB + interval 18 years", "The child ceased to be unaccompanied after the 18th birthday."),
    UASC.row("INT21", "SEX", "exists (select 1 from header h where h.CHILD = uasc.CHILD and h.SEX <> uasc.SEX)", "The sex differs from the Header's.", reads=["header"]),
)

RULES_OF_OC2 = (
    OC2.row("157", "SDQ_REASON", f"SDQ_REASON = 'SDQ1' and {_turned(4, 'first_day()')} and not {_turned(17)} and {ALL_YEAR}", "SDQ1 (wrong age) is given for a child of the right age.", reads=["episodes"]),
    OC2.row("158", "INTERVENTION_OFFERED", "INTERVENTION_RECEIVED = '1' and INTERVENTION_OFFERED is not null", "An intervention was received, so that INTERVENTION_OFFERED must be blank."),
    OC2.row("159", "INTERVENTION_OFFERED", "SUBSTANCE_MISUSE = '1' and INTERVENTION_RECEIVED = '0' and INTERVENTION_OFFERED is null", "INTERVENTION_OFFERED is not given, and none was received."),
    OC2.number("180", "SDQ_SCORE", 0, 40),
    OC2.row("181", OC2_FLAGS, " or ".join(f"{flag} not in ('0', '1')" for flag in OC2_FLAGS.split()), "A yes-or-no item is neither 0 nor 1.", "Give 0 or 1."),
    OC2.row("182", OC2_FLAGS, f"({ANY_OC2}) and ({CORE_OC2})", "Some of the health items are given and others are blank.", "Give all four."),
    OC2.row("185", "SDQ_SCORE", f"SDQ_SCORE is not null and not {ALL_YEAR}", "A score is given for a child not looked after all year.", reads=["episodes"]),
    OC2.row("186", "SDQ_SCORE", f"SDQ_SCORE is null and SDQ_REASON is null and {_turned(4, 'first_day()')} and not {_turned(17)} and {ALL_YEAR}",
            "Neither a score nor a reason is given for a child of 4 to 16.", reads=["episodes"]),
    OC2.row("188", "SDQ_SCORE SDQ_REASON", f"not {_turned(4)} and (SDQ_SCORE is not null or SDQ_REASON is not null)", "A score or reason is given for a child under four."),
    OC2.row("189", "SDQ_SCORE SDQ_REASON", f"{_turned(17, 'first_day()')} and (SDQ_SCORE is not null or SDQ_REASON is not null)", "A score or reason is given for a child of 17 when the year began."),
    OC2.row("190", OC2_FLAGS, f"({ANY_OC2}) and not {ALL_YEAR}", "Health items are given for a child not looked after all year.", reads=["episodes"]),
    OC2.row("191", OC2_FLAGS, f"({CORE_OC2}) and {ALL_YEAR}", "Health items are blank for a child looked after all year.", reads=["episodes"]),
    OC2.row("192", "INTERVENTION_RECEIVED", "SUBSTANCE_MISUSE = '1' and INTERVENTION_RECEIVED is null", "INTERVENTION_RECEIVED is not given for a child with a substance misuse problem."),
    OC2.row("193", "INTERVENTION_RECEIVED INTERVENTION_OFFERED", "coalesce(SUBSTANCE_MISUSE, '0') = '0' and coalesce(INTERVENTION_RECEIVED, INTERVENTION_OFFERED) is not null",
            "An intervention is given for a child without a substance misuse problem."),
    OC2.code("196", "SDQ_REASON", "sdq_reason"),
    OC2.row("197a", "SDQ_SCORE SDQ_REASON", "SDQ_SCORE is not null and SDQ_REASON is not null", "Both a score and a reason for none are given.", "Give one of the two."),
    OC2.row("198", "SDQ_REASON", f"SDQ_REASON is not null and not {ALL_YEAR}", "A reason is given for a child not looked after all year.", reads=["episodes"]),
    OC2.row("542", "CONVICTED", f"CONVICTED is not null and not {_turned(10)}", "CONVICTED is given for a child under ten."),
    OC2.row("543", "CONVICTED", f"CONVICTED is null and {_turned(10)} and {ALL_YEAR}", "CONVICTED is not given for a child of ten or over.", reads=["episodes"]),
    OC2.row("545", "HEALTH_CHECK", f"HEALTH_CHECK is null and not {_turned(5)} and {ALL_YEAR}", "HEALTH_CHECK is not given for a child under five.", reads=["episodes"]),
    OC2.row("546", "HEALTH_CHECK", f"HEALTH_CHECK is not null and {_turned(5)} and {ALL_YEAR}", "HEALTH_CHECK is given for a child of five or over.", reads=["episodes"]),
)

RULES_OF_OC3 = (
    OC3.row("131", "IN_TOUCH", "IN_TOUCH is null or IN_TOUCH not in $codes(in_touch)", "IN_TOUCH is blank or not one of the return's codes."),
    OC3.row("132", "ACTIV", "ACTIV is null or ACTIV not in $codes(activity)", "ACTIV is blank or not one of the return's codes."),
    OC3.row("133", "ACCOM", "ACCOM is null or ACCOM not in $codes(accommodation)", "ACCOM is blank or not one of the return's codes."),
    OC3.row("344", "IN_TOUCH ACTIV ACCOM", "IN_TOUCH in ('DIED', 'RHOM') and (ACTIV <> '0' or ACCOM <> '0')", "An activity or home is given for somebody who died or returned home.", "Give 0 for both."),
    OC3.row("345", "IN_TOUCH ACTIV ACCOM", "IN_TOUCH = 'YES' and (ACTIV = '0' or ACCOM = '0')", "The council is in touch, and gives no activity or home."),
    OC3.row("347", "ACCOM", f"ACCOM in ('T1', 'T2') and not {_turned(18)}", "A care leaver under 18 is in a foyer.", years=FROM_2023),
    OC3.row("348", "IN_TOUCH", "IN_TOUCH <> 'DIED' and exists (select 1 from last_oc3 b where b.CHILD = oc3.CHILD and b.IN_TOUCH = 'DIED')", "Somebody who had died last year has not this year.", years=FROM_2025, reads=["last_oc3"]),
    OC3.row("391", "DOB", f"not {_turned(17)}", "Somebody under 17 is given as a care leaver."),
    OC3.row("1000", "IN_TOUCH", "CHILD in (select CHILD from episodes where REC = 'E2')", "Somebody who died in care is given as a care leaver.", reads=["episodes"]),
    OC3.row("187", "IN_TOUCH", ALL_YEAR, "A child in care all year is given as a care leaver.", reads=["episodes"]),
)

RULES_OF_ADOPTION = (
    AD1.date("112", "DATE_INT", UK_DATE),
    AD1.date("113", "DATE_MATCH", UK_DATE),
    AD1.row("114", "FOSTER_CARE", "FOSTER_CARE not in ('0', '1')", "FOSTER_CARE is neither 0 nor 1."),
    AD1.row("151", "DATE_INT DATE_MATCH FOSTER_CARE NB_ADOPTR SEX_ADOPTR LS_ADOPTR", f"len(list_filter([{AD1_ITEMS}], lambda item: item is null)) not in (0, 6)",
            "Some of the six adoption items are given and others are blank.", "Give all six."),
    AD1.code("175", "NB_ADOPTR", "number_of_adopters"),
    AD1.code("176", "SEX_ADOPTR", "sex_of_adopters"),
    AD1.code("177", "LS_ADOPTR", "legal_status_of_adopters"),
    AD1.row("333", "DATE_INT DATE_MATCH", "DATE_MATCH is not null and (DATE_INT is null or DATE_INT > DATE_MATCH)", "The match is before the decision, or there is no decision."),
    AD1.row("511", "NB_ADOPTR SEX_ADOPTR", "NB_ADOPTR = '2' and SEX_ADOPTR in ('M1', 'F1')", "Two adopters have the sex of one."),
    AD1.row("514", "LS_ADOPTR SEX_ADOPTR", "LS_ADOPTR = 'L0' and SEX_ADOPTR not in ('M1', 'F1')", "A single adopter has the sex of two."),
    AD1.row("517", "LS_ADOPTR SEX_ADOPTR", "LS_ADOPTR = 'L3' and SEX_ADOPTR <> 'MF'", "LS_ADOPTR and SEX_ADOPTR contradict each other."),
    AD1.row("518", "LS_ADOPTR SEX_ADOPTR", "LS_ADOPTR = 'L4' and SEX_ADOPTR not in ('MM', 'FF')", "LS_ADOPTR and SEX_ADOPTR contradict each other."),
    AD1.row("519", "LS_ADOPTR SEX_ADOPTR", "LS_ADOPTR = 'L2' and SEX_ADOPTR not in ('MM', 'FF', 'MF')", "LS_ADOPTR and SEX_ADOPTR contradict each other."),
    AD1.row("520", "LS_ADOPTR SEX_ADOPTR", "LS_ADOPTR = 'L11' and SEX_ADOPTR <> 'MF'", "LS_ADOPTR and SEX_ADOPTR contradict each other."),
    AD1.row("524", "LS_ADOPTR SEX_ADOPTR", "LS_ADOPTR = 'L12' and SEX_ADOPTR not in ('MM', 'FF')", "LS_ADOPTR and SEX_ADOPTR contradict each other."),
    AD1.row("602", "CHILD", "CHILD not in (select CHILD from episodes where REC in ('E11', 'E12') and DEC between first_day() and last_day() and CHILD is not null)",
            "Adopters are given for a child not adopted in the year.", reads=["episodes"]),
    PLACED.date("115", "DATE_PLACED", UK_DATE),
    PLACED.date("116", "DATE_PLACED_CEASED", UK_DATE),
    PLACED.row("119", "DATE_PLACED_CEASED REASON_PLACED_CEASED", "(DATE_PLACED_CEASED_given is null) <> (REASON_PLACED_CEASED is null)", "The date of the reversal is given without the reason, or the reason without the date."),
    PLACED.code("120", "REASON_PLACED_CEASED", "reason_placed_ceased"),
    PLACED.row("184", "DATE_PLACED", "DATE_PLACED < DOB", "The decision is from before the child was born."),
    PLACED.row("522", "DATE_PLACED DATE_PLACED_CEASED", "DATE_PLACED_CEASED < DATE_PLACED", "The decision was reversed before it was made."),
    PLACED.row("523", "DATE_PLACED", "exists (select 1 from ad1 a where a.CHILD = placed_adoption.CHILD and a.DATE_INT <> placed_adoption.DATE_PLACED) and DATE_PLACED_CEASED is null",
               "The decision's date differs from that in AD1.", reads=["ad1"]),
    PLACED.row("563", "DATE_PLACED", "DATE_PLACED_given is null and DATE_PLACED_CEASED is not null", "A decision was reversed that has no date."),
    PLACED.rows("579", "DATE_PLACED", "select source_row from placed_adoption qualify DATE_PLACED < lag(DATE_PLACED_CEASED) over (partition by CHILD order by DATE_PLACED, source_row)",
                "A decision was made before the one before it was reversed."),
    PLACED.rows("583", "DATE_PLACED_CEASED", "select source_row from placed_adoption qualify DATE_PLACED_CEASED is null and lead(DATE_PLACED) over (partition by CHILD order by DATE_PLACED, source_row) is not null",
                "An earlier decision was not reversed."),
    PREV_PERM.code("631", "PREV_PERM", "previous_permanence"),
    PREV_PERM.row("632", "DATE_PERM", "DATE_PERM_given is not null and DATE_PERM is null and lower(DATE_PERM_given) <> 'zz/zz/zzzz'", "DATE_PERM is not a date.", "Give dd/mm/yyyy, with zz for what is not known."),
    PREV_PERM.row("633", "LA_PERM", r"not regexp_full_match(LA_PERM, '[2-9][0-9]{2}|WAL|SCO|NIR|NUK')", "LA_PERM is not a council's code."),
    PREV_PERM.row("635", "PREV_PERM LA_PERM DATE_PERM", "PREV_PERM = 'Z1' and (LA_PERM is not null or DATE_PERM_given is not null)", "There was no order, and a council or date is given for it."),
)

RULES_OF_MISSING = (
    MISSING.date("1004", "MIS_START", UK_DATE),
    MISSING.date("1005", "MIS_END", UK_DATE),
    MISSING.code("1006", "MISSING", "missing"),
    MISSING.row("564", "MIS_START", "MISSING in ('M', 'A') and MIS_START_given is null", "The start is not given."),
    MISSING.row("565", "MISSING", "MIS_START is not null and MISSING is null", "Missing or away is not given."),
    MISSING.row("567", "MIS_START MIS_END", "MIS_END < MIS_START", "The child came back before going missing."),
    MISSING.row("570", "MIS_START", "MIS_START > last_day()", "The child went missing after the year's end."),
    MISSING.row("571", "MIS_END", "MIS_END not between first_day() and last_day()", "The child came back outside the year."),
    MISSING.rows("574", "MIS_START", "select source_row from missing qualify MIS_START < lag(coalesce(MIS_END, date '9999-12-31')) over (partition by CHILD order by MIS_START, source_row)",
                 "The child went missing before coming back from the time before."),
    MISSING.row("578", "MIS_START", "MIS_START is not null and not exists (select 1 from episodes e where e.CHILD = missing.CHILD and MIS_START >= e.DECOM and (e.DEC is null or MIS_START <= e.DEC))",
                "The child went missing while not in care.", reads=["episodes"]),
    MISSING.row("586", "MIS_START", "MIS_START <= DOB", "The child went missing before being born."),
)

RULES_OF_SOCIAL_WORKERS = (
    SW.row("SW02STG1", "SW_ID", "SW_ID is not null and upper(left(SW_ID, 2)) not in ('SW', 'XX')", "SW_ID begins with neither SW nor XX."),
    SW.row("SW03STG1", "SW_ID SW_DECOM SW_REASON", "SW_ID is null or SW_DECOM_given is null or SW_REASON is null", "The social worker's id, start or reason is blank.", years=Years("2023-24", "2023-24")),
    SW.row("SW01bSTG1", "SW_ID SW_DECOM SW_REASON", "SW_DECOM >= date '2023-04-01' and (SW_ID is null or SW_REASON is null)", "The social worker's id or reason is blank.", years=FROM_2024),
    SW.date("SW04STG1", "SW_DECOM", UK_DATE),
    SW.date("SW05STG1", "SW_DEC", UK_DATE),
    SW.row("SW06STG2", "SW_DECOM", "SW_DECOM > last_day()", "The social worker began after the year's end."),
    SW.row("SW07STG2", "SW_DEC", "SW_DEC not between first_day() - interval 1 year and last_day()", "The social worker stopped outside the year."),
    SW.rows("SW08STG2", "SW_DEC", "select source_row from sw_episodes qualify SW_DEC is null and lead(SW_DECOM) over (partition by CHILD order by SW_DECOM, source_row) is not null", "An earlier social worker has not stopped."),
    SW.row("SW09STG2", "SW_DECOM SW_DEC", "SW_DECOM = SW_DEC", "The social worker began and stopped on one day."),
    SW.rows("SW10STG2", "SW_DECOM", "select source_row from sw_episodes qualify coalesce(SW_REASON, '') <> 'FCONTA' and abs(SW_DECOM - lag(SW_DEC) over (partition by CHILD order by SW_DECOM, source_row)) > 7",
            "There are more than seven days between two social workers.", years=FROM_2024),
    SW.code("SW13STG1", "SW_REASON", "reason_social_worker_changed"),
    DOLO.date("700", "DOLO_START", UK_DATE),
    DOLO.required("700", "DOLO_START"),
    DOLO.date("701", "DOLO_END", UK_DATE),
    DOLO.row("702", "DOLO_START DOLO_END", "DOLO_END < DOLO_START", "The order ended before it began."),
    DOLO.row("703", "DOLO_START", "DOLO_START > last_day()", "The order began after the year's end."),
    DOLO.row("704", "DOLO_END", "DOLO_END not between first_day() and last_day()", "The order ended outside the year."),
    DOLO.row("708", "DOLO_START", "DOLO_START <= DOB", "The order began before the child was born."),
)

_IN_HEADER = {"ad1": "INT01", "placed_adoption": "INT02", "episodes": "INT03", "missing": "INT04", "oc2": "INT05", "oc3": "INT06", "prev_perm": "INT07", "reviews": "INT08", "uasc": "INT09"}
_SAME_BIRTH = {"ad1": "INT11", "placed_adoption": "INT12", "missing": "INT13", "oc2": "INT14", "oc3": "INT15", "prev_perm": "INT16", "reviews": "INT17", "uasc": "INT18"}
_ONCE = {"ad1": "INT31", "oc2": "INT33", "oc3": "INT34", "prev_perm": "INT35", "uasc": "INT36"}

RULES_ACROSS_FILES = (
    *(RulesOf(kind).found_in(number, "CHILD", "header", "The child is not in the Header.", "Return a Header row for the child.") for kind, number in _IN_HEADER.items()),
    *(RulesOf(kind).row(number, "DOB", f"exists (select 1 from header h where h.CHILD = {kind}.CHILD and h.DOB <> {kind}.DOB)", "The birth date differs from the Header's.", reads=["header"])
      for kind, number in _SAME_BIRTH.items()),
    *(RulesOf(kind).unique(number, "CHILD", "The child is in the file more than once.") for kind, number in _ONCE.items()),
)

RULES = (
    *RULES_OF_HEADER, *RULES_OF_EPISODES, *RULES_OF_REVIEWS, *RULES_OF_UASC, *RULES_OF_OC2, *RULES_OF_OC3, *RULES_OF_ADOPTION, *RULES_OF_MISSING,
    *RULES_OF_SOCIAL_WORKERS, *RULES_ACROSS_FILES,
)
