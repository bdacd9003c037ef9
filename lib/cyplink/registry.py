"""What bronze knows of deliveries: which files were looked at with what outcome, and what is still wanted.

Registries only grow. A file whose outcome changes (it was missing, and came) gets another row with the next `attempt`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from cyplink.delivery import Delivery, Refusal
from cyplink.lake import Lake
from cyplink.landing import DeliveredFile
from cyplink.sources.model import Source
from cyplink.tables.bronze import DELIVERY, DELIVERY_FILE, REJECTED_LINE

Row = dict[str, Any]
PART = "#"
"""Between the name of a file with several tables and that of a further table: no file's name has it."""
LOOKED_FOR_AGAIN = (["file_missing"], ["checksum_differs"])


@dataclass(frozen=True)
class Registry:
    """The last row of each file by (delivery_id, file_name), and of each folder by (delivery_id, folder)."""

    files: Mapping[tuple[str, str], Row]
    folders: Mapping[tuple[str, str], Row]

    @classmethod
    def read(cls, lake: Lake) -> "Registry":
        return cls(
            _last(lake.read_arrow(DELIVERY_FILE).to_pylist(), "file_name"), _last(lake.read_arrow(DELIVERY).to_pylist(), "folder")
        )

    def wants(self, delivery_id: str, file_name: str) -> bool:
        """Whether the file was never seen, or never seen whole."""
        row = self.files.get((delivery_id, file_name))
        return row is None or row["reasons"] in LOOKED_FOR_AGAIN

    def accepted_kinds(self) -> dict[tuple[str, str], str]:
        return {key: row["file_kind"] for key, row in self.files.items() if row["status"] == "accepted"}

    def outcomes(self, whose: Mapping[str, Any], file: DeliveredFile) -> Iterator[Row]:
        """The rows to add for a file, those that say something new: one, and one for each further table of a file with several.

        A run of lines set aside counts as one row. A file states the rows of its first table.
        """
        found, kinds = file.found, (file.found.kind, *file.found.further)
        for kind in kinds:
            is_first = kind == found.kind
            rejected = sum(1 for reject in found.rejects if (_kind_of(reject) or found.kind) == kind)
            kept = found.rows if is_first else found.further[str(kind)]
            stated, reasons = file.stated.rows if is_first else kept + rejected, list(found.reasons) if is_first else []
            if found.status == "accepted" and kept + rejected != stated:
                reasons.append("row_count_differs")
            row = {
                **whose, "file_name": file.stated.name if is_first else f"{file.stated.name}{PART}{kind}", "file_kind": kind, "sha256": found.sha256,
                "rows_stated": stated, "rows_delivered": kept + rejected, "rows_kept": kept, "rows_quarantined": rejected,
                "status": found.status, "reasons": reasons,
                "extra_columns": found.extra_columns if is_first else found.further_columns.get(str(kind), []),
            }
            if new := _if_new(row, self.files.get((file.delivery.delivery_id, row["file_name"]))):
                yield new

    def entries(self, source: Source, group: Sequence[Delivery], stated: Sequence[Row]) -> Iterator[Row]:
        """The rows to add for the folders of one delivery: one stands for it, the others are repeats.

        The folder that stands for it is the one that did before, or the first; when a new folder mends it, the new one.
        """
        mine = [row for row in stated if row["delivery_id"] == group[0].delivery_id]
        fresh = [delivery for delivery in group if (delivery.delivery_id, delivery.folder) not in self.folders]
        is_held = any(delivery_id == group[0].delivery_id for delivery_id, _ in self.folders)
        if mine or not is_held:
            first = fresh.pop(0) if fresh else group[0]
            entry = _if_new(self._entry(source, first, mine), self.folders.get((first.delivery_id, first.folder)))
            if entry:
                yield entry
        for delivery in fresh:
            yield {**_folder(delivery), "status": "repeat", "reasons": ["the_same_files_were_delivered_before"], "attempt": 1}

    def refusal(self, refusal: Refusal) -> Row | None:
        """The row to add for a folder without a usable manifest."""
        source, controller, period, _ = Path(refusal.folder).parts
        row = {
            "delivery_id": refusal.delivery_id, "source": source, "controller": controller, "period": period,
            "delivery_version": None, "folder": refusal.folder, "status": "refused", "reasons": list(refusal.reasons),
        }
        return _if_new(row, self.folders.get((refusal.delivery_id, refusal.folder)))

    def write(self, lake: Lake, rejected: Sequence[Row], stated: Sequence[Row], entries: Sequence[Row], metadata: Mapping[str, Any]) -> None:
        """Add the rows; bronze.delivery last. Lines that a run which was killed has already set aside are left out."""
        rejected = _not_held(lake, rejected) if rejected else rejected
        name = hashlib.sha256(json.dumps([entries, stated], sort_keys=True).encode()).hexdigest()[:24]
        for table, rows in ((REJECTED_LINE, rejected), (DELIVERY_FILE, stated), (DELIVERY, entries)):
            if rows:
                lake.append(table, pa.Table.from_pylist(list(rows), lake.read_arrow(table).schema), name, metadata)

    def _entry(self, source: Source, delivery: Delivery, stated: Sequence[Row]) -> Row:
        """The row of a delivery: accepted whole, in part, or not at all. A kind that is not in it is noted, for a correction may
        hold only what it corrects."""
        rows = [row for (delivery_id, _), row in self.files.items() if delivery_id == delivery.delivery_id]
        by_name = {row["file_name"]: row for row in [*rows, *stated]}
        kinds = {row["file_kind"] for row in by_name.values() if row["status"] == "accepted"}
        refused = [row for _, row in sorted(by_name.items()) if row["status"] != "accepted"]
        reasons = [f"{row['file_name']}: {', '.join(row['reasons'])}" for row in refused]
        reasons += [f"no_accepted_file_of_kind: {kind.name}" for kind in source.file_kinds if kind.required and kind.header_in(delivery.period) and kind.name not in kinds]
        reasons += [f"not_in_the_manifest: {len(delivery.unlisted)} files"] if delivery.unlisted else []
        status = "refused" if not kinds else "partly_accepted" if refused else "accepted"
        return {**_folder(delivery), "status": status, "reasons": reasons}


def _kind_of(reject: Any) -> str:
    """The kind a line was set aside for, blank where the file has but one. A task's word comes back as a dict."""
    return str(reject["kind"] if isinstance(reject, dict) else reject.kind)


def _folder(delivery: Delivery) -> Row:
    return {
        "delivery_id": delivery.delivery_id, "source": delivery.source, "controller": delivery.controller,
        "period": delivery.period, "delivery_version": delivery.version, "folder": delivery.folder,
    }


def _last(rows: Sequence[Row], name: str) -> dict[tuple[str, str], Row]:
    return {(row["delivery_id"], row[name]): row for row in sorted(rows, key=lambda row: row["attempt"])}


def _if_new(row: Row, before: Row | None) -> Row | None:
    if before and (before["status"], before["reasons"]) == (row["status"], row["reasons"]):
        return None
    return {**row, "attempt": before["attempt"] + 1 if before else 1}


def _not_held(lake: Lake, rejected: Sequence[Row]) -> list[Row]:
    held = {(row["delivery_id"], row["source_file"]) for row in lake.read_arrow(REJECTED_LINE, ["delivery_id", "source_file"]).to_pylist()}
    return [row for row in rejected if (row["delivery_id"], row["source_file"]) not in held]
