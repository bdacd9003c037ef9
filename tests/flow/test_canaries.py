"""Planted names, numbers and postcodes come out nowhere but in the identifiable zone's data files."""

import json
from collections.abc import Iterator
from pathlib import Path

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cyplink.pages import write_pages_of
from cyplink.runs import publish
from cyplink.sources import SOURCES
from tests.canaries import NAME, PROTECTED, found
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
    logs = [path for path in (published.root / "data/lake").rglob("_delta_log/*") if path.suffix in (".json", ".parquet")]
    assert logs
    for path in logs:
        content = path.read_text(encoding="utf-8") if path.suffix == ".json" else json.dumps(pq.read_table(path).to_pylist(), default=str)
        assert (str(path), found(content, published.identifiers)) == (str(path), [])


def test_no_research_table_names_anybody(published: World) -> None:
    """In no column, nested ones included."""
    logs = list((published.root / "data/lake/research").glob("*/*/_delta_log"))
    assert len(logs) >= 9
    nested = 0
    for log in logs:
        table = deltalake.DeltaTable(str(log.parent)).to_pyarrow_table()
        for name in table.column_names:
            nested += pa.types.is_nested(table.column(name).type)
            values = set(_leaves(table.column(name).to_pylist()))
            assert (log.parent.name, name, values & published.identifiers, found(" ".join(values), set())) == (log.parent.name, name, set(), [])
    assert nested


def test_no_protected_person_is_in_the_linked_data(published: World) -> None:
    """Somebody flagged on PDS, named after the canary: withheld at the door, so that the name is in no silver, linkage or gold table."""
    rows = published.lake.read_arrow(SOURCES["pds"].kind("person").bronze, ["family_name", "confidentiality_code"]).to_pylist()
    assert {row["confidentiality_code"] for row in rows if row["family_name"] == PROTECTED} == {"S"}
    for log in (published.root / "data/lake").rglob("_delta_log"):
        if log.parent.parent.name != "bronze":
            table = deltalake.DeltaTable(str(log.parent)).to_pyarrow_table()
            for name in table.column_names:
                assert (str(log.parent), name, PROTECTED in " ".join(_leaves(table.column(name).to_pylist()))) == (str(log.parent), name, False)


def _leaves(value: object) -> Iterator[str]:
    """Every value in lists and structures, as text."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _leaves(one)
    else:
        yield str(value)
