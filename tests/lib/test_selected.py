"""A whole table made by one SELECT: what it sees, when it commits, what it refuses, what a dry run finds wrong with it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql.types import IntegerType, LongType

from cyplink.dry import analyse
from cyplink.flow import FlowError, Step
from cyplink.job import Task
from cyplink.lake import Lake, WrittenFile
from cyplink.selected import selected
from cyplink.settings import load
from cyplink.tables.model import Column, Rule, Severity, Table, TableError, text
from tests.tasks import CONF, KEY, run

CHILD = Table(
    name="silver.child", grain="one row per child", key=("child_id",), marked=False,
    columns=(Column("child_id", LongType(), "Id.", required=True), text("town", "Town.")),
)
VISIT = Table(
    name="silver.visit", grain="one row per visit", key=("child_id", "day"), marked=False,
    columns=(Column("child_id", LongType(), "Id.", required=True), Column("day", IntegerType(), "Day.", required=True)),
)
VISITS = Table(
    name="linkage.visits", grain="one row per child", key=("child_id",), marked=False, statistics=("child_id",),
    columns=(Column("child_id", LongType(), "Id.", required=True), Column("visits", IntegerType(), "How many."), text("town", "Town.")),
)
MARKED = Table(
    name="linkage.town", grain="one row per child", key=("child_id",),
    columns=(
        Column("child_id", LongType(), "Id.", required=True), text("town", "Town.", required=True, matches="^B"), text("kind", "Kind.", allowed=("town",)),
    ),
    row_rules=(Rule("is_large", "people > 1000", Severity.FLAG),),
)
COUNTED = "select town, child_id, count(day) as visits from child left join visit using (child_id) group by all"


def _task(select: str = COUNTED) -> Task:
    return selected(select, {"child": CHILD, "visit": VISIT}, VISITS)


def _children(lake: Lake, *rows: tuple[int, str]) -> None:
    lake.replace(CHILD, pa.table({"child_id": [row[0] for row in rows], "town": [row[1] for row in rows]}), {})


def _held(lake: Lake) -> list[dict[str, object]]:
    return list(lake.read_arrow(VISITS).to_pylist())


def test_the_table_has_the_declared_columns_and_types_in_order_of_its_key(lake: Lake) -> None:
    _children(lake, (2, "Barnet"), (1, "Brent"))
    lake.replace(VISIT, pa.table({"child_id": [2, 2], "day": [1, 2]}), {})
    assert run(lake, _task()).rows == {VISITS.name: 2}
    held = lake.read_arrow(VISITS)
    assert held.to_pylist() == [{"child_id": 1, "visits": 0, "town": "Brent"}, {"child_id": 2, "visits": 2, "town": "Barnet"}]
    assert held.schema.types == [pa.int64(), pa.int32(), pa.string()]
    assert lake.commit_info(VISITS) == {"run_id": "trial"}


def test_only_the_pinned_version_of_a_table_is_seen(lake: Lake) -> None:
    _children(lake, (1, "Brent"))
    pinned = lake.version(CHILD)
    _children(lake, (2, "Barnet"))
    run(lake, _task(), child=pinned)
    assert [row["child_id"] for row in _held(lake)] == [1]


def test_a_table_of_the_same_rows_is_left_alone(lake: Lake) -> None:
    _children(lake, (1, "Brent"), (2, "Barnet"))
    assert run(lake, _task()).changed
    version = lake.version(VISITS)
    _children(lake, (2, "Barnet"), (1, "Brent"))
    assert not run(lake, _task()).changed
    assert lake.version(VISITS) == version
    _children(lake, (2, "Barnet"))
    assert run(lake, _task()).changed
    assert [row["child_id"] for row in _held(lake)] == [2]


def test_a_table_that_comes_out_empty_is_emptied(lake: Lake) -> None:
    _children(lake, (1, "Brent"))
    run(lake, _task())
    assert run(lake, _task("select * from (" + COUNTED + ") where child_id > 1")).changed
    assert _held(lake) == []


def test_a_column_that_a_file_does_not_have_is_null(lake: Lake) -> None:
    lake.create(CHILD)
    path = Path(lake.path(CHILD)) / "old.parquet"
    pq.write_table(pa.table({"child_id": [1]}), path)
    lake.exchange(CHILD, [WrittenFile(path.name, path.stat().st_size, 1)], lambda name: True, {})
    run(lake, _task())
    assert _held(lake) == [{"child_id": 1, "visits": 0, "town": None}]


def test_a_repeated_key_is_refused_and_the_table_stays(lake: Lake) -> None:
    _children(lake, (1, "Brent"))
    run(lake, _task())
    with pytest.raises(TableError, match="1 keys occur more than once"):
        run(lake, _task("select child_id, 0 as visits, town from child union all select child_id, 1, town from child"))
    assert _held(lake) == [{"child_id": 1, "visits": 0, "town": "Brent"}]


def test_rows_are_marked_with_what_was_said_and_what_they_break_and_none_is_set_aside(lake: Lake) -> None:
    _children(lake, (1, "Brent"), (2, "Leeds"), (3, "Barnet"))
    given = "(values (1, 'town', ['said', 'is_large'], 10), (2, 'pub', null, 2000), (3, null, ['said'], null)) given(child_id, kind, broken_rules, people)"
    run(lake, selected(f"select child_id, nullif(town, 'Barnet') as town, given.* exclude (child_id) from child join {given} using (child_id)", {"child": CHILD}, MARKED))
    assert [row["broken_rules"] for row in lake.read_arrow(MARKED).to_pylist()] == [
        ["is_large", "said"], ["kind_is_a_known_code", "town_is_well_formed"], ["said", "town_is_present"],
    ]
    run(lake, selected("select *, 'town' as kind, 1 as people from child", {"child": CHILD}, MARKED))
    assert [row["broken_rules"] for row in lake.read_arrow(MARKED).to_pylist()] == [["is_large"], ["is_large", "town_is_well_formed"], ["is_large"]]


def test_a_select_that_uses_the_key_has_the_hashes_of_the_runs_key(lake: Lake) -> None:
    _children(lake, (9990000018, "Brent"), (51, "Brent"))
    select = "select nhs_number_token(child_id) as child_id, hash63('a', 7, town) % 1000 as visits, hash63(town)::varchar as town from child"
    run(lake, selected(select, {"child": CHILD}, VISITS, uses_key=True))
    assert {row["child_id"] for row in _held(lake)} == {KEY.hash63_text("nhs_number", number) for number in ("9990000018", "0000000051")}
    assert {(row["visits"], row["town"]) for row in _held(lake)} == {(KEY.hash63_text("a", "7", "Brent") % 1000, str(KEY.hash63_text("Brent")))}
    with pytest.raises(Exception, match="hash63"):
        run(lake, selected(select, {"child": CHILD}, VISITS))


@pytest.mark.parametrize(
    ("select", "said"),
    [
        ("select child_id, 0 as visits from child", "the build returned no town"),
        ("select child_id, 0 as visits, town from child", "the SELECT names no visit"),
        ("select child_id, days as visits, town from child join visit using (child_id)", "days"),
    ],
)
def test_a_dry_run_names_a_select_that_does_not_fit(lake: Lake, select: str, said: str) -> None:
    with pytest.raises(FlowError, match=rf"linkage.visits: .*{said}"):
        analyse([Step("linkage.visits", _task(select), "")], load(CONF), lake.spark)


def test_a_dry_run_names_a_rule_that_cannot_be_checked(lake: Lake) -> None:
    with pytest.raises(FlowError, match=r"linkage.town: .*people"):
        analyse([Step("linkage.town", selected("select *, 'town' as kind from child", {"child": CHILD}, MARKED), "")], load(CONF), lake.spark)


def test_a_dry_run_passes_one_that_fits(lake: Lake) -> None:
    keyed = selected("select hash63(child_id) as child_id, 0 as visits, town from child", {"child": CHILD}, VISITS, uses_key=True)
    marked = selected("select *, 'town' as kind, 1 as people from child", {"child": CHILD}, MARKED)
    steps = [Step("linkage.visits", _task(), ""), Step("linkage.keyed", keyed, ""), Step("linkage.town", marked, "")]
    assert analyse(steps, load(CONF), lake.spark)[0] == ("linkage.visits", "write linkage.visits from 2 tables")
