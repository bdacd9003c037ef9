"""DuckDB, of which a process has one, and pieces of its SQL.

Opening one takes some 15 ms, which thousands of small files and slices do not have; a connection to it takes none.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import duckdb

MEMORY = "CYPLINK_DUCKDB_MEMORY"
"""Environment variable: how much a process's DuckDB may hold (2GB), where that is less than most of the machine's. Spark's workers have it
from the setting spark.executorEnv.CYPLINK_DUCKDB_MEMORY."""

_databases: dict[int, duckdb.DuckDBPyConnection] = {}
_opening = Lock()


@contextmanager
def connection(threads: int = 1) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own to this process's DuckDB. What is made in it must be temporary: only so does nobody else see it, and it is
    gone when the connection closes. `threads` holds for the process. What needs more memory than MEMORY says is put down where Spark puts
    down what does not fit, and Spark removes it."""
    with _opening:
        # By process: a worker that was forked has the memory of its parent's DuckDB and none of its threads.
        if os.getpid() not in _databases:
            _databases[os.getpid()] = _opened()
        own = _databases[os.getpid()].cursor()
    try:
        own.execute(f"set threads={threads}; set enable_progress_bar=false")
        yield own
    finally:
        own.close()


def _opened() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    limit_memory(database, os.environ.get(MEMORY, ""))
    return database


def limit_memory(database: duckdb.DuckDBPyConnection, limit: str) -> None:
    """Let the database hold no more than `limit` (6GB; blank: most of the machine's), and put down where Spark does what is more."""
    place = Path(os.environ.get("SPARK_LOCAL_DIRS", tempfile.gettempdir()).split(",")[0])
    place.mkdir(parents=True, exist_ok=True)
    database.execute(f"set temp_directory={literal(str(place / f'duckdb-{os.getpid()}-{id(database):x}'))}")
    if limit:
        database.execute(f"set memory_limit={literal(limit)}")


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
