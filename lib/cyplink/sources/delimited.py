"""Read one delivered CSV file, in a Spark task, into one Parquet file of text, losing no line.

A sound file is read by DuckDB in one pass. A file with any fault is read again by the csv module, which can say which lines are at
fault; those are set aside whole, with the rule they break.
"""

import csv
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cyplink.sources.encoding import BLOCK, as_utf8
from cyplink.sources.model import FileKind
from cyplink.sources.rows import LONGEST_FIELD, Layout, write_parquet

RAW_SHOWN = 10_000
MOST_REJECTS = 50_000


@dataclass(frozen=True)
class Reject:
    """A line, or run of lines, that cannot be a row. `line` counts physical lines, the header being 1; `kind` where a file has several."""

    line: int
    lines: int
    rule: str
    content: str
    row: int
    kind: str = ""


@dataclass
class FileFound:
    """What became of a delivered file. `further`: rows of the other tables of a file that holds several, by kind, and their
    undeclared columns."""

    status: str = "accepted"
    kind: str | None = None
    reasons: list[str] = field(default_factory=list)
    sha256: str = ""
    rows: int = 0
    extra_columns: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    further: dict[str, int] = field(default_factory=dict)
    further_columns: dict[str, list[str]] = field(default_factory=dict)

    @property
    def kinds(self) -> list[str]:
        """Every kind that the file brings rows of, the one that it is of first."""
        return [*([self.kind] if self.kind else []), *self.further]

    def refuse(self, *reasons: str, status: str = "refused") -> "FileFound":
        self.status = status
        self.reasons += reasons
        return self


def read_file(path: Path, kinds: Sequence[FileKind], stated_sha256: str, constants: dict[str, str | int], target: Path) -> FileFound:
    """Read `path` into the Parquet file `target`: the kind's columns as text, `other_columns`, `constants`, `source_row`.

    The file is refused, with reasons and nothing written, when its hash differs from `stated_sha256`, it cannot be decoded, or its
    header lacks declared columns. `source_row` counts the data rows from 1, those set aside included.
    """
    found = FileFound(sha256=sha256_of(path))
    if found.sha256 != stated_sha256:
        return found.refuse("checksum_differs")
    with tempfile.TemporaryDirectory() as folder:
        text, note = as_utf8(path, Path(folder) / "decoded.csv")
        if text is None:
            return found.refuse(note)
        found.reasons += [note] if note else []
        header = _header(text, found)
        if found.status != "accepted":
            return found
        period = str(constants["period"])
        kind = _recognise(path.name, header, kinds, period, found)
        if kind is None:
            return found
        _convert(text, Layout(kind.as_declared(header, period), kind, constants), target, found, Path(folder))
    return found


