"""What a table declaration is: columns with meanings, a key, a grain, and the facts that should hold of every row."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)


class TableError(Exception):
    """A table cannot be built or written as declared; the message holds counts and column names only."""


class Sensitivity(Enum):
    """How far a column gives a person away, in words that the dictionary prints."""

    DIRECT_IDENTIFIER = "identifies a person on its own"
    QUASI_IDENTIFIER = "identifies a person in combination"
    CONFIDENTIAL = "confidential, does not identify"
    OPEN = "no restriction"


class Severity(Enum):
    """What becomes of a row that breaks a rule."""

    QUARANTINE = "the row cannot be used"
    FLAG = "the row is kept and marked"


class Zone(Enum):
    """Where a table lives; each zone has its own root, service identity and key (DESIGN §1)."""

    IDENTIFIABLE = "identifiable"
    RESEARCH = "research"


@dataclass(frozen=True)
class Rule:
    """A fact that should hold of a row: it passes unless `condition` is false; null passes, as in SQL CHECK. `condition` is SQL that Spark
    and DuckDB read alike (whole tables that Spark makes are checked by it, all others by DuckDB); regexp_like(value, pattern) is
    there in both; a backslash in its pattern is not, which each reads in its own way."""

    name: str
    condition: str
    severity: Severity
    meaning: str = ""


@dataclass(frozen=True)
class Column:
    """One column. `allowed` and `matches` become rules that flag; `required` becomes one that quarantines."""

    name: str
    type: DataType
    description: str
    sensitivity: Sensitivity = Sensitivity.CONFIDENTIAL
    required: bool = False
    allowed: tuple[str, ...] = ()
    matches: str = ""

    def rules(self) -> list[Rule]:
        """The rules that follow from the column alone."""
        found = []
        if self.required:
            found.append(Rule(f"{self.name}_is_present", f"{self.name} is not null", Severity.QUARANTINE))
        if self.allowed:
            codes = ", ".join(f"'{code}'" for code in self.allowed)
            found.append(Rule(f"{self.name}_is_a_known_code", f"{self.name} in ({codes})", Severity.FLAG))
        if self.matches:
            found.append(Rule(f"{self.name}_is_well_formed", f"regexp_like({self.name}, '{self.matches}')", Severity.FLAG))
        return found


BROKEN_RULES = Column(
    "broken_rules",
    ArrayType(StringType()),
    "Names of the rules this row breaks and is kept in spite of; empty when it breaks none.",
    Sensitivity.OPEN,
)


@dataclass(frozen=True)
class Table:
    """A Delta table. `slices` are the columns by whose values it is replaced; none means replaced whole.

    `authored` tables are written by people's decisions or other systems, not by a job.
    `statistics` are the only columns whose minimum and maximum Delta may keep (DESIGN §3.5).
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    row_rules: tuple[Rule, ...] = ()
    slices: tuple[str, ...] = ()
    marked: bool = True
    authored: bool = False
    append_only: bool = False
    statistics: tuple[str, ...] = ()
    note: str = ""

    @property
    def layer(self) -> str:
        return self.name.split(".")[0]

    @property
    def zone(self) -> Zone:
        research = {"gold", "pathfinders", "releases"}
        return Zone.RESEARCH if self.layer in research else Zone.IDENTIFIABLE

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The declared columns, and `broken_rules` where the table's rows are marked."""
        return (*self.columns, BROKEN_RULES) if self.marked else self.columns

    @property
    def schema(self) -> StructType:
        return StructType(
            [
                StructField(c.name, c.type, not (c.required and c.name in self.key), {"comment": c.description})
                for c in self.all_columns
            ]
        )

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (*(rule for column in self.columns for rule in column.rules()), *self.row_rules)

    @property
    def quarantine(self) -> "Table":
        """Where rows of this table go that break a rule of severity QUARANTINE: every value as text, with the rules."""
        return Table(
            name=f"quarantine.{self.name.replace('.', '_')}",
            grain=f"one row per delivered row that could not enter {self.name}",
            key=(),
            columns=(
                *LINEAGE,
                Column("values", MapType(StringType(), StringType()), "The row as it stood when it was checked.",
                       Sensitivity.DIRECT_IDENTIFIER),
                Column("broken_rules", ArrayType(StringType()), "Names of the rules the row breaks.", Sensitivity.OPEN),
            ),
            slices=self.slices,
            marked=False,
            statistics=("source", "controller", "period"),
        )

    def column(self, name: str) -> Column:
        return next(c for c in self.all_columns if c.name == name)


_IN_DUCKDB = {
    StringType: "varchar", LongType: "bigint", IntegerType: "integer", DateType: "date", BooleanType: "boolean", DoubleType: "double",
    FloatType: "float", TimestampType: "timestamptz",
}


def duckdb_type(kind: DataType) -> str:
    """The same type in DuckDB's SQL. Raises KeyError for one that no table declares."""
    if isinstance(kind, ArrayType):
        return f"{duckdb_type(kind.elementType)}[]"
    if isinstance(kind, MapType):
        return f"map({duckdb_type(kind.keyType)}, {duckdb_type(kind.valueType)})"
    if isinstance(kind, StructType):
        return f"struct({', '.join(f'{field.name} {duckdb_type(field.dataType)}' for field in kind)})"
    return _IN_DUCKDB[type(kind)]


def text(name: str, description: str, sensitivity: Sensitivity = Sensitivity.CONFIDENTIAL, **more: Any) -> Column:
    """A column of text."""
    return Column(name, StringType(), description, sensitivity, **more)


LINEAGE = (
    text("source", "Which return or extract supplied the row.", Sensitivity.OPEN),
    text("controller", "The council (DfE number) or NHS organisation (ODS code) that delivered the row.", Sensitivity.OPEN),
    text("period", "The period the delivery is for, as its manifest states it.", Sensitivity.OPEN),
    text("file_kind", "Which file of the source the row came from.", Sensitivity.OPEN),
    text("delivery_id", "The delivery: a hash of its source, controller, period and files.", Sensitivity.OPEN),
    Column("source_row", LongType(), "The row's number among the data rows of its file, from 1.", Sensitivity.OPEN),
)
