"""Building slices of a table: every delivered row has one fate, and a kill or a repeated key leaves nothing half done."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import BooleanType, LongType

from cyplink import settling
from cyplink.build import build_slices, build_whole
from cyplink.delivered import last_word
from cyplink.job import Job, Outcome
from cyplink.lake import Lake, WrittenFile
from cyplink.pseudonym import Pseudonyms
from cyplink.settling import Selected, Slice, settle
from cyplink.sources import SOURCES
from cyplink.tables import silver
from cyplink.tables.model import LINEAGE, Column, Rule, Sensitivity, Severity, Table, TableError, Zone, text

VISIT = Table(
    name="silver.visit",
    grain="one row per visit",
    key=("visit", "controller"),
    slices=("source", "controller"),
    columns=(
        Column("visit", LongType(), "Visit.", required=True),
        text("source", "Source.", Sensitivity.OPEN, required=True),
        text("controller", "Controller.", Sensitivity.OPEN, required=True),
        text("kind", "Kind.", allowed=("home", "school")),
        text("period", "Period.", Sensitivity.OPEN),
    ),
    row_rules=(Rule("somebody_was_there", "somebody_was_there", Severity.QUARANTINE, "Nobody was there."),),
)
KEY = Pseudonyms(bytes(range(32)))
PRINTS = {"care/304": "print-1", "care/305": "print-1"}
NOBODY = {"usable": 0, "kept": 0, "withheld": 0, "quarantined": {}}


def visit(number: int | None, controller: str = "304", period: str = "2025-04", **more: Any) -> dict[str, Any]:
    row = {"controller": controller, "period": period, "file_kind": "visits", "delivery_id": f"{controller}-{period}",
           "source_row": 1, "visit": number, "kind": "home", "somebody_was_there": True, "is_withheld": False}  # fmt: skip
    return row | more


DELIVERED = (
    visit(1), visit(1, period="2025-05", kind="school"), visit(2, kind="pub"),
    visit(None, somebody_was_there=False), visit(None), visit(3, somebody_was_there=False),
    visit(4, kind="CANARY-WITHHELD", is_withheld=True), visit(None, kind="CANARY-WITHHELD", is_withheld=True), visit(5, is_withheld=None),
    visit(1, "305"),
)  # fmt: skip


DELIVERED_VISIT = Table("bronze.care_visits", "one row per delivered visit", (), (
    *(column for column in LINEAGE if column.name != "source"), Column("visit", LongType(), "Visit."), text("kind", "Kind."),
    Column("somebody_was_there", BooleanType(), "Whether."), Column("is_withheld", BooleanType(), "Whether."),
), marked=False)  # fmt: skip
MONTH = Table(
    "silver.month_of_visit", "one row per visit", ("visit", "controller"),
    (*VISIT.columns[:3], text("month", "Month."), text("kind", "Kind.", allowed=("home", "school"))), slices=VISIT.slices,
)  # fmt: skip


def build(
    lake: Lake, *given: Mapping[str, Any], prints: Mapping[str, str] = PRINTS, grain: tuple[str, ...] | None = ("controller", "visit"),
    beside: tuple[Table, str] | None = None,
) -> Outcome:
    """Build slices of VISIT from delivered visits, of each controller a file."""
    job = Job(
        None, selects={"care": "select * from visits"}, reads={"visits": DELIVERED_VISIT}, writes=VISIT, keep=last_word(*grain) if grain else None, beside=beside,
    )
    with TemporaryDirectory() as folder:
        files = {}
        for controller in {row["controller"] for row in given}:
            files[controller] = (f"{folder}/{controller}.parquet",)
            schema = pa.schema([field.with_nullable(True) for field in to_arrow_schema(DELIVERED_VISIT.schema)])
            pq.write_table(pa.Table.from_pylist([row for row in given if row["controller"] == controller], schema), files[controller][0])
        return build_slices(job, lake, {"visits": files}, prints, {"run_id": "r1"})


def held(lake: Lake, table: Table = VISIT) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in lake.read_arrow(table).to_pylist()), key=str)


def lake_at(root: Path, spark: SparkSession) -> Lake:
    return Lake({Zone.IDENTIFIABLE: str(root), Zone.RESEARCH: str(root)}, spark)


@pytest.fixture(scope="module")
def first_built(spark_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a lake after the first build: tests that write to it work on a copy."""
    root = tmp_path_factory.mktemp("built") / "lake"
    build(lake_at(root, spark_session), *DELIVERED)
    return root


@pytest.fixture
def built(first_built: Path, spark_session: SparkSession, tmp_path: Path) -> Lake:
    return lake_at(Path(shutil.copytree(first_built, tmp_path / "copy")), spark_session)


