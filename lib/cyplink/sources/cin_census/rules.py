"""What the Department for Education checks in a CIN census (sources/rules.py says how rules are written).

Numbers and meanings are those of the Department's validation rules as restated, under the MIT licence, by
data-to-insight/csc-validator-be-cin (commit 1bf6f22e), rule sets 2022-23 to 2025-26. A number that ends in Q is a query. Left out: rules that
need a list of bank holidays (8569Q, 8670Q, 8675Q) or of councils (1530), and those that judge a council's use of disability
codes as a whole (2887Q, 2888Q). Rules in this order: the file, the child; what lies in a referral is in rules_of_events.py.
"""

from cyplink.sources.cin_census.rules_of_events import ISO_DATE, RULES_OF_EVENTS, TAKEN_FORWARD
from cyplink.sources.rules import RulesOf, Years

FROM_2024, TO_2023 = Years("2024-25"), Years("", "2023-24")
HEADER, CHILD = RulesOf("header"), RulesOf("child")

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
UPN_SHAPE = "[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]"
_LAST = f"coalesce(try_cast(upper(UPN[13]) as int), instr('{LETTERS}', upper(UPN[13])) - 1) * 13"
_CHECKED = " + ".join([*(f"try_cast(UPN[{place}] as int) * {place}" for place in range(2, 13)), _LAST])
WRONG_LETTER = f"regexp_full_match(upper(UPN), '{UPN_SHAPE}') and substr('{LETTERS}', ({_CHECKED}) % 23 + 1, 1) <> upper(UPN[1])"
UNBORN = "PersonBirthDate is null and ExpectedPersonBirthDate is not null"
SCHOOL_AGE = "PersonBirthDate <= make_date(year(last_day()) - 6, 8, 31)"
DISABILITIES = "string_split(upper(Disability), ';')"


def _of_referrals(condition: str) -> str:
    """Whether some referral of the child meets the condition."""
    return f"exists (select 1 from referral r where r.LAchildID = child.LAchildID and ({condition}))"


RULES_OF_HEADER = (
    HEADER.row("100", "ReferenceDate", "ReferenceDate is null or ReferenceDate <> last_day()", "The reference date is not 31 March of the census year.", "Give the last day of the year."),
    HEADER.row("2883", "ReferenceDate", """(select count(*) from child_protection_plan where CPPstartDate between first_day() and last_day())
        > (select count(*) from section_47 where DateOfInitialCPC between first_day() and last_day()) + (select count(*) from referral where DateOfInitialCPC between first_day() and last_day())""",
               "More protection plans began in the year than initial conferences were held.", "Return every conference.", reads=["child_protection_plan", "section_47", "referral"]),
    HEADER.row("2886Q", "Year", "(select avg(case when GenderCurrent = '0' then 1.0 else 0 end) from child where ExpectedPersonBirthDate is null) > 0.02",
               "Gender is not recorded for more than two in a hundred of the children born.", "Record it.", reads=["child"], years=TO_2023),
    HEADER.row("2886Q", "Year", "(select avg(case when upper(Sex) = 'U' then 1.0 else 0 end) from child where ExpectedPersonBirthDate is null) > 0.02",
               "Sex is unknown for more than two in a hundred of the children born.", "Record it.", reads=["child"], years=FROM_2024),
)

