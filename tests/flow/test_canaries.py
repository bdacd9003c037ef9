"""Planted names, numbers and postcodes come out nowhere but in the identifiable zone's data files."""

from pathlib import Path

import deltalake
import pyarrow as pa
import pytest

from cyplink.pages import write_pages_of
from cyplink.runs import publish
from tests.canaries import NAME, POSTCODE, STREET, found
from tests.worlds import World


@pytest.fixture(scope="module")
def published(world: World) -> World:
    """The world with its first run published and its pages written."""
    publish(world.settings.zones.roots(), "first", 1.0)
    write_pages_of(world.settings)
    return world


def test_the_canaries_reached_the_identifiable_zone(published: World) -> None:
    folder = Path(published.settings.zones.identifiable) / "silver" / "identity"
    assert NAME in deltalake.DeltaTable(str(folder)).to_pyarrow_table(columns=["surname"]).column("surname").to_pylist()


def test_no_log_names_anybody(published: World) -> None:
    assert published.log.stat().st_size > 0
    assert found(published.log.read_text(errors="replace"), published.identifiers) == []


@pytest.mark.parametrize("where", ["mlflow", "pages", "lake/identifiable/_runs", "lake/research/_runs"])
def test_no_artefact_page_or_manifest_names_anybody(published: World, where: str) -> None:
    files = [path for path in (published.root / "data" / where).rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes().decode("utf-8", errors="replace")
        assert (path.name, found(content, published.identifiers)) == (path.name, [])


def test_no_delta_log_names_anybody(published: World) -> None:
    for path in (published.root / "data/lake").rglob("_delta_log/*.json"):
        assert (str(path), found(path.read_text(encoding="utf-8"), published.identifiers)) == (str(path), [])


def test_no_research_table_names_anybody(published: World) -> None:
    logs = list((published.root / "data/lake/research").glob("*/*/_delta_log"))
    assert len(logs) >= 9
    for log in logs:
        table = deltalake.DeltaTable(str(log.parent)).to_pyarrow_table()
        for name in table.column_names:
            flat = not pa.types.is_nested(table.column(name).type)
            values = {str(value) for value in pa.compute.unique(table.column(name)).to_pylist()} if flat else set()
            assert (log.parent.name, name, values & (published.identifiers | {NAME, POSTCODE, STREET})) == (log.parent.name, name, set())
