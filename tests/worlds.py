"""One small population, run once through the whole flow."""

import logging
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cyplink import flow, pseudonym, synthetic
from cyplink.lake import Lake
from cyplink.run import Runner, RunReport
from cyplink.runs import lease, new_run_id
from cyplink.settings import Settings, load
from tests.canaries import plant

CONF = Path(__file__).parents[1] / "conf"
KEY = bytes(range(32))


@dataclass(frozen=True)
class World:
    """A working folder with a landing and what runs on it leave; `log` has all that was logged, `identifiers` some of its people's."""

    root: Path
    settings: Settings
    spark: SparkSession
    identifiers: set[str]

    @property
    def lake(self) -> Lake:
        return Lake(self.settings.zones.roots(), self.spark)

    @property
    def log(self) -> Path:
        return self.root / "log.txt"

    def run(self, *only: str, run_id: str | None = None) -> RunReport:
        """Run the flow, or only the named steps."""
        run_id = run_id or new_run_id()
        handler = logging.FileHandler(self.log)
        logging.getLogger().addHandler(handler)
        logging.getLogger().setLevel(logging.DEBUG)
        try:
            with lease(self.settings.zones.identifiable, run_id):
                runner = Runner(self.settings, self.spark, pseudonym.Pseudonyms(KEY), run_id)
                return runner.run(flow.select(flow.discover(), only=only), lambda name, state: None)
        finally:
            logging.getLogger().removeHandler(handler)
            logging.getLogger().setLevel(logging.WARNING)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, spark_session: SparkSession) -> World:
    """Two boroughs, all their looked-after children and few others, with canaries planted, after one run."""
    root = tmp_path_factory.mktemp("world")
    synthetic.generate(root / "data" / "synthetic", synthetic.boroughs("Brent,Kensington and Chelsea"), 0.01, 7)
    identifiers = plant(root / "data" / "synthetic" / "landing")
    made = World(root, load(CONF, "local", root), spark_session, identifiers)
    made.run(run_id="first")
    return made
