"""What a source declaration is: the files a supplier delivers, their columns and code sets, and their bronze tables."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pyspark.sql.types import IntegerType, LongType, MapType, StringType

from cyplink.sources.calendar import in_time
from cyplink.sources.rules import ReturnRule, RuleTable
from cyplink.tables.model import Column, Sensitivity, Table, text

if TYPE_CHECKING:
    from cyplink.sources.workbook_layout import WorkbookLayout
    from cyplink.sources.xml_layout import XmlLayout

FIELD_TYPES = ("text", "date", "datetime", "time", "integer", "number", "boolean", "code")


@dataclass(frozen=True)
class Field:
    """One column of a delivered file, as the supplier spells it. `former_name`: how it was spelt up to the period `former_until`."""

    name: str
    type: str
    format: str
    required: bool
    codes: str
    sensitivity: Sensitivity
    description: str
    first_period: str
    last_period: str
    former_name: str = ""
    former_until: str = ""
    terms: tuple[str, ...] = ()

    @cached_property
    def column(self) -> str:
        """Its name in bronze: Delta takes no space or bracket in a name, so that runs of such signs become one underscore."""
        return re.sub(r"\W+", "_", self.name, flags=re.ASCII).strip("_")

    def is_in_use(self, period: str) -> bool:
        """Whether a return for the period has the column: it had come, and had not gone, and is of that term's census."""
        return _is_within(self.first_period, period, self.last_period) and (not self.terms or period.rsplit("-", maxsplit=1)[-1] in self.terms)


@dataclass(frozen=True)
class FileKind:
    """One kind of file of a source. Recognised by its header set (`header`) or by its file name (`name`).

    `required`: a delivery without it is reported, for the periods it has columns in. `accounted_in`: the silver table whose build decides
    what becomes of each of its rows, for the balance of counts; none where bronze keeps the rows and no table is made of them.
    """

    source: str
    name: str
    file_name: str
    recognised_by: str
    layout: str
    grain: str
    accounted_in: str
    required: bool
    fields: tuple[Field, ...]

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def columns(self) -> tuple[str, ...]:
        """The header as bronze spells it."""
        return tuple(field.column for field in self.fields)

    def header_in(self, period: str) -> tuple[str, ...]:
        """The columns a delivery for `period` must have; none where the file is not part of that term's census."""
        return tuple(f.name for f in self.fields if f.is_in_use(period))

    def as_declared(self, header: Sequence[str], period: str) -> list[str]:
        """A header with the columns that a delivery for `period` may still give by a former name under today's."""
        known = {f.former_name: f.name for f in self.fields if f.former_name and period <= f.former_until and f.name not in header}
        return [known.get(name, name) for name in header]

    def is_called(self, file_name: str) -> bool:
        """Whether a file of this name is of this kind, by its name alone; case does not matter."""
        return fnmatch(file_name.lower(), self.file_name.lower())

    @cached_property
    def bronze(self) -> Table:
        """The bronze table: every value as text under the supplier's name (as `Field.column` spells it), plus where the row came from."""
        columns = tuple(text(f.column, f.description, f.sensitivity) for f in self.fields)
        return Table(
            name=f"bronze.{self.source}_{self.name}".lower(),
            grain=f"one row per delivered row; {self.grain}",
            key=("delivery_id", "source_row"),
            columns=(*columns, *BRONZE_LINEAGE),
            marked=False,
            append_only=True,
            statistics=("controller", "period", "delivery_id"),
        )


BRONZE_LINEAGE = (
    Column("other_columns", MapType(StringType(), StringType()), "Undeclared columns of the delivered file, by header.", Sensitivity.DIRECT_IDENTIFIER),
    text("controller", "Council (DfE number) or NHS organisation (ODS code) that delivered it.", Sensitivity.OPEN),
    text("period", "The period of the delivery, as its manifest states it.", Sensitivity.OPEN),
    Column("delivery_version", IntegerType(), "Version in the manifest: a correction has a higher one.", Sensitivity.OPEN),
    text("delivery_id", "The delivery: a hash of its source, controller, period and files.", Sensitivity.OPEN),
    text("source_file", "Name of the delivered file.", Sensitivity.OPEN),
    Column("source_row", LongType(), "Number of the row among the file's data rows, from 1.", Sensitivity.OPEN),
)


