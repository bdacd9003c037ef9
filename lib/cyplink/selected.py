"""A whole table made by one SELECT, which DuckDB runs in one Spark task over the pinned tables' files.

For a table whose making is many joins: where the rows are few, Spark's planning of them costs more than the data, and where they are
all of London's, one executor still holds them.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import duckdb

from cyplink import duck
from cyplink.job import Outcome, Task, TaskContext
from cyplink.lake import WrittenFile, check_unique
from cyplink.settling import check_columns, declared, write_file
from cyplink.tables.model import Table, duckdb_type


def selected(select: str, reads: Mapping[str, Table], writes: Table) -> Task:
    """The job that replaces `writes` by what `select` makes of the tables in `reads`: to it each is a view, called as it is there.

    The table is one file in order of its key, named by its content: where the rows are those it has already, nothing is committed and
    what reads it is not made again.
    """
    return Task(partial(_run, select, reads, writes), reads, (writes,), check=partial(_check, select, reads, writes))


def _run(select: str, reads: Mapping[str, Table], table: Table, context: TaskContext) -> Outcome:
    """Raises TableError on a repeated or incomplete key; nothing is committed then."""
    lake = context.lake
    lake.create(table)
    before, folder, threads = lake.version(table), lake.path(table), context.threads
    files = {name: [f"{pin.path}/{file}" for file in sorted(lake.file_names(reads[name], pin.version))] for name, pin in context.pins.items()}
    task = context.spark.sparkContext.parallelize([files], 1).map(lambda files: _write(select, reads, files, table, folder, threads))
    written = [file for file in task.collect() if file]
    rows = check_unique(folder, written, table)
    if {file.path for file in written} != lake.file_names(table):
        lake.exchange(table, written, lambda name: True, context.metadata)
    return Outcome(changed=lake.version(table) != before, rows={table.name: rows})


def _write(select: str, reads: Mapping[str, Table], files: Mapping[str, Sequence[str]], table: Table, folder: str, threads: int) -> WrittenFile | None:
    """In a task: the file that holds the table's rows; None when there are none."""
    with duck.connection(threads) as connection:
        _open_views(connection, reads, files)
        rows = f"select {declared(table)} from ({select}) order by {', '.join(table.key)}"
        return write_file(connection, rows, folder, "", table.statistics)


def _check(select: str, reads: Mapping[str, Table], table: Table) -> None:
    """Bind the SELECT to empty tables. Raises duckdb.Error when it cannot be, and TableError naming every declared column it lacks."""
    with duck.connection() as connection:
        _open_views(connection, reads, {})
        check_columns(table, {row[0] for row in connection.execute(f"describe {select}").fetchall()})


def _open_views(connection: duckdb.DuckDBPyConnection, reads: Mapping[str, Table], files: Mapping[str, Sequence[str]]) -> None:
    """Each table as a view with the declared columns: a column that its files do not have is null, a table without files is empty."""
    # Spark writes an instant without its zone, which is UTC, and makes days of instants there.
    connection.execute("set timezone='UTC'")
    for name, table in reads.items():
        columns = ", ".join(f'null::{duckdb_type(field.dataType)} as "{field.name}"' for field in table.schema)
        listed = ", ".join(f"'{file}'" for file in files.get(name, ()))
        held = f" union all by name select * from read_parquet([{listed}], union_by_name=true)" if listed else ""
        connection.execute(f'create temp view "{name}" as select {columns} where false{held}')
