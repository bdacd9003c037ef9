"""Manifests: what is taken for a delivery, and what is refused with a reason that holds no value."""

import json
from pathlib import Path
from typing import Any

import pytest

from cyplink.delivery import Delivery, delivery_id, find_deliveries
from tests.landing import deliver, looked_after, reviews, sha256

FOLDER = "ssda903/304/2024-25/v1"


def only_delivery(landing: Path) -> Delivery:
    found = find_deliveries(landing)
    assert found.refusals == ()
    return found.deliveries[0]


def only_reasons(landing: Path) -> tuple[str, ...]:
    found = find_deliveries(landing)
    assert found.deliveries == ()
    return found.refusals[0].reasons


def test_a_sound_delivery_is_found(tmp_path: Path) -> None:
    deliver(tmp_path, FOLDER, {"header.csv": looked_after()}, version=2)
    found = only_delivery(tmp_path)
    assert (found.source, found.controller, found.period, found.version, found.folder) == ("ssda903", "304", "2024-25", 2, FOLDER)
    assert [(file.name, file.rows) for file in found.files] == [("header.csv", 3)]


def test_the_id_depends_on_the_files_and_not_on_their_order_or_the_version(tmp_path: Path) -> None:
    deliver(tmp_path, FOLDER, {"header.csv": looked_after(), "reviews.csv": reviews()})
    deliver(tmp_path, "ssda903/304/2024-25/again", {"reviews.csv": reviews(), "header.csv": looked_after()}, version=2)
    deliver(tmp_path, "ssda903/305/2024-25/v1", {"header.csv": looked_after(), "reviews.csv": reviews()})
    again, first, elsewhere = find_deliveries(tmp_path).deliveries
    assert first.delivery_id == again.delivery_id != elsewhere.delivery_id
    hashes = [sha256(looked_after()), sha256(reviews())]
    assert first.delivery_id == delivery_id("ssda903", "304", "2024-25", hashes)


def test_files_that_the_manifest_does_not_list_are_noted(tmp_path: Path) -> None:
    deliver(tmp_path, FOLDER, {"header.csv": looked_after(), "notes.txt": "x"}, unlisted=("notes.txt",))
    assert only_delivery(tmp_path).unlisted == ("notes.txt",)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    (deliver(tmp_path, FOLDER, {"header.csv": looked_after()}) / "manifest.json").unlink()
    assert only_reasons(tmp_path) == ("manifest_missing",)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00"])
def test_a_manifest_that_is_not_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (deliver(tmp_path, FOLDER, {"header.csv": looked_after()}) / "manifest.json").write_bytes(content)
    assert only_reasons(tmp_path) == ("manifest_is_not_json",)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"source": "ssda904"}, "manifest_source"),
        ({"controller": "../304"}, "manifest_controller"),
        ({"period": "last year"}, "manifest_period"),
        ({"version": 0}, "manifest_version"),
        ({"files": []}, "manifest_files"),
        ({"contact": "SECRET"}, "manifest_contact"),
        ({"files": [{"name": "../header.csv", "sha256": "0" * 64, "rows": 1}]}, "manifest_files.0.name"),
        ({"files": [{"name": "manifest.json", "sha256": "0" * 64, "rows": 1}]}, "manifest_files.0.name"),
        ({"files": [{"name": "header.csv", "sha256": "abc", "rows": 1}]}, "manifest_files.0.sha256"),
        ({"files": [{"name": "header.csv", "sha256": "0" * 64, "rows": -1}]}, "manifest_files.0.rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_manifest_that_states_what_it_may_not_is_refused(tmp_path: Path, changes: dict[str, Any], where: str) -> None:
    deliver(tmp_path, FOLDER, {"header.csv": looked_after()}, **changes)
    reasons = only_reasons(tmp_path)
    assert where in [reason.split(":")[0] for reason in reasons]
    assert "SECRET" not in json.dumps(reasons)


def test_a_manifest_in_another_delivery_s_folder_is_refused(tmp_path: Path) -> None:
    deliver(tmp_path, FOLDER, {"header.csv": looked_after()}, controller="305")
    assert only_reasons(tmp_path) == ("manifest_is_for_another_folder",)


def test_a_manifest_that_lists_a_file_twice_is_refused(tmp_path: Path) -> None:
    one = {"name": "header.csv", "sha256": "0" * 64, "rows": 1}
    deliver(tmp_path, FOLDER, {"header.csv": looked_after()}, files=[one, one])
    assert only_reasons(tmp_path) == ("manifest_lists_a_file_twice",)


def test_a_broken_manifest_stops_no_other_delivery(tmp_path: Path) -> None:
    (deliver(tmp_path, FOLDER, {"header.csv": looked_after()}) / "manifest.json").write_text("{", encoding="utf-8")
    deliver(tmp_path, "ssda903/305/2024-25/v1", {"header.csv": looked_after()})
    found = find_deliveries(tmp_path)
    assert [d.controller for d in found.deliveries] == ["305"]
    assert [r.folder for r in found.refusals] == [FOLDER]


def test_without_a_landing_folder_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no landing folder"):
        find_deliveries(tmp_path / "nowhere")
