"""Settings: a typo is an error that names the key; relative paths count from the root."""

import shutil
from pathlib import Path

import pytest

from cyplink.settings import SettingsError, load

CONF = Path(__file__).parents[2] / "conf"


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONF, tmp_path / "conf"))


@pytest.mark.parametrize("environment", ["local", "standalone"])
def test_every_environment_loads(environment: str) -> None:
    assert load(CONF, environment).zones.identifiable


def test_a_typo_is_refused_by_name(conf: Path) -> None:
    (conf / "local.yaml").write_text("zone:\n  landing: x\npages: 5\n")
    with pytest.raises(SettingsError, match=r"(?s)pages.*zone: Extra inputs|zone: Extra inputs.*pages"):
        load(conf, "local")


def test_an_unknown_environment_is_told_the_known_ones(conf: Path) -> None:
    with pytest.raises(SettingsError, match="known environments: local, london, standalone"):
        load(conf, "prod")


def test_broken_yaml_is_told_by_line(conf: Path) -> None:
    (conf / "local.yaml").write_text("zones:\n  landing: [\n")
    with pytest.raises(SettingsError, match="not YAML at line"):
        load(conf, "local")


def test_relative_paths_count_from_the_root_and_uris_stay(conf: Path, tmp_path: Path) -> None:
    (conf / "local.yaml").write_text("tracking:\n  artefacts: https://models.example/artefacts\n")
    settings = load(conf, "local", tmp_path)
    assert settings.tracking.artefacts == "https://models.example/artefacts"
    assert settings.zones.identifiable == str(tmp_path / "data/lake/identifiable")
    assert settings.tracking.uri == f"sqlite:///{tmp_path}/data/mlflow/mlflow.db"


def test_a_zone_that_is_a_uri_is_refused(conf: Path) -> None:
    (conf / "local.yaml").write_text("zones:\n  research: s3a://bucket/research\n")
    with pytest.raises(SettingsError, match=r"zones\.research: .*a zone is a folder, not a URI"):
        load(conf, "local")
