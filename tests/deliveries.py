"""Changing delivered files as a supplier would: edit the file, and let the manifest say what it now is."""

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

Row = dict[str, str]


def edit(delivery: Path, file: str, change: Callable[[list[Row]], list[Row]]) -> list[Row]:
    """Rewrite `file` of a delivery with `change` applied to its rows, and its manifest to match; returns the new rows."""
    path = delivery / file
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        header = list(reader.fieldnames or [])
        rows = change(list(reader))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    restate(delivery)
    return rows


def restate(delivery: Path, **changes: object) -> None:
    """Make the manifest true of the files again (rows of CSV files only), with `changes` to its other keys."""
    path = delivery / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for file in manifest["files"]:
        content = (delivery / file["name"]).read_bytes()
        file["sha256"] = hashlib.sha256(content).hexdigest()
        if file["name"].endswith(".csv"):
            with (delivery / file["name"]).open(encoding="utf-8", newline="") as lines:
                file["rows"] = sum(1 for _ in csv.reader(lines)) - 1
    path.write_text(json.dumps({**manifest, **changes}), encoding="utf-8")