def test_every_delivered_row_has_one_fate_and_the_commit_states_it(built: Lake) -> None:
    stated = built.commit_info(VISIT)
    # Visit 1 came in April and again in May: two usable rows, one kept, so that the one of April is repeated.
    assert stated["slices"]["care/304"] == {"fingerprint": "print-1", "fates": {
        "2025-04/visits": {"delivery_id": "304-2025-04", "usable": 3, "kept": 2, "withheld": 2, "quarantined": {
            "somebody_was_there": 1, "visit_is_present": 1, "visit_is_present and somebody_was_there": 1,
        }},
        "2025-05/visits": {**NOBODY, "delivery_id": "304-2025-05", "usable": 1, "kept": 1},
    }}  # fmt: skip
    assert stated["slices"]["care/305"]["fates"] == {"2025-04/visits": {**NOBODY, "delivery_id": "305-2025-04", "usable": 1, "kept": 1}}
    assert stated["run_id"] == "r1"
    assert sum(one["usable"] + one["withheld"] + sum(one["quarantined"].values())
               for of_slice in stated["slices"].values() for one in of_slice["fates"].values()) == len(DELIVERED)  # fmt: skip
    assert [(row[0], row[3], row[5]) for row in held(built) if row[2] == "304"] == [
        (1, "school", []), (2, "pub", ["kind_is_a_known_code"]), (5, "home", []),
    ]  # fmt: skip


def test_rows_set_aside_say_which_rules_and_withheld_ones_are_nowhere(built: Lake) -> None:
    aside = built.read_arrow(VISIT.quarantine).to_pylist()
    assert sorted(row["broken_rules"] for row in aside) == [
        ["somebody_was_there"], ["somebody_was_there", "visit_is_present"], ["visit_is_present"],
    ]  # fmt: skip
    assert {dict(row["values"]).get("kind") for row in aside} == {"home"}
    assert "CANARY-WITHHELD" not in repr(held(built)) + repr(aside) + repr(built.commit_info(VISIT))


def test_a_slice_is_rebuilt_and_the_others_keep_rows_and_fates(built: Lake) -> None:
    before = built.commit_info(VISIT)["slices"]["care/304"]
    build(built, visit(8, "305"), visit(9, "305"), prints={"care/305": "print-2"})
    assert [(row[2], row[0]) for row in held(built)] == [("304", 1), ("304", 2), ("304", 5), ("305", 8), ("305", 9)]
    stated = built.commit_info(VISIT)["slices"]
    assert (stated["care/304"], stated["care/305"]["fingerprint"]) == (before, "print-2")
    assert len(held(built, VISIT.quarantine)) == 3


def test_a_slice_whose_deliveries_are_gone_is_emptied(built: Lake) -> None:
    build(built, prints={"care/304": "gone"})
    assert [row[2] for row in held(built)] == ["305"]
    assert built.commit_info(VISIT)["slices"]["care/304"] == {"fingerprint": "gone", "fates": {}}
    assert held(built, VISIT.quarantine) == []


class Killed(BaseException):
    """A run that stops here: nothing after it is written."""


class KilledLake(Lake):
    """A lake whose run is killed after the quarantine is written and before the table is."""

    def exchange(self, table: Table, files: Sequence[WrittenFile], gives_way: Callable[[str], bool], metadata: Mapping[str, Any]) -> int:
        if table is VISIT:
            raise Killed
        return super().exchange(table, files, gives_way, metadata)


def test_a_killed_slice_is_still_owed_and_building_it_again_doubles_nothing(lake: Lake, spark_session: SparkSession) -> None:
    root = lake.path(VISIT).removesuffix("/silver/visit")
    killed = KilledLake(dict.fromkeys(Zone, root), spark_session)
    with pytest.raises(Killed):
        build(killed, *DELIVERED)
    assert len(held(lake, VISIT.quarantine)) == 3, "the kill came between the two commits"
    assert lake.commit_info(VISIT).get("slices", {}) == {}, "so that the next run finds the slices owed"
    build(lake, *DELIVERED)
    assert (len(held(lake, VISIT.quarantine)), len(held(lake))) == (3, 4)
    assert set(lake.commit_info(VISIT)["slices"]) == set(PRINTS)


def test_a_table_beside_has_the_kept_rows_slices_and_marks(lake: Lake) -> None:
    beside = MONTH, "select visit, source, controller, period as month, kind from kept"
    build(lake, *DELIVERED, beside=beside)
    assert held(lake, MONTH) == [(1, "care", "304", "2025-05", "school", []), (1, "care", "305", "2025-04", "home", []),
        (2, "care", "304", "2025-04", "pub", ["kind_is_a_known_code"]), (5, "care", "304", "2025-04", "home", [])]  # fmt: skip
    build(lake, visit(8, "305"), prints={"care/305": "print-2"}, beside=beside)
    assert [row[:3] for row in held(lake, MONTH)] == [(1, "care", "304"), (2, "care", "304"), (5, "care", "304"), (8, "care", "305")]
    build(lake, prints={"care/304": "gone"}, beside=beside)
    assert [row[0] for row in held(lake, MONTH)] == [8]


