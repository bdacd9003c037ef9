"""One DuckDB a process. Opening one takes some 15 ms, which thousands of small files and slices do not have; a connection to it takes none."""

import os
from collections.abc import Iterator
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
