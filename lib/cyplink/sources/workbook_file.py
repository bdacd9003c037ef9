"""Read one delivered workbook, in a Spark task, into one Parquet file of text for each list it holds.

A sheet is what its headings say. One that lacks declared columns is not taken, the others are; a sheet without a list (a cover, notes) is
passed over; what had the shape of a list and was not taken is noted. A row's number is its place under the headings, so that it is found again in the sheet.
"""

import csv
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from cyplink.sources.delimited import FileFound, sha256_of
from cyplink.sources.model import FileKind
from cyplink.sources.rows import Layout, write_parquet
from cyplink.sources.workbook import LIMITS, Limits, Row, SheetRows, WorkbookError, open_workbook
from cyplink.sources.workbook_layout import MOST_TITLE_ROWS, Recognised, WorkbookLayout, is_wide, recognise

Rows = Iterator[tuple[int, Row]]


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook by its name or by what it begins with."""
    with path.open("rb") as content:
        start = content.read(4)
    return path.suffix.lower() in (".xlsx", ".xlsm", ".xls") or start == b"PK\x03\x04"


def read_workbook(
    path: Path, layout: WorkbookLayout, kinds: Mapping[str, FileKind], stated_sha256: str, constants: dict[str, str | int], targets: Mapping[str, Path],
    limits: Limits = LIMITS,
) -> FileFound:
    """Read `path` into Parquet files, by kind at `targets`: the kind's columns as text, `other_columns`, `constants`, `source_row`.

    The file is refused, with reasons and nothing written, when its hash differs from `stated_sha256`, it is damaged, protected by a
    password or larger than `limits`, or no sheet of it can be taken. A list without rows is found and has no file.
    """
    found = FileFound(sha256=sha256_of(path))
    if found.sha256 != stated_sha256:
        return found.refuse("checksum_differs")
    if path.stat().st_size == 0:
        return found.refuse("file_is_empty")
    lists: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            with open_workbook(path, limits) as sheets:
                for sheet in sheets:
                    _read_sheet(sheet, layout, kinds, constants, lists, found, Path(folder))
        except WorkbookError as error:
            found = FileFound(sha256=found.sha256)
            return found.refuse(error.reason)
        except csv.Error:
            found = FileFound(sha256=found.sha256)
            return found.refuse("cell_too_long")
        _keep(lists, kinds, targets, found, Path(folder))
    return found


def _read_sheet(
    sheet: SheetRows, layout: WorkbookLayout, kinds: Mapping[str, FileKind], constants: dict[str, str | int], lists: dict[str, int], found: FileFound,
    folder: Path,
) -> None:
    top = list(islice(sheet.rows, MOST_TITLE_ROWS))
    seen = recognise(top, layout, kinds.values(), str(constants["period"]))
    if seen is None:
        # A cover or guidance is in every workbook; what has the shape of a list is not passed over without a word.
        found.reasons += [f"sheet_passed_over: {sheet.place}"] if any(is_wide(row) for _, row in top) else []
    elif seen.kind.name in lists:
        found.reasons.append(f"list_twice_in_the_workbook: {seen.kind.name} in sheet {sheet.place}")
    elif seen.missing:
        found.reasons.append(f"{seen.kind.name}_columns_missing: {', '.join(seen.missing)}")
    else:
        text, seen = _written(chain((row for row in top if row[0] > seen.row), sheet.rows), seen, folder / f"{seen.kind.name}.csv")
        rows = write_parquet(text, Layout(seen.header, seen.kind, constants), folder / f"{seen.kind.name}.parquet", numbered=True)
        if rows is None:
            raise WorkbookError("workbook_is_damaged")
        lists[seen.kind.name] = rows
        undeclared = [name for name in seen.header if name not in seen.kind.header]
        found.further_columns |= {seen.kind.name: undeclared} if undeclared else {}


def _written(rows: Rows, seen: Recognised, target: Path) -> tuple[Path, Recognised]:
    """The rows under the headings as CSV, each with its number in front; and the header, with a name for each column without a heading
    that has a value."""
    ragged, width = target.with_suffix(".ragged"), len(seen.header)
    with ragged.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, row in rows:
            if any(text.strip() for text in row):
                width = max(width, len(row))
                writer.writerow([number - seen.row, *row])
    header = (*seen.header, *(f"column_{place}" for place in range(len(seen.header) + 1, width + 1)))
    csv.field_size_limit(1 << 20)
    with ragged.open(encoding="utf-8", newline="") as given, target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["number", *range(width)])
        writer.writerows([*row, *[""] * (width + 1 - len(row))] for row in csv.reader(given))
    return target, replace(seen, header=header)


def _keep(lists: Mapping[str, int], kinds: Mapping[str, FileKind], targets: Mapping[str, Path], found: FileFound, folder: Path) -> None:
    """Put the files in place and say what was found; the file is of the first kind, in order of declaration, that it has a list of."""
    in_order = [name for name in kinds if name in lists]
    if not in_order:
        missing = [reason for reason in found.reasons if "_columns_missing: " in reason]
        if missing:
            found.kind = missing[0].partition("_columns_missing")[0]
            found.refuse()
        else:
            found.refuse("file_kind_unknown", status="unknown_kind")
        return
    for name in in_order:
        if lists[name]:
            target = targets[name]
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f".{target.name}.{os.getpid()}")
            partial.write_bytes((folder / f"{name}.parquet").read_bytes())
            os.replace(partial, target)
    found.kind, found.rows = in_order[0], lists[in_order[0]]
    found.further = {name: lists[name] for name in in_order[1:]}
    found.extra_columns = found.further_columns.pop(in_order[0], [])
