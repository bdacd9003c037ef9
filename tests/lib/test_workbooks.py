"""Workbooks as they are written: what openpyxl reads in them, and that the same content is the same bytes."""

import io
import time
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from cyplink.workbooks import Sheet, workbook_bytes, write_whole

ROWS = [("heading", "and <more> & 'others'"), ("=1+1", 7), ("+44 20", date(2026, 3, 31)), ("@SUM", None), ("  spaced\x00 ", -3)]


def test_what_is_written_is_read_and_no_text_is_a_formula() -> None:
    book = load_workbook(io.BytesIO(workbook_bytes([Sheet("A & B", ROWS, widths=(10, 20), frozen=1), Sheet("List 2", [])])))
    rows = list(book["A & B"].iter_rows())
    assert book.sheetnames == ["A & B", "List 2"]
    assert [tuple(cell.value for cell in row) for row in rows] == [
        ("heading", "and <more> & 'others'"), ("'=1+1", 7), ("'+44 20", datetime(2026, 3, 31)), ("'@SUM", None), ("  spaced\ufffd ", -3),
    ]  # fmt: skip
    assert not [cell for row in rows for cell in row if cell.data_type == "f"]
    assert rows[0][0].font.bold and not rows[1][0].font.bold and rows[2][1].number_format == "dd/mm/yyyy"
    unguarded = load_workbook(io.BytesIO(workbook_bytes([Sheet("A", [("=1+1",)], guarded=False)])))["A"]["A1"]
    assert (unguarded.value, unguarded.data_type) == ("=1+1", "s")


def test_the_same_content_is_the_same_bytes_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = workbook_bytes([Sheet("A", ROWS)])
    later = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    assert workbook_bytes([Sheet("A", ROWS)]) == first


def test_a_file_is_written_whole_and_left_alone_where_it_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "304" / "a.xlsx"
    assert write_whole(path, b"one") and not write_whole(path, b"one") and write_whole(path, b"two")
    assert path.read_bytes() == b"two" and [p.name for p in path.parent.iterdir()] == ["a.xlsx"]
