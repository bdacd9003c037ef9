"""Read one delivered CSV file, in a Spark task, into one Parquet file of text, losing no line.

A sound file is read by DuckDB in one pass. A file with any fault is read again by the csv module, which can say which lines are at
fault; those are set aside whole, with the rule they break.
"""

import codecs
import csv
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from cyplink.sources.model import FileKind

BLOCK = 1 << 20
LONGEST_FIELD = 1 << 20
RAW_SHOWN = 10_000
NUMBER = "source_row"


@dataclass(frozen=True)
class Reject:
    """A line, or run of lines, that cannot be a row. `line` counts physical lines, the header being 1."""

    line: int
    lines: int
    rule: str
    content: str
    row: int


@dataclass
class FileFound:
    """What became of a delivered file."""

    status: str = "accepted"
    kind: str | None = None
    reasons: list[str] = field(default_factory=list)
    sha256: str = ""
    rows: int = 0
    extra_columns: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def refuse(self, *reasons: str, status: str = "refused") -> "FileFound":
        self.status = status
        self.reasons += reasons
        return self


def read_file(path: Path, kinds: Sequence[FileKind], stated_sha256: str, constants: dict[str, str | int], target: Path) -> FileFound:
    """Read `path` into the Parquet file `target`: the kind's columns as text, `other_columns`, `constants`, `source_row`.

    The file is refused, with reasons and nothing written, when its hash differs from `stated_sha256`, it cannot be decoded, or its
    header lacks declared columns. `source_row` counts the data rows from 1, those set aside included.
    """
    found = FileFound(sha256=_sha256(path))
    if found.sha256 != stated_sha256:
        return found.refuse("checksum_differs")
    with tempfile.TemporaryDirectory() as folder:
        text = _as_utf8(path, Path(folder) / "decoded.csv", found)
        if text is None:
            return found
        header = _header(text, found)
        if found.status != "accepted":
            return found
        kind = _recognise(path.name, header, kinds, found)
        if kind is None:
            return found
        _convert(text, header, kind, constants, target, found, Path(folder))
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _as_utf8(path: Path, scratch: Path, found: FileFound) -> Path | None:
    """The file itself when it is UTF-8 without a mark or a NUL; else a decoded copy. None, and refused, when it is neither."""
    with path.open("rb") as content:
        start = content.read(4)
    if not start:
        found.refuse("file_is_empty")
        return None
    encodings = ["utf-16"] if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        if not _decodes(path, encoding):
            continue
        if encoding == "utf-8-sig" and not start.startswith(codecs.BOM_UTF8):
            return path
        found.reasons.append({"utf-16": "decoded_as_utf_16", "utf-8-sig": "byte_order_mark", "cp1252": "decoded_as_windows_1252"}[encoding])
        with path.open(encoding=encoding, newline="") as content, scratch.open("w", encoding="utf-8", newline="") as out:
            while block := content.read(BLOCK):
                out.write(block)
        return scratch
    found.refuse("not_decodable")
    return None


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as content:
        try:
            while block := content.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _header(text: Path, found: FileFound) -> list[str]:
    csv.field_size_limit(LONGEST_FIELD)
    with text.open(encoding="utf-8", newline="") as lines:
        try:
            header = [name.strip() for name in next(csv.reader(lines, strict=True), [])]
        except csv.Error:
            found.refuse("header_cannot_be_read")
            return []
    if not any(header):
        found.refuse("header_missing")
    elif len({name.lower() for name in header}) < len(header):
        found.refuse("header_names_repeat")
    return header


def _recognise(name: str, header: Sequence[str], kinds: Sequence[FileKind], found: FileFound) -> FileKind | None:
    """The kind whose declared columns are all there (the one with most, if several); else the one it must have been meant as."""
    names = set(header)
    whole = [kind for kind in kinds if set(kind.header) <= names and (kind.recognised_by == "header" or kind.file_name == name)]
    if whole:
        kind = max(whole, key=lambda kind: len(kind.header))
        found.kind = kind.name
        found.extra_columns = [column for column in header if column not in kind.header]
        return kind
    meant = max(kinds, key=lambda kind: (name.lower().endswith(kind.file_name.lower()), len(set(kind.header) & names)))
    if name.lower().endswith(meant.file_name.lower()) or len(set(meant.header) & names) * 2 > len(meant.header):
        found.kind = meant.name
        missing = [column for column in meant.header if column not in names]
        found.refuse(f"columns_missing: {', '.join(missing)}")
    else:
        found.refuse("file_kind_unknown", status="unknown_kind")
    return None


