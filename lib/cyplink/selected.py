"""A whole table made by one SELECT, which DuckDB runs in one Spark task over the files of the pinned tables, of bronze over those of current rows.

For a table whose making is many joins: where the rows are few, Spark's planning of them costs more than the data, and where they are
all of London's, one executor still holds them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import chain
from typing import TypeVar

import duckdb

from cyplink import duck
from cyplink.bronze import files_read
from cyplink.job import Outcome, Task, TaskContext
from cyplink.lake import check_unique
from cyplink.pseudonym import KEY_BYTES, Pseudonyms
from cyplink.settling import REGEXP_LIKE, check_columns, columns_of, columns_selected, marked, write_rows
from cyplink.standardise.macros import open_macros
from cyplink.tables.model import BROKEN_RULES, Table, TableError

T = TypeVar("T")


def selected(select: str, reads: Mapping[str, Table], writes: Table, *, uses_key: bool = False) -> Task:
    """The job that replaces `writes` by what `select` makes of the tables in `reads`: to it each is a view, called as it is there.

    The table is one file in order of its key, named by its content: where the rows are those it has already, nothing is committed and
    what reads it is not made again. Where its rows are marked, `broken_rules` has what the SELECT says and the rules of the table that
    a row breaks; none is set aside. It may call the macros of cyplink.standardise and, with `uses_key`, hash63 and nhs_number_token
    (Pseudonyms.in_duckdb).
    """
    return Task(partial(_run, select, reads, writes, uses_key), reads, (writes,), check=partial(_check, select, reads, writes, uses_key))


def _run(select: str, reads: Mapping[str, Table], table: Table, uses_key: bool, context: TaskContext) -> Outcome:
    """Raises TableError on a repeated or incomplete key; nothing is committed then."""
    lake = context.lake
    lake.create(table)
    before, folder = lake.version(table), lake.path(table)
    file = in_one_task(context, reads, lambda connection: write_rows(connection, select, table, folder), uses_key)
    written = [file] if file else []
    rows = check_unique(folder, written, table)
    if {file.path for file in written} != lake.file_names(table):
        lake.exchange(table, written, lambda name: True, context.metadata)
    return Outcome(changed=lake.version(table) != before, rows={table.name: rows})


def in_one_task(context: TaskContext, reads: Mapping[str, Table], act: Callable[[duckdb.DuckDBPyConnection], T], uses_key: bool = False) -> T:
    """What `act` makes, in one Spark task, of a connection in which each of the context's tables is a view under its name (`opened`)."""
    pseudonyms, threads = context.pseudonyms if uses_key else None, context.threads
    files = {name: [*chain(*files_read(context.lake, table, context.pins[name]).values())] for name, table in reads.items()}

    def task(files: Mapping[str, Sequence[str]]) -> T:
        with opened(reads, files, pseudonyms, threads) as connection:
            return act(connection)

    (made,) = context.spark.sparkContext.parallelize([files], 1).map(task).collect()
    return made


def _check(select: str, reads: Mapping[str, Table], table: Table, uses_key: bool) -> None:
    """Bind the SELECT to empty tables. Raises duckdb.Error when it cannot be, and TableError naming every declared column it lacks, or every
    table that it is given and does not name."""
    with opened(reads, {}, Pseudonyms(b"\0" * KEY_BYTES) if uses_key else None) as connection:
        said = columns_selected(connection, select)
        check_columns(table, {*said, BROKEN_RULES.name} if table.marked else said)
        columns_selected(connection, marked(connection, select, table))
    if unread := [name for name in reads if not re.search(rf"\b{name}\b", select)]:
        raise TableError(f"{table.name}: the SELECT names no {', '.join(unread)}; take them out of what the job reads.")


@contextmanager
def opened(
    reads: Mapping[str, Table], files: Mapping[str, Sequence[str]], pseudonyms: Pseudonyms | None, threads: int = 1
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Each table as a view with the declared columns: a column that its files do not have is null, a table without files is empty."""
    with duck.connection(threads) as connection:
        # Spark writes an instant without its zone, which is UTC, and makes days of instants there.
        connection.execute(f"set timezone='UTC'; {REGEXP_LIKE}")
        open_macros(connection)
        for name, table in reads.items():
            connection.execute(f'create temp view "{name}" as {duck.rows_of(files.get(name, ()), columns_of(table))}')
        with pseudonyms.in_duckdb(connection) if pseudonyms else nullcontext():
            yield connection
