"""Checking returns: every rule of a source, over every current return, in DuckDB inside Spark tasks.

A return is what one controller delivered for one period. A task opens the bronze files of its returns by pinned path, lays views over
them (see sources/rules.py) and selects the rows that break each rule. Nothing of a row but its place leaves the task.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from cyplink import duck
from cyplink.lake import Pin, WrittenFile, files_at
from cyplink.settling import write_file
from cyplink.sources import SOURCES
from cyplink.sources.calendar import days_of, in_time
from cyplink.sources.model import Field, FileKind, Source
from cyplink.sources.rules import ReturnRule
from cyplink.tables.silver import RETURN_ERROR

WHITE_SPACE = " \t\r\n\u00a0"
STATED_TOGETHER = 20
"""Rules in one statement: on a small return what a statement costs by itself is more than the rows do."""

PARTIAL_DATE = "partial"
"""Format of a date whose day or month may be given as zz (SSDA903 DATE_PERM)."""


@dataclass(frozen=True)
class Return:
    """One controller's files for one period: `files` and `last_files` (the period before) give delivery and file name by file kind."""

    source: str
    controller: str
    period: str
    files: Mapping[str, tuple[str, str]]
    last_files: Mapping[str, tuple[str, str]]


def returns_of(files: Sequence[Mapping[str, Any]], slices: Mapping[str, str]) -> list[Return]:
    """The returns of the slices (`source/controller`) among current files (rows of bronze.delivery_file), in order of period."""
    found: dict[tuple[str, str], dict[str, dict[str, tuple[str, str]]]] = {}
    for file in files:
        if f"{file['source']}/{file['controller']}" in slices and SOURCES[file["source"]].rules:
            of_period = found.setdefault((file["source"], file["controller"]), {}).setdefault(file["period"], {})
            of_period[file["file_kind"]] = (file["delivery_id"], file["file_name"])
    returns = []
    for (source, controller), periods in sorted(found.items()):
        in_order = sorted(periods, key=in_time)
        for before, period in zip([None, *in_order[:-1]], in_order, strict=True):
            returns.append(Return(source, controller, period, periods[period], periods[before] if before else {}))
    return returns


def write_errors(returns: Sequence[Return], pins: Mapping[str, Pin], folder: str, prefix: str) -> WrittenFile | None:
    """Check a slice's returns and write what is found as one file of silver.return_error; `pins`: bronze tables by name."""
    found = [row for one in returns for row in errors_of(one, pins)]
    names = RETURN_ERROR.schema.names
    rows = pa.table({name: [row[place] for row in found] for place, name in enumerate(names)}) if found else None
    if rows is None:
        return None
    with duck.connection() as connection:
        connection.register("found", rows)
        return write_file(connection, f"select * from found order by {', '.join(RETURN_ERROR.key)}", folder, prefix, RETURN_ERROR.statistics)


def errors_of(one: Return, pins: Mapping[str, Pin]) -> Iterator[tuple[Any, ...]]:
    """Rows of silver.return_error of one return. Raises duckdb.Error for a rule that is not SQL over its views (tests bind every rule)."""
    source = SOURCES[one.source]
    with duck.connection() as connection:
        _open_views(connection, source, one, pins)
        for rule, row in broken(connection, source, one.period, {*one.files, *(f"last_{kind}" for kind in one.last_files)}):
            delivery_id, source_file = one.files[rule.file_kind]
            yield (one.source, one.controller, one.period, delivery_id, rule.file_kind, source_file, row, rule.number, rule.severity.name.lower())


def broken(connection: duckdb.DuckDBPyConnection, source: Source, period: str, views: set[str]) -> Iterator[tuple[ReturnRule, int]]:
    """Rules in force and the rows that break them. Rules that read a view which is not there are not checked (see `checkable`)."""
    views = views | _make_rule_tables(connection, source, period, views)
    rules = [rule for rule in source.rules if rule.is_in_force(period) and is_checkable(rule, views)]
    alone = [rule for rule in rules if rule.query or rule.reads]
    for kind in sorted({rule.file_kind for rule in rules if rule not in alone}):
        # Rules of a row by itself are looked at together, in one pass over the file.
        together = [rule for rule in rules if rule.file_kind == kind and rule not in alone]
        cases = ", ".join(f"case when {_with_codes(rule.condition, source, period)} then {place} end" for place, rule in enumerate(together))
        query = f"select source_row, unnest(list_filter([{cases}], lambda place: place is not null)) from {kind}"
        yield from ((together[place], row) for row, place in connection.execute(query).fetchall())
    for some in (alone[first : first + STATED_TOGETHER] for first in range(0, len(alone), STATED_TOGETHER)):
        queries = (_with_codes(rule.query or f"select source_row from {rule.file_kind} where {rule.condition}", source, period) for rule in some)
        query = " union all ".join(f"(select distinct {place}, source_row from ({one}))" for place, one in enumerate(queries))
        yield from ((some[place], row) for place, row in connection.execute(query).fetchall())