def _convert(text: Path, header: Sequence[str], kind: FileKind, constants: dict[str, str | int], target: Path, found: FileFound, scratch: Path) -> None:
    fixed = [f"{_literal(value)} as {name}" for name, value in constants.items()]
    columns = [*(f'nullif("{column}", \'\') as "{column}"' for column in kind.header), _other_columns(found.extra_columns), *fixed]
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = None if _has_nul(text) else _copy(columns, text, header, partial)
    if rows is None:
        text = _set_aside(text, header, found, scratch / "sound.csv")
        rows = _copy(columns, text, [NUMBER, *header], partial)
    if rows is None:
        partial.unlink(missing_ok=True)
        found.refuse("file_cannot_be_read")
        return
    found.rows = rows
    os.replace(partial, target)


def _copy(columns: Sequence[str], text: Path, names: Sequence[str], partial: Path) -> int | None:
    """Write the file as Parquet and return its rows; None when a line of it is not a row of as many fields as the header has."""
    number = f"{NUMBER}::bigint" if NUMBER in names else "row_number() over ()"
    with duckdb.connect() as connection:
        connection.execute("set threads=1; set enable_progress_bar=false")
        try:
            rows = connection.execute(
                f"copy (select {', '.join([*columns, f'{number} as {NUMBER}'])} from {_scan(text, names)}) "
                f"to {_literal(str(partial))} (format parquet, compression zstd)"
            ).fetchall()[0][0]
            return None if connection.execute("select 1 from reject_errors limit 1").fetchall() else int(rows)
        except duckdb.Error:
            return None


def _has_nul(text: Path) -> bool:
    with text.open("rb") as content:
        while block := content.read(BLOCK):
            if b"\0" in block:
                return True
    return False


def _scan(text: Path, names: Sequence[str]) -> str:
    columns = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({_literal(str(text))}, columns={{{columns}}}, header=true, auto_detect=false, delim=',', quote='\"', escape='\"', "
        f"strict_mode=true, store_rejects=true, max_line_size={8 * LONGEST_FIELD})"
    )


def _set_aside(text: Path, names: Sequence[str], found: FileFound, sound: Path) -> Path:
    """Write the rows that can be rows to `sound`, each with its number in front, and the others to `found.rejects`."""
    with text.open(encoding="utf-8", newline="") as lines, sound.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
        writer.writerow([NUMBER, *names])
        for number, line, taken, row, raw, fault in _rows(lines):
            rule = fault or _fault_of(row, len(names))
            if rule:
                found.rejects.append(Reject(line, taken, rule, raw[:RAW_SHOWN].replace("\0", "\ufffd"), number))
            else:
                writer.writerow([number, *row])
    return sound


def _rows(lines: Iterator[str]) -> Iterator[tuple[int, int, int, list[str], str, str]]:
    """Every data row: its number, first line, lines taken, fields, raw text, and the fault that kept it from being read."""
    kept: list[str] = []

    def remembered() -> Iterator[str]:
        for line in lines:
            kept.append(line)
            yield line

    reader = csv.reader(remembered(), strict=True)
    next(reader, None)
    number, before = 0, reader.line_num
    while True:
        kept.clear()
        fault = ""
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            row, fault = [], _fault_named(str(error))
        taken, line = reader.line_num - before, before + 1
        before = reader.line_num
        if row or fault:
            number += 1
            yield number, line, taken, row, "".join(kept), fault


def _fault_named(message: str) -> str:
    if "field larger" in message:
        return "field_too_long"
    return "unclosed_quote" if "unexpected end" in message else "misplaced_quote"


def _fault_of(row: Sequence[str], width: int) -> str:
    if len(row) != width:
        return "too_many_fields" if len(row) > width else "too_few_fields"
    return "nul_byte" if any("\0" in value for value in row) else ""


def _other_columns(names: Sequence[str]) -> str:
    if not names:
        return "null::map(varchar, varchar) as other_columns"
    keys = ", ".join(_literal(name) for name in names)
    values = ", ".join(f'"{name}"' for name in names)
    return f"map([{keys}], [{values}]) as other_columns"


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
