"""One slice of a table, settled in a task: what became of each delivered row, the rows kept, the rows set aside.

The delivered rows of one slice (source and controller) are typed by a SELECT over its files. DuckDB then marks the rules that they break,
brings them to the table's grain and writes them as one file, which counts only when the driver has added it to the table's log.
"""

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from cyplink import duck
from cyplink.delivered import FOLDED
from cyplink.lake import WrittenFile
from cyplink.pseudonym import Pseudonyms
from cyplink.standardise.macros import open_macros
from cyplink.tables.model import BROKEN_RULES, LINEAGE, Rule, Severity, Table, TableError, duckdb_type

WITHHELD, FATAL = "is_withheld", "fatal_rules"
EVERY_ROW = "select * from usable"
COUNTED_BY = ("period", "file_kind")
REGEXP_LIKE = "create temp macro if not exists regexp_like(value, pattern) as regexp_matches(value, pattern)"
"""What rules of columns call, as Spark has it."""

# By `period/file_kind`: {"delivery_id": ..., "usable": n, "kept": n, "withheld": n, "quarantined": {rule: n}}.
Fates = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Selected:
    """Rows that a SELECT types: over tables, each a view under its name, with its files, its columns, and whether they are delivered to the
    slice. With `pseudonyms` it may call hash63 and nhs_number_token; it may call the macros of cyplink.standardise."""

    select: str
    tables: Mapping[str, tuple[tuple[str, ...], Mapping[str, str], bool]]
    pseudonyms: Pseudonyms | None

    @property
    def is_empty(self) -> bool:
        return not any(files for files, _, is_delivered in self.tables.values() if is_delivered)

    @contextmanager
    def opened(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """While it lasts the view `delivered` has the rows."""
        connection.execute("set timezone='UTC'")
        open_macros(connection)
        for name, (files, columns, _) in self.tables.items():
            connection.execute(f'create temp view "{name}" as {duck.rows_of(files, columns)}')
        with self.pseudonyms.in_duckdb(connection) if self.pseudonyms else nullcontext():
            connection.execute(f"create temp view delivered as {self.select}")
            yield


ROWS_AT_ONCE = 1_000_000
"""Usable rows from which on a slice is kept in parts, where it can be."""

_USABLE = f"select * exclude (_withheld, {FATAL}) from marked where not _withheld and len({FATAL}) = 0"


@dataclass(frozen=True)
class Slice:
    """What a task is told: the slice, its rows, where its files go, the files of silver.return_error that say what published rules its rows
    break, and those of silver.withheld_record."""

    source: str
    controller: str
    delivered: Selected
    folder: str
    quarantine_folder: str
    beside_folder: str = ""
    errors: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    threads: int = 1

    @property
    def prefix(self) -> str:
        """What the names of the slice's files begin with."""
        return f"{self.source}-{self.controller}-"


@dataclass(frozen=True)
class Settled:
    """What a task says of its slice. `repeated` and `incomplete` count keys; files are written only where both are none."""

    name: str
    fates: Fates = field(default_factory=dict)
    rows: WrittenFile | None = None
    set_aside: WrittenFile | None = None
    beside: WrittenFile | None = None
    repeated: int = 0
    incomplete: int = 0


def settle(one: Slice, table: Table, keep: str = EVERY_ROW, apart: str = "", beside: tuple[Table, str] | None = None) -> Settled:
    """Bring the slice's delivered rows to the table's grain by `keep`, a SELECT over the view `usable`, and write its files.

    `apart`: a column of which `keep` looks at one value at a time, so that a large slice may be kept part by part. `beside`: a second table
    and the SELECT over `kept` that makes its rows.

    Raises TableError when `keep` lacks declared columns.
    """
    name = f"{one.source}/{one.controller}"
    if one.delivered.is_empty:
        return Settled(name)
    with duck.connection(one.threads) as connection, one.delivered.opened(connection):
        _mark(connection, one, table)
        _keep(connection, keep, apart)
        repeated, incomplete = _unfit_keys(connection, table)
        fates = _fates(connection)
        if repeated or incomplete:
            return Settled(name, fates, repeated=repeated, incomplete=incomplete)
        rows = write_file(connection, f"select {declared(table)} from kept order by {', '.join(table.key)}", one.folder, one.prefix, statistics=table.statistics)
        aside = None
        if any(fate["quarantined"] for fate in fates.values()):
            aside = write_file(connection, _set_aside(connection), one.quarantine_folder, one.prefix, statistics=table.quarantine.statistics)
        second = write_rows(connection, beside[1], beside[0], one.beside_folder, one.prefix) if beside else None
        return Settled(name, fates, rows, aside, second)


def columns_of(table: Table) -> dict[str, str]:
    """The table's columns with their types in DuckDB's SQL."""
    return {field.name: duckdb_type(field.dataType) for field in table.schema}


def columns_kept(delivered: Selected, table: Table, keep: str, beside: tuple[Table, str] | None = None) -> set[str]:
    """The columns that `keep` makes of those delivered, checking those that `beside` makes of them. Raises duckdb.Error when it, a SELECT or a rule of the table cannot be analysed."""
    with duck.connection() as connection, delivered.opened(connection):
        _mark(connection, Slice("", "", delivered, "", ""), table)
        if beside:
            connection.execute(f"create temp view kept as {keep}")
            check_columns(beside[0], {*columns_selected(connection, marked(connection, beside[1], beside[0]))})
        return columns_selected(connection, keep)


def check_columns(table: Table, given: set[str]) -> None:
    """Raises TableError naming every declared column that is not given."""
    if missing := set(table.schema.names) - given:
        raise TableError(f"{table.name}: the build returned no {', '.join(sorted(missing))}; add them to its closing select.")


def broken_by(rules: Iterable[Rule]) -> str:
    """SQL: the names of the rules that a row breaks. It may call REGEXP_LIKE."""
    broken = ", ".join(f"case when not ({rule.condition}) then '{rule.name}' end" for rule in rules)
    return f"list_filter([{broken}]::varchar[], lambda name: name is not null)"


def _mark(connection: duckdb.DuckDBPyConnection, one: Slice, table: Table) -> None:
    """`marked`, the slice's delivered rows with `broken_rules` and `fatal_rules`, and `usable`, those neither withheld nor unusable.

    Rules of columns that only `keep` adds wait for the key check; a row rule may name helper columns of the build.
    """
    columns = columns_selected(connection, "from delivered")
    own = {WITHHELD: "false", BROKEN_RULES.name: "[]"}
    withheld, built = (f"coalesce({name}, {otherwise})" if name in columns else otherwise for name, otherwise in own.items())
    rules = [*(rule for column in table.columns if column.name in columns for rule in column.rules()), *table.row_rules]
    fatal = [rule.name for rule in rules if rule.severity is Severity.QUARANTINE]
    _open_errors(connection, one)
    on = "using (delivery_id, file_kind, source_row)" if {"delivery_id", "file_kind", "source_row"} <= columns else "on false"
    replaced = [name for name in (*table.slices, BROKEN_RULES.name) if name in columns]
    connection.execute(f"""
        {REGEXP_LIKE};
        create temp table marked as
        with named as (
            select * {f"exclude ({', '.join(replaced)})" if replaced else ""}, '{one.source}' as source, '{one.controller}' as controller,
                {withheld}{_is_met(one) if "record_id" in columns else ""} as _withheld, {built}::varchar[] as _built
            from delivered),
        said as (select *, {broken_by(rules)} as _newly from named)
        select said.* exclude (_built, _newly),
            list_sort(list_distinct(list_concat(list_concat(_built, _newly), coalesce(published, [])))) as {BROKEN_RULES.name},
            list_concat(list_filter(_newly, lambda name: list_contains({fatal}::varchar[], name)), coalesce(forbidden, [])) as {FATAL}
        from said left join error {on}""")
    connection.execute(f"create temp view usable as {_USABLE}")


def _keep(connection: duckdb.DuckDBPyConnection, keep: str, apart: str) -> None:
    """`kept`. Lists that are gathered are held in memory until all are whole: of a large slice, those of one part of it at a time."""
    [(rows,)] = connection.execute("select count(*) from usable").fetchall()
    parts = max(-(-rows // ROWS_AT_ONCE), 1) if apart else 1
    for part in range(parts):
        if parts > 1:  # taken out once, for `keep` looks at it again and again
            connection.execute(f"create or replace temp table part as {_USABLE} and hash({apart}) % {parts} = {part}")
            connection.execute("create or replace temp view usable as from part")
        connection.execute(f"create temp table kept as {keep}" if part == 0 else f"insert into kept by name {keep}")


def _is_met(one: Slice) -> str:
    """Records withheld under their own id are met here, in every table that has them; those withheld by their NHS number, in the build."""
    if not one.withheld:
        return ""
    return f" or coalesce(record_id in (select record_id from read_parquet([{duck.listed(one.withheld)}]) where is_met_at_the_door), false)"


def _open_errors(connection: duckdb.DuckDBPyConnection, one: Slice) -> None:
    """`error`: for each delivered row that breaks a published rule, the rules (`ssda903:101`), and those that forbid its use."""
    rows = f"read_parquet([{duck.listed(one.errors)}])" if one.errors else """(
        select '' as delivery_id, '' as file_kind, 0::bigint as source_row, '' as source, '' as rule, '' as severity where false)"""
    connection.execute(f"""
        create temp table error as
        select delivery_id, file_kind, source_row, list(source || ':' || rule) as published,
            list_sort(list(distinct source || ':' || rule) filter (where severity = 'quarantine')) as forbidden
        from {rows} group by all""")


def _unfit_keys(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[int, int]:
    check_columns(table, columns_selected(connection, "from kept"))
    blank = " or ".join(f"{name} is null" for name in table.key)
    found = connection.execute(f"""
        select count(*) filter (where n > 1), count(*) filter (where is_blank)
        from (select count(*) as n, bool_or({blank}) as is_blank from kept group by {', '.join(table.key)})""").fetchall()[0]
    return int(found[0]), int(found[1])


def _fates(connection: duckdb.DuckDBPyConnection) -> Fates:
    fates: Fates = {}
    counted = connection.execute(f"""
        select period, file_kind, case when _withheld then '{WITHHELD}' else array_to_string({FATAL}, ' and ') end as fate, count(*), max(delivery_id)
        from marked group by all order by all""").fetchall()
    for period, file_kind, fate, rows, delivery_id in counted:
        one = fates.setdefault(f"{period}/{file_kind}", {"delivery_id": delivery_id, "usable": 0, "kept": 0, "withheld": 0, "quarantined": {}})
        if fate == WITHHELD:
            one["withheld"] += rows
        elif fate:
            one["quarantined"][fate] = rows
        else:
            one["usable"] += rows
    return _with_kept(connection, fates)


def _with_kept(connection: duckdb.DuckDBPyConnection, fates: Fates) -> Fates:
    """Where `keep` left lineage, the rows it kept are counted, and where it folded, those it folded; where it accumulated, every usable row
    is kept."""
    columns = columns_selected(connection, "from kept")
    kept = f"(select unnest({FOLDED}, recursive := true) from kept)" if FOLDED in columns else "kept"
    if FOLDED not in columns and not {*COUNTED_BY} <= columns:
        return {name: {**fate, "kept": fate["usable"]} for name, fate in fates.items()}
    for period, file_kind, rows in connection.execute(f"select period, file_kind, count(*) from {kept} group by all").fetchall():
        fates[f"{period}/{file_kind}"]["kept"] = rows
    return fates


def write_rows(connection: duckdb.DuckDBPyConnection, select: str, table: Table, folder: str, prefix: str = "") -> WrittenFile | None:
    """The file that holds the rows of the SELECT as the table has them, marked where its rows are, in order of its key; None for no rows."""
    rows = f"select {declared(table)} from ({marked(connection, select, table)}) order by {', '.join(table.key)}"
    return write_file(connection, rows, folder, prefix, table.statistics)


def marked(connection: duckdb.DuckDBPyConnection, select: str, table: Table) -> str:
    """The SELECT with `broken_rules`, sorted, where the table's rows are marked; a row rule may name a column that only the SELECT has. It may
    call REGEXP_LIKE."""
    if not table.marked:
        return select
    name = BROKEN_RULES.name
    is_said = name in columns_selected(connection, select)
    others, said = (f"* exclude ({name})", f"coalesce({name}, [])") if is_said else ("*", "[]::varchar[]")
    return f"select {others}, list_sort(list_distinct(list_concat({said}, {broken_by(table.rules)}))) as {name} from ({select})"


def columns_selected(connection: duckdb.DuckDBPyConnection, select: str) -> set[str]:
    """Names of a SELECT's columns. Raises duckdb.Error when it cannot be bound."""
    return {row[0] for row in connection.execute(f"describe {select}").fetchall()}


def declared(table: Table) -> str:
    """Exactly the declared columns, in order, in the declared types, for a SELECT of rows that have them."""
    return ", ".join(f'cast("{f.name}" as {duckdb_type(f.dataType)}) as "{f.name}"' for f in table.schema)


def _set_aside(connection: duckdb.DuckDBPyConnection) -> str:
    """Rows that cannot be used in the shape of the table's quarantine: lineage, every other value as text, the rules broken."""
    lineage = [column.name for column in LINEAGE]
    types = {row[0]: row[1] for row in connection.execute("describe marked").fetchall()}
    values = [name for name in types if name not in (*lineage, BROKEN_RULES.name, FATAL, "_withheld")]
    entries = ", ".join(f"{{'k': '{name}', 'v': {_as_text(name, types[name])}}}" for name in values)
    said = [f'cast("{name}" as {"bigint" if name == "source_row" else "varchar"}) as "{name}"' if name in types else f'null::varchar as "{name}"' for name in lineage]
    return f"""
        select {', '.join(said)}, map_from_entries(list_filter([{entries}], lambda entry: entry.v is not null)) as "values", {BROKEN_RULES.name}
        from marked where not _withheld and len({FATAL}) > 0 order by file_kind, delivery_id, source_row"""


def _as_text(name: str, kind: str) -> str:
    is_simple = not any(mark in kind for mark in ("[", "STRUCT", "MAP"))
    return f'"{name}"::varchar' if is_simple else f'to_json("{name}")::varchar'


def write_file(connection: duckdb.DuckDBPyConnection, query: str, folder: str, prefix: str, statistics: Sequence[str] = ()) -> WrittenFile | None:
    """Write what the query selects as one Parquet file whose name is the prefix and a hash of its content, with the least and greatest
    of the `statistics` columns; None, and no file, when it selects nothing."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    partial = Path(folder) / f".{prefix}{uuid.uuid4().hex}"
    connection.execute(f"copy ({query}) to '{partial}' (format parquet, compression zstd)")
    ends = ", ".join(f"min({name})::varchar, max({name})::varchar, count(*) - count({name})" for name in statistics)
    counted = connection.execute(f"select count(*){', ' + ends if ends else ''} from read_parquet('{partial}')").fetchall()[0]
    if not counted[0]:
        partial.unlink()
        return None
    with partial.open("rb") as content:
        name = f"{prefix}{hashlib.file_digest(content, 'sha256').hexdigest()[:16]}.parquet"
    os.replace(partial, Path(folder) / name)
    return WrittenFile(name, (Path(folder) / name).stat().st_size, int(counted[0]), _statistics(connection, query, statistics, counted[1:]))


def _statistics(connection: duckdb.DuckDBPyConnection, query: str, names: Sequence[str], ends: Sequence[Any]) -> Mapping[str, Any]:
    if not names:
        return {}
    types = {row[0]: row[1] for row in connection.execute(f"describe {query}").fetchall()}

    def value(name: str, text: Any) -> Any:
        return int(text) if text is not None and "INT" in types[name] else text

    low = {name: value(name, ends[3 * n]) for n, name in enumerate(names) if ends[3 * n] is not None}
    high = {name: value(name, ends[3 * n + 1]) for n, name in enumerate(names) if ends[3 * n + 1] is not None}
    return {"minValues": low, "maxValues": high, "nullCount": {name: int(ends[3 * n + 2]) for n, name in enumerate(names)}}
