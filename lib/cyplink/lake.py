"""The one place that reads and writes tables: zones, pinned versions, one commit per table, no value in any message."""

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from traceback import extract_tb
from types import TracebackType
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake.exceptions import TableNotFoundError
from deltalake.transaction import AddAction, CommitProperties, RemoveAction, Transaction
from pyarrow import fs
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import NullType

from cyplink import duck
from cyplink.tables.model import Table, TableError, Zone


@dataclass(frozen=True)
class Pin:
    """A table at a version: what a task is given to read, and what a run manifest records."""

    table: str
    path: str
    version: int


def files_at(pin: Pin) -> list[str]:
    """Paths of the files that a table has at the pinned version, sorted."""
    return sorted(f"{pin.path}/{name}" for name in _names_at(pin.path, pin.version))


def _names_at(path: str, version: int | None) -> set[str]:
    return set(pa.table(deltalake.DeltaTable(path, version=version).get_add_actions()).column("path").to_pylist())


def open_dataset(path: str, version: int) -> ds.Dataset:
    """A table's files at a version as an Arrow dataset, read by Arrow's own file system where the path is a folder.

    delta-rs would hand Arrow a file system written in Python; a buffer of it that Arrow's threads let go of while the
    interpreter is ending aborts the process ("terminate called without an active exception").
    """
    try:
        table = deltalake.DeltaTable(path, version=version)
    except TableNotFoundError:
        raise TableError(f"There is no table at {path}; it was there when the run was made. Run `cyplink run` again, or restore the folder.") from None
    local = None if "://" in path else fs.SubTreeFileSystem(path, fs.LocalFileSystem())
    return table.to_pyarrow_dataset(filesystem=local)


@dataclass(frozen=True)
class WrittenFile:
    """A Parquet file a task wrote into a table's folder: path relative to the table, bytes, rows, Delta statistics."""

    path: str
    size: int
    rows: int
    statistics: Mapping[str, Any] = field(default_factory=dict)


