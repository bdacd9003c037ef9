"""Every notebook runs from top to bottom on a published run, and is kept in the repository without output."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from cyplink.runs import publish
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
    assert "looked after" in printed and "in contact within the year" in printed
