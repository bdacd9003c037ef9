"""Return files: everything wrong with two councils' deliveries is told, by file, row and rule; the counts balance; no value is told."""

import io
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pyspark.sql import SparkSession

from cyplink import flow, pseudonym
from cyplink.balance import balance
from cyplink.lake import Lake
from cyplink.return_files import ROWS, write_return_files
from cyplink.run import Runner
from cyplink.settings import load
from cyplink.tables.silver import RETURN_ERROR
from tests.landing import deliver, file_text, looked_after
from tests.worlds import CONF, KEY

STEPS = ("bronze.ssda903", "silver.return_error", "silver.looked_after_review")
FORMULA = "=cmd|calc!A0"
CHILDREN = ("CANARY1", "CANARY2")


@dataclass(frozen=True)
class Told:
    """Where return files are, and the lake they were written from."""

    folder: Path
    lake: Lake

    def rows(self, controller: str, sheet: str) -> list[tuple[Any, ...]]:
        book = load_workbook(self.folder / "ssda903" / f"{controller}.xlsx", read_only=True)
        return [tuple(row) for row in book[sheet].iter_rows(values_only=True)]

    def errors(self, controller: str) -> list[dict[str, Any]]:
        heading, *rows = self.rows(controller, "Errors")
        return [dict(zip(heading, row, strict=True)) for row in rows]

    def files(self, controller: str) -> list[dict[str, Any]]:
        rows = self.rows(controller, "Summary")
        heading = next(place for place, row in enumerate(rows) if row and row[0] == "period")
        return [dict(zip(rows[heading], row, strict=True)) for row in rows[heading + 1 :]]


def _reviews() -> str:
    sound = file_text(
        "ssda903", "reviews", *({"CHILD": child, "DOB": "01/02/2015", "REVIEW": on, "REVIEW_CODE": code} for child, on, code in (
            ("CANARY1", "05/05/2024", "PN1"), ("CANARY2", "May 2024", "PN1"), ("CANARY9", "05/05/2024", "PN1"), ("CANARY1", "05/05/2024", "PN2"),
            ("CANARY2", "06/05/2024", "QQ"),
        )),
    )  # fmt: skip
    return sound + "CANARY1,two fields\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, spark_session: SparkSession) -> Told:
    root = tmp_path_factory.mktemp("returns")
    settings = load(CONF, "local", root)
    landing = Path(settings.zones.landing)
    first = {"header.csv": looked_after("CANARY0"), "reviews.csv": _reviews(), "notes.csv": "CANARY,a\nCANARY,b\n", "oc2.csv": "CHILD,DOB\nCANARY1,x\n"}
    deliver(landing, "ssda903/304/2024-25/v1", first)
    deliver(landing, "ssda903/304/2024-25/v2", {"header.csv": looked_after(*CHILDREN, extra=(FORMULA,))}, version=2)
    (deliver(landing, "ssda903/305/2024-25/v1", {"header.csv": looked_after()}) / "manifest.json").write_text("{", encoding="utf-8")
    Runner(settings, spark_session, pseudonym.Pseudonyms(KEY), "first").run(flow.select(flow.discover(), only=STEPS), lambda *_: None)
    lake = Lake(settings.zones.roots())
    written = write_return_files(lake, root / "out")
    assert [path.relative_to(root / "out").as_posix() for path, _ in written] == ["ssda903/304.xlsx", "ssda903/305.xlsx"]
    return Told(root / "out", lake)


def test_the_counts_balance_and_are_those_of_the_balance(told: Told) -> None:
    *files, total = told.files("304")
    assert all(file["delivered"] == sum(file[name] for name in ROWS[1:]) for file in [*files, total])
    for line in balance(told.lake).lines:
        of_kind = [file for file in files if (file["kind of file"] or "unknown kind") == line.file_kind]
        assert {name: sum(file[name] for file in of_kind) for name in ROWS} == {name: getattr(line, name) for name in ROWS}
    fates = {(file["file"], file["delivery"]): tuple(file[name] for name in ROWS) for file in files}
    assert fates == {
        ("header.csv", "v1"): (1, 0, 0, 1, 0, 0, 0), ("header.csv", "v2"): (2, 2, 0, 0, 0, 0, 0), ("reviews.csv", "v1"): (6, 2, 1, 0, 3, 0, 0),
        ("notes.csv", "v1"): (1, 0, 0, 0, 0, 0, 1), ("oc2.csv", "v1"): (1, 0, 0, 0, 0, 0, 1),
    }  # fmt: skip
    assert {(file["file"], file["state"]) for file in files if file["state"] != "accepted"} == {("notes.csv", "unknown kind"), ("oc2.csv", "refused")}