RULES_OF_CHILD = (
    CHILD.required("8500", "LAchildID"),
    CHILD.unique("8510", "LAchildID", "The child is in the return more than once."),
    CHILD.row("1510", "UPN", WRONG_LETTER, "The UPN's first letter is not the one the other places give.", "Check the UPN with the school."),
    CHILD.unique("1520", "UPN", "Two children have this UPN.", "Check whose it is."),
    CHILD.row("1540", "UPN", "not regexp_full_match(substr(UPN, 5, 8), '[0-9]{8}')", "Places 5 to 12 of the UPN are not digits."),
    CHILD.row("1550", "UPN", f"not regexp_full_match(upper(substr(UPN, 13)), '[0-9{LETTERS}]')", "Place 13 of the UPN is neither a digit nor a letter it may be."),
    CHILD.row("1560Q", "FormerUPN", f"not regexp_full_match(upper(FormerUPN), '{UPN_SHAPE}')", "The former UPN has not the shape of one."),
    CHILD.row("1570", "LAchildID", "length(LAchildID) > 20", "The child's identifier is longer than 20 characters.", years=FROM_2024),
    CHILD.row("1580", "LAchildID", "not regexp_full_match(LAchildID, '[A-Za-z0-9]+')", "The child's identifier has other signs than letters and digits.", years=FROM_2024),
    CHILD.row("4180", "GenderCurrent", "GenderCurrent is null or GenderCurrent not in $codes(gender)", "Gender is blank or not 1, 2, 0 or 9.", years=TO_2023),
    CHILD.row("4180", "Sex", "Sex is null or upper(Sex) not in $codes(sex)", "Sex is blank or not M, F or U.", years=FROM_2024),
    CHILD.row("4220", "Ethnicity", "Ethnicity is null or upper(Ethnicity) not in $codes(ethnicity)", "Ethnicity is blank or not one of the return's codes."),
    CHILD.row("8520", "PersonBirthDate", "PersonBirthDate > last_day()", "The child was born after the reference date.", "Give the expected date of birth instead."),
    CHILD.row("8525Q", "PersonBirthDate ExpectedPersonBirthDate", "(PersonBirthDate is null) = (ExpectedPersonBirthDate is null)", "Birth date and expected birth date are both given, or neither is.", f"Give one of the two, as {ISO_DATE}."),
    CHILD.row("8530Q", "ExpectedPersonBirthDate", "ExpectedPersonBirthDate not between last_day() - 30 and last_day() + interval 9 months", "The expected birth date is more than 30 days before, or nine months after, the reference date."),
    CHILD.row("8535Q", "PersonDeathDate", "PersonDeathDate < PersonBirthDate", "The child died before the birth date."),
    CHILD.row("8545Q", "PersonDeathDate", "PersonDeathDate not between first_day() and last_day()", "The child did not die in the census year."),
    CHILD.row("8750", "GenderCurrent", f"{UNBORN} and GenderCurrent is distinct from '0'", "An unborn child has a gender.", "Give 0.", years=TO_2023),
    CHILD.row("8750", "Sex", f"{UNBORN} and upper(Sex) is distinct from 'U'", "An unborn child has a sex.", "Give U.", years=FROM_2024),
    CHILD.row("8540", "Disability", f"""PersonBirthDate is not null and {_of_referrals(f'r.{TAKEN_FORWARD}')}
        and (Disability is null or len(list_filter({DISABILITIES}, lambda one: one not in $codes(disability))) > 0)""",
              "A child whose referral was taken forward has no disability code, or one that is not the return's.", "Give the codes, or NONE.", reads=["referral"]),
    CHILD.row("8790", "Disability", f"list_contains({DISABILITIES}, 'NONE') and len({DISABILITIES}) > 1", "NONE is given beside a disability."),
    CHILD.row("8794", "Disability", f"len({DISABILITIES}) > len(list_distinct({DISABILITIES}))", "A disability is given twice."),
    CHILD.row("8590", "LAchildID", f"not {_of_referrals('true')}", "The child has no referral.", "Return it, or leave the child out.", reads=["referral"]),
    CHILD.row("8770Q", "UPN UPNunknown", f"""UPN is null and PersonBirthDate < last_day() - interval 6 years and {_of_referrals(f'r.{TAKEN_FORWARD}')}
        and (UPNunknown is null or upper(UPNunknown) not in ('UN2', 'UN3', 'UN4', 'UN5', 'UN6', 'UN7'))""", "A child of school age has neither a UPN nor a reason for none.", "Give the UPN, or UN2 to UN7.", reads=["referral"], years=TO_2023),
    CHILD.row("8770Q", "UPN UPNunknown", f"""UPN is null and {SCHOOL_AGE} and {_of_referrals(f'r.{TAKEN_FORWARD}')}
        and (UPNunknown is null or upper(UPNunknown) not in ('UN2', 'UN3', 'UN4', 'UN5', 'UN6', 'UN7'))""", "A child of school age has neither a UPN nor a reason for none.", "Give the UPN, or UN2 to UN7.", reads=["referral"], years=FROM_2024),
    CHILD.row("8772", "UPNunknown", f"upper(UPNunknown) = 'UN7' and {_of_referrals(f'r.{TAKEN_FORWARD}')}", "UN7 (no further action) is given for a child with a referral taken forward.", reads=["referral"]),
    CHILD.row("8775Q", "PersonBirthDate", f"PersonBirthDate + interval 25 years < last_day() and {_of_referrals('r.CINclosureDate is null or r.CINclosureDate > child.PersonBirthDate + interval 25 years')}",
              "Somebody over 25 was not closed by the 25th birthday.", reads=["referral"]),
    CHILD.row("8555Q", "PersonDeathDate", _of_referrals("r.CINreferralDate > child.PersonDeathDate"), "A referral is later than the child's death.", reads=["referral"]),
    CHILD.row("8606", "PersonBirthDate ExpectedPersonBirthDate", _of_referrals("r.CINreferralDate < coalesce(child.PersonBirthDate, child.ExpectedPersonBirthDate) - 280"),
              "A referral is more than 280 days before the birth.", "Correct the birth date or the referral's.", reads=["referral"]),
)

RULES = (*RULES_OF_HEADER, *RULES_OF_CHILD, *RULES_OF_EVENTS)
