"""Fixtures for all tests: a lake of its own per test, on real Delta tables; one small population, run once through the flow."""

import os
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cyplink.lake import Lake
from cyplink.tables.model import Zone

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

pytest_plugins = ["tests.worlds"]


@pytest.fixture
def lake(spark_session: SparkSession, tmp_path: Path) -> Lake:
    """An empty lake with both zones in a folder of the test's own."""
    return Lake({Zone.IDENTIFIABLE: str(tmp_path / "identifiable"), Zone.RESEARCH: str(tmp_path / "research")}, spark_session)
