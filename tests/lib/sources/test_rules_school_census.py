"""The published rules of the School Census: every one is SQL over its views in every term, and the ones that matter find what they should."""

from collections.abc import Mapping

import duckdb
import pytest

from cyplink.returns import broken, view
from cyplink.sources import SOURCES
from cyplink.sources.calendar import days_of

SOURCE = SOURCES["school_census"]
Rows = list[Mapping[str, str]]
PUPIL = {
    "pupilonrolltableid": "p", "schoolcensustableid": "s", "upn": "H801200001001", "surname": "A", "forename": "B", "dob": "2012-Mar-15 00:00:00", "sex": "F",
    "entrydate": "2023-Sep-04 00:00:00", "ethnicity": "WBRI", "language": "ENG", "servicechild": "N", "enrolstatus": "C", "topupfunding": "0", "plaa": "N", "parttime": "0", "boarder": "N",
    "ncyearactual": "8", "senprovision": "K", "senunitindicator": "0", "resourcedprovisionindicator": "0", "termlysessionspossible": "120", "classtype": "O",
}  # fmt: skip
LEAVER = {
    **{name: PUPIL[name] for name in ("schoolcensustableid", "surname", "forename", "dob", "sex", "entrydate", "boarder", "termlysessionspossible")},
    "pupilnolongeronrolltableid": "q", "upn": "X801200001002", "leavingdate": "2025-Nov-03 00:00:00",
}  # fmt: skip
SUSPENDED = {"startdate": "2025-Oct-01 00:00:00", "sessions": "4", "category": "SUSP", "senprovision": "K", "reason1": "DB"}
SOUND: dict[str, Rows] = {
    "schoolcensus": [{"schoolcensustableid": "s", "referencedate": "2026-Jan-15 00:00:00", "urn": "100000.0"}],
    "school": [{"schoolcensustableid": "s", "schoolname": "x", "phase": "SS", "type": "49", "intake": "COMP", "governance": "CA", "lowestncyeargroup": "7", "highestncyeargroup": "11"}],
    "pupilonroll": [PUPIL], "pupilnolongeronroll": [LEAVER],
    "addresses": [{"pupilonrolltableid": "p", "postcode": "HA9 6DE", "paon": "1", "street": "x"}],
    "senneeds": [{"pupilonrolltableid": "p", "sentyperank": "1", "sentype": "SEMH"}],
    "fsmperiod": [{"pupilonrolltableid": "p", "fsmstartdate": "2024-Sep-04 00:00:00", "ukcountry": "ENG"}],
    "termlysessiondetailsonroll": [{"pupilonrolltableid": "p", "attendancereason": "\\", "sessions": "60"}, {"pupilonrolltableid": "p", "attendancereason": "C2", "sessions": "8"}],
    "termlysessiondetailsoffroll": [], "termlyexclusionsonroll": [{"pupilonrolltableid": "p", **SUSPENDED}],
    "termlyexclusionsoffroll": [{"pupilnolongeronrolltableid": "q", **SUSPENDED, "category": "PERM", "sessions": ""}],
}  # fmt: skip


def found(period: str = "2026-spring", **files: Rows) -> set[tuple[str, str, int]]:
    """File kind, rule and row of everything broken in a return of these files."""
    with duckdb.connect() as connection:
        first, last = days_of(period)
        connection.execute(f"create macro first_day() as date '{first}'; create macro last_day() as date '{last}'")
        for name, rows in files.items():
            kind = SOURCE.kind(name)
            columns = ", ".join(f'"{column}" varchar' for column in kind.header)
            connection.execute(f"create table b_{name} ({columns}, source_row bigint)")
            values = [[*(row.get(column) for column in kind.header), place] for place, row in enumerate(rows, 1)]
            if values:
                connection.executemany(f"insert into b_{name} values ({', '.join('?' * (len(kind.header) + 1))})", values)
            connection.execute(view(kind, name, f"b_{name}"))
        return {(rule.file_kind, rule.number, row) for rule, row in broken(connection, SOURCE, period, set(files))}


@pytest.mark.parametrize("period", ["2019-autumn", "2023-spring", "2026-spring", "2026-summer", "2026-autumn"])
def test_every_rule_is_sql_over_its_views(period: str) -> None:
    assert found(period, **{kind.name: [] for kind in SOURCE.file_kinds}) == set()


def test_there_are_rules_enough_and_they_say_what_to_do() -> None:
    assert len({rule.number for rule in SOURCE.rules}) >= 90
    assert [rule.number for rule in SOURCE.rules if not (rule.says.endswith(".") and rule.to_do.endswith("."))] == []
    assert [rule.number for rule in SOURCE.rules if not set(rule.columns) <= set(SOURCE.kind(rule.file_kind).header)] == []


def test_a_sound_return_breaks_nothing() -> None:
    assert found(**SOUND) == set()


