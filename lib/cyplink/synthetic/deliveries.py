"""Deliveries as suppliers make them: a folder of CSV files, one XML file or a workbook, and a manifest, byte for byte the same for the same content."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cyplink.synthetic.calibration import HERE
from cyplink.synthetic.cin_census_document import cin_census_bytes
from cyplink.synthetic.streams import Texts

_ROWS_AT_ONCE = 200_000


@dataclass(frozen=True)
class WholeFile:
    """A file that is no CSV: its content, the rows its manifest states (those of its first table), and its rows by table."""

    content: bytes
    rows: int
    tables: dict[str, int]


@dataclass(frozen=True)
class Delivery:
    """What one controller sends for one period: file name to (layout name, rows as text).

    `document`: name of the one XML file that holds the tables of `files`, the first of which a manifest counts. `whole_files`: files made
    as a whole.
    """

    source: str
    controller: str
    period: str
    created_on: str
    files: dict[str, tuple[str, pd.DataFrame]]
    folder: str = "v1"
    version: int = 1
    line_end: str = "\n"
    extra_columns: tuple[str, ...] = field(default=())
    whole_files: dict[str, WholeFile] = field(default_factory=dict)
    document: str = ""


@cache
def layout(source: str, file: str, period: str = "") -> tuple[str, ...]:
    """Columns of a delivered file, in order (layouts.csv): those of the period (`<file>.<period>`) or its term (`<file>.<term>`) where it has its own."""
    files = _layouts()[source]
    return files.get(f"{file}.{period}") or files.get(f"{file}.{period.rsplit('-', maxsplit=1)[-1]}", files[file])


@cache
def _layouts() -> dict[str, dict[str, tuple[str, ...]]]:
    table = pd.read_csv(HERE / "layouts.csv")
    return {
        str(source): {str(file): tuple(of_file) for file, of_file in rows.groupby("file", sort=False)["column"]}
        for source, rows in table.groupby("source", sort=False)
    }


def rows_of(delivery: Delivery) -> Counter[str]:
    """The delivery's data rows by layout name."""
    counts: Counter[str] = Counter()
    for kind, rows in delivery.files.values():
        counts[kind] += len(rows)
    for file in delivery.whole_files.values():
        counts.update(file.tables)
    return counts


def write(landing: Path, delivery: Delivery) -> int:
    """Writes the delivery's files and manifest; returns the bytes of the files."""
    folder = landing / delivery.source / delivery.controller / delivery.period / delivery.folder
    folder.mkdir(parents=True)
    listed, size = [], 0
    for name, parts, count in _contents(delivery):
        digest = hashlib.sha256()
        with (folder / name).open("wb") as file:
            for part in parts:
                file.write(part)
                digest.update(part)
                size += len(part)
        listed.append({"name": name, "sha256": digest.hexdigest(), "rows": count})
    manifest = {
        "source": delivery.source, "controller": delivery.controller, "period": delivery.period,
        "version": delivery.version, "created_on": delivery.created_on, "synthetic": True, "files": listed,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8", newline="\n")
    return size


def _contents(delivery: Delivery) -> Iterator[tuple[str, Iterable[bytes], int]]:
    """Name, bytes in parts and rows of each file."""
    if delivery.document:
        tables = {kind: rows for kind, rows in delivery.files.values()}
        whole = cin_census_bytes(tables, delivery.controller, delivery.period, delivery.created_on)
        yield delivery.document, [whole], len(next(iter(tables.values())))
    else:
        for name, (kind, rows) in delivery.files.items():
            columns = [*layout(delivery.source, kind, delivery.period), *(c for c in delivery.extra_columns if c in rows.columns)]
            yield name, _csv_parts(rows, columns, delivery.line_end), len(rows)
    for name, file in delivery.whole_files.items():
        yield name, [file.content], file.rows


def csv_bytes(rows: pd.DataFrame, columns: list[str], line_end: str = "\n") -> bytes:
    """CSV of the columns in order (absent ones blank), quoted only where a value needs it."""
    return b"".join(_csv_parts(rows, columns, line_end))


def _csv_parts(rows: pd.DataFrame, columns: list[str], line_end: str) -> Iterator[bytes]:
    """The file in pieces of `_ROWS_AT_ONCE` rows, so that no file is in memory as a whole."""
    yield (",".join(columns) + line_end).encode()
    cells = [rows[c].to_numpy(dtype=object) if c in rows.columns else None for c in columns]
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        size = min(_ROWS_AT_ONCE, len(rows) - first)
        texts = [_quoted(c[first : first + size]) if c is not None else _BLANK for c in cells]
        texts[-1] = pc.binary_join_element_wise(_column(texts[-1], size), _text(line_end), _BLANK)
        lines = pc.binary_join_element_wise(*texts, _text(",")) if len(texts) > 1 else texts[0]
        # an array's characters lie one after another: the buffer is the file
        yield lines.buffers()[2].to_pybytes()


def _text(value: str) -> pa.Scalar:
    return pa.scalar(value, pa.large_string())


_BLANK = _text("")


def _column(cells: pa.Array | pa.Scalar, size: int) -> pa.Array:
    return pa.repeat(cells, size) if isinstance(cells, pa.Scalar) else cells


def _quoted(values: Texts) -> pa.Array:
    cells = pc.fill_null(pa.array(values, type=pa.large_string(), from_pandas=True), "")
    characters = cells.buffers()[2]
    written = b"" if characters is None else characters.to_pybytes()
    if not any(mark in written for mark in (b'"', b",", b"\r", b"\n")):
        return cells
    needs = pc.match_substring_regex(cells, '[",\r\n]')
    doubled = pc.replace_substring(cells, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise(_text('"'), doubled, _text('"'), _BLANK), cells)
