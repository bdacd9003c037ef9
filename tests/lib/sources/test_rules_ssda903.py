"""The published rules of the looked-after return: every one is SQL over its views, and the ones that matter find what they should."""

from collections.abc import Iterator, Mapping

import duckdb
import pytest

from cyplink.returns import broken, view
from cyplink.sources import SOURCES
from cyplink.sources.calendar import days_of

SOURCE = SOURCES["ssda903"]
YEARS = ("2018-19", "2022-23", "2023-24", "2024-25", "2025-26", "2026-27")
Rows = list[Mapping[str, str]]
GOOD = {"CHILD": "A", "DECOM": "01/05/2025", "RNE": "S", "LS": "C2", "CIN": "N1", "PLACE": "U6", "PLACE_PROVIDER": "PR1", "HOME_POST": "HA9 6DE", "PL_POST": "W5 5DY"}
HEADER = {"CHILD": "A", "SEX": "F", "DOB": "03/02/2012", "ETHNIC": "WBRI", "UPN": "A123456789012", "MOTHER": "0"}


def found(period: str = "2025-26", **files: Rows) -> set[tuple[str, int]]:
    """Rule and row of everything broken in a return of these files; `last_<kind>` is the return of the year before."""
    with duckdb.connect() as connection:
        first, last = days_of(period)
        connection.execute(f"create macro first_day() as date '{first}'; create macro last_day() as date '{last}'")
        for name, rows in files.items():
            kind = SOURCE.kind(name.removeprefix("last_"))
            columns = ", ".join(f'"{column}" varchar' for column in kind.header)
            connection.execute(f"create table b_{name} ({columns}, source_row bigint)")
            values = [[*(row.get(column) for column in kind.header), place] for place, row in enumerate(rows, 1)]
            if values:
                connection.executemany(f"insert into b_{name} values ({', '.join('?' * (len(kind.header) + 1))})", values)
            connection.execute(view(kind, name, f"b_{name}"))
        return {(rule.number, row) for rule, row in broken(connection, SOURCE, period, set(files))}


def _everything_empty() -> Iterator[tuple[str, Rows]]:
    for kind in SOURCE.file_kinds:
        yield kind.name, []
        yield f"last_{kind.name}", []


@pytest.mark.parametrize("period", YEARS)
def test_every_rule_is_sql_over_its_views(period: str) -> None:
    assert found(period, **dict(_everything_empty())) == set()


def test_there_are_rules_enough_and_they_say_what_to_do() -> None:
    assert len({rule.number for rule in SOURCE.rules}) >= 200
    assert [rule.number for rule in SOURCE.rules if not (rule.says.endswith(".") and rule.to_do.endswith("."))] == []
    assert [rule.number for rule in SOURCE.rules if not set(rule.columns) <= set(SOURCE.kind(rule.file_kind).header)] == []


def test_a_sound_return_breaks_nothing() -> None:
    rows = {kind.name: [] for kind in SOURCE.file_kinds} | {"header": [HEADER], "episodes": [GOOD], "prev_perm": [{"CHILD": "A", "DOB": "03/02/2012", "PREV_PERM": "Z1"}]}
    assert found(**rows) == set()


@pytest.mark.parametrize(
    ("rule", "row", "change"),
    [
        ("143", 1, {"RNE": "X"}), ("146", 1, {"PLACE": "Z1"}), ("148", 1, {"REC": "E3"}), ("147", 1, {"DEC": "31/02/2026", "REC": "E3"}),
        ("355", 1, {"DEC": "01/05/2025", "REC": "E3"}), ("356", 1, {"DEC": "30/04/2025", "REC": "E3"}), ("354", 1, {"DECOM": "01/04/2026"}),
        ("378", 1, {"PLACE": "P1", "LS": "V2"}), ("392c", 1, {"PL_POST": "W5 55"}), ("392d", 1, {"PL_POST": "HA96DE"}), ("408", 1, {"PLACE": "A5"}),
        ("550", 1, {"PLACE_PROVIDER": "PR0"}), ("526", 1, {"PLACE_PROVIDER": ""}), ("371", 1, {"PLACE": "K3"}), ("551", 1, {"PLACE": "A3"}), ("INT03", 1, {"CHILD": "B"}),
    ],
)  # fmt: skip
def test_one_fault_in_an_episode_is_found_by_its_number(rule: str, row: int, change: dict[str, str]) -> None:
    assert (rule, row) in found(header=[HEADER], episodes=[{**GOOD, **change}], uasc=[], placed_adoption=[])


def test_episodes_must_follow_each_other() -> None:
    first = {**GOOD, "DEC": "01/07/2025", "REC": "X1", "REASON_PLACE_CHANGE": "CARPL"}
    sound = {**GOOD, "DECOM": "01/07/2025", "RNE": "P", "PLACE": "K2", "PL_POST": "W5 1AA"}
    assert {rule for rule, _ in found(episodes=[first, sound])} == set()
    late = {**sound, "DECOM": "03/07/2025"}
    assert {("388", 1), ("433", 2)} <= found(episodes=[first, late])
    unchanged = {**sound, "PLACE": "U6", "PL_POST": "W5 5DY"}
    assert ("435", 2) in found(episodes=[first, unchanged])
    assert ("142", 1) in found(episodes=[GOOD, {**GOOD, "DECOM": "01/08/2025"}])


def test_this_year_is_held_against_last_year() -> None:
    last = [{**GOOD, "DECOM": "01/05/2024"}]
    assert ("503B", 1) in found(episodes=[{**GOOD, "DECOM": "01/05/2024", "LS": "C1"}], last_episodes=last)
    assert ("503B", 1) not in found(episodes=[{**GOOD, "DECOM": "01/05/2024"}], last_episodes=last)
    # 1 and 2 became M and F: the same sex written anew is no change
    assert ("202", 1) not in found("2024-25", header=[HEADER], last_header=[{**HEADER, "SEX": "2"}])
    assert ("202", 1) in found("2024-25", header=[HEADER], last_header=[{**HEADER, "SEX": "1"}])


def test_a_rule_is_not_checked_where_a_file_it_reads_is_missing() -> None:
    assert not {rule for rule, _ in found(episodes=[{**GOOD, "CHILD": "B"}])} & {"INT03", "392b"}


def test_a_rule_holds_in_its_own_years() -> None:
    assert ("146", 1) not in found("2023-24", episodes=[{**GOOD, "PLACE": "H5"}])
    assert ("146", 1) in found("2025-26", episodes=[{**GOOD, "PLACE": "H5"}])
    assert ("101", 1) in found("2023-24", header=[HEADER]) and ("101", 1) not in found("2025-26", header=[HEADER])


def test_children_are_in_care_all_year_or_not() -> None:
    score = {"CHILD": "A", "DOB": "03/02/2012", "SDQ_SCORE": "41"}
    assert {("180", 1), ("185", 1)} <= found(oc2=[score], episodes=[GOOD])
    all_year = {**GOOD, "DECOM": "01/05/2024"}
    assert ("185", 1) not in found(oc2=[score], episodes=[all_year])
    back = [{**all_year, "DEC": "01/06/2025", "REC": "E4A"}, {**GOOD, "DECOM": "01/07/2025"}]
    assert ("185", 1) in found(oc2=[score], episodes=back)
