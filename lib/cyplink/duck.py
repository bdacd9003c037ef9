"""DuckDB, of which a process has one, and pieces of its SQL.

Opening one takes some 15 ms, which thousands of small files and slices do not have; a connection to it takes none.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

import duckdb

_databases: dict[int, duckdb.DuckDBPyConnection] = {}
_opening = Lock()


@contextmanager
def connection(threads: int = 1) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own to this process's DuckDB. What is made in it must be temporary: only so does nobody else see it, and it is
    gone when the connection closes. `threads` holds for the process."""
    with _opening:
        # By process: a worker that was forked has the memory of its parent's DuckDB and none of its threads.
        if os.getpid() not in _databases:
            _databases[os.getpid()] = duckdb.connect()
        own = _databases[os.getpid()].cursor()
    try:
        own.execute(f"set threads={threads}; set enable_progress_bar=false")
        yield own
    finally:
        own.close()


def literal(value: str | int) -> str:
    """SQL of a value."""
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def listed(values: Iterable[str | int]) -> str:
    """SQL of values with commas between: what stands in the brackets of a list, or of IN."""
    return ", ".join(map(literal, values))


def values(*rows: Iterable[str | int]) -> str:
    """SQL of rows that are written out, in brackets: to be named, with their columns, where they are selected from."""
    return f"(values {', '.join(f'({listed(row)})' for row in rows)})"


def rows_of(files: Iterable[str], columns: Mapping[str, str]) -> str:
    """SELECT of all rows of Parquet files with `columns` (types in SQL, by name), in that order: one that a file lacks is null, and no files
    are no rows."""
    shape = ", ".join(f'null::{kind} as "{name}"' for name, kind in columns.items())
    paths = listed(files)
    held = f" union all by name select * from read_parquet([{paths}], union_by_name=true, hive_partitioning=false)" if paths else ""
    return f"select {shape} where false{held}"
