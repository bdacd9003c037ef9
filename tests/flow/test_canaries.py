"""Planted names, numbers and postcodes come out nowhere but in the identifiable zone's data files."""

import logging
from collections.abc import Callable
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest

from cyplink.pages import write_pages_of
from cyplink.runs import publish
from tests.deliveries import Row, edit
from tests.worlds import World

NAME, STREET, POSTCODE = "XYLOCANARIA", "CANARYSTREET", "ZE39QQ"
CHILD = "CANARYCHILD77"


def _plant(rows: list[Row]) -> list[Row]:
    for row in rows[:40]:
        row["pers_forename"], row["pers_surname"] = NAME, NAME
    rows[41]["pers_dob"] = NAME  # not a date: goes through the error paths
    rows[42]["pers_person_id"] = ""
    rows[42]["pers_surname"] = NAME
    return rows


def _plant_addresses(rows: list[Row]) -> list[Row]:
    for row in rows[:40]:
        row["addr_address_postcode"] = POSTCODE
        row["addr_address_json"] = row["addr_address_json"].replace("STREET", STREET)
    return rows


@pytest.fixture(scope="module")
def planted(make_world: Callable[[str], World]) -> tuple[World, str, set[str]]:
    """A world with canaries, run and published; its log; and real identifiers of its children."""
    world = make_world("canaries")
    delivery = next((world.root / "data/synthetic/landing/case_management/304/2026-03").iterdir())
    rows = edit(delivery, "ssd_person.csv", _plant)
    edit(delivery, "ssd_address.csv", _plant_addresses)
    identifiers = {row["pers_single_unique_id"] for row in rows if row["pers_single_unique_id"]}
    identifiers |= {row["pers_upn"] for row in rows if len(row["pers_upn"]) == 13}
    log = world.root / "log.txt"
    handler = logging.FileHandler(log)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        world.run(run_id="canaries")
        publish(world.settings.zones.roots(), "canaries", 1.0)
        write_pages_of(world.settings)
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(logging.WARNING)
    return world, log.read_text(errors="replace"), identifiers


def _found(content: str, identifiers: set[str]) -> list[str]:
    marks = [mark for mark in (NAME, STREET, POSTCODE, CHILD) if mark in content]
    return marks + ["an NHS number or UPN" for identifier in identifiers if identifier in content][:1]


def test_the_canaries_reached_the_identifiable_zone(planted: tuple[World, str, set[str]]) -> None:
    world = planted[0]
    folder = Path(world.settings.zones.identifiable) / "silver" / "identity"
    assert NAME in deltalake.DeltaTable(str(folder)).to_pyarrow_table(columns=["surname"]).column("surname").to_pylist()


def test_no_log_names_anybody(planted: tuple[World, str, set[str]]) -> None:
    assert _found(planted[1], planted[2]) == []


@pytest.mark.parametrize("where", ["mlflow", "pages", "lake/identifiable/_runs", "lake/research/_runs"])
def test_no_artefact_page_or_manifest_names_anybody(planted: tuple[World, str, set[str]], where: str) -> None:
    files = [path for path in (planted[0].root / "data" / where).rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes().decode("utf-8", errors="replace")
        assert (path.name, _found(content, planted[2])) == (path.name, [])


def test_no_delta_log_names_anybody(planted: tuple[World, str, set[str]]) -> None:
    for path in (planted[0].root / "data/lake").rglob("_delta_log/*.json"):
        assert (str(path), _found(path.read_text(encoding="utf-8"), planted[2])) == (str(path), [])


def test_no_research_table_names_anybody(planted: tuple[World, str, set[str]]) -> None:
    logs = list((planted[0].root / "data/lake/research").glob("*/*/_delta_log"))
    assert len(logs) >= 9
    for log in logs:
        table = deltalake.DeltaTable(str(log.parent)).to_pyarrow_table()
        for name in table.column_names:
            values = {str(value) for value in pa.compute.unique(table.column(name)).to_pylist()} if not pa.types.is_nested(table.column(name).type) else set()
            assert (log.parent.name, name, values & (planted[2] | {NAME, POSTCODE, STREET})) == (log.parent.name, name, set())
