"""Rows of a sound CSV file, by DuckDB, into Parquet in the shape of their bronze table: one pass, streaming, one thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cyplink import duck
from cyplink.sources.model import FileKind

LONGEST_FIELD = 1 << 20


@dataclass(frozen=True)
class Layout:
    """How a file's columns become a table's: its header as found, its kind, and what is the same for every row."""

    header: Sequence[str]
    kind: FileKind
    constants: Mapping[str, str | int]


def write_parquet(text: Path, layout: Layout, target: Path, numbered: bool = False) -> int | None:
    """Write the file as Parquet and return its rows; None when a line of it is not a row of as many fields as the header has.

    Columns are read by place (c0, c1, ...), for a header may hold any name. A `numbered` file has each row's number in front; the rows
    of another are counted.
    """
    with duck.connection() as connection:
        try:
            rows = connection.execute(
                f"copy (select {', '.join(_selected(layout, numbered))} from {_scan(text, len(layout.header), numbered)}) "
                f"to {duck.literal(str(target))} (format parquet, compression zstd)"
            ).fetchall()[0][0]
            return None if connection.execute("select 1 from reject_errors limit 1").fetchall() else int(rows)
        except duckdb.Error:
            return None


def _selected(layout: Layout, numbered: bool) -> list[str]:
    declared = layout.kind.header
    place = {name: f"c{place}" for place, name in enumerate(layout.header)}
    # An empty field, in quotes or not, is read as null.
    values = [place.get(name, "null::varchar") for name in declared]
    return [
        *(f'{value} as "{column}"' for value, column in zip(values, layout.kind.columns, strict=True)),
        _other_columns({name: place[name] for name in layout.header if name not in declared}),
        *(f"{duck.literal(value)} as {name}" for name, value in layout.constants.items()),
        f"{'number::bigint' if numbered else 'row_number() over ()'} as source_row",
    ]


def _other_columns(places: Mapping[str, str]) -> str:
    if not places:
        return "null::map(varchar, varchar) as other_columns"
    return f"map([{duck.listed(places)}], [{', '.join(places.values())}]) as other_columns"


def _scan(text: Path, width: int, numbered: bool) -> str:
    names = [*(["number"] if numbered else []), *(f"c{place}" for place in range(width))]
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({duck.literal(str(text))}, columns={{{columns}}}, header=true, auto_detect=false, delim=',', quote='\"', escape='\"', "
        f"strict_mode=true, store_rejects=true, max_line_size={LONGEST_FIELD * (8 if numbered else 1)})"
    )
