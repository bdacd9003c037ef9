"""How readers open what is published: every table at the version that the published run pinned, never half a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.dataset as ds
from pyspark.sql import DataFrame, SparkSession

from cyplink.lake import open_dataset
from cyplink.runs import Manifest, RunError, published, read_manifest


@dataclass(frozen=True)
class Published:
    """The research zone as one published run left it. Table names are `gold.person` and the like."""

    root: str
    manifest: Manifest

    @property
    def run_id(self) -> str:
        return self.manifest.run_id

    @property
    def tables(self) -> list[str]:
        return sorted(self.manifest.tables)

    def spark(self, session: SparkSession, table: str) -> DataFrame:
        """A table as a Spark DataFrame, pinned. Raises RunError for a table the run does not hold."""
        return session.read.format("delta").option("versionAsOf", self._version(table)).load(self._path(table))

    def dataset(self, table: str) -> ds.Dataset:
        """A table as an Arrow dataset, pinned: DuckDB, pandas and polars read it without Spark."""
        return open_dataset(self._path(table), self._version(table))

    def pandas(self, table: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """A table, or some of its columns, in memory."""
        found: pd.DataFrame = self.dataset(table).to_table(columns=list(columns) if columns else None).to_pandas()
        return found

    def duckdb(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection in which every table is there under its own name: `select * from gold.person`."""
        connection = duckdb.connect()
        for table in self.tables:
            schema, name = table.split(".")
            connection.execute(f"create schema if not exists {schema}")
            connection.register(f"{schema}_{name}", self.dataset(table))
            connection.execute(f"create view {schema}.{name} as select * from {schema}_{name}")
        return connection

    def _version(self, table: str) -> int:
        if table not in self.manifest.tables:
            raise RunError(f"Run {self.run_id} has no table {table}. It has: {', '.join(self.tables)}.")
        return int(self.manifest.tables[table]["version"])

    def _path(self, table: str) -> str:
        return f"{self.root.rstrip('/')}/{table.replace('.', '/')}"


def open_published(root: str | Path = "data/lake/research") -> Published:
    """What is published under a research zone's root. Raises RunError when nothing is."""
    run_id = published(str(root))
    if run_id is None:
        raise RunError(f"Nothing is published under {root}; finish a run, then `cyplink publish`.")
    return Published(str(Path(root).resolve()), read_manifest(str(root), run_id))

