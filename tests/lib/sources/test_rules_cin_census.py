"""The published rules of the CIN census: every one is SQL over its views, a sound return breaks none, and one fault is found by its number."""

from collections.abc import Mapping
from typing import Any

import duckdb
import pytest

from cyplink.returns import broken, view
from cyplink.sources import SOURCES
from cyplink.sources.calendar import days_of

SOURCE = SOURCES["cin_census"]
YEARS = ("2018-19", "2022-23", "2023-24", "2024-25", "2025-26", "2026-27")
WHO = {"LAchildID": "A", "CINdetailsID": "1", "CINreferralDate": "2025-05-01"}
SOUND: dict[str, dict[str, str]] = {
    "header": {"Collection": "CIN", "Year": "2026", "ReferenceDate": "2026-03-31", "LEA": "304"},
    "child": {"LAchildID": "A", "UPN": "E304123456789", "PersonBirthDate": "2012-02-03", "Sex": "F", "Ethnicity": "WBRI", "Disability": "AUT;LD"},
    "referral": {"LAchildID": "A", "CINdetailsID": "1", "CINreferralDate": "2025-05-01", "ReferralSource": "2A", "PrimaryNeedCode": "N1", "ReferralNFA": "0"},
    "assessment": {**WHO, "AssessmentActualStartDate": "2025-05-02", "AssessmentAuthorisationDate": "2025-06-10", "AssessmentFactors": "4A;3B"},
    "section_47": {**WHO, "S47ActualStartDate": "2025-05-06", "DateOfInitialCPC": "2025-05-20", "InitialCPCtarget": "2025-05-27", "ICPCnotRequired": "0"},
    "cin_plan": {**WHO, "CINPlanStartDate": "2025-12-01"},
    "child_protection_plan": {
        **WHO, "CPPstartDate": "2025-05-20", "CPPendDate": "2025-12-01", "InitialCategoryOfAbuse": "NEG", "LatestCategoryOfAbuse": "EMO",
        "NumberOfPreviousCPP": "0", "CPPreviewDate": "2025-08-20;2025-12-01",
    },
}  # fmt: skip
Rows = list[Mapping[str, str]]


def found(period: str = "2025-26", **files: Rows) -> set[tuple[str, str, int]]:
    """File kind, rule and row of everything broken in a return of these files."""
    with duckdb.connect() as connection:
        first, last = days_of(period)
        connection.execute(f"create macro first_day() as date '{first}'; create macro last_day() as date '{last}'")
        for name, rows in files.items():
            kind = SOURCE.kind(name)
            columns = ", ".join(f'"{column}" varchar' for column in kind.header)
            connection.execute(f"create table b_{name} ({columns}, source_row bigint)")
            values: list[list[Any]] = [[*(row.get(column) for column in kind.header), place] for place, row in enumerate(rows, 1)]
            if values:
                connection.executemany(f"insert into b_{name} values ({', '.join('?' * (len(kind.header) + 1))})", values)
            connection.execute(view(kind, name, f"b_{name}"))
        return {(rule.file_kind, rule.number, row) for rule, row in broken(connection, SOURCE, period, set(files))}


Case = Mapping[str, Any]


def of_sound(*cases: Case, period: str = "2025-26") -> list[set[tuple[str, str, int]]]:
    """What is broken in each case: the sound return with, by file kind, other values in its row, or other rows.

    The cases are one return of as many children, for a return takes longer to check than any child in it; rows are counted within the case.
    """
    files: dict[str, Rows] = {kind: [] for kind in SOUND}
    whose: dict[tuple[str, int], tuple[int, int]] = {}
    for number, case in enumerate(cases):
        for kind, row in SOUND.items():
            change = case.get(kind, {})
            for place, one in enumerate(change if isinstance(change, list) else [{**row, **change}], 1):
                own = {"LAchildID": f"C{number}" if one.get("LAchildID") in ("A", "B") else one.get("LAchildID", ""), "CINdetailsID": f"{number}/{one.get('CINdetailsID')}"}
                files[kind].append({**one, **own})
                whose[kind, len(files[kind])] = number, place
    broken_by: list[set[tuple[str, str, int]]] = [set() for _ in cases]
    for kind, rule, row in found(period, **files):
        number, place = whose[kind, row]
        broken_by[number].add((kind, rule, place))
    return broken_by


