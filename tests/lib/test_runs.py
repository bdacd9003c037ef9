"""Lease, manifest and pointer."""

import os
import subprocess
import sys
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest

from cyplink.runs import Manifest, RunError, lease, manifests, publish, published, read_manifest, write_manifest
from cyplink.tables.model import Zone


@pytest.fixture
def roots(tmp_path: Path) -> dict[Zone, str]:
    return {Zone.IDENTIFIABLE: str(tmp_path / "identifiable"), Zone.RESEARCH: str(tmp_path / "research")}


def _manifest(run_id: str, links: int = 0) -> Manifest:
    tables = {
        "linkage.person_link": {"version": links, "rows": 4, "zone": "identifiable", "inputs": {}},
        "gold.person": {"version": 3, "rows": 5, "zone": "research", "inputs": {}},
        "silver.identity": {"version": 1, "rows": 9, "zone": "identifiable", "inputs": {}},
    }
    content = {"run_id": run_id, "finished_at": "", "code": "c", "model_version": 1, "synthetic": True, "tables": tables}
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
    assert set(read_manifest(roots[Zone.IDENTIFIABLE], "r1").tables) == {"gold.person", "linkage.person_link", "silver.identity"}


def test_publishing_an_earlier_run_rolls_back(roots: dict[Zone, str]) -> None:
    for run_id in ("r1", "r2"):
        write_manifest(roots, _manifest(run_id))
        publish(roots, run_id, 0.02)
    publish(roots, "r1", 0.02)
    assert published(roots[Zone.RESEARCH]) == "r1"
    assert manifests(roots[Zone.IDENTIFIABLE]) == ["r1", "r2"]


def _links(roots: dict[Zone, str], *people: int) -> int:
    """A version of linkage.person_link in which records 1, 2, ... are of these people."""
    path = f"{roots[Zone.IDENTIFIABLE]}/linkage/person_link"
    deltalake.write_deltalake(path, pa.table({"record_id": list(range(1, len(people) + 1)), "person_id": list(people)}), mode="overwrite")
    return deltalake.DeltaTable(path).version()


def test_a_run_that_moves_too_many_ids_is_not_published_without_a_reason(roots: dict[Zone, str]) -> None:
    # r2 wrote the new links and was never published; r3 did no linkage at all: what counts is what readers saw last.
    for run_id, version in (("r1", _links(roots, 7, 7, 8, 9)), ("r2", _links(roots, 7, 5, 5, 9, 4)), ("r3", 1)):
        write_manifest(roots, _manifest(run_id, links=version))
    publish(roots, "r1", 0.02)
    with pytest.raises(RunError, match=r"50.0%.*policy allows 2.0%"):
        publish(roots, "r3", 0.02)
    assert published(roots[Zone.RESEARCH]) == "r1"
    publish(roots, "r3", 0.02, override="a new model was agreed")
    assert published(roots[Zone.RESEARCH]) == "r3"
    publish(roots, "r1", 0.02)
    assert published(roots[Zone.RESEARCH]) == "r1", "going back needs no reason"


def test_a_damaged_pointer_is_named(roots: dict[Zone, str]) -> None:
    write_manifest(roots, _manifest("r1"))
    publish(roots, "r1", 0.02)
    (Path(roots[Zone.RESEARCH]) / "_published.json").write_text("{")
    with pytest.raises(RunError, match=r"_published\.json is damaged"):
        published(roots[Zone.RESEARCH])


def test_what_is_published_is_readable_by_others(roots: dict[Zone, str]) -> None:
    write_manifest(roots, _manifest("r1"))
    publish(roots, "r1", 0.02)
    mask = os.umask(0)
    os.umask(mask)
    for path in Path(roots[Zone.RESEARCH]).rglob("*.json"):
        assert path.stat().st_mode & 0o777 == 0o666 & ~mask, path.name


def test_an_unknown_run_is_named_with_those_there_are(roots: dict[Zone, str]) -> None:
    write_manifest(roots, _manifest("r1"))
    with pytest.raises(RunError, match=r"no finished run r9\. Finished runs: r1"):
        publish(roots, "r9", 0.02)


@pytest.mark.parametrize("content", ["{}", "[]", '{"tables": {}', '{"run_id": "r1", "tables": []}', '{"run_id": "r1", "tables": {"gold.person": 3}}'])
def test_a_damaged_manifest_is_named(roots: dict[Zone, str], content: str) -> None:
    write_manifest(roots, _manifest("r1"))
    (Path(roots[Zone.IDENTIFIABLE]) / "_runs" / "r1.json").write_text(content, encoding="utf-8")
    with pytest.raises(RunError, match=r"r1\.json is damaged"):
        read_manifest(roots[Zone.IDENTIFIABLE], "r1")


@pytest.mark.parametrize("content", ["{", "{}", "[]", '"r1"'])
def test_a_damaged_pointer_is_mended_as_its_message_says(roots: dict[Zone, str], content: str) -> None:
    write_manifest(roots, _manifest("r1"))
    pointer = Path(roots[Zone.RESEARCH]) / "_published.json"
    pointer.write_text(content, encoding="utf-8")
    with pytest.raises(RunError, match="--override"):
        published(roots[Zone.RESEARCH])
    with pytest.raises(RunError, match="--override"):
        publish(roots, "r1", 0.02)
    publish(roots, "r1", 0.02, "the pointer was damaged")
    assert published(roots[Zone.RESEARCH]) == "r1"
