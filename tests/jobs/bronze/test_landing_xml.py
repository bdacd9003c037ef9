"""Landing XML deliveries on real files, Spark and Delta: one file brings rows of several tables, and the counts of each balance."""

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from cyplink.balance import balance
from cyplink.bronze import BronzeJob, LandingReport, current_files, read_current
from cyplink.lake import Lake
from cyplink.registry import Registry
from cyplink.sources import SOURCES
from cyplink.tables.bronze import DELIVERY, DELIVERY_FILE, REJECTED_LINE
from cyplink.tables.model import Zone
from tests.cin_census import PLANNED, REFERRAL, census, child
from tests.contents import contents
from tests.landing import deliver, looked_after

CENSUS, RETURN = SOURCES["cin_census"], SOURCES["ssda903"]
SOUND = census([child("a1"), child("b2", REFERRAL, PLANNED)])
TWICE = child("CANARY", identifiers="<LAchildID>x</LAchildID>")
AS_XML = "<EXPSSDA903><CHILD><HEADER><CHILDID>A</CHILDID><DOB>01/02/2010</DOB></HEADER><EPISODE><DECOM>01/04/2025</DECOM><PL>U6</PL></EPISODE></CHILD></EXPSSDA903>"


class Landed:
    """A landing folder with a council for each case, landed once."""

    def __init__(self, folder: Path, spark: SparkSession) -> None:
        self.landing = folder / "landing"
        self.lake = Lake({Zone.IDENTIFIABLE: str(folder / "identifiable"), Zone.RESEARCH: str(folder / "research")}, spark)
        self._deliver()
        self.reports = [self.land(source) for source in ("cin_census", "ssda903")]

    def _deliver(self) -> None:
        def one(controller: str, text: str | bytes, delivery: str = "v1", rows: int = 2, **stated: Any) -> None:
            deliver(self.landing, f"cin_census/{controller}/2025-26/{delivery}", {"cin.xml": text}, rows={"cin.xml": rows}, **stated)

        one("304", SOUND)
        one("305", SOUND)
        one("305", census([child("a1", PLANNED)]), "v2", rows=1, version=2)
        one("306", census([child("a1", identifiers="<Vendor>7</Vendor>"), TWICE, child("c3")]), rows=4)
        one("307", SOUND[:-30])
        one("308", SOUND.replace("<Message>", "<!DOCTYPE Message><Message>"))
        one("309", AS_XML)
        deliver(self.landing, "ssda903/304/2025-26/v1", {"return.xml": AS_XML}, rows={"return.xml": 1})
        deliver(self.landing, "ssda903/305/2025-26/v1", {"header.csv": looked_after("csv"), "return.xml": AS_XML}, rows={"return.xml": 1})

    def land(self, source: str) -> LandingReport:
        return BronzeJob(SOURCES[source]).run(self.lake, self.landing, {"run_id": "test"})

    def files(self, controller: str, source: str = "cin_census") -> dict[str, dict[str, Any]]:
        return {f["file_name"]: f for f in self.lake.read_arrow(DELIVERY_FILE).to_pylist() if (f["controller"], f["source"]) == (controller, source)}

    def delivery(self, controller: str) -> dict[str, Any]:
        (found,) = (row for row in self.lake.read_arrow(DELIVERY).to_pylist() if (row["controller"], row["source"]) == (controller, "cin_census"))
        return found