def test_every_error_names_file_row_rule_columns_and_what_to_do(told: Told) -> None:
    errors = told.errors("304")
    found = {(e["file"], e["row"], e["line"], e["rule"], e["the row is"]) for e in errors}
    assert {
        ("reviews.csv", 2, None, "reviewed_on_is_present", "not used"), ("reviews.csv", 3, None, "child_is_in_the_header", "not used"),
        ("reviews.csv", None, 7, "too_few_fields", "not read"), ("notes.csv", None, None, "file_kind_unknown", "refused"),
        ("oc2.csv", None, None, "columns_missing", "refused"),
    } <= found  # fmt: skip
    published = [e for e in errors if e["rule"][0].isdigit() and e["file"] == "reviews.csv" and e["row"] == 5]
    assert published and all(e["columns"] and e["what is wrong"].endswith(".") and e["the row is"] == "used" for e in published)
    assert all(e["what is wrong"] and e["what to do"] for e in errors)
    no_date = next(e for e in errors if e["rule"] == "reviewed_on_is_present")
    assert no_date["columns"] == "REVIEW"
    assert next(e["columns"] for e in errors if e["file"] == "oc2.csv").startswith("SDQ_SCORE")


def test_the_rules_sheet_counts_what_the_errors_sheet_lists(told: Told) -> None:
    _, *rules = told.rows("304", "Rules")
    listed = Counter((e["file"], e["rule"]) for e in told.errors("304"))
    assert {(rule[1], rule[2]): rule[-1] for rule in rules if rule[6] != "used, not listed"} == dict(listed)
    assert ("looked after review", "participation_is_a_known_code", 1) in [(rule[1], rule[2], rule[-1]) for rule in rules if rule[6] == "used, not listed"]


def test_a_delivery_without_a_manifest_is_told_of(told: Told) -> None:
    assert [(e["file"], e["rule"], e["the row is"]) for e in told.errors("305")] == [("v1/manifest.json", "manifest_is_not_json", "refused")]


def test_no_value_and_no_formula_is_in_a_return_file_and_writing_again_changes_nothing(told: Told) -> None:
    paths = sorted(told.folder.rglob("*.xlsx"))
    content = b"".join(zipfile.ZipFile(io.BytesIO(path.read_bytes())).read(name) for path in paths for name in zipfile.ZipFile(path).namelist())
    assert b"CANARY" not in content and b"May 2024" not in content and b"<f>" not in content
    assert f"'{FORMULA}".encode() not in content and f"Undeclared columns: {FORMULA}".encode() in content
    before = [path.stat().st_mtime_ns for path in paths]
    write_return_files(told.lake, told.folder)
    assert [path.stat().st_mtime_ns for path in paths] == before


EMPTY = {
    "ssda903/304/2024-25/v1": {"header.csv": looked_after(*CHILDREN), "reviews.csv": file_text("ssda903", "reviews"), "oc2.csv": file_text("ssda903", "oc2")},
    "cin_census/304/2024-25/v1": {"cin.xml": (
        "<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2025</Year></CollectionDetails></Header><Children>"
        "<Child><ChildIdentifiers><LAchildID>1</LAchildID><PersonBirthDate>May</PersonBirthDate></ChildIdentifiers></Child></Children></Message>"
    )},
}  # fmt: skip
"""Files of a header alone, and a census without a single referral."""


@pytest.mark.parametrize("folder", EMPTY)
def test_where_a_table_of_the_return_has_no_rows_the_others_are_checked(folder: str, tmp_path: Path, spark_session: SparkSession) -> None:
    settings = load(CONF, "local", tmp_path)
    deliver(Path(settings.zones.landing), folder, EMPTY[folder])
    runner = Runner(settings, spark_session, pseudonym.Pseudonyms(KEY), "first")
    only = (f"bronze.{folder.split('/', maxsplit=1)[0]}", "silver.return_error")
    assert [step.state for step in runner.run(flow.select(flow.discover(), only=only), lambda *_: None).steps] == ["done", "done"]
    assert runner.lake.read_arrow(RETURN_ERROR).num_rows > 0
