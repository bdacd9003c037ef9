"""Records of an XML file as rows of their tables, and rows as Parquet in the shape of the bronze tables, a few thousand at a time."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cyplink.sources.model import FileKind
from cyplink.sources.xml_layout import LIST_SEPARATOR, Plan, XmlTable
from cyplink.sources.xml_records import Element, Record

ROWS_AT_ONCE = 5_000
MOST_OTHER_NAMES = 200
VALUE_GIVEN_TWICE = "value_given_twice"
_NO = ("", "0", "false")

Values = dict[str, str]


class UnreadableRecord(Exception):
    """The record cannot be rows; `fault` says why."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass
class Row:
    """A row of a kind: its number, its values by column, and what no column is declared for."""

    kind: str
    number: int
    values: Values
    other: Values


def rows_of(record: Record, plan: Plan, counts: Counter[str]) -> list[Row]:
    """The rows of a record, those within it after it. `counts`, rows so far by kind, is moved on only when all could be made.

    Raises UnreadableRecord where an element that is given once at most is given twice.
    """
    ahead = Counter(counts)
    rows = list(_rows(record.element, record.path, plan, ahead, {}))
    counts.update(ahead - counts)
    return rows


def _rows(element: Element, path: str, plan: Plan, counts: Counter[str], above: Values) -> Iterator[Row]:
    gathered = _Gathered(plan, path)
    gathered.take(element, "")
    known = above | gathered.values
    other = gathered.other
    for table in plan.layout.at[path]:
        if table.when and gathered.switched.get(table.when, "").strip().lower() in _NO:
            continue
        counts[table.kind] += 1
        row = Row(table.kind, counts[table.kind], _values(plan, table, gathered.values, above), other)
        if table.number:
            row.values[table.number] = known[table.number] = str(row.number)
        yield row
        other = {}
    for part, its_path in gathered.rows_within:
        yield from _rows(part, its_path, plan, counts, known)


def _values(plan: Plan, table: XmlTable, own: Values, above: Values) -> Values:
    inherited = {name: above[name] for name in table.inherits if name in above}
    return inherited | {name: own[name] for name in plan.own[table.kind] if name in own}


@dataclass
class _Gathered:
    """What an element that is a row says of itself, and the elements in it that are rows of their own."""

    plan: Plan
    path: str
    values: Values = field(default_factory=dict)
    other: Values = field(default_factory=dict)
    switched: Values = field(default_factory=dict)
    rows_within: list[tuple[Element, str]] = field(default_factory=list)

    def take(self, element: Element, group: str) -> None:
        """Take what the element, or a group in it, holds; `group` is the path from the row, with a slash after it."""
        if element.attributes:
            self._attributes(element, group)
        if element.parts and (beside := element.text.strip()):
            self._keep(f"{group}text()", beside)
        for part in element.parts:
            name, path = f"{group}{part.name}", f"{self.path}/{group}{part.name}"
            if path in self.plan.layout.at:
                self.rows_within.append((part, path))
            elif part.name in self.plan.layout.groups and (part.parts or not part.text.strip()):
                self.take(part, f"{name}/")
            elif part.parts:
                self._undeclared(part, name)
            else:
                self._leaf(part, name)

    def _leaf(self, part: Element, name: str) -> None:
        if part.attributes:
            self._attributes(part, name)
        column = self.plan.layout.spelt.get(part.name, part.name)
        if column in self.plan.switches[self.path]:
            self.switched[column] = part.text
        if column not in self.plan.columns[self.path]:
            self._keep(name, part.text)
        elif column not in self.values:
            self.values[column] = part.text
        elif column in self.plan.lists:
            self.values[column] += LIST_SEPARATOR + part.text
        else:
            raise UnreadableRecord(VALUE_GIVEN_TWICE)

    def _undeclared(self, element: Element, name: str) -> None:
        """An element that no table declares, with all in it, by path."""
        self._attributes(element, name)
        for part in element.parts:
            self._undeclared(part, f"{name}/{part.name}")
        if element.text.strip() or not element.parts:
            self._keep(name, element.text)

    def _attributes(self, element: Element, name: str) -> None:
        for key, value in element.attributes.items():
            self._keep(f"{name.rstrip('/')}@{key}", value)

    def _keep(self, name: str, text: str) -> None:
        """Under its path, and the second and further of one path under that and their number."""
        key, again = name, 1
        while key in self.other:
            again += 1
            key = f"{name}[{again}]"
        self.other[key] = text


class TableFile:
    """The Parquet file of one kind, written as rows come; it is put in place only when all went well."""

    def __init__(self, kind: FileKind, constants: Mapping[str, str | int], target: Path) -> None:
        self.kind, self.constants, self.target = kind, constants, target
        self.partial = target.with_name(f".{target.name}.{os.getpid()}")
        self.rows = 0
        self.other_names: set[str] = set()
        self._waiting: list[Row] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, row: Row) -> None:
        self.rows += 1
        if row.other and len(self.other_names) < MOST_OTHER_NAMES:
            self.other_names.update(name.partition("[")[0] for name in row.other)
        self._waiting.append(row)
        if len(self._waiting) >= ROWS_AT_ONCE:
            self._write()

    def close(self, is_kept: bool) -> None:
        """Put the file in place, or leave nothing of it; a table without rows has no file."""
        if is_kept and self._waiting:
            self._write()
        if self._writer:
            self._writer.close()
        if is_kept and self.rows:
            os.replace(self.partial, self.target)
        else:
            self.partial.unlink(missing_ok=True)

    def _write(self) -> None:
        rows, self._waiting = self._waiting, []
        text = pa.string()
        columns: dict[str, pa.Array] = {name: pa.array([row.values.get(name) or None for row in rows], text) for name in self.kind.header}
        columns["other_columns"] = pa.array([list(row.other.items()) if row.other else None for row in rows], pa.map_(text, text))
        for name, value in self.constants.items():
            columns[name] = pa.array([value] * len(rows), pa.int32() if isinstance(value, int) else text)
        columns["source_row"] = pa.array([row.number for row in rows], pa.int64())
        table = pa.table(columns)
        if self._writer is None:
            self.partial.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(self.partial, table.schema, compression="zstd")
        self._writer.write_table(table)