@pytest.fixture(scope="module")
def landed(spark_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Landed:
    return Landed(tmp_path_factory.mktemp("landed"), spark_session)


def test_one_file_is_registered_with_a_row_for_each_of_its_tables(landed: Landed) -> None:
    found = {name: (row["file_kind"], row["rows_stated"], row["rows_kept"], row["reasons"]) for name, row in landed.files("304").items()}
    assert found == {
        "cin.xml": ("child", 2, 2, []), "cin.xml#header": ("header", 1, 1, []), "cin.xml#referral": ("referral", 3, 3, []),
        "cin.xml#assessment": ("assessment", 2, 2, []), "cin.xml#section_47": ("section_47", 3, 3, []), "cin.xml#cin_plan": ("cin_plan", 2, 2, []),
        "cin.xml#child_protection_plan": ("child_protection_plan", 1, 1, []),
    }  # fmt: skip
    assert (landed.delivery("304")["status"], landed.delivery("304")["reasons"]) == ("accepted", [])


def test_a_correction_supersedes_every_table_of_the_file_also_those_it_leaves_empty(landed: Landed) -> None:
    referrals = read_current(landed.lake, CENSUS.kind("referral"), ["304", "305"]).select("controller", "LAchildID", "CINdetailsID").collect()
    assert sorted(map(tuple, referrals)) == [("304", "a1", "1"), ("304", "b2", "2"), ("304", "b2", "3"), ("305", "a1", "1")]
    assert read_current(landed.lake, CENSUS.kind("cin_plan"), ["305"]).count() == 0
    assert {f["delivery_version"] for f in current_files(landed.lake) if (f["source"], f["controller"]) == ("cin_census", "305")} == {2}


def test_a_child_that_cannot_be_read_is_set_aside_and_the_counts_say_so(landed: Landed) -> None:
    file = landed.files("306")["cin.xml"]
    assert (file["rows_stated"], file["rows_delivered"], file["rows_kept"], file["rows_quarantined"]) == (4, 3, 2, 1)
    assert (file["reasons"], file["extra_columns"]) == (["row_count_differs"], ["ChildIdentifiers/Vendor"])
    (line,) = landed.lake.read_arrow(REJECTED_LINE).to_pylist()
    assert (line["source_file"], line["file_kind"], line["source_row"], line["line_number"], line["rule"]) == ("cin.xml", "child", 2, 4, "value_given_twice")
    assert line["content"].startswith("<Child><ChildIdentifiers><LAchildID>CANARY")
    problems = " ".join(landed.reports[0].problems)
    assert "cin_census/306/2025-26/v1/cin.xml: row_count_differs; undeclared columns ChildIdentifiers/Vendor; 1 lines quarantined" in problems and "CANARY" not in problems


@pytest.mark.parametrize(
    ("controller", "status", "reasons"),
    [("307", "refused", ["file_ends_too_early: line 5"]), ("308", "refused", ["document_type_declared"]), ("309", "unknown_kind", ["root_element_is_not: Message"])],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_reason(landed: Landed, controller: str, status: str, reasons: list[str]) -> None:
    ((name, file),) = landed.files(controller).items()
    assert (name, file["status"], file["reasons"], file["rows_kept"]) == ("cin.xml", status, reasons, 0)
    assert landed.delivery(controller)["status"] == "refused"


def test_the_looked_after_return_may_be_csv_or_xml_but_not_both(landed: Landed) -> None:
    headers = {row["controller"]: (row["CHILD"], row["DOB"]) for row in read_current(landed.lake, RETURN.kind("header")).collect()}
    assert headers == {"304": ("A", "01/02/2010"), "305": ("csv", "01/02/2015")}
    (episode,) = read_current(landed.lake, RETURN.kind("episodes")).collect()
    assert (episode["controller"], episode["CHILD"], episode["DECOM"], episode["PLACE"], episode["source_file"]) == ("304", "A", "01/04/2025", "U6", "return.xml")
    assert landed.files("305", "ssda903")["return.xml"]["reasons"] == ["kind_delivered_twice"]


def test_counts_of_every_table_balance(landed: Landed) -> None:
    found = balance(landed.lake)
    found.check()
    lines = {(line.controller, line.file_kind): (line.delivered, line.kept, line.superseded, line.quarantined) for line in found.lines if line.source == "cin_census"}
    assert lines["306", "child"] == (3, 2, 0, 1) and lines["305", "cin_plan"] == (2, 0, 2, 0) and lines["305", "child"] == (3, 1, 2, 0)


def test_landing_again_changes_nothing(landed: Landed) -> None:
    before = contents(Path(landed.lake.path(DELIVERY_FILE)))
    assert landed.land("cin_census") == LandingReport("cin_census", changed=False) and contents(Path(landed.lake.path(DELIVERY_FILE))) == before


def test_a_run_killed_between_two_tables_lands_the_rest_the_next_time(spark_session: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake({Zone.IDENTIFIABLE: str(tmp_path / "identifiable"), Zone.RESEARCH: str(tmp_path / "research")}, spark_session)
    deliver(tmp_path / "landing", "cin_census/304/2025-26/v1", {"cin.xml": SOUND}, rows={"cin.xml": 2})
    commit, committed = Lake.commit_files, []

    def killed(self: Lake, table: Any, *more: Any) -> int:
        if len(committed) == 3:
            raise KeyboardInterrupt
        committed.append(table.name)
        return commit(self, table, *more)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Lake, "commit_files", killed)
        BronzeJob(CENSUS).run(lake, tmp_path / "landing", {})
    assert len(committed) == 3 and not Registry.read(lake).files
    assert BronzeJob(CENSUS).run(lake, tmp_path / "landing", {}).rows == 14
    assert {kind.name: lake.read(kind.bronze).count() for kind in CENSUS.file_kinds} == {
        "child": 2, "header": 1, "referral": 3, "assessment": 2, "section_47": 3, "cin_plan": 2, "child_protection_plan": 1,
    }  # fmt: skip
