"""One small population, run once through the whole flow."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cyplink import flow, pseudonym, synthetic
from cyplink.lake import Lake
from cyplink.run import Runner, RunReport
from cyplink.runs import lease, new_run_id
from cyplink.settings import Settings, load

CONF = Path(__file__).parents[1] / "conf"
KEY = bytes(range(32))


@dataclass(frozen=True)
class World:
    """A working folder with a landing and what runs on it leave."""

    root: Path
    settings: Settings
    spark: SparkSession

    @property
    def lake(self) -> Lake:
        return Lake(self.settings.zones.roots(), self.spark)

    def run(self, *only: str, run_id: str | None = None) -> RunReport:
        """Run the flow, or only the named steps."""
        run_id = run_id or new_run_id()
        with lease(self.settings.zones.identifiable, run_id):
            runner = Runner(self.settings, self.spark, pseudonym.Pseudonyms(KEY), run_id)
            return runner.run(flow.select(flow.discover(), only=only), lambda name, state: None)


@pytest.fixture(scope="session")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deliveries and truth for two boroughs: all their looked-after children, and few others."""
    out = tmp_path_factory.mktemp("population") / "synthetic"
    synthetic.generate(out, synthetic.boroughs("Brent,Kensington and Chelsea"), 0.01, 7)
    return out


@pytest.fixture(scope="session")
def make_world(tmp_path_factory: pytest.TempPathFactory, spark_session: SparkSession, population: Path) -> Callable[[str], World]:
    """A fresh world with its own copy of the population."""

    def make(name: str) -> World:
        root = tmp_path_factory.mktemp(name)
        shutil.copytree(population, root / "data" / "synthetic")
        return World(root, load(CONF, "local", root), spark_session)

    return make


@pytest.fixture(scope="session")
def world(make_world: Callable[[str], World]) -> World:
    """The world after one run. Tests that change a world make their own."""
    made = make_world("world")
    made.run(run_id="first")
    return made