def _make_rule_tables(connection: duckdb.DuckDBPyConnection, source: Source, period: str, views: set[str]) -> set[str]:
    """The names of the tables made: those of which everything is there that they read."""
    read = {name for rule in source.rules if rule.is_in_force(period) for name in rule.reads}
    made: set[str] = set()
    for table in source.rule_tables:
        if table.name in read and set(table.reads) <= views | made:
            connection.execute(f"create temp table {table.name} as {_with_codes(table.query, source, period)}")
            made.add(table.name)
    return made


def is_checkable(rule: ReturnRule, views: set[str]) -> bool:
    """Whether everything the rule reads was delivered."""
    return rule.file_kind in views and set(rule.reads) <= views


def _with_codes(sql: str, source: Source, period: str) -> str:
    def listed(found: re.Match[str]) -> str:
        codes = source.codes_in_use(found[1], period)
        return "(" + ", ".join(f"'{code}'" for code in codes) + ")"

    return re.sub(r"\$codes\((\w+)\)", listed, sql)


def _open_views(connection: duckdb.DuckDBPyConnection, source: Source, one: Return, pins: Mapping[str, Pin]) -> None:
    first, last = days_of(one.period)
    connection.execute(f"create temp macro first_day() as date '{first}'; create temp macro last_day() as date '{last}'")
    needed = {name for rule in source.rules if rule.is_in_force(one.period) for name in (rule.file_kind, *rule.reads)}
    needed |= {name for table in source.rule_tables for name in table.reads}
    words = _words_of(source.name)
    for prefix, files in (("", one.files), ("last_", one.last_files)):
        for name, (delivery_id, _) in files.items():
            if f"{prefix}{name}" not in needed:
                continue
            kind = source.kind(name)
            pin = pins[kind.bronze.name]
            # A bronze file is named after its delivery.
            delivered = [file for file in _files_at(pin) if Path(file).name.startswith(f"{delivery_id}-")]
            # Of a table that an XML file has no rows of, there is none.
            rows = f"read_parquet([{duck.listed(delivered)}])" if delivered else f"({duck.rows_of([], {'source_row': 'bigint', **dict.fromkeys(kind.columns, 'varchar')})})"
            connection.execute(view(kind, f"{prefix}{name}", rows, words))


_files_at = cache(files_at)


@cache
def _words_of(source: str) -> frozenset[str]:
    of_rules = (text for rule in SOURCES[source].rules for text in (rule.condition, rule.query))
    of_tables = (table.query for table in SOURCES[source].rule_tables)
    return frozenset(word.lower() for text in (*of_rules, *of_tables) for word in re.findall(r"\w+", text or ""))


def view(kind: FileKind, name: str, rows: str, words: Set[str] | None = None) -> str:
    """SQL of the view that rules of a file kind are written over. Made a table: many rules read it, and values are parsed once, of columns
    that are among the `words` of the rules, where these are given."""
    said = [(f"{field.column}_given", _given(field)) for field in kind.fields] + [(field.column, _typed(field)) for field in kind.fields]
    columns = [f'{value} as "{column}"' for column, value in said if words is None or column.lower() in words]
    return f"create temp table {name} as select {', '.join(['source_row', *columns])} from {rows}"


def _partial_date(given: str) -> str:
    """dd/mm/yyyy, or the last day it can be where the day, or day and month, are zz."""
    month = f"try_strptime('01' || substr({given}, 3), '%d/%m/%Y')"
    return f"""case when {given} ilike 'zz/zz/____' then try_strptime('31/12' || substr({given}, 6), '%d/%m/%Y')::date
        when {given} ilike 'zz/__/____' then (date_trunc('month', {month}) + interval 1 month - interval 1 day)::date
        else try_strptime({given}, '%d/%m/%Y')::date end"""


def _given(field: Field) -> str:
    return f"nullif(trim(\"{field.column}\", '{WHITE_SPACE}'), '')"


def _typed(field: Field) -> str:
    given = _given(field)
    if field.type in ("date", "datetime") and field.format == PARTIAL_DATE:
        return _partial_date(given)
    if field.type in ("date", "datetime"):
        layouts = {field.format, field.format.replace(" ", "T"), field.format.split(" ", maxsplit=1)[0]}
        return f"try_strptime({given}, [{', '.join(map(repr, sorted(layouts)))}])::date"
    if field.type == "integer":
        return f"try_cast(regexp_replace({given}, '\\.0+$', '') as bigint)"
    if field.type == "number":
        return f"try_cast({given} as double)"
    return given