class Lake:
    """Tables under the roots of the zones.

    `spark` may be a session or a function that starts one: then Spark starts only when a step needs it, and a run that
    finds nothing to do ends without it. Versions, history and small reads go through delta-rs.
    """

    def __init__(self, zones: Mapping[Zone, str], spark: SparkSession | Callable[[], SparkSession] | None = None) -> None:
        self._zones = {zone: root.rstrip("/") for zone, root in zones.items()}
        self._spark = spark
        self._starting = Lock()

    @property
    def spark(self) -> SparkSession:
        if self._spark is None:
            raise TableError("This step needs Spark; start it through `cyplink run` or spark-submit.")
        with self._starting:
            if not isinstance(self._spark, SparkSession):
                self._spark = self._spark()
            return self._spark

    def path(self, table: Table) -> str:
        layer, name = table.name.split(".")
        return f"{self._zones[table.zone]}/{layer}/{name}"

    def exists(self, table: Table) -> bool:
        return bool(deltalake.DeltaTable.is_deltatable(self.path(table)))

    def version(self, table: Table) -> int | None:
        """The table's latest version, or None when it was never written."""
        return deltalake.DeltaTable(self.path(table)).version() if self.exists(table) else None

    def commit_info(self, table: Table) -> dict[str, Any]:
        """What the last data commit of the table said of itself (`userMetadata`, see `_metadata`); empty if none did."""
        if not self.exists(table):
            return {}
        for entry in deltalake.DeltaTable(self.path(table)).history(20):
            stated = entry.get("userMetadata") or entry.get("cyplink")
            if stated:
                return dict(json.loads(stated))
        return {}

    def rows(self, table: Table) -> int:
        """Rows of the table's latest version, from the log alone."""
        actions = pa.table(deltalake.DeltaTable(self.path(table)).get_add_actions())
        return int(sum(actions.column("num_records").to_pylist()))

    def pin(self, table: Table, version: int | None = None) -> Pin:
        """The table at `version` (default: latest), created empty when nobody has written it yet."""
        self.create(table)
        return Pin(table.name, self.path(table), self._latest(table) if version is None else version)

    def create(self, table: Table) -> None:
        """Make the table, empty, with its declared columns, comments and statistics columns, if it does not exist."""
        if self.exists(table):
            return
        deltalake.DeltaTable.create(
            self.path(table),
            schema=deltalake.Schema.from_json(table.schema.json()),
            mode="ignore",
            name=table.name,
            description=table.grain,
            configuration=_properties(table),
        )

    def read(self, table: Table, version: int | None = None) -> DataFrame:
        """The table as a DataFrame at `version` (default: latest); empty, with the declared schema, if never written."""
        return self.read_files(table, sorted(self.file_names(table, self.pin(table, version).version)))

    def read_files(self, table: Table, names: Sequence[str]) -> DataFrame:
        """Some of the table's files as a DataFrame. Which files a version has is read from its log by delta-rs: no table here has deletion
        vectors or mapped columns, and Spark's own reading of a log is a job of its own for every table."""
        if not names:
            # What is plainly empty Spark leaves out of a plan; an empty list it would make a job of.
            return self.spark.createDataFrame([], table.schema).where("false")
        return self.spark.read.schema(table.schema).parquet(*(f"{self.path(table)}/{name}" for name in names))

    def read_arrow(self, table: Table, columns: Sequence[str] | None = None, version: int | None = None) -> pa.Table:
        """A small table in memory, through delta-rs."""
        pin = self.pin(table, version)
        return open_dataset(pin.path, pin.version).to_table(columns=list(columns) if columns else None)

    def write(self, rows: DataFrame, table: Table, metadata: Mapping[str, Any]) -> int:
        """Replace the table in one commit, or append to an append-only one. Returns the version there is then.

        Spark writes the files, delta-rs commits them: on small tables Spark's own Delta writer costs ten times the work. Raises
        TableError on a repeated or incomplete key and when the engine fails; nothing is committed then.
        """
        self.create(table)
        with self._staged(table, rows.select(table.schema.names)) as staged:
            files = [self._adopt(path, table) for path in staged]
            files = [file for file in files if file.rows]
            check_unique(self.path(table), files, table)
            return self.exchange(table, files, lambda name: not table.append_only, metadata)

    @contextmanager
    def _staged(self, table: Table, rows: DataFrame) -> Iterator[list[Path]]:
        """The Parquet files, beside the table's, in which Spark has written the rows; gone afterwards."""
        folder = f"{self.path(table)}/.staged"
        try:
            shutil.rmtree(folder, ignore_errors=True)
            with masked(table.name):
                _storable(rows).write.parquet(folder)
            yield sorted(Path(folder).glob("*.parquet"))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def exchange(self, table: Table, files: Sequence[WrittenFile], gives_way: Callable[[str], bool], metadata: Mapping[str, Any]) -> int:
        """In one commit, add the files to the table and take out those that give way (by name); files that are in it stay. Returns the version."""
        self.create(table)
        target = deltalake.DeltaTable(self.path(table))
        held, new = self.file_names(table), {file.path for file in files}
        added = [_add_action(file) for file in files if file.path not in held]
        # Dated now: a file gone since 1970 is one that the next vacuum takes away, from under the runs that pin it.
        removed = [RemoveAction(name, True, time.time_ns() // 1_000_000) for name in sorted(held - new) if gives_way(name)]
        target.create_write_transaction(
            [*removed, *added],
            mode="append",
            schema=target.schema(),
            commit_properties=CommitProperties(custom_metadata={"cyplink": json.dumps(dict(metadata), sort_keys=True)}),
        )
        return self._latest(table)

    def _adopt(self, path: Path, table: Table) -> WrittenFile:
        """A staged file moved into the table's folder, under a name fixed by its content."""
        with path.open("rb") as content:
            name = f"{hashlib.file_digest(content, 'sha256').hexdigest()[:24]}.parquet"
        target = Path(self.path(table)) / name
        path.replace(target)
        return WrittenFile(name, target.stat().st_size, pq.read_metadata(target).num_rows, _footer_statistics(target, table.statistics))

    def commit_files(self, table: Table, files: Sequence[WrittenFile], app_id: str, version: int, metadata: Mapping[str, Any]) -> int:
        """Add files that tasks wrote into the table's folder, in one transaction, once only.

        A file whose name the table already holds is left out: names are fixed by content. delta-rs records an application's
        transaction version but does not refuse a repeat, so it is looked at first: a call whose (app_id, version) is
        already committed changes nothing. Returns the table's version.
        """
        self.create(table)
        target = deltalake.DeltaTable(self.path(table))
        committed = target.transaction_version(app_id)
        held = self.file_names(table)
        fresh = [file for file in files if file.path not in held]
        if (committed is not None and committed >= version) or not fresh:
            return int(target.version())
        target.create_write_transaction(
            [_add_action(file) for file in fresh],
            mode="append",
            schema=target.schema(),
            commit_properties=CommitProperties(
                app_transactions=[Transaction(app_id, version)],
                custom_metadata={"cyplink": json.dumps(dict(metadata), sort_keys=True)},
            ),
        )
        return self._latest(table)

    def next_transaction(self, table: Table, app_id: str) -> int:
        """The version after the last one `app_id` committed to the table."""
        committed = deltalake.DeltaTable(self.path(table)).transaction_version(app_id) if self.exists(table) else None
        return 1 if committed is None else int(committed) + 1

    def file_names(self, table: Table, version: int | None = None) -> set[str]:
        """Names, relative to the table, of the files that the version (default: the latest) holds."""
        return _names_at(self.path(table), version) if self.exists(table) else set()

    def append(self, table: Table, rows: pa.Table, name: str, metadata: Mapping[str, Any]) -> int:
        """Append a small Arrow table as one file called `name` (fixed by content, so that a repeat adds nothing)."""
        self.create(table)
        target = deltalake.DeltaTable(self.path(table))
        conformed = pa.table({c.name: rows.column(c.name).cast(pa.field(c).type) for c in pa.schema(target.schema().to_arrow())})
        path = Path(self.path(table)) / f"{name}.parquet"
        if path.name in self.file_names(table):
            return self._latest(table)
        pq.write_table(conformed, path)
        file = WrittenFile(path.name, path.stat().st_size, conformed.num_rows)
        app_id = f"append-{table.name}"
        return self.commit_files(table, [file], app_id, self.next_transaction(table, app_id), metadata)

    def replace(self, table: Table, rows: pa.Table, metadata: Mapping[str, Any]) -> int:
        """Replace a table with rows made on the driver (labels, small results), in one commit, through delta-rs."""
        self.create(table)
        target = deltalake.DeltaTable(self.path(table))
        schema = pa.schema(target.schema().to_arrow())
        conformed = pa.table({c.name: rows.column(c.name).cast(pa.field(c).type) for c in schema})
        name = f"{digest(conformed)}-{target.version() + 1}.parquet"
        path = Path(self.path(table)) / name
        pq.write_table(conformed, path, compression="zstd")
        target.create_write_transaction(
            [_add_action(WrittenFile(name, path.stat().st_size, conformed.num_rows))],
            mode="overwrite",
            schema=target.schema(),
            commit_properties=CommitProperties(custom_metadata={"cyplink": json.dumps(dict(metadata), sort_keys=True)}),
        )
        return self._latest(table)

    def _latest(self, table: Table) -> int:
        return int(deltalake.DeltaTable(self.path(table)).version())


def digest(rows: pa.Table) -> str:
    """Hash of the rows as they are stored."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows.combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()[:16]


def _storable(rows: DataFrame) -> DataFrame:
    """Parquet has no column of no type: such a one, null in every row, is text."""
    return rows.withColumns({field.name: F.lit(None).cast("string") for field in rows.schema if isinstance(field.dataType, NullType)})


def check_unique(folder: str, files: Sequence[WrittenFile], table: Table) -> int:
    """How many rows the files hold. Raises TableError when a key occurs more than once or has an empty part."""
    if not files or not table.key:
        return sum(file.rows for file in files)
    listed = duck.listed(f"{folder}/{file.path}" for file in files)
    blank = " or ".join(f'"{name}" is null' for name in table.key)
    key = ", ".join(f'"{name}"' for name in table.key)
    with duck.connection(os.cpu_count() or 1) as connection:
        total, repeated, incomplete = connection.execute(f"""
            select coalesce(sum(n), 0), count(*) filter (where n > 1), count(*) filter (where is_blank)
            from (select count(*) as n, bool_or({blank}) as is_blank from read_parquet([{listed}]) group by {key})""").fetchall()[0]
    refuse_keys(table, int(repeated), int(incomplete))
    return int(total)


def refuse_keys(table: Table, repeated: int, incomplete: int) -> None:
    """Raises TableError when there are repeated or incomplete keys."""
    if repeated or incomplete:
        raise TableError(
            f"{table.name}: {repeated} keys occur more than once and {incomplete} have an empty part, where the grain is "
            f"{table.grain} (key {', '.join(table.key)}). Nothing was written; mend the job's build or keep."
        )


OWN_ERRORS = ("cyplink.",)


class masked:
    """Turn a failure that is not this project's own into a TableError without its text: Spark, Delta, DuckDB, Arrow and pandas quote
    row values in theirs. A file that is not there, or may not be read, is told as it is: a path holds no value."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None or not isinstance(error, Exception) or isinstance(error, OSError) or type(error).__module__.startswith(OWN_ERRORS):
            return
        condition = (error.getCondition() if isinstance(error, PySparkException) else None) or type(error).__name__
        raise TableError(
            f"{self._what}: the engine stopped with {condition}{_where(str(error)) or _place(trace)}; its message is withheld because it may quote data. "
            "What was committed stays; mend the cause and run again."
        ) from None


def _where(message: str) -> str:
    """The kind of a worker's error and the line of this project's code it came from: names and numbers, never the text."""
    frames = re.findall(r'File "[^"]*?((?:cyplink|jobs)/[\w/]+\.py)", line (\d+)', message)
    kinds = re.findall(r"^([A-Za-z_.]*(?:Error|Exception)):?", message, re.M)
    kind = f" ({kinds[-1]})" if kinds else ""
    return f"{kind} at {frames[-1][0]} line {frames[-1][1]}" if frames else kind


def _place(trace: TracebackType | None) -> str:
    """The last line of this project's code that the failure passed through."""
    ours = [frame for frame in extract_tb(trace) if "cyplink" in frame.filename or "jobs" in frame.filename]
    return f" at {Path(ours[-1].filename).name} line {ours[-1].lineno}" if ours else ""


def write_json(path: str, content: Mapping[str, Any]) -> None:
    """Write a small JSON file whole or not at all (a temporary file, then a rename)."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(content, out, indent=1, sort_keys=True)
        out.flush()
        os.fsync(out.fileno())
    # mkstemp makes files for their owner alone; who may read a zone is for the zone to say.
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(temporary, 0o666 & ~mask)
    os.replace(temporary, target)


def _properties(table: Table) -> dict[str, str | None]:
    known = set(table.schema.names)
    assert set(table.statistics) <= known, f"{table.name}: statistics on undeclared columns"
    return {
        "delta.dataSkippingStatsColumns": ",".join(table.statistics),
        "delta.enableDeletionVectors": "false",
        "delta.checkpointPolicy": "classic",
        "delta.logRetentionDuration": "interval 365 days",
    }


def _footer_statistics(path: Path, names: Sequence[str]) -> dict[str, Any]:
    """Least and greatest of the columns, from the footer of a Parquet file."""
    if not names:
        return {}
    footer = pq.read_metadata(path)
    place = {footer.schema.column(n).path: n for n in range(footer.num_columns)}
    groups = [footer.row_group(n) for n in range(footer.num_row_groups)]
    found = {name: [group.column(place[name]).statistics for group in groups] for name in names}
    whole = {name: parts for name, parts in found.items() if parts and all(part is not None and part.has_min_max for part in parts)}
    return {
        "minValues": {name: min(part.min for part in parts) for name, parts in whole.items()},
        "maxValues": {name: max(part.max for part in parts) for name, parts in whole.items()},
        "nullCount": {name: sum(part.null_count for part in parts) for name, parts in whole.items()},
    }


def _add_action(file: WrittenFile) -> AddAction:
    return AddAction(
        path=file.path,
        size=file.size,
        partition_values={},
        modification_time=0,
        data_change=True,
        stats=json.dumps({"numRecords": file.rows, **file.statistics}),
    )


_SAFE = re.compile(r"^[A-Za-z0-9_.-]+$")


def check_slice_value(value: str) -> str:
    """A slice value fit for a predicate; controllers and sources are codes. Raises TableError otherwise."""
    if not _SAFE.match(value):
        raise TableError("A source or controller code has characters other than letters, digits, '_', '.' and '-'; mend the manifest.")
    return value