@pytest.mark.parametrize("period", YEARS)
def test_every_rule_is_sql_over_its_views(period: str) -> None:
    empty: dict[str, Rows] = {kind.name: [] for kind in SOURCE.file_kinds}
    assert found(period, **empty) == set()


def test_there_are_rules_enough_and_they_say_what_to_do() -> None:
    assert len({rule.number for rule in SOURCE.rules}) >= 100
    assert [rule.number for rule in SOURCE.rules if not (rule.says.endswith(".") and rule.to_do.endswith("."))] == []
    assert [rule.number for rule in SOURCE.rules if not set(rule.columns) <= set(SOURCE.kind(rule.file_kind).header)] == []


def test_a_sound_return_breaks_nothing() -> None:
    assert of_sound({}) == [set()]


ONE_FAULT: list[tuple[str, str, dict[str, str]]] = [
    ("header", "100", {"ReferenceDate": "2025-03-31"}),
    ("child", "8500", {"LAchildID": ""}), ("child", "1510", {"UPN": "B304123456789"}), ("child", "1540", {"UPN": "A3041X3456789"}), ("child", "1550", {"UPN": "A30412345678I"}),
    ("child", "1560Q", {"FormerUPN": "A12"}), ("child", "1570", {"LAchildID": "A" * 21}), ("child", "1580", {"LAchildID": "A-1"}), ("child", "4180", {"Sex": "1"}), ("child", "4180", {"Sex": ""}),
    ("child", "4220", {"Ethnicity": "QQ"}), ("child", "8520", {"PersonBirthDate": "2026-04-01"}), ("child", "8525Q", {"ExpectedPersonBirthDate": "2026-05-01"}), ("child", "8525Q", {"PersonBirthDate": ""}),
    ("child", "8530Q", {"ExpectedPersonBirthDate": "2027-01-01", "PersonBirthDate": ""}), ("child", "8535Q", {"PersonDeathDate": "2011-01-01"}), ("child", "8545Q", {"PersonDeathDate": "2024-01-01"}),
    ("child", "8750", {"ExpectedPersonBirthDate": "2026-05-01", "PersonBirthDate": ""}), ("child", "8540", {"Disability": ""}), ("child", "8540", {"Disability": "AUT;XX"}),
    ("child", "8790", {"Disability": "NONE;AUT"}), ("child", "8794", {"Disability": "AUT;aut"}), ("child", "8770Q", {"UPN": "", "UPNunknown": "UN1"}), ("child", "8772", {"UPN": "", "UPNunknown": "UN7"}),
    ("child", "8775Q", {"PersonBirthDate": "1999-01-01"}), ("child", "8555Q", {"PersonDeathDate": "2025-04-02"}), ("child", "8606", {"PersonBirthDate": "2026-03-30"}),
    ("referral", "8600", {"CINreferralDate": "2026-04-02"}), ("referral", "8568", {"ReferralNFA": "2"}), ("referral", "8610", {"PrimaryNeedCode": ""}), ("referral", "8650", {"PrimaryNeedCode": "N11"}),
    ("referral", "8866", {"ReferralSource": "5E"}), ("referral", "8620", {"CINclosureDate": "2026-04-01", "ReasonForClosure": "RC7"}), ("referral", "8630", {"CINclosureDate": "2025-04-30", "ReasonForClosure": "RC7"}),
    ("referral", "8640", {"ReasonForClosure": "RC10"}), ("referral", "8805", {"CINclosureDate": "2026-03-30"}), ("referral", "8810", {"ReasonForClosure": "RC7"}), ("referral", "8585Q", {"ReasonForClosure": "RC2"}),
    ("referral", "8831", {"ReferralNFA": "1"}), ("referral", "8832", {"ReferralNFA": "true"}), ("referral", "4000", {"ReferralNFA": "1"}), ("referral", "2884", {"DateOfInitialCPC": "2025-05-20"}),
    ("referral", "2990", {"ReasonForClosure": "RC8"}), ("referral", "8565", {"CINclosureDate": "2025-11-30", "ReasonForClosure": "RC7"}),
    ("assessment", "1103", {"AssessmentActualStartDate": "2025-04-30"}), ("assessment", "8608", {"AssessmentActualStartDate": "2025-06-11"}), ("assessment", "8614", {"AssessmentAuthorisationDate": ""}),
    ("assessment", "8696", {"AssessmentAuthorisationDate": "2026-04-01"}), ("assessment", "8736", {"AssessmentActualStartDate": "2025-03-02", "AssessmentAuthorisationDate": ""}),
    ("assessment", "8897Q", {"AssessmentFactors": ""}), ("assessment", "8897Q", {"AssessmentFactors": "99"}), ("assessment", "8898", {"AssessmentFactors": "4A;3B;4A"}), ("assessment", "8869", {"AssessmentFactors": "21;4A"}),
    ("assessment", "8945Q", {"AssessmentFactors": "18A;4A"}), ("assessment", "8950Q", {"AssessmentFactors": "19A;4A"}),
    ("section_47", "1104", {"DateOfInitialCPC": "2025-04-30"}), ("section_47", "2889", {"S47ActualStartDate": "2025-04-30"}), ("section_47", "8615", {"S47ActualStartDate": ""}),
    ("section_47", "8715", {"DateOfInitialCPC": "2025-03-31"}), ("section_47", "8740", {"S47ActualStartDate": "2025-03-03", "DateOfInitialCPC": ""}), ("section_47", "8870Q", {"InitialCPCtarget": "2025-05-25"}),
    ("section_47", "8875", {"DateOfInitialCPC": "2025-05-24"}),
    ("cin_plan", "4010", {"CINPlanStartDate": "2026-04-01"}), ("cin_plan", "4011", {"CINPlanEndDate": "2025-11-01"}), ("cin_plan", "4012Q", {"CINPlanEndDate": "2025-12-01"}), ("cin_plan", "4013", {"CINPlanEndDate": "2026-04-01"}),
    ("cin_plan", "4015", {"CINPlanStartDate": "2025-04-30"}), ("cin_plan", "4016", {"CINPlanStartDate": "2025-11-01"}), ("cin_plan", "4003", {"CINPlanStartDate": "2025-08-01"}),
    ("child_protection_plan", "1105", {"CPPstartDate": "2025-04-30"}), ("child_protection_plan", "2885", {"CPPstartDate": "2025-05-21"}), ("child_protection_plan", "8720", {"CPPstartDate": ""}),
    ("child_protection_plan", "8730", {"NumberOfPreviousCPP": "-1"}), ("child_protection_plan", "8730", {"NumberOfPreviousCPP": "some"}), ("child_protection_plan", "8840", {"CPPendDate": "2025-05-20"}),
    ("child_protection_plan", "8841", {"CPPreviewDate": "2025-05-20"}), ("child_protection_plan", "8842Q", {"CPPreviewDate": "2025-08-20;"}), ("child_protection_plan", "8905", {"InitialCategoryOfAbuse": "BAD"}),
    ("child_protection_plan", "8910", {"LatestCategoryOfAbuse": ""}), ("child_protection_plan", "8925", {"CPPendDate": "2025-05-19"}), ("child_protection_plan", "8930", {"CPPendDate": "2026-04-01"}),
]  # fmt: skip


