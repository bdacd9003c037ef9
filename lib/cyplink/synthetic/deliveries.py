"""Deliveries as suppliers make them: a folder of CSV files, one XML file or a workbook, and a manifest, byte for byte the same for the same content."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cyplink.synthetic.calibration import HERE
from cyplink.synthetic.cin_census_document import cin_census_bytes


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
    """Columns of a delivered file, in order (layouts.csv): those of the period's term (`<file>.<term>`) where it has its own."""
    table = pd.read_csv(HERE / "layouts.csv")
    of_source = table[table["source"] == source].groupby("file", sort=False)["column"].agg(tuple)
    return tuple(of_source.get(f"{file}.{period.rsplit('-', maxsplit=1)[-1]}", of_source[file]))


def write(landing: Path, delivery: Delivery) -> int:
    """Writes the delivery's files and manifest; returns the data rows written."""
    folder = landing / delivery.source / delivery.controller / delivery.period / delivery.folder
    folder.mkdir(parents=True)
    listed = []
    for name, content, count in _contents(delivery):
        (folder / name).write_bytes(content)
        listed.append({"name": name, "sha256": hashlib.sha256(content).hexdigest(), "rows": count})
    for name, file in delivery.whole_files.items():
        (folder / name).write_bytes(file.content)
        listed.append({"name": name, "sha256": hashlib.sha256(file.content).hexdigest(), "rows": file.rows})
    manifest = {
        "source": delivery.source, "controller": delivery.controller, "period": delivery.period,
        "version": delivery.version, "created_on": delivery.created_on, "synthetic": True, "files": listed,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8", newline="\n")
    return sum(len(rows) for _, rows in delivery.files.values())


def _contents(delivery: Delivery) -> Iterator[tuple[str, bytes, int]]:
    """Name, bytes and rows of each file."""
    if delivery.document:
        tables = {kind: rows for kind, rows in delivery.files.values()}
        yield delivery.document, cin_census_bytes(tables, delivery.controller, delivery.period, delivery.created_on), len(next(iter(tables.values())))
        return
    for name, (kind, rows) in delivery.files.items():
        columns = [*layout(delivery.source, kind, delivery.period), *(c for c in delivery.extra_columns if c in rows.columns)]
        yield name, csv_bytes(rows, columns, delivery.line_end), len(rows)


def csv_bytes(rows: pd.DataFrame, columns: list[str], line_end: str = "\n") -> bytes:
    """CSV of the columns in order (absent ones blank), quoted only where a value needs it."""
    if len(rows) == 0:
        return (",".join(columns) + line_end).encode()
    blank = pa.array([""] * len(rows), type=pa.large_string())
    cells = [_quoted(pa.array(rows[c], type=pa.large_string())) if c in rows.columns else blank for c in columns]
    lines = pc.binary_join_element_wise(*cells, pa.scalar(",", pa.large_string()))
    return "".join(_lines(",".join(columns), lines, line_end)).encode()


def _lines(header: str, lines: pa.Array, line_end: str) -> Iterator[str]:
    yield header + line_end
    for line in lines.to_pylist():
        yield line + line_end


def _quoted(cells: pa.Array) -> pa.Array:
    cells = pc.fill_null(cells, "")
    needs = pc.match_substring_regex(cells, '[",\r\n]')
    if not pc.any(needs).as_py():
        return cells
    doubled = pc.replace_substring(cells, '"', '""')
    quote = pa.scalar('"', pa.large_string())
    return pc.if_else(
        needs, pc.binary_join_element_wise(quote, doubled, quote, pa.scalar("", pa.large_string())), cells
    )
