"""Manifests at the edges: names that would leave the folder, reasons that quote nothing, refusals that are known again."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cyplink.delivery import Refusal, find_deliveries
from tests.landing import deliver, looked_after, reviews

FOLDER = "ssda903/304/2024-25/v1"


def _refused(landing: Path, content: bytes | None = None, **stated: Any) -> Refusal:
    """The refusal of a delivery whose manifest states this, or has this content."""
    folder = landing / FOLDER
    if not folder.exists():
        deliver(landing, FOLDER, {"header.csv": looked_after()}, **stated)
    if content is not None:
        (folder / "manifest.json").write_bytes(content)
    found = find_deliveries(landing)
    assert not found.deliveries
    (refusal,) = found.refusals
    return refusal


@pytest.mark.parametrize("name", ["../header.csv", "/etc/passwd", "a/b.csv", "a\\b.csv", ".hidden", "..", "a\nb.csv", "header.csv\n", "'.csv", ""])
def test_a_file_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    refusal = _refused(tmp_path, files=[{"name": name, "sha256": "0" * 64, "rows": 1}])
    assert any(reason.startswith("manifest_files.0.name: ") for reason in refusal.reasons)


@pytest.mark.parametrize("content", [b"[]", b"7", b"null", b'"ssda903"'])
def test_json_that_is_no_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    assert _refused(tmp_path, content).reasons == ("manifest_whole: model_type",)


@pytest.mark.parametrize("content", [b"[" * 200_000, b'{"version": ' + b"9" * 5000 + b"}"])
def test_json_beyond_what_can_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    assert _refused(tmp_path, content).reasons == ("manifest_is_not_json",)


@pytest.mark.parametrize(("key", "value"), [("version", 10**12), ("files", [{"name": "header.csv", "sha256": "0" * 64, "rows": 10**18}])])
def test_numbers_that_no_table_holds_are_refused(tmp_path: Path, key: str, value: Any) -> None:
    reasons = _refused(tmp_path, **{key: value}).reasons
    assert all(reason.startswith(f"manifest_{key}") for reason in reasons)


def test_a_folder_whose_name_is_no_text_is_refused_by_a_name_that_is(tmp_path: Path) -> None:
    place = deliver(tmp_path, FOLDER, {"header.csv": looked_after()})
    os.rename(os.fsencode(place), os.fsencode(place.parent) + b"/caf\xe9")
    (refusal,) = find_deliveries(tmp_path).refusals
    assert (refusal.folder, refusal.reasons) == ("ssda903/304/2024-25/caf\ufffd", ("folder_name_cannot_be_read",))


def test_reasons_name_every_fault_and_quote_no_value(tmp_path: Path) -> None:
    files = [{"name": "CANARY/VALUE", "sha256": "CANARYVALUE", "rows": "CANARYVALUE"}]
    refusal = _refused(tmp_path, source="CANARYVALUE", version="CANARYVALUE", period="CANARYVALUE", files=files, **{"CANARY VALUE": 1})
    where = {reason.split(":")[0] for reason in refusal.reasons}
    assert {f"manifest_{name}" for name in ("unknown_key", "source", "version", "period", "files.0.name", "files.0.sha256", "files.0.rows")} <= where
    assert "CANARY" not in " ".join(refusal.reasons)


def test_a_refusal_is_known_again_until_its_manifest_changes(tmp_path: Path) -> None:
    first, again = _refused(tmp_path, b"{"), _refused(tmp_path)
    assert first.delivery_id == again.delivery_id != _refused(tmp_path, b"[").delivery_id


def test_fewer_files_are_another_delivery(tmp_path: Path) -> None:
    deliver(tmp_path, FOLDER, {"header.csv": looked_after(), "reviews.csv": reviews()})
    deliver(tmp_path, "ssda903/304/2024-25/v2", {"header.csv": looked_after()})
    assert len({delivery.delivery_id for delivery in find_deliveries(tmp_path).deliveries}) == 2


def test_only_deliveries_of_the_source_asked_for_are_found(tmp_path: Path) -> None:
    deliver(tmp_path, FOLDER, {"header.csv": looked_after()})
    deliver(tmp_path, "pds/X26/2026-03/v1", {"person.csv": "nhs_number\n"})
    assert [delivery.source for delivery in find_deliveries(tmp_path, "pds").deliveries] == ["pds"]
    assert len(find_deliveries(tmp_path).deliveries) == 2


def test_a_manifest_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = deliver(tmp_path, FOLDER, {"header.csv": looked_after()}) / "manifest.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(json.loads(path.read_text())).encode())
    assert len(find_deliveries(tmp_path).deliveries) == 1
