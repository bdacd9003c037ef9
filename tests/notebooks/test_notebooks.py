"""Every notebook runs from top to bottom on a published run, and is kept in the repository without output."""

import os
import re
from datetime import date
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from cyplink.runs import publish
from cyplink.tables import gold
from jobs.pathfinders.looked_after_mental_health import MEASURES, count_children, in_contact_during, looked_after_on_last_day, observable_on_last_day
from tests.worlds import CONF, World

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_holds_no_output(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert [cell.id for cell in cells if cell.cell_type == "code" and (cell.outputs or cell.execution_count)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_draws(path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(world.settings.zones.roots(), "first", 1.0)
    monkeypatch.setenv("CYPLINK_CONF", str(CONF))
    monkeypatch.setenv("PYTHONPATH", f"{CONF.parent / 'lib'}:{CONF.parent}:{os.environ.get('PYTHONPATH', '')}")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(world.root)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("<svg" in str(output.get("data", {}).get("image/svg+xml", "")) for output in outputs)
    printed = "".join(output.get("text", "") for output in outputs)
    told = re.search(r"(\d+) looked after, (\d+) of them observable, (\d+) in contact within the year", printed)
    assert told and tuple(int(count) for count in told.groups()) == _counted(world)


def _counted(world: World) -> tuple[int, ...]:
    """Brent's children of the notebook's year by the pathfinder's rules, before disclosure control."""
    episodes, seen, contacts = (world.lake.read(table) for table in (gold.LOOKED_AFTER_EPISODE, gold.OBSERVATION_PERIOD, gold.MENTAL_HEALTH_CONTACT))
    years = world.spark.createDataFrame([("2025-26", date(2025, 4, 1), date(2026, 3, 31))], "year string, first_day date, last_day date")
    children = looked_after_on_last_day(episodes, seen, years).join(observable_on_last_day(seen, years), ["person_id", "year"], "left")
    children = children.join(in_contact_during(contacts, years), ["person_id", "year"], "left").transform(count_children)
    row = children.where("responsible_authority = '304'").first()
    assert row
    return tuple(row[name] for name in MEASURES)
