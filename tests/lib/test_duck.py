"""DuckDB in a task: how much it holds, and where it puts down the rest."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cyplink import duck
from cyplink.settings import load
from tests.worlds import CONF


def test_what_does_not_fit_is_put_down_where_spark_does_and_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duck, "_databases", {})
    monkeypatch.setenv(duck.MEMORY, "64MB")
    monkeypatch.setenv("SPARK_LOCAL_DIRS", f"{tmp_path / 'blocks'},elsewhere")
    with duck.connection() as connection:
        connection.execute("create temp table many as select hash(range) as number, range::varchar as words from range(4_000_000)")
        assert any(path.stat().st_size > 0 for path in (tmp_path / "blocks").rglob("*.tmp"))
        assert connection.execute("select count(*) from (select number from many order by words)").fetchall() == [(4_000_000,)]
    with duck.connection() as connection:
        assert connection.execute("select count(*) from duckdb_tables()").fetchall() == [(0,)]
    assert not [path for path in (tmp_path / "blocks").rglob("*.tmp") if path.stat().st_size > 0]


def test_a_task_has_the_limit_of_the_settings(spark_session: SparkSession) -> None:
    limits = spark_session.sparkContext.parallelize([0], 1).map(lambda _: _limit()).collect()
    assert limits == [load(CONF, "local", Path()).spark[f"spark.executorEnv.{duck.MEMORY}"]] == ["2GB"]


def _limit() -> str:
    with duck.connection() as connection:
        [(limit,)] = connection.execute("select current_setting('memory_limit')").fetchall()
    return {"1.8 GiB": "2GB"}.get(str(limit), str(limit))