@dataclass(frozen=True)
class Source:
    """One supplier's format. `health` sources pass the door that withholds protected people (DESIGN §3.7). `rule_tables`, in order:
    what its `rules` read besides views of the files."""

    name: str
    title: str
    description: str
    health: bool
    file_kinds: tuple[FileKind, ...]
    codes: Mapping[str, Mapping[str, "Code"]]
    breaks: tuple["Break", ...]
    rules: tuple[ReturnRule, ...] = ()
    rule_tables: tuple[RuleTable, ...] = ()
    workbook: "WorkbookLayout | None" = None
    """How the sheets of a workbook of it are told apart; None where there are no such files."""
    xml: "XmlLayout | None" = None
    """How an XML file of it holds several file kinds; None where there are no such files."""

    def kind(self, name: str) -> FileKind:
        return next(kind for kind in self.file_kinds if kind.name == name)

    def codes_in_use(self, code_set: str, period: str) -> list[str]:
        """The codes of a set that a return for the period may use, in upper case. Raises KeyError for an unknown set."""
        return sorted({code.upper() for code, what in self.codes[code_set].items() if what.is_in_use(period)})


@dataclass(frozen=True)
class Code:
    """What a code means, and the periods in which a return may use it."""

    label: str
    first_period: str
    last_period: str

    def is_in_use(self, period: str) -> bool:
        return _is_within(self.first_period, period, self.last_period)


@dataclass(frozen=True)
class Break:
    """From `first_period` on a field says something else than before, or (no field named) the file, or (neither named) the whole source:
    what the periods of fields and codes alone do not tell. `evidence`: where it is known from."""

    file_kind: str
    field: str
    first_period: str
    what: str
    evidence: str


def _is_within(first: str, period: str, last: str) -> bool:
    return in_time(first) <= in_time(period) and (not last or in_time(period) <= in_time(last))


def declare(source: str, fields: Mapping[str, tuple[Field, ...]], recognised_by: str, layout: str) -> "Declare":
    """How one source's file kinds are declared: a function of name, grain, accounted_in and, where it is not `<name>.csv`, file name."""

    def kind(name: str, grain: str, accounted_in: str, file_name: str = "", required: bool = True) -> FileKind:
        return FileKind(source, name, file_name or f"{name}.csv", recognised_by, layout, grain, accounted_in, required=required, fields=fields[name])

    return kind


class Declare(Protocol):
    """The function that `declare` returns."""

    def __call__(self, name: str, grain: str, accounted_in: str, file_name: str = "", required: bool = True) -> FileKind: ...


def read_fields(path: Path) -> dict[str, tuple[Field, ...]]:
    """`fields.csv` (file_kind,name,type,format,required,codes,sensitivity,description,first_period,last_period and, where names
    changed, former_name,former_until; for a census, the terms that have the column) by file kind."""
    kinds: dict[str, list[Field]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["type"] not in FIELD_TYPES:
                raise ValueError(f"{path.name}: {row['name']} has type {row['type']!r}; use one of {FIELD_TYPES}")
            kinds.setdefault(row["file_kind"], []).append(
                Field(
                    name=row["name"], type=row["type"], format=row["format"], required=row["required"] == "yes",
                    codes=row["codes"], sensitivity=Sensitivity[row["sensitivity"].upper()],
                    description=row["description"], first_period=row["first_period"], last_period=row["last_period"],
                    former_name=row.get("former_name") or "", former_until=row.get("former_until") or "",
                    terms=tuple((row.get("terms") or "").split()),
                )
            )
    return {kind: tuple(fields) for kind, fields in kinds.items()}


def read_codes(path: Path) -> dict[str, dict[str, Code]]:
    """`codes.csv` (code_set,code,label,first_period,last_period,evidence): codes by code set. A code renamed in a later year has its last label."""
    sets: dict[str, dict[str, Code]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            sets.setdefault(row["code_set"], {})[row["code"]] = Code(row["label"], row["first_period"], row["last_period"])
    return sets


def read_breaks(path: Path) -> tuple[Break, ...]:
    """`breaks.csv` (file_kind,field,first_period,what,evidence); a file without rows says that none is known."""
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(Break(**row) for row in csv.DictReader(lines))
