"""A delivered workbook (.xlsx) as rows of text, sheet by sheet, without trusting it.

Formulas count as what they came to when the workbook was saved. Dates are ISO text, numbers text without a needless `.0`, truth values
TRUE or FALSE; text is as delivered. What a hostile or broken workbook could do is bounded before it is parsed (sizes and ratio
of its members, as unpacked, not as stated) and while it is (rows, columns, text in all). Rows are streamed: a reader that holds a whole sheet
as a grid would ask for the memory of seventeen thousand million cells when one cell stands in the last corner.
"""

import lzma
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from openpyxl import load_workbook

OLD_CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Begins a compound file: an encrypted workbook, or one of the format before 2007."""

BLOCK = 1 << 20
Row = tuple[str, ...]


class WorkbookError(Exception):
    """The workbook cannot be read; `reason` is a name, never a value of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """What a delivered workbook may be at most. A London council's largest is a tenth of it (judgement)."""

    members: int = 2_000
    sheet_bytes: int = 400 << 20
    shared_text_bytes: int = 128 << 20
    other_bytes: int = 32 << 20
    all_bytes: int = 800 << 20
    ratio: int = 200
    ratio_looked_at_from: int = 4 << 20
    sheets: int = 100
    rows: int = 300_000
    columns: int = 500
    text: int = 400 << 20


LIMITS = Limits()


@dataclass(frozen=True)
class SheetRows:
    """A sheet by its place among the workbook's, from 1, with its rows: number in the sheet, from 1, and texts up to the last one given."""

    place: int
    rows: Iterator[tuple[int, Row]]


@contextmanager
def open_workbook(path: Path, limits: Limits = LIMITS) -> Iterator[list[SheetRows]]:
    """The workbook's sheets, hidden ones too. Raises WorkbookError, here or while rows are read, when it cannot or may not be read."""
    check_archive(path, limits)
    with path.open("rb") as content:
        with _faults_named():
            book = load_workbook(content, read_only=True, data_only=True, keep_links=False)
            sheets = book.worksheets
        if len(sheets) > limits.sheets:
            raise WorkbookError("workbook_has_too_many_sheets")
        budget = _Budget(limits)
        try:
            yield [SheetRows(place, _rows(sheet, budget)) for place, sheet in enumerate(sheets, start=1)]
        finally:
            book.close()


def check_archive(path: Path, limits: Limits = LIMITS) -> None:
    """Unpack every member without keeping it. Raises WorkbookError for a password, a broken archive, or more than the limits allow."""
    with path.open("rb") as content:
        if content.read(len(OLD_CONTAINER)) == OLD_CONTAINER:
            raise WorkbookError("workbook_is_password_protected" if _is_encrypted(path) else "workbook_is_of_a_format_before_2007")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > limits.members or len({member.filename for member in members}) < len(members):
                raise WorkbookError("workbook_is_damaged")
            if any(member.flag_bits & 1 for member in members):
                raise WorkbookError("workbook_is_password_protected")
            total = 0
            for member in members:
                total += _unpacked(archive, member, limits)
                if total > limits.all_bytes:
                    raise WorkbookError("workbook_is_too_large_unpacked")
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, OSError, ValueError, RuntimeError):
        raise WorkbookError("workbook_is_damaged") from None


def text_of(value: object) -> str:
    """A cell's value as text; the text that was typed is as it was typed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


class _Budget:
    """How much text may still be read out of one workbook: a shared text counts each time it is used."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.left = limits.text

    def spend(self, row: Sequence[str]) -> None:
        self.left -= sum(map(len, row))
        if self.left < 0:
            raise WorkbookError("workbook_is_too_large_unpacked")


def _rows(sheet: object, budget: _Budget) -> Iterator[tuple[int, Row]]:
    # What the sheet says of its own size is not to be trusted, in either direction.
    sheet.reset_dimensions()  # type: ignore[attr-defined]
    with _faults_named():
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):  # type: ignore[attr-defined]
            if number > budget.limits.rows:
                raise WorkbookError("sheet_has_too_many_rows")
            texts = [_clean(text_of(value)) for value in row]
            while texts and not texts[-1].strip():
                texts.pop()
            if len(texts) > budget.limits.columns:
                raise WorkbookError("sheet_has_too_many_columns")
            budget.spend(texts)
            yield number, tuple(texts)


def _clean(text: str) -> str:
    return text.replace("\0", "\ufffd") if "\0" in text else text


@contextmanager
def _faults_named() -> Iterator[None]:
    """Whatever the parser stops with becomes a WorkbookError without its text, which may quote a cell; its warnings likewise are lost."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except WorkbookError:
            raise
        except Exception:
            raise WorkbookError("workbook_is_damaged") from None


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> int:
    """The member's size as it unpacks, its checksum proved. Raises WorkbookError above the limits or for a document type (entities)."""
    most, size, tail = _most_bytes(member.filename.lower(), limits), 0, b""
    with archive.open(member) as content:
        while block := content.read(BLOCK):
            size += len(block)
            is_bomb = size > limits.ratio_looked_at_from and size > limits.ratio * max(member.compress_size, 1)
            if size > most or is_bomb:
                raise WorkbookError("workbook_is_too_large_unpacked")
            if b"<!DOCTYPE" in tail + block:
                raise WorkbookError("workbook_is_damaged")
            tail = block[-16:]
    return size


def _most_bytes(name: str, limits: Limits) -> int:
    if name.startswith("xl/worksheets/"):
        return limits.sheet_bytes
    return limits.shared_text_bytes if name == "xl/sharedstrings.xml" else limits.other_bytes


def _is_encrypted(path: Path) -> bool:
    marks = [name.encode("utf-16-le") for name in ("EncryptedPackage", "EncryptionInfo")]
    tail = b""
    with path.open("rb") as content:
        while block := content.read(BLOCK):
            if any(mark in tail + block for mark in marks):
                return True
            tail = block[-64:]
    return False