def sha256_of(path: Path) -> str:
    """The file's SHA-256, in hex."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _header(text: Path, found: FileFound) -> list[str]:
    csv.field_size_limit(LONGEST_FIELD)
    with text.open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
        try:
            names = [name.strip() for name in next(csv.reader(lines, strict=True), [])]
        except csv.Error:
            names = ["\0"]
    header = [name or f"column_{place}" for place, name in enumerate(names, start=1)]
    # A heading of several lines is a quote nobody closed: rows are in it.
    if any("\0" in name or len(name.splitlines()) > 1 or _is_damaged(name) for name in header):
        found.refuse("header_cannot_be_read")
    elif not any(names):
        found.refuse("header_missing")
    elif len({name.lower() for name in header}) < len(header):
        found.refuse("header_names_repeat")
    return header


def _recognise(name: str, header: Sequence[str], kinds: Sequence[FileKind], period: str, found: FileFound) -> FileKind | None:
    """The kind whose declared columns are all there (the one with most, if several); else the one it must have been meant as."""
    candidates = [kind for kind in kinds if kind.recognised_by == "header" or kind.is_called(name)]
    names = {kind.name: set(kind.as_declared(header, period)) for kind in candidates}
    shared = {kind.name: len(names[kind.name] & set(kind.header)) for kind in candidates}
    whole = [kind for kind in candidates if set(kind.header_in(period) or kind.header) <= names[kind.name]]
    if whole:
        kind = max(whole, key=lambda kind: shared[kind.name])
        found.kind = kind.name
        found.extra_columns = [column for column in kind.as_declared(header, period) if column not in kind.header]
        return kind
    meant = max(candidates, key=lambda kind: (kind.is_called(name), shared[kind.name]), default=None)
    if meant and (meant.is_called(name) or shared[meant.name] * 2 > len(meant.header)):
        found.kind = meant.name
        found.refuse(f"columns_missing: {', '.join(column for column in meant.header_in(period) if column not in names[meant.name])}")
    else:
        found.refuse("file_kind_unknown", status="unknown_kind")
    return None


def _convert(text: Path, layout: Layout, target: Path, found: FileFound, scratch: Path) -> None:
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = None if _has_nul(text) else write_parquet(text, layout, partial)
    if rows is None:
        sound, fault = scratch / "sound.csv", "file_cannot_be_read"
        if _set_aside(text, len(layout.header), found, sound):
            rows = write_parquet(sound, layout, partial, numbered=True)
        else:
            fault = f"more_than_{MOST_REJECTS}_broken_lines"
    if rows is None:
        partial.unlink(missing_ok=True)
        found.rejects.clear()
        found.refuse(fault)
        return
    if not rows and found.extra_columns and found.rejects and all(one.rule == "too_few_fields" for one in found.rejects):
        # The header ran into the first row: what look like its further columns are values.
        partial.unlink()
        found.rejects.clear()
        found.extra_columns.clear()
        found.refuse("header_is_longer_than_any_row")
        return
    found.rows = rows
    os.replace(partial, target)


def _has_nul(text: Path) -> bool:
    with text.open("rb") as content:
        while block := content.read(BLOCK):
            if b"\0" in block:
                return True
    return False


def _set_aside(text: Path, width: int, found: FileFound, sound: Path) -> bool:
    """Write the rows that can be rows to `sound`, each with its number in front, and the others to `found.rejects`.

    False when there are more of these than a task should hold: such a file wants delivering again.
    """
    with (
        text.open(encoding="utf-8", errors="surrogateescape", newline="") as lines,
        sound.open("w", encoding="utf-8", newline="") as out,
    ):
        # All quoted: the csv module leaves a lone carriage return bare otherwise, which DuckDB takes for the end of the line.
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["number", *range(width)])
        for number, line, taken, row, raw, fault in _rows(lines):
            rule = fault or _fault_of(row, width, raw)
            if not rule:
                writer.writerow([number, *row[:width]])
                continue
            shown = raw[:RAW_SHOWN].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
            found.rejects.append(Reject(line, taken, rule, shown, number))
            if len(found.rejects) > MOST_REJECTS:
                return False
    return True


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
            row, fault = [], _fault_named(str(error), reader.line_num - before)
        taken, line = reader.line_num - before, before + 1
        before = reader.line_num
        if row or fault:
            number += 1
            yield number, line, taken, row, "".join(kept), fault


def _fault_named(message: str, lines: int) -> str:
    if "field larger" in message:
        # A field that long over many lines is the rest of the file behind a quote nobody closed.
        return "unclosed_quote" if lines > 1 else "field_too_long"
    return "unclosed_quote" if "unexpected end" in message else "misplaced_quote"


def _fault_of(row: Sequence[str], width: int, raw: str) -> str:
    if "\0" in raw:
        return "nul_byte"
    if _is_damaged(raw):
        return "not_utf8"
    if len(row) < width:
        return "too_few_fields"
    # Commas after the last field hold nothing; DuckDB passes over them too.
    return "too_many_fields" if any(row[width:]) else ""


def _is_damaged(text: str) -> bool:
    """Whether the text holds bytes that were no UTF-8 (kept by surrogateescape)."""
    return not text.isascii() and any("\udc80" <= sign <= "\udcff" for sign in text)