def test_building_again_in_another_order_changes_no_row(built: Lake) -> None:
    once = held(built), held(built, VISIT.quarantine), built.commit_info(VISIT)
    outcome = build(built, *reversed(DELIVERED))
    assert (held(built), held(built, VISIT.quarantine), built.commit_info(VISIT)) == once
    assert outcome.rows == {"silver.visit": 4}


@pytest.mark.parametrize("is_sliced", [True, False])
def test_a_repeated_key_stops_before_anything_is_written(built: Lake, spark_session: SparkSession, is_sliced: bool) -> None:
    before = held(built), held(built, VISIT.quarantine), built.version(VISIT)
    doubled = [visit(1), visit(1, kind="CANARY"), visit(2), visit(None)]
    with pytest.raises(TableError, match="1 keys occur more than once") as caught:
        if is_sliced:
            build(built, *doubled, prints={"care/304": "print-2"}, grain=None)
        else:
            rows = spark_session.createDataFrame([(row["visit"], row["controller"], row["kind"]) for row in doubled], "visit long, controller string, kind string")
            build_whole(Job(lambda: rows.selectExpr("*", "'care' as source", "null as period", "true as somebody_was_there"), {}, replace(VISIT, slices=())), built, {}, {})
    assert "CANARY" not in str(caught.value)
    assert (held(built), held(built, VISIT.quarantine), built.version(VISIT)) == before


def test_a_slice_kept_in_parts_is_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lineage = "'304-1' as delivery_id, '2025-04' as period, 'visits' as file_kind, range as source_row, range > 3 as somebody_was_there"
    duckdb.sql(f"copy (select {lineage}, range % 40 as visit from range(100)) to '{tmp_path}/a.parquet'")
    columns = {"visit": "bigint", "delivery_id": "varchar", "period": "varchar", "file_kind": "varchar", "source_row": "bigint", "somebody_was_there": "boolean"}
    delivered = Selected("select * from visits", {"visits": ((f"{tmp_path}/a.parquet",), columns, True)}, None)
    slice_ = Slice("care", "304", delivered, str(tmp_path / "rows"), str(tmp_path / "aside"))
    keep = "select any_value(source) as source, any_value(controller) as controller, visit, null as kind, count(*)::varchar as period, []::varchar[] as broken_rules from usable group by visit"
    whole = settle(slice_, VISIT, keep, "visit")
    monkeypatch.setattr(settling, "ROWS_AT_ONCE", 20)
    assert settle(slice_, VISIT, keep, "visit") == whole
    assert whole.rows and whole.rows.rows == 40
    doubled = settle(slice_, VISIT, keep, "source_row")
    assert doubled.repeated > 0, "so that parts were taken, and a column that keys are spread over is told"


OF_A_SLICE = """
    select 'visits' as file_kind, controller, period, delivery_id, source_row, 1::bigint as visit, code("CHILD") as kind, true as somebody_was_there,
        hash63('visit', "CHILD") in (select nhs_number_token from withheld_nhs_number) as is_withheld, hash63('visit', "CHILD") as token
    from header"""


def test_a_select_sees_its_own_controllers_rows_and_the_whole_of_other_tables(lake: Lake, tmp_path: Path) -> None:
    """And may call the macros and the keyed hash."""
    headers = {}
    for controller, child in (("304", "home"), ("305", "school")):
        headers[controller] = (str(tmp_path / f"{controller}.parquet"),)
        row = f"select '{controller}' as controller, '2025-04' as period, '{controller}-1' as delivery_id, 1::bigint as source_row, '{child}' as \"CHILD\""
        duckdb.sql(f"copy ({row}) to '{headers[controller][0]}'")
    selected = Job(
        None, selects={"care": OF_A_SLICE}, writes=VISIT, keep="select * exclude (token, kind), token::varchar as kind from usable", uses_key=True,
        reads={"header": SOURCES["ssda903"].kind("header").bronze, "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER},
    )  # fmt: skip
    inputs = {"header": headers, "withheld_nhs_number": {"": ()}, "pseudonyms": KEY}
    build_slices(selected, lake, inputs, PRINTS, {})
    assert [(row[0], row[2], row[3]) for row in held(lake)] == [
        (1, controller, str(KEY.hash63_text("visit", child))) for controller, child in (("304", "home"), ("305", "school"))
    ]  # fmt: skip
    build_slices(selected, lake, {**inputs, "header": {"305": headers["305"]}}, {"care/304": "gone"}, {})
    assert {row[2] for row in held(lake)} == {"305"}
