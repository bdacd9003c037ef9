"""Putting deliveries in a landing folder, sound or not, and the text of small files of declared columns."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from cyplink.bronze import files_read
from cyplink.lake import Lake
from cyplink.sources import SOURCES
from cyplink.sources.model import FileKind

CHILDREN = ("child-1", "child-2", "child-3")


def file_text(source: str, kind: str, *rows: Mapping[str, str], extra: tuple[str, ...] = (), end: str = "\n") -> str:
    """A CSV file of the kind's declared columns, those not given blank."""
    header = (*SOURCES[source].kind(kind).header, *extra)
    lines = [",".join(header), *(",".join(row.get(name, "") for name in header) for row in rows)]
    return end.join(lines) + end


def looked_after(*children: str, ethnic: str = "WBRI", **more: Any) -> str:
    """header.csv of SSDA903 with these children."""
    rows = [{"CHILD": child, "SEX": "F", "DOB": "01/02/2015", "ETHNIC": ethnic, "UPN": "UN1"} for child in children or CHILDREN]
    return file_text("ssda903", "header", *rows, **more)


def reviews(*children: str) -> str:
    """reviews.csv of SSDA903 with one review of each of these children."""
    rows = [{"CHILD": child, "DOB": "01/02/2015", "REVIEW": "05/05/2024", "REVIEW_CODE": "PN1"} for child in children or CHILDREN]
    return file_text("ssda903", "reviews", *rows)


def deliver(landing: Path, folder: str, content: Mapping[str, str | bytes], /, **stated: Any) -> Path:
    """Write a delivery at `<source>/<controller>/<period>/<delivery>` with a manifest true of its files.

    `stated` changes the manifest: its keys, or `hashes` and `rows` by file name, or `unlisted` names that it leaves out.
    """
    place = landing / folder
    place.mkdir(parents=True)
    source, controller, period, _ = folder.split("/")
    listed = []
    hashes, rows, unlisted = stated.pop("hashes", {}), stated.pop("rows", {}), stated.pop("unlisted", ())
    for name, text in content.items():
        data = text.encode() if isinstance(text, str) else text
        (place / name).write_bytes(data)
        if name not in unlisted:
            sha256 = hashes.get(name, hashlib.sha256(data).hexdigest())
            listed.append({"name": name, "sha256": sha256, "rows": rows.get(name, max(data.count(b"\n") - 1, 0))})
    manifest = {
        "source": source, "controller": controller, "period": period, "version": 1, "created_on": "2025-06-30",
        "synthetic": True, "files": listed, **stated,
    }
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return place


def sha256(text: str | bytes) -> str:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def current_rows(lake: Lake, kind: FileKind, controller: str = "") -> list[dict[str, Any]]:
    """Rows of a file kind's bronze table, of one controller or all, that no correction supersedes."""
    found = files_read(lake, kind.bronze, lake.pin(kind.bronze))
    paths = [path for name, paths in found.items() if controller in ("", name) for path in paths]
    return [row for path in paths for row in pq.read_table(path, partitioning=None).to_pylist()]
