"""Landing on real files, Spark and Delta: every defect of a delivery ends in a report, and the rest of the delivery goes on."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from cyplink.balance import balance
from cyplink.bronze import BronzeJob, LandingReport, current_files
from cyplink.delivery import strays
from cyplink.lake import Lake
from cyplink.sources import SOURCES
from cyplink.tables.bronze import DELIVERY, DELIVERY_FILE, REJECTED_LINE
from cyplink.tables.model import Zone
from jobs.bronze.annex_a import job as annex_a
from jobs.bronze.ssda903 import job
from tests.contents import contents
from tests.landing import CHILDREN, current_rows, deliver, file_text, looked_after, reviews
from tests.workbooks import sheet, workbook

RETURN = SOURCES["ssda903"]
HEADER, REVIEWS = RETURN.kind("header"), RETURN.kind("reviews")
UASC = file_text("ssda903", "uasc", {"CHILD": "child-1", "SEX": "F", "DOB": "01/02/2015"})
OC2 = file_text("ssda903", "oc2", {"CHILD": "child-1", "DOB": "01/02/2015"})
EPISODES = file_text("ssda903", "episodes", {"CHILD": "child-1", "DECOM": "01/05/2024", "RNE": "S"})
SOUND = {"header.csv": looked_after(), "episodes.csv": EPISODES, "reviews.csv": reviews(), "uasc.csv": UASC, "oc2.csv": OC2}


def lake_in(folder: Path, spark: SparkSession) -> Lake:
    return Lake({Zone.IDENTIFIABLE: str(folder / "identifiable"), Zone.RESEARCH: str(folder / "research")}, spark)


def land(lake: Lake, landing: Path) -> LandingReport:
    return job.run(lake, landing, {"run_id": "test"})


def children(lake: Lake, controller: str = "304") -> list[str]:
    return sorted(row["CHILD"] for row in current_rows(lake, HEADER, controller))


class Landed:
    """A landing folder with a council for each defect, landed once."""

    def __init__(self, folder: Path, spark: SparkSession) -> None:
        self.landing, self.lake = folder / "landing", lake_in(folder / "lake", spark)
        _deliver_defects(self.landing)
        self.report = land(self.lake, self.landing)
        self.files = {(f["controller"], f["file_name"]): f for f in self.lake.read_arrow(DELIVERY_FILE).to_pylist()}
        self.folders = {f["folder"]: f for f in self.lake.read_arrow(DELIVERY).to_pylist()}
        self.rejected = self.lake.read_arrow(REJECTED_LINE).to_pylist()
        self.headers = self.lake.read(HEADER.bronze).collect()

    def file(self, controller: str, name: str = "header.csv") -> dict[str, Any]:
        return self.files[controller, name]

    def status(self, controller: str) -> str:
        return str(self.folders[f"ssda903/{controller}/2024-25/v1"]["status"])

    def numbered(self, controller: str) -> list[tuple[int, str]]:
        return sorted((row["source_row"], row["CHILD"]) for row in self.headers if row["controller"] == controller)

    def rules(self, controller: str) -> list[tuple[int, int, str]]:
        return [(row["line_number"], row["lines"], row["rule"]) for row in self.rejected if row["controller"] == controller]


def _deliver_defects(landing: Path) -> None:
    def one(controller: str, header: str | bytes, **stated: Any) -> Path:
        return deliver(landing, f"ssda903/{controller}/2024-25/v1", {**SOUND, "header.csv": header}, **stated)

    whole = looked_after()
    one("201", whole)
    one("202", whole.replace("ETHNIC", "ETHNICITY"))
    (one("203", whole) / "reviews.csv").unlink()
    one("204", whole, hashes={"header.csv": "0" * 64})
    one("205", whole.replace("child-2,F,01/02/2015,WBRI,UN1,,", "child-2,F,01/02/2015,WBRI,UN1,,,x").replace("child-3,F,", "child-3\n#"))
    one("206", looked_after("Zoë", "b").encode("utf-16"))
    one("207", looked_after("Zoë", "b").encode("cp1252"))
    one("208", looked_after("Zoë", "b").encode("utf-8-sig"))
    one("209", whole.replace("child-2", "child\0-2"))
    one("210", whole.replace("child-2,F,01/02/2015,", 'child-2,F,01/02/2015,"'))
    one("211", whole[:-9])
    one("212", whole, rows={"header.csv": 4})
    one("213", looked_after(extra=("ALLOCATED_TEAM",)))
    (one("301", whole) / "manifest.json").write_text("{", encoding="utf-8")
    one("302", b"")
    deliver(landing, "ssda903/303/2024-25/v1", {"a.csv": whole, "b.csv": looked_after("other"), "shoes.csv": "PUPIL,HEIGHT,SHOE_SIZE\nchild-1,110,9\n"})
    deliver(landing, "ssda903/305/2024-25/v1", {"header.csv": whole, "notes.txt": "x"}, unlisted=("notes.txt",))


@pytest.fixture(scope="module")
def landed(spark_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landed]:
    yield Landed(tmp_path_factory.mktemp("landed"), spark_session)


def test_a_sound_delivery_is_accepted_whole(landed: Landed) -> None:
    assert landed.status("201") == "accepted"
    assert landed.numbered("201") == [(1, "child-1"), (2, "child-2"), (3, "child-3")]
    assert {landed.file("201", name)["status"] for name in SOUND} == {"accepted"}
    assert not any("/201/" in problem for problem in landed.report.problems)


def test_counts_of_every_file_balance(landed: Landed) -> None:
    assert [f for f in landed.files.values() if f["rows_delivered"] != f["rows_kept"] + f["rows_quarantined"]] == []
    kept = sum(f["rows_kept"] for f in landed.files.values() if f["file_kind"] == "header")
    assert kept == len(landed.headers)


def test_a_wrong_header_refuses_the_file_and_not_the_delivery(landed: Landed) -> None:
    assert (landed.file("202")["status"], landed.file("202")["reasons"]) == ("refused", ["columns_missing: ETHNIC"])
    assert landed.file("202", "reviews.csv")["rows_kept"] == 3
    assert landed.status("202") == "partly_accepted" and landed.numbered("202") == []


def test_rows_of_a_refused_file_are_in_the_balance(landed: Landed) -> None:
    """As its manifest states them, for what is refused is not read; those of a file that did not come are not."""
    lines = {(line.controller, line.file_kind): line for line in balance(landed.lake).lines}
    found = {who: (line.delivered, line.kept, line.refused) for who, line in lines.items() if who in (("202", "header"), ("204", "unknown kind"), ("303", "unknown kind"))}
    assert found == {("202", "header"): (3, 0, 3), ("204", "unknown kind"): (3, 0, 3), ("303", "unknown kind"): (1, 0, 1)}
    assert ("203", "reviews") not in lines and all(line.is_balanced for line in lines.values())
    assert {line.source: line.refused for line in balance(landed.lake).by_source()}["ssda903"] == sum(line.refused for line in lines.values()) >= 7


def test_a_missing_file_is_reported(landed: Landed) -> None:
    missing = landed.file("203", "reviews.csv")
    assert (missing["status"], missing["reasons"], missing["file_kind"]) == ("missing", ["file_missing"], "reviews")
    assert len(landed.numbered("203")) == 3


def test_a_file_with_another_hash_than_stated_is_refused(landed: Landed) -> None:
    assert (landed.file("204")["status"], landed.file("204")["reasons"]) == ("refused", ["checksum_differs"])
    assert landed.numbered("204") == []


def test_ragged_lines_are_set_aside(landed: Landed) -> None:
    assert landed.rules("205") == [(3, 1, "too_many_fields"), (4, 1, "too_few_fields"), (5, 1, "too_few_fields")]
    assert landed.numbered("205") == [(1, "child-1")]
    assert (landed.file("205")["rows_kept"], landed.file("205")["rows_quarantined"]) == (1, 3)


@pytest.mark.parametrize(
    ("controller", "reason"), [("206", "decoded_as_utf_16"), ("207", "decoded_as_windows_1252"), ("208", "byte_order_mark")]
)
def test_another_encoding_is_decoded_and_noted(landed: Landed, controller: str, reason: str) -> None:
    assert (landed.file(controller)["status"], landed.file(controller)["reasons"][0]) == ("accepted", reason)
    assert landed.numbered(controller) == [(1, "Zoë"), (2, "b")]


def test_a_line_with_nul_bytes_is_set_aside(landed: Landed) -> None:
    assert landed.rules("209") == [(3, 1, "nul_byte")]
    assert landed.numbered("209") == [(1, "child-1"), (3, "child-3")]


def test_an_unclosed_quote_sets_the_rest_aside(landed: Landed) -> None:
    assert landed.rules("210") == [(3, 2, "unclosed_quote")] and landed.numbered("210") == [(1, "child-1")]


def test_a_truncated_file_loses_its_last_line(landed: Landed) -> None:
    assert landed.rules("211") == [(4, 1, "too_few_fields")] and len(landed.numbered("211")) == 2


def test_a_row_count_other_than_stated_is_noted(landed: Landed) -> None:
    assert (landed.file("212")["status"], landed.file("212")["reasons"]) == ("accepted", ["row_count_differs"])


def test_undeclared_columns_are_kept_and_reported(landed: Landed) -> None:
    assert landed.file("213")["extra_columns"] == ["ALLOCATED_TEAM"]
    assert {tuple(row["other_columns"]) for row in landed.headers if row["controller"] == "213"} == {("ALLOCATED_TEAM",)}
    assert any("undeclared columns ALLOCATED_TEAM" in problem for problem in landed.report.problems)


def test_a_broken_manifest_is_refused_and_stops_nothing(landed: Landed) -> None:
    assert (landed.status("301"), landed.folders["ssda903/301/2024-25/v1"]["reasons"]) == ("refused", ["manifest_is_not_json"])


def test_an_empty_file_is_refused(landed: Landed) -> None:
    assert landed.file("302")["reasons"] == ["file_is_empty"]


def test_two_files_of_one_kind_are_not_added_up(landed: Landed) -> None:
    assert landed.file("303", "b.csv")["reasons"] == ["kind_delivered_twice"]
    assert [child for _, child in landed.numbered("303")] == list(CHILDREN)
    assert landed.file("303", "shoes.csv")["status"] == "unknown_kind"


def test_files_outside_the_manifest_and_kinds_not_delivered_are_noted(landed: Landed) -> None:
    reasons = landed.folders["ssda903/305/2024-25/v1"]["reasons"]
    assert "not_in_the_manifest: 1 files" in reasons and "no_accepted_file_of_kind: episodes" in reasons


def test_a_report_holds_no_value(landed: Landed) -> None:
    said = [*landed.report.problems, *(str([f["reasons"], f["extra_columns"]]) for f in landed.files.values())]
    assert [text for text in said if "child" in text.lower() or "01/02/2015" in text] == []


def test_one_commit_a_table_and_no_statistics_on_values(landed: Landed) -> None:
    log = Path(landed.lake.path(HEADER.bronze)) / "_delta_log"
    assert landed.lake.version(HEADER.bronze) == 1
    stated = (log / "00000000000000000001.json").read_text(encoding="utf-8")
    assert "delivery_id" in stated and "child-1" not in stated and "WBRI" not in stated


def test_landing_again_changes_nothing(landed: Landed) -> None:
    before = contents(Path(landed.lake.path(HEADER.bronze)).parents[2])
    assert not land(landed.lake, landed.landing).changed
    assert contents(Path(landed.lake.path(HEADER.bronze)).parents[2]) == before


def test_the_same_files_twice_are_one_delivery(spark_session: SparkSession, tmp_path: Path) -> None:
    lake, landing = lake_in(tmp_path, spark_session), tmp_path / "landing"
    deliver(landing, "ssda903/304/2024-25/v1", SOUND)
    deliver(landing, "ssda903/304/2024-25/v1-again", SOUND)
    land(lake, landing)
    deliver(landing, "ssda903/304/2024-25/v1-once-more", SOUND)
    report = land(lake, landing)
    assert children(lake) == list(CHILDREN)
    assert report.problems == ("ssda903/304/2024-25/v1-once-more: repeat (the_same_files_were_delivered_before)",)
    assert sorted(row["status"] for row in lake.read_arrow(DELIVERY).to_pylist()) == ["accepted", "repeat", "repeat"]


@pytest.mark.parametrize("order", [("v1", "v2"), ("v2", "v1"), ("both",)], ids=["in turn", "correction first", "together"])
def test_a_correction_supersedes_by_file_kind_whatever_comes_first(spark_session: SparkSession, tmp_path: Path, order: tuple[str, ...]) -> None:
    lake, landing = lake_in(tmp_path, spark_session), tmp_path / "landing"
    parcels: dict[str, tuple[dict[str, str], int]] = {"v1": (SOUND, 1), "v2": ({"header.csv": looked_after("child-1", "child-9")}, 2)}
    for step in order:
        for name in parcels if step == "both" else (step,):
            deliver(landing, f"ssda903/304/2024-25/{name}", parcels[name][0], version=parcels[name][1])
        land(lake, landing)
    assert children(lake) == ["child-1", "child-9"]
    assert len(current_rows(lake, REVIEWS)) == 3


def test_two_deliveries_with_one_version_are_told_of(spark_session: SparkSession, tmp_path: Path) -> None:
    lake, landing = lake_in(tmp_path, spark_session), tmp_path / "landing"
    deliver(landing, "ssda903/304/2024-25/first", {"header.csv": looked_after("child-1")})
    assert not any("same" in line or "version 1 2 times" in line for line in land(lake, landing).problems)
    deliver(landing, "ssda903/304/2024-25/second", {"header.csv": looked_after("child-2")})
    told = [line for line in land(lake, landing).problems if "header was delivered as version 1 2 times" in line]
    assert len(told) == 1 and "higher version" in told[0]
    deliver(landing, "ssda903/304/2024-25/mended", {"header.csv": looked_after("child-3")}, version=2)
    assert not any("times" in line for line in land(lake, landing).problems) and children(lake) == ["child-3"]


def test_deliveries_where_nobody_looks_are_named(tmp_path: Path) -> None:
    deliver(tmp_path, "ssda903/304/2024-25/v1", SOUND)
    deliver(tmp_path, "ssda_903/304/2024-25/v1", SOUND)
    (tmp_path / "pds" / "X26" / "v1").mkdir(parents=True)
    (tmp_path / "pds" / "X26" / "v1" / "manifest.json").write_text("{}", encoding="utf-8")
    assert strays(tmp_path) == ["pds/X26/v1", "ssda_903"]


def test_files_delivered_again_after_a_correction_undo_it(spark_session: SparkSession, tmp_path: Path) -> None:
    lake, landing = lake_in(tmp_path, spark_session), tmp_path / "landing"
    deliver(landing, "ssda903/304/2024-25/v1", {"header.csv": looked_after("right")})
    deliver(landing, "ssda903/304/2024-25/v2", {"header.csv": looked_after("wrong")}, version=2)
    land(lake, landing)
    assert children(lake) == ["wrong"]
    deliver(landing, "ssda903/304/2024-25/v3", {"header.csv": looked_after("right")}, version=3)
    land(lake, landing)
    assert children(lake) == ["right"] and lake.read(HEADER.bronze).count() == 2


def test_a_file_that_was_missing_or_cut_is_taken_when_it_comes(spark_session: SparkSession, tmp_path: Path) -> None:
    """A council whose upload broke off sends the same manifest again, or the rest of the files: neither is a repeat."""
    lake, landing = lake_in(tmp_path, spark_session), tmp_path / "landing"
    first = deliver(landing, "ssda903/304/2024-25/v1", SOUND)
    (first / "header.csv").write_text(looked_after()[:-20], encoding="utf-8")
    (first / "reviews.csv").unlink()
    land(lake, landing)
    assert children(lake) == [] and not land(lake, landing).changed
    (first / "reviews.csv").write_text(reviews(), encoding="utf-8")
    deliver(landing, "ssda903/304/2024-25/v2", SOUND, version=2)
    land(lake, landing)
    assert children(lake) == list(CHILDREN) and len(current_rows(lake, REVIEWS)) == 3
    assert lake.read(RETURN.kind("oc2").bronze).count() == 1
    assert not land(lake, landing).changed
    states = {(row["folder"][-2:], row["status"]) for row in lake.read_arrow(DELIVERY).to_pylist()}
    assert states == {("v1", "partly_accepted"), ("v2", "accepted")}


class Killed(BaseException):
    """Stands for kill -9: nothing in the code may catch it."""


@pytest.fixture(scope="module")
def unbroken(spark_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int]]:
    """What a lake holds after landing two councils without a break."""
    folder = tmp_path_factory.mktemp("unbroken")
    _two_councils(folder / "landing")
    land(lake_in(folder / "lake", spark_session), folder / "landing")
    return contents(folder / "lake")


def _two_councils(landing: Path) -> None:
    deliver(landing, "ssda903/304/2024-25/v1", {**SOUND, "header.csv": looked_after() + "broken\n"})
    deliver(landing, "ssda903/307/2024-25/v1", SOUND)


@pytest.mark.parametrize("commits", [0, 3, 5, 6, 7])
def test_a_kill_between_two_commits_loses_and_doubles_nothing(
    spark_session: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: dict[str, tuple[int, int]], commits: int
) -> None:
    """Five tables of rows, then rejected_line, delivery_file, delivery: killed after so many commits, and run again."""
    lake, landing = lake_in(tmp_path / "lake", spark_session), tmp_path / "landing"
    _two_councils(landing)
    done = 0
    commit = Lake.commit_files

    def until_killed(*arguments: Any) -> int:
        nonlocal done
        if done == commits:
            raise Killed
        done += 1
        return commit(*arguments)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Lake, "commit_files", until_killed)
        land(lake, landing)
    assert done == commits
    assert land(lake, landing).changed
    assert contents(tmp_path / "lake") == unbroken
    assert not land(lake, landing).changed


def test_a_kill_before_the_registry_and_a_new_delivery_meanwhile_doubles_no_rejected_line(
    spark_session: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: dict[str, tuple[int, int]]
) -> None:
    lake, landing = lake_in(tmp_path / "lake", spark_session), tmp_path / "landing"
    deliver(landing, "ssda903/304/2024-25/v1", {**SOUND, "header.csv": looked_after() + "broken\n"})
    append = Lake.append

    def until_the_registry(lake: Lake, table: Any, *arguments: Any) -> int:
        if table is DELIVERY_FILE:
            raise Killed
        return append(lake, table, *arguments)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Lake, "append", until_the_registry)
        land(lake, landing)
    deliver(landing, "ssda903/307/2024-25/v1", SOUND)
    land(lake, landing)
    assert contents(tmp_path / "lake") == unbroken


def test_a_task_s_leftovers_go_and_what_is_committed_is_not_touched(spark_session: SparkSession, tmp_path: Path) -> None:
    lake, landing = lake_in(tmp_path / "lake", spark_session), tmp_path / "landing"
    deliver(landing, "ssda903/304/2024-25/v1", SOUND)
    land(lake, landing)
    folder = Path(lake.path(HEADER.bronze))
    before = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.parquet")}
    (folder / f"..{next(iter(before))}.4711").write_text("left by a killed task", encoding="utf-8")
    deliver(landing, "ssda903/307/2024-25/v1", SOUND)
    land(lake, landing)
    names = {path.name for path in folder.iterdir() if path.is_file()}
    assert not [name for name in names if name.startswith(".")] and len(names) == 2
    assert before.items() <= {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}.items()


def test_a_council_outside_the_run_is_left_alone_and_a_provider_is_not(spark_session: SparkSession, tmp_path: Path) -> None:
    lake, landing = lake_in(tmp_path / "lake", spark_session), tmp_path / "landing"
    deliver(landing, "ssda903/304/2024-25/v1", SOUND)
    deliver(landing, "mhsds/RV3/2025-04/v1", {"MHS002GP.csv": file_text("mhsds", "gp", {"LocalPatientID": "p", "GMPReg": "E84001"})})
    mental_health = BronzeJob(SOURCES["mhsds"])
    assert not job.run(lake, landing, {}, ["307"]).changed
    assert mental_health.run(lake, landing, {}, ["307"]).rows == 1
    assert [(f["source"], f["file_kind"]) for f in current_files(lake)] == [("mhsds", "gp")]




def test_what_is_odd_about_every_table_of_a_workbook_is_told_once(spark_session: SparkSession, tmp_path: Path) -> None:
    lake, landing = lake_in(tmp_path, spark_session), tmp_path / "landing"
    lists = [sheet(kind, {}) for kind in ("list_1", "list_2", "list_3")]
    for one in lists:
        one.rows[0] = [*one.rows[0], "Ward"]
    lists.append(sheet("list_4", {}))
    deliver(landing, "annex_a/304/2026-03/v1", {"annex_a.xlsx": workbook(*lists)}, rows={"annex_a.xlsx": 0})
    told = annex_a.run(lake, landing, {"run_id": "test"}).problems
    assert [line for line in told if "Ward" in line] == ["annex_a/304/2026-03/v1/annex_a.xlsx (3 tables of it): undeclared columns Ward"]
