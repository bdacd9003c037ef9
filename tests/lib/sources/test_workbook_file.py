"""Workbooks as councils send them, and as nobody should: what is read, what is refused, and that nothing is lost in silence."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest

from cyplink.sources.delimited import FileFound
from cyplink.sources.workbook import LIMITS, Limits
from cyplink.sources.workbook_file import is_workbook, read_workbook
from cyplink.workbooks import Sheet
from tests.damages import packed_by_lzma
from tests.workbooks import ANNEX_A, HEADINGS, rezipped, sheet, workbook

KINDS = {kind.name: kind for kind in ANNEX_A.file_kinds}
CONTACT = {"child_unique_id": "C1", "gender": "a) Male", "date_of_birth": date(2012, 5, 3), "date_of_contact": date(2026, 1, 2), "contact_source": "g) Police"}
REFERRAL = {"child_unique_id": "C1", "date_of_birth": date(2012, 5, 3), "date_of_referral": date(2026, 1, 3)}
SOUND = workbook(sheet("list_1", CONTACT), sheet("list_3", REFERRAL, titles=3))


@dataclass(frozen=True)
class Read:
    found: FileFound
    rows: dict[str, list[dict[str, Any]]]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    def reader(content: bytes, limits: Limits = LIMITS) -> Read:
        path, constants = tmp_path / "annex_a.xlsx", {"period": "2026-03", "controller": "304"}
        path.write_bytes(content)
        assert is_workbook(path) and ANNEX_A.workbook is not None
        targets = {name: tmp_path / "out" / f"{name}.parquet" for name in KINDS}
        found = read_workbook(path, ANNEX_A.workbook, KINDS, hashlib.sha256(content).hexdigest(), dict(constants), targets, limits)
        return Read(found, {name: pq.read_table(target).to_pylist() for name, target in targets.items() if target.exists()})

    return reader


def test_lists_are_known_by_their_headings_however_spelt_and_wherever_they_stand(read: Callable[..., Read]) -> None:
    spelt = {"child_unique_id": " CHILD\nid ", "gender": "Sex", "date_of_birth": "D.O.B.", "age_years": "Age at 31 March", "contact_source": "Source of Contact:"}
    got = read(workbook(sheet("list_3", REFERRAL, title="Tab 1", titles=3), sheet("list_1", CONTACT, title="List 7", headings=spelt), sheet("list_2")))
    assert (got.found.status, got.found.kind, got.found.rows, got.found.further, got.found.reasons) == ("accepted", "list_1", 1, {"list_2": 0, "list_3": 1}, [])
    assert set(got.rows) == {"list_1", "list_3"}
    (row,) = got.rows["list_1"]
    assert {name: row[name] for name in CONTACT} == {
        "child_unique_id": "C1", "gender": "a) Male", "date_of_birth": "2012-05-03", "date_of_contact": "2026-01-02", "contact_source": "g) Police",
    }  # fmt: skip
    assert (row["source_row"], row["period"], row["age_years"], row["other_columns"]) == (1, "2026-03", None, None)
    assert got.rows["list_3"][0]["source_row"] == 1


def test_values_are_the_text_one_sees(read: Callable[..., Read]) -> None:
    cells = [{"child_unique_id": 123456, "date_of_contact": "31/02/2026", "contact_source": "  free, \"text\"\nof two lines "}, {}, {"child_unique_id": "=1+1", "age_years": -3}]
    rows = read(workbook(sheet("list_1", *cells))).rows["list_1"]
    assert [(r["child_unique_id"], r["date_of_contact"], r["contact_source"], r["age_years"], r["source_row"]) for r in rows] == [
        ("123456", "31/02/2026", "  free, \"text\"\nof two lines ", None, 1), ("=1+1", None, None, "-3", 3),
    ]  # fmt: skip


def test_numbers_formulas_and_truth_values_are_read_as_cached(read: Callable[..., Read]) -> None:
    raw = {b"A": b'<c r="A2"><f>CONCATENATE("C",1)</f><v>C1</v></c>', b"B": b'<c r="B2" t="b"><v>1</v></c>', b"D": b'<c r="D2"><v>41000.0</v></c>', b"E": b'<c r="E2"><v>13.50</v></c>'}
    sheet_xml = b"<row r=\"2\">" + b"".join(raw.values()).replace(b'r="A2"', b'r="A2" t="str"') + b"</row></sheetData>"
    content = rezipped(workbook(sheet("list_1")), lambda name, data: data.replace(b"</sheetData>", sheet_xml) if name.endswith("sheet2.xml") else data)
    (row,) = read(content).rows["list_1"]
    assert (row["child_unique_id"], row["gender"], row["date_of_birth"], row["age_years"]) == ("C1", "TRUE", "41000", "13.5")


def test_columns_nobody_asked_for_are_kept_and_repeated_headings_told_apart(read: Callable[..., Read]) -> None:
    made = sheet("list_1", CONTACT)
    heading, row = (list(one) for one in made.rows)
    wide = replace(made, rows=[[*heading, "Ward", "Contact date", "ward", None], [*row, "W1", "x", "W2", "unheaded", "more"]])
    got = read(workbook(wide))
    assert got.found.extra_columns == ["Ward", "Contact date", "ward (10)", "column_11", "column_12"]
    assert dict(got.rows["list_1"][0]["other_columns"]) == {"Ward": "W1", "Contact date": "x", "ward (10)": "W2", "column_11": "unheaded", "column_12": "more"}
    assert got.rows["list_1"][0]["date_of_contact"] == "2026-01-02"


def test_a_list_that_lacks_columns_is_not_taken_and_the_others_are(read: Callable[..., Read]) -> None:
    got = read(workbook(sheet("list_1", CONTACT), sheet("list_3", REFERRAL, without=("date_of_referral",)), sheet("list_1", CONTACT), Sheet("x", [("a", "b", "c", "d")])))
    assert (got.found.status, got.found.kinds) == ("accepted", ["list_1"])
    assert got.found.reasons == ["list_3_columns_missing: date_of_referral", "list_twice_in_the_workbook: list_1 in sheet 4", "sheet_passed_over: 5"]
    alone = read(workbook(sheet("list_3", REFERRAL, without=("date_of_referral",))))
    assert (alone.found.status, alone.found.kind, alone.found.reasons) == ("refused", "list_3", ["list_3_columns_missing: date_of_referral"])
    assert read(workbook(Sheet("x", [("only", "other"), ("things", 1)]))).found.status == "unknown_kind"


BOMB = rezipped(SOUND, lambda name, data: data, {"xl/media/image1.bin": bytes(60 << 20)})
NOT_A_WORKBOOK = rezipped(SOUND, lambda name, data: None if name == "xl/workbook.xml" else data)
CELL_IN_THE_LAST_CORNER = rezipped(SOUND, lambda name, data: data.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'))
WIDE = rezipped(SOUND, lambda name, data: data.replace(b"</sheetData>", b'<row><c r="XFD2"><v>1</v></c></row></sheetData>'))
ENTITIES = rezipped(SOUND, lambda name, data: data.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "aaaa">]>', 1) if "sheet2" in name else data)
BROKEN_XML = rezipped(SOUND, lambda name, data: data[:-40] if "sheet2" in name else data)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (BOMB, "workbook_is_too_large_unpacked"), (SOUND[: len(SOUND) // 2], "workbook_is_damaged"), (SOUND[:4] + bytes(300), "workbook_is_damaged"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "workbook_is_password_protected"), (OLE + "Workbook".encode("utf-16-le"), "workbook_is_of_a_format_before_2007"),
        (NOT_A_WORKBOOK, "workbook_is_damaged"), (CELL_IN_THE_LAST_CORNER, "sheet_has_too_many_rows"), (WIDE, "sheet_has_too_many_columns"),
        (ENTITIES, "workbook_is_damaged"), (BROKEN_XML, "workbook_is_damaged"), (b"", "file_is_empty"),
    ],
    ids=["zip bomb", "cut short", "rubbish", "password", "old format", "no workbook", "last corner", "too wide", "entities", "broken xml", "empty"],
)  # fmt: skip
def test_what_is_damaged_or_hostile_is_refused_with_a_reason_and_leaves_nothing(read: Callable[..., Read], content: bytes, reason: str) -> None:
    got = read(content)
    assert (got.found.status, got.found.reasons, got.rows, got.found.rows) == ("refused", [reason], {}, 0)


def test_text_shared_by_many_cells_counts_each_time(read: Callable[..., Read]) -> None:
    many = workbook(sheet("list_1", *[{**CONTACT, "contact_source": "x" * 30_000}] * 50))
    assert read(many).found.status == "accepted"
    assert read(many, replace(LIMITS, text=1_000_000)).found.reasons == ["workbook_is_too_large_unpacked"]


def test_every_list_s_own_headings_are_its_own_and_no_other_s() -> None:
    assert ANNEX_A.workbook is not None
    for kind, headings in HEADINGS.items():
        assert tuple(ANNEX_A.workbook.named(headings, kind)) == ANNEX_A.kind(kind).header
        assert not [other for other in HEADINGS if other != kind and set(ANNEX_A.kind(other).header) <= set(ANNEX_A.workbook.named(headings, other))]


def test_a_cell_too_long_for_any_spreadsheet_is_refused(read: Callable[..., Read]) -> None:
    text = "".join(f"{number:x} CANARY " for number in range(100_000)).encode()
    long = rezipped(SOUND, lambda _, made: made.replace(b"g) Police", text))
    assert (read(long).found.status, read(long).found.reasons) == ("refused", ["cell_too_long"])


def test_members_packed_by_lzma_and_broken_are_refused(read: Callable[..., Read]) -> None:
    damaged = packed_by_lzma(SOUND, Random(0))
    assert (read(damaged).found.status, read(damaged).found.reasons) == ("refused", ["workbook_is_damaged"])
