"""The lake: whole tables, slices, files made by tasks; what its messages and statistics never say."""

import json
from pathlib import Path

import deltalake
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs
from pyspark.sql import SparkSession
from pyspark.sql.types import LongType

from cyplink.lake import Lake, WrittenFile, masked, open_dataset
from cyplink.runs import RunError
from cyplink.tables.model import Column, Sensitivity, Table, TableError, text

SLICED = Table(
    name="silver.trial",
    grain="one row per id",
    key=("id",),
    slices=("source", "controller"),
    statistics=("source",),
    marked=False,
    columns=(
        Column("id", LongType(), "Id.", required=True),
        text("source", "Source.", Sensitivity.OPEN),
        text("controller", "Controller.", Sensitivity.OPEN),
        text("surname", "Name.", Sensitivity.DIRECT_IDENTIFIER),
    ),
)
APPENDED = Table(
    name="linkage.trial", grain="one row per id", key=("id",), marked=False, append_only=True,
    columns=(Column("id", LongType(), "Id.", required=True),),
)


def _rows(spark: SparkSession, *rows: tuple[int, str, str, str]):
    return spark.createDataFrame(rows, "id long, source string, controller string, surname string")


def test_a_table_is_replaced_in_one_commit_and_says_what_it_was_told(lake: Lake, spark_session: SparkSession) -> None:
    lake.write(_rows(spark_session, (1, "a", "1", "X"), (2, "a", "2", "Y")), SLICED, {})
    before = lake.version(SLICED)
    lake.write(_rows(spark_session, (1, "a", "1", "X"), (3, "a", "2", "Z")), SLICED, {"n": 2})
    assert sorted(r["id"] for r in lake.read(SLICED).collect()) == [1, 3]
    assert (lake.commit_info(SLICED), lake.version(SLICED)) == ({"n": 2}, (before or 0) + 1)
    assert not (Path(lake.path(SLICED)) / ".staged").exists()


def test_files_that_give_way_go_and_the_others_stay(lake: Lake) -> None:
    lake.create(APPENDED)
    for name, numbers in (("a-1-x.parquet", [1]), ("a-2-x.parquet", [2]), ("a-2-y.parquet", [3])):
        pq.write_table(pa.table({"id": pa.array(numbers, pa.int64())}), Path(lake.path(APPENDED)) / name)
    first = [WrittenFile(name, (Path(lake.path(APPENDED)) / name).stat().st_size, 1) for name in ("a-1-x.parquet", "a-2-x.parquet")]
    lake.exchange(APPENDED, first, lambda name: True, {})
    second = WrittenFile("a-2-y.parquet", (Path(lake.path(APPENDED)) / "a-2-y.parquet").stat().st_size, 1)
    lake.exchange(APPENDED, [second], lambda name: name.startswith("a-2-"), {"n": 2})
    assert sorted(lake.read_arrow(APPENDED).column("id").to_pylist()) == [1, 3]
    assert lake.commit_info(APPENDED) == {"n": 2}


def test_a_repeated_key_stops_the_write_without_quoting_it(lake: Lake, spark_session: SparkSession) -> None:
    with pytest.raises(TableError, match="1 keys occur more than once") as caught:
        lake.write(_rows(spark_session, (1, "a", "1", "CANARYVALUE"), (1, "a", "1", "CANARYVALUE")), SLICED, {})
    assert "CANARYVALUE" not in str(caught.value)
    assert lake.rows(SLICED) == 0


def test_an_engine_error_does_not_quote_data(lake: Lake, spark_session: SparkSession) -> None:
    bad = spark_session.sql("select cast(surname as bigint) as id, 'a' as source, '1' as controller, surname from values ('CANARYVALUE') as t(surname)")
    with pytest.raises(TableError, match=r"silver\.trial") as caught:
        lake.write(bad, SLICED, {})
    assert "CANARYVALUE" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_statistics_are_kept_on_declared_columns_only(lake: Lake, spark_session: SparkSession) -> None:
    lake.write(_rows(spark_session, (1, "a", "1", "CANARYVALUE")), SLICED, {})
    log = "\n".join(p.read_text() for p in Path(lake.path(SLICED), "_delta_log").glob("*.json"))
    added = [json.loads(line)["add"] for line in log.splitlines() if line.startswith('{"add"')]
    assert [json.loads(one["stats"]) for one in added] == [
        {"numRecords": 1, "minValues": {"source": "a"}, "maxValues": {"source": "a"}, "nullCount": {"source": 0}}
    ]
    assert "CANARYVALUE" not in log


def test_files_of_tasks_are_committed_once(lake: Lake) -> None:
    lake.create(APPENDED)
    target = Path(lake.path(APPENDED)) / "part-1.parquet"
    pq.write_table(pa.table({"id": pa.array([1, 2], pa.int64())}), target)
    files = [WrittenFile(target.name, target.stat().st_size, 2)]
    first = lake.commit_files(APPENDED, files, "trial", 1, {"by": "test"})
    again = lake.commit_files(APPENDED, files, "trial", 1, {"by": "test"})
    assert first == again
    assert lake.rows(APPENDED) == 2
    assert lake.commit_info(APPENDED) == {"by": "test"}


def test_a_table_is_read_by_arrows_own_file_system(lake: Lake, spark_session: SparkSession) -> None:
    # A file system written in Python aborted the process in every second run, while the interpreter was ending.
    lake.write(_rows(spark_session, (1, "pds", "X26", "SMITH")), SLICED, {})
    opened = open_dataset(lake.path(SLICED), 1)
    assert isinstance(opened.filesystem, fs.SubTreeFileSystem) and isinstance(opened.filesystem.base_fs, fs.LocalFileSystem)
    assert opened.count_rows() == 1


def test_tables_open_without_deletion_vectors_or_new_checkpoints(lake: Lake, spark_session: SparkSession) -> None:
    lake.write(_rows(spark_session, (1, "a", "1", "X")), SLICED, {})
    table = deltalake.DeltaTable(lake.path(SLICED))
    assert table.metadata().configuration["delta.enableDeletionVectors"] == "false"
    assert table.protocol().min_reader_version == 1
    assert json.loads(table.schema().to_json())["fields"][3]["metadata"]["comment"] == "Name."


def test_a_name_that_is_committed_is_never_written_over(lake: Lake) -> None:
    for numbers in ([1, 2], [1, 2, 3]):
        lake.append(APPENDED, pa.table({"id": pa.array(numbers, pa.int64())}), "model-1", {})
    assert lake.read_arrow(APPENDED).column("id").to_pylist() == [1, 2]


@pytest.mark.parametrize("engine", ["duckdb", "arrow", "pandas"])
def test_no_engine_s_message_gets_out(engine: str) -> None:
    with pytest.raises(TableError, match=r"silver\.trial: the engine stopped with") as told, masked("silver.trial"):
        if engine == "duckdb":
            duckdb.sql("select 'JOHN SMITH'::int").fetchall()
        elif engine == "arrow":
            pa.array(["JOHN SMITH"]).cast(pa.int64())
        else:
            pd.Series(["JOHN SMITH"]).astype(int)
    assert "SMITH" not in str(told.value) and told.value.__cause__ is None


def test_errors_that_are_ours_keep_their_words() -> None:
    with pytest.raises(RunError, match="no finished run"), masked("silver.trial"):
        raise RunError("There is no finished run r9.")