def test_one_fault_is_found_by_its_number() -> None:
    broken_by = of_sound(*({kind: change} for kind, _, change in ONE_FAULT))
    assert [case for case, rules in zip(ONE_FAULT, broken_by, strict=True) if (*case[:2], 1) not in rules] == []


LATER = {"CINdetailsID": "2", "CINreferralDate": "2025-09-01"}
TWO = [SOUND["referral"], {**SOUND["referral"], **LATER}]
NO_MORE = {**TWO[1], "ReferralNFA": "1", "PrimaryNeedCode": ""}
CLOSED = {"CINclosureDate": "2026-03-01", "ReasonForClosure": "RC7"}
OPEN_PLAN = {**SOUND["child_protection_plan"], "CPPendDate": "", "CPPreviewDate": ""}
UNAUTHORISED = {**SOUND["assessment"], "AssessmentAuthorisationDate": "", "AssessmentFactors": ""}
GOES_ON = {**SOUND["section_47"], "DateOfInitialCPC": ""}

OF_SEVERAL: list[tuple[Case, set[tuple[str, str, int]]]] = [
    ({"referral": TWO}, {("referral", number, row) for number, row in (("8815", 1), ("8815", 2), ("8816", 1), ("8820", 1), ("8820", 2))}),
    ({"child": [SOUND["child"]] * 2}, {("child", "8510", 1), ("child", "8510", 2), ("child", "1520", 1)}),
    ({"referral": []}, {("child", "8590", 1)}),
    ({"assessment": []}, {("referral", "2991Q", 1)}),
    ({"referral": CLOSED, "assessment": UNAUTHORISED}, {("referral", "8867", 1)}),
    ({"referral": CLOSED, "section_47": GOES_ON}, {("referral", "8868", 1)}),
    ({"referral": CLOSED, "assessment": {"AssessmentFactors": "21"}}, {("referral", "8873Q", 1)}),
    ({"referral": {**CLOSED, "ReasonForClosure": "RC9"}, "assessment": []}, {("referral", "8825Q", 1)}),
    ({"child_protection_plan": [OPEN_PLAN] * 2}, {("child_protection_plan", "8935", 1), ("child_protection_plan", "8940", 2)}),
    ({"child_protection_plan": [OPEN_PLAN]}, {("cin_plan", "4001", 1), ("cin_plan", "4016", 1)}),
    ({"cin_plan": [SOUND["cin_plan"]] * 2}, {("cin_plan", "4004", 1), ("cin_plan", "4014", 2)}),
    ({"cin_plan": {"CINPlanStartDate": "2025-05-10"}}, {("child_protection_plan", "4017", 1)}),
    ({"cin_plan": {"CINPlanEndDate": "2026-02-01"}, "child": {"PersonDeathDate": "2026-01-20"}}, {("cin_plan", "4009Q", 1)}),
    ({"child": {"PersonDeathDate": "2025-05-19"}}, {("cin_plan", "4008", 1), ("child_protection_plan", "8915", 1), ("child_protection_plan", "8920", 1)}),
    ({"assessment": [SOUND["assessment"], {**SOUND["assessment"], "AssessmentActualStartDate": "2025-05-20"}]}, {("assessment", "8863Q", 2)}),
    ({"assessment": [UNAUTHORISED] * 2}, {("assessment", "8896", 1)}),
    ({"section_47": [GOES_ON, {**GOES_ON, "S47ActualStartDate": "2025-05-16"}]}, {("section_47", "8839", 1), ("section_47", "8890", 2)}),
]  # fmt: skip


