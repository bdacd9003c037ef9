"""Lease, manifest and pointer."""

import subprocess
import sys
from pathlib import Path

import pytest

from cyplink.runs import Manifest, RunError, lease, manifests, publish, published, read_manifest, write_manifest
from cyplink.tables.model import Zone


@pytest.fixture
def roots(tmp_path: Path) -> dict[Zone, str]:
    return {Zone.IDENTIFIABLE: str(tmp_path / "identifiable"), Zone.RESEARCH: str(tmp_path / "research")}


def _manifest(run_id: str, churn: float = 0.0) -> Manifest:
    tables = {
        "gold.person": {"version": 3, "rows": 5, "zone": "research", "inputs": {}},
        "silver.identity": {"version": 1, "rows": 9, "zone": "identifiable", "inputs": {}},
    }
    content = {"run_id": run_id, "finished_at": "", "code": "c", "model_version": 1, "synthetic": True, "churn": churn, "tables": tables}
    return Manifest(run_id, content)


def test_a_second_run_is_told_who_holds_the_lake(tmp_path: Path) -> None:
    with lease(str(tmp_path), "first"), pytest.raises(RunError, match="run first, process"), lease(str(tmp_path), "second"):
        pass


def test_a_killed_run_leaves_no_lease(tmp_path: Path) -> None:
    code = f"import os\nfrom cyplink.runs import lease\nwith lease({str(tmp_path)!r}, 'killed'): os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": str(Path(__file__).parents[2] / "lib")}).returncode == -9
    with lease(str(tmp_path), "next"):
        pass


def test_the_research_zone_is_told_of_research_tables_only(roots: dict[Zone, str]) -> None:
    write_manifest(roots, _manifest("r1"))
    assert set(read_manifest(roots[Zone.RESEARCH], "r1").tables) == {"gold.person"}
    assert set(read_manifest(roots[Zone.IDENTIFIABLE], "r1").tables) == {"gold.person", "silver.identity"}


def test_publishing_an_earlier_run_rolls_back(roots: dict[Zone, str]) -> None:
    for run_id in ("r1", "r2"):
        write_manifest(roots, _manifest(run_id))
        publish(roots, run_id, 0.02)
    publish(roots, "r1", 0.02)
    assert published(roots[Zone.RESEARCH]) == "r1"
    assert manifests(roots[Zone.IDENTIFIABLE]) == ["r1", "r2"]


def test_a_run_that_moves_too_many_ids_is_not_published_without_a_reason(roots: dict[Zone, str]) -> None:
    write_manifest(roots, _manifest("r1", churn=0.5))
    with pytest.raises(RunError, match=r"50.0%.*policy allows 2.0%"):
        publish(roots, "r1", 0.02)
    assert published(roots[Zone.RESEARCH]) is None
    publish(roots, "r1", 0.02, override="a new model was agreed")
    assert published(roots[Zone.RESEARCH]) == "r1"


def test_an_unknown_run_is_named_with_those_there_are(roots: dict[Zone, str]) -> None:
    write_manifest(roots, _manifest("r1"))
    with pytest.raises(RunError, match=r"no finished run r9\. Finished runs: r1"):
        publish(roots, "r9", 0.02)
