"""Fixtures for all tests: a lake of its own per test, on real Delta tables; one small population, run once through the flow."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from pyspark.sql import SparkSession
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from cyplink.lake import Lake
from cyplink.tables.model import Zone

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

settings.register_profile("shared machine", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("shared machine")

pytest_plugins = ["tests.worlds"]


@pytest.fixture
def lake(spark_session: SparkSession, tmp_path: Path) -> Lake:
    """An empty lake with both zones in a folder of the test's own."""
    return Lake({Zone.IDENTIFIABLE: str(tmp_path / "identifiable"), Zone.RESEARCH: str(tmp_path / "research")}, spark_session)


class ByPopulation(LoadScopeScheduling):
    """Hands tests to workers by file, for what a file's fixtures make, and those that share the `world` to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return "world" if nodeid.startswith(("tests/flow/", "tests/notebooks/")) else nodeid.split("::", maxsplit=1)[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByPopulation:
    return ByPopulation(config, log)
