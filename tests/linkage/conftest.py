"""A made population and a model trained on it once a session."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from cyplink.linkage.settings import LinkageSettings, load_settings
from cyplink.linkage.training import TrainedModel, train
from tests.linkage.population import NO_MERGERS, made_population

CONF = Path(__file__).parents[2] / "conf" / "linkage.yaml"


@pytest.fixture(scope="session")
def policy() -> LinkageSettings:
    """conf/linkage.yaml as delivered."""
    return load_settings(CONF)


@pytest.fixture(scope="session")
def population() -> tuple[pa.Table, pd.DataFrame]:
    """silver.identity rows and whose they are."""
    return made_population(1500)


@pytest.fixture(scope="session")
def model(population: tuple[pa.Table, pd.DataFrame], policy: LinkageSettings) -> TrainedModel:
    return train(population[0], NO_MERGERS, policy)
