"""What is made from what, as far as the declarations say it.

Tables: from what the jobs read and write. Columns, only where a declaration names its origin: tables/origins.csv does; a job that
reads no delivered file takes over a column by sharing its declaration with a table it reads; and a column whose meaning names a
delivered field of the files it is made from comes from that field.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from cyplink.flow import Step
from cyplink.return_words import named
from cyplink.sources.model import Source
from cyplink.tables.model import Table

Place = tuple[str, str]
"""A table's name and a column's. A delivered field is a column of its file's bronze table."""

ORIGINS = Path(__file__).parent / "tables" / "origins.csv"
_T = TypeVar("_T")
_WORD = re.compile(r"[A-Z][a-z]*")


@dataclass(frozen=True)
class Lineage:
    """`writers`: jobs by the table they write. `reads`, `read_by`: tables by table. `origins`, `uses`: places by place."""

    writers: Mapping[str, Sequence[str]]
    reads: Mapping[str, Sequence[str]]
    read_by: Mapping[str, Sequence[str]]
    origins: Mapping[Place, Sequence[Place]]
    uses: Mapping[Place, Sequence[Place]]

    def delivered(self, place: Place) -> list[Place]:
        """The delivered fields behind a column, through every table between; none where the declarations do not tell."""
        behind = [field for origin in self.origins.get(place, ()) for field in self.delivered(origin)]
        return list(dict.fromkeys(behind)) if place in self.origins else [place] if place[0].startswith("bronze.") else []


def lineage_of(steps: Iterable[Step], sources: Mapping[str, Source]) -> Lineage:
    """The lineage that jobs and tables declare; `steps` in the order of the data, as `flow.discover` gives them."""
    fields = {kind.bronze.name: (source.name, {f.name: f.column for f in kind.fields}) for source in sources.values() for kind in source.file_kinds}
    writers: dict[str, list[str]] = {}
    reads: dict[str, list[str]] = {}
    origins: dict[Place, list[Place]] = {}
    for step in steps:
        own = {table.name for table in step.writes}
        for table in step.writes:
            writers.setdefault(table.name, []).append(step.name)
            reads[table.name] = list(dict.fromkeys([*reads.get(table.name, ()), *(t.name for t in step.reads if t.name not in own)]))
            if table.name not in fields:
                read = [t for t in step.reads if t.name not in own]
                files = {t.name: fields[t.name] for t in read if t.name in fields}
                found = _from_files(table, files) if files else _from_tables(table, read, origins)
                told = {place: [*declared_origins().get(place, ()), *found.get(place, ())] for place in ((table.name, c.name) for c in table.columns)}
                origins.update({place: list(dict.fromkeys(places)) for place, places in told.items() if places})
    return Lineage(writers, reads, _turned(reads), origins, _turned(origins))


@cache
def declared_origins() -> Mapping[Place, Sequence[Place]]:
    """What origins.csv (table,column,of_table,of_column; delivered fields as bronze spells them) says that columns are made of."""
    found: dict[Place, list[Place]] = {}
    with ORIGINS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault((row["table"], row["column"]), []).append((row["of_table"], row["of_column"]))
    return found


def _from_files(table: Table, files: Mapping[str, tuple[str, Mapping[str, str]]]) -> dict[Place, list[Place]]:
    """Delivered fields that the columns' meanings name. A table of several sources has none: a name such as UPN is then a word for
    what every source has."""
    if len({source for source, _ in files.values()}) > 1:
        return {}
    return {
        (table.name, column.name): [(file, fields[name]) for file, (_, fields) in files.items() for name in _named(column.description, fields)]
        for column in table.columns
    }


def _from_tables(table: Table, read: Sequence[Table], origins: Mapping[Place, Sequence[Place]]) -> dict[Place, list[Place]]:
    """Columns whose declaration is another table's too; and delivered fields that a meaning names and a table read comes from."""
    behind = [place for t in read for column in t.columns for place in origins.get((t.name, column.name), ())]
    found = {}
    for column in table.columns:
        shared = [(t.name, column.name) for t in read if any(column is other for other in t.columns)]
        found[table.name, column.name] = shared or [place for place in behind if place[1] in _named(column.description, {place[1]: ""})]
    return found


def _named(meaning: str, fields: Mapping[str, str]) -> Sequence[str]:
    """Fields that a meaning names, but for those whose name is a word that begins a sentence (Reason, A)."""
    return [name for name in named(meaning, fields) if not _WORD.fullmatch(name)]


def _turned(arrows: Mapping[_T, Iterable[_T]]) -> dict[_T, list[_T]]:
    turned: dict[_T, list[_T]] = {}
    for end, starts in arrows.items():
        for start in starts:
            turned.setdefault(start, []).append(end)
    return turned