FAULTS: list[tuple[str, str, dict[str, str]]] = [
    ("pupilonroll", "1500", {"upn": ""}), ("pupilonroll", "1510", {"upn": "A801200001001"}), ("pupilonroll", "1510", {"formerupn": "A801200001001"}), ("pupilonroll", "1530", {"upn": "H990200001001"}),
    ("pupilonroll", "1540", {"upn": "H8012X0001001"}), ("pupilonroll", "1550", {"upn": "H80120000100I"}), ("pupilonroll", "1570", {"dob": "2011-Jan-01 00:00:00"}),
    ("pupilonroll", "1575", {"uniquelearnernumber": "1234567890"}), ("pupilonroll", "1600", {"dob": "2012-Feb-30 00:00:00"}), ("pupilonroll", "1610", {"sex": "U"}), ("pupilonroll", "1630", {"ethnicity": ""}),
    ("pupilonroll", "1880", {"entrydate": "2026-Jan-16 00:00:00"}), ("pupilonroll", "1940", {"parttime": "1"}), ("pupilonroll", "1990", {"topupfunding": "1"}), ("pupilonroll", "2115", {"senprovision": "S"}),
    ("pupilonroll", "2355", {"forename": "C"}), ("pupilonroll", "2500", {"termlysessionspossible": ""}), ("pupilonroll", "2530", {"termlysessionspossible": "7"}),
    ("pupilonroll", "2560", {"termlysessionspossible": "20"}), ("pupilnolongeronroll", "1920", {"leavingdate": "2026-Feb-01 00:00:00"}), ("senneeds", "2125", {"pupilonrolltableid": "n"}),
    ("senneeds", "2160", {"sentyperank": "2"}), ("senneeds", "2170", {"sentype": "QQ"}), ("fsmperiod", "1762", {"fsmstartdate": "2026-Feb-01 00:00:00"}), ("fsmperiod", "1765", {"ukcountry": "WLS"}),
    ("addresses", "2340", {"postcode": "HA96"}), ("addresses", "2445", {"addressline1": "x", "addressline2": "y"}), ("termlyexclusionsonroll", "2335", {"category": "PERM", "sessions": ""}),
    ("termlyexclusionsonroll", "2275", {"category": "FIXD"}), ("termlyexclusionsoffroll", "2303", {"startdate": "2025-Dec-01 00:00:00"}), ("termlysessiondetailsonroll", "2475", {"attendancereason": "Y"}),
    ("schoolcensus", "100", {"referencedate": "2026-Jan-16 00:00:00"}), ("school", "261", {"governance": "CO"}), ("school", "230", {"lowestncyeargroup": "12"}),
]  # fmt: skip


def test_each_fault_is_found_by_its_number() -> None:
    files: dict[str, Rows] = {kind: list(rows) for kind, rows in SOUND.items()}
    files["pupilonroll"].append({**PUPIL, "pupilonrolltableid": "n", "senprovision": "N"})
    wanted = set()
    for place, (kind, rule, change) in enumerate(FAULTS):
        # Each fault is of a pupil of its own, at a school of its own, whose other rows are sound.
        files[kind].append(_belonging_to(place, SOUND[kind][0] | change, kind, files))
        wanted.add((kind, rule, len(files[kind])))
    assert wanted - found(**files) == set()


def _belonging_to(place: int, row: Mapping[str, str], kind: str, files: dict[str, Rows]) -> Mapping[str, str]:
    """The row under identifiers of its own; a pupil also has the sound attendance of the first, a detail a pupil of its own."""
    if row.get("pupilonrolltableid") == "n":
        return row
    own = {name: f"{name}{place}" for name in ("pupilonrolltableid", "pupilnolongeronrolltableid", "schoolcensustableid") if name in row}
    if kind == "pupilonroll":
        files["termlysessiondetailsonroll"] += [{**code, **own} for code in SOUND["termlysessiondetailsonroll"]]
    elif "pupilnolongeronrolltableid" in own and kind != "pupilnolongeronroll":
        files["pupilnolongeronroll"].append({**LEAVER, **own})
    return {**row, **own}


def test_what_a_school_says_once_is_looked_at_within_the_school() -> None:
    twice = {**PUPIL, "pupilonrolltableid": "p2"}
    assert {("pupilonroll", "1520", 2), ("pupilonroll", "1620", 2)} <= found(pupilonroll=[PUPIL, twice])
    assert not {rule for _, rule, _ in found(pupilonroll=[PUPIL, {**twice, "schoolcensustableid": "t"}])} & {"1520", "1620"}


def test_a_column_is_asked_for_in_the_terms_and_years_that_have_it() -> None:
    assert ("pupilonroll", "1630", 1) not in found("2025-autumn", pupilonroll=[{**PUPIL, "ethnicity": ""}])
    old = {**PUPIL, "sex": "", "gender": "F"}
    assert not {rule for _, rule, _ in found("2023-summer", pupilonroll=[old])} & {"1610"}
    assert ("pupilonroll", "1610", 1) in found("2023-autumn", pupilonroll=[old])
    assert ("termlysessiondetailsonroll", "2475", 1) not in found("2024-summer", termlysessiondetailsonroll=[{"attendancereason": "Y", "sessions": "1"}])
    assert ("termlysessiondetailsonroll", "2475", 1) in found("2024-autumn", termlysessiondetailsonroll=[{"attendancereason": "Y", "sessions": "1"}])
