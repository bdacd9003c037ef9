"""What a source declaration is: the files a supplier delivers, their columns and code sets, and their bronze tables."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pyspark.sql.types import IntegerType, LongType, MapType, StringType

from cyplink.sources.rules import ReturnRule
from cyplink.tables.model import Column, Sensitivity, Table, text

if TYPE_CHECKING:
    from cyplink.sources.workbook_layout import WorkbookLayout
    from cyplink.sources.xml_layout import XmlLayout

FIELD_TYPES = ("text", "date", "datetime", "time", "integer", "number", "boolean", "code")


@dataclass(frozen=True)
class Field:
    """One column of a delivered file, as the supplier spells it."""

    name: str
    type: str
    format: str
    required: bool
    codes: str
    sensitivity: Sensitivity
    description: str
    first_period: str
    last_period: str


@dataclass(frozen=True)
class FileKind:
    """One kind of file of a source. Recognised by its header set (`header`) or by its file name (`name`).

    `required`: a delivery without it is reported. `accounted_in`: the silver table whose build decides what
    becomes of each of its rows, for the balance of counts.
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

    def header_in(self, period: str) -> tuple[str, ...]:
        """The columns a delivery for `period` must have: those that had come, and had not gone, by then."""
        return tuple(f.name for f in self.fields if f.first_period <= period and (not f.last_period or period <= f.last_period))

    def is_called(self, file_name: str) -> bool:
        """Whether a file of this name is of this kind, by its name alone; case does not matter."""
        return fnmatch(file_name.lower(), self.file_name.lower())

    @cached_property
    def bronze(self) -> Table:
        """The bronze table: every value as text under the supplier's name, plus where the row came from."""
        columns = tuple(text(f.name, f.description, f.sensitivity) for f in self.fields)
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
    """One supplier's format. `health` sources pass the door that withholds protected people (DESIGN §3.7)."""

    name: str
    title: str
    description: str
    health: bool
    file_kinds: tuple[FileKind, ...]
    codes: Mapping[str, Mapping[str, "Code"]]
    rules: tuple[ReturnRule, ...] = ()
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
        return self.first_period <= period and (not self.last_period or period <= self.last_period)


def declare(source: str, fields: Mapping[str, tuple[Field, ...]], recognised_by: str, layout: str) -> "Declare":
    """How one source's file kinds are declared: a function of name, grain, accounted_in and, where it is not `<name>.csv`, file name."""

    def kind(name: str, grain: str, accounted_in: str, file_name: str = "", required: bool = True) -> FileKind:
        return FileKind(source, name, file_name or f"{name}.csv", recognised_by, layout, grain, accounted_in, required=required, fields=fields[name])

    return kind


class Declare(Protocol):
    """The function that `declare` returns."""

    def __call__(self, name: str, grain: str, accounted_in: str, file_name: str = "", required: bool = True) -> FileKind: ...


def read_fields(path: Path) -> dict[str, tuple[Field, ...]]:
    """`fields.csv` (file_kind,name,type,format,required,codes,sensitivity,description,first_period,last_period) by file kind."""
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