def test_faults_of_two_rows_and_of_two_tables() -> None:
    broken_by = of_sound(*(case for case, _ in OF_SEVERAL))
    assert [wanted - rules for (_, wanted), rules in zip(OF_SEVERAL, broken_by, strict=True) if wanted - rules] == []
    assert found(**{kind: [] if kind == "section_47" else [row] for kind, row in SOUND.items()}) >= {("header", "2883", 1)}


def test_what_is_no_fault() -> None:
    not_forward, unborn, closed = of_sound(
        {"referral": [TWO[0], NO_MORE]}, {"child": {"PersonBirthDate": "", "ExpectedPersonBirthDate": "2026-03-10", "Sex": "U", "UPN": "", "Disability": ""}},
        {"referral": CLOSED, "cin_plan": {"CINPlanEndDate": "2026-03-01"}},
    )  # fmt: skip
    assert not {rule for _, rule, _ in not_forward} & {"8815", "8820", "8610"}
    assert {rule for _, rule, _ in unborn} == {"8606"} and {rule for _, rule, _ in closed} == {"1520"}


def test_a_rule_holds_in_its_own_years() -> None:
    before = {"child": {"GenderCurrent": "2", "Sex": ""}, "assessment": {"AssessmentFactors": "18A"}, "referral": {"ReferralSource": "5D"}}
    in_years = {period: {(kind, rule) for kind, rule, _ in of_sound(before, period=period)[0]} for period in ("2021-22", "2023-24", "2024-25")}
    assert [("child", "4180") in rules for rules in in_years.values()] == [False, False, True]
    assert [("assessment", "8945Q") in rules for rules in in_years.values()] == [False, False, True]
    assert [("referral", "8866") in rules for rules in in_years.values()] == [True, False, False]
