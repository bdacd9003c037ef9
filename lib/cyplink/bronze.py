"""Landing to bronze: register deliveries, read each new file in a Spark task, commit once per table, register last.

Bronze rows are never edited. What is current (the accepted file of the highest version, for each source, controller, period and file
kind) is decided when bronze is read, so the order of arrival decides nothing.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.delivery import Delivery, ManifestFile, Refusal, find_deliveries
from cyplink.lake import Lake, WrittenFile
from cyplink.sources import SOURCES
from cyplink.sources.delimited import FileFound, read_file
from cyplink.sources.model import FileKind, Source
from cyplink.tables.bronze import DELIVERY, DELIVERY_FILE, REJECTED_LINE
from cyplink.tables.model import Table

TASK_BYTES = 64 << 20


@dataclass(frozen=True)
class LandingReport:
    """What landing one source came to. `problems` are sentences: delivery folder, file, reasons."""

    source: str
    changed: bool
    deliveries: int = 0
    rows: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class BronzeJob:
    """The bronze job of one source: every file kind's table, and the registries all sources share."""

    source: Source

    @property
    def writes(self) -> tuple[Table, ...]:
        return (*(kind.bronze for kind in self.source.file_kinds), REJECTED_LINE, DELIVERY_FILE, DELIVERY)

    def run(self, lake: Lake, landing: Path, metadata: Mapping[str, Any], controllers: Sequence[str] = ()) -> LandingReport:
        """Land what is new. `controllers` limits councils' sources to these councils; NHS sources are always landed."""
        found = find_deliveries(landing, self.source.name)
        wanted = [d for d in found.deliveries if self.source.health or not controllers or d.controller in controllers]
        return land(lake, self.source, wanted, found.refusals, landing, metadata)


@dataclass
class _File:
    """A delivered file on its way through a task, and what the task said of it."""

    delivery: Delivery
    stated: ManifestFile
    found: FileFound = field(default_factory=FileFound)
    written: str = ""
    size: int = 0


def land(
    lake: Lake, source: Source, deliveries: Sequence[Delivery], refusals: Sequence[Refusal], landing: Path, metadata: Mapping[str, Any]
) -> LandingReport:
    """Land the deliveries that the registry does not hold. Safe to repeat after a kill at any point.

    Files have names fixed by content and a table never takes a name twice; the registry is written last, so a delivery is
    either registered with all its rows in place or looked at again.
    """
    known = {(row["delivery_id"], row["folder"]) for row in lake.read_arrow(DELIVERY, ["delivery_id", "folder"]).to_pylist()}
    held = {delivery_id for delivery_id, _ in known}
    new, repeats = [], []
    for delivery in deliveries:
        if (delivery.delivery_id, delivery.folder) in known:
            continue
        (repeats if delivery.delivery_id in held else new).append(delivery)
        held.add(delivery.delivery_id)
    refused = [refusal for refusal in refusals if (refusal.delivery_id, refusal.folder) not in known]
    if not (new or repeats or refused):
        return LandingReport(source.name, changed=False)
    files = _read_all(lake, source, new, landing)
    _commit(lake, source, files, metadata)
    entries = [*(_entry(d, [f for f in files if f.delivery is d]) for d in new), *map(_repeat, repeats), *map(_refusal, refused)]
    _register(lake, files, entries, metadata)
    rows = sum(file.found.rows for file in files)
    return LandingReport(source.name, True, len(new), rows, tuple(_problems(files, entries)))


def current_files(lake: Lake) -> list[dict[str, Any]]:
    """Of each source, controller, period and file kind the accepted file of the highest delivery version.

    Rows of bronze.delivery_file, sorted. Ties, which only a supplier's mistake can make, go to the larger delivery_id.
    """
    best: dict[tuple[str, ...], dict[str, Any]] = {}
    for file in lake.read_arrow(DELIVERY_FILE).to_pylist():
        key = (file["source"], file["controller"], file["period"], file["file_kind"])
        if file["status"] == "accepted" and _rank(file) > _rank(best.get(key)):
            best[key] = file
    return [best[key] for key in sorted(best)]


def read_current(lake: Lake, kind: FileKind, controllers: Sequence[str] | None = None) -> DataFrame:
    """The bronze rows of a file kind that no correction supersedes, of all or of some controllers."""
    ids = [
        file["delivery_id"] for file in current_files(lake)
        if (file["source"], file["file_kind"]) == (kind.source, kind.name) and (controllers is None or file["controller"] in controllers)
    ]
    return lake.read(kind.bronze).where(F.col("delivery_id").isin(ids) if ids else F.lit(False))


def _rank(file: Mapping[str, Any] | None) -> tuple[int, str]:
    return (file["delivery_version"], file["delivery_id"]) if file else (0, "")


def _read_all(lake: Lake, source: Source, deliveries: Sequence[Delivery], landing: Path) -> list[_File]:
    """Read every file of the deliveries in Spark tasks, small files packed together."""
    files = [_File(delivery, stated) for delivery in deliveries for stated in delivery.files]
    there = []
    for file in files:
        path = landing / file.delivery.folder / file.stated.name
        if path.is_file():
            there.append((file, path.stat().st_size))
        else:
            file.found.refuse("file_missing", status="missing")
            file.found.kind = _kind_by_name(source, file.stated.name)
    if not there:
        return files
    folders = {kind.name: lake.path(kind.bronze) for kind in source.file_kinds}
    for kind in source.file_kinds:
        lake.create(kind.bronze)
    packs = _packed(there, lake.spark.sparkContext.defaultParallelism)
    texts = [json.dumps([_order(file, landing, folders) for file in pack]) for pack in packs]
    tasks = lake.spark.sparkContext.parallelize(texts, len(texts))
    name = source.name
    said = {item["key"]: item for text in tasks.map(lambda text: _task(name, text)).collect() for item in json.loads(text)}
    for file, _ in there:
        item = said[f"{file.delivery.delivery_id}/{file.stated.name}"]
        file.found, file.written, file.size = FileFound(**item["found"]), item["written"], item["size"]
    return files


def _packed(files: Sequence[tuple[_File, int]], cores: int) -> list[list[_File]]:
    """Files in packs of about TASK_BYTES, at least one pack a core, largest first so that packs end together."""
    total = sum(size for _, size in files)
    count = min(len(files), max(cores, -(-total // TASK_BYTES)))
    packs: list[list[_File]] = [[] for _ in range(count)]
    loads = [0] * count
    for file, size in sorted(files, key=lambda item: (-item[1], item[0].delivery.folder, item[0].stated.name)):
        lightest = loads.index(min(loads))
        packs[lightest].append(file)
        loads[lightest] += size + (1 << 16)
    return packs


def _order(file: _File, landing: Path, folders: Mapping[str, str]) -> dict[str, Any]:
    delivery = file.delivery
    return {
        "key": f"{delivery.delivery_id}/{file.stated.name}", "path": str(landing / delivery.folder / file.stated.name),
        "sha256": file.stated.sha256, "folders": dict(folders), "name": f"{delivery.delivery_id}-{file.stated.sha256[:16]}.parquet",
        "constants": {
            "controller": delivery.controller, "period": delivery.period, "delivery_version": delivery.version,
            "delivery_id": delivery.delivery_id, "source_file": file.stated.name,
        },
    }


def _task(source: str, text: str) -> str:
    """The body of a task: read its files one after the other; says what became of each."""
    return json.dumps(list(_read_orders(SOURCES[source].file_kinds, json.loads(text))))


def _read_orders(kinds: Sequence[FileKind], orders: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for order in orders:
        scratch = Path(next(iter(order["folders"].values()))) / f".{order['name']}"
        found = read_file(Path(order["path"]), kinds, order["sha256"], order["constants"], scratch)
        size = 0
        if found.status == "accepted" and found.kind:
            size = scratch.stat().st_size
            scratch.replace(Path(order["folders"][found.kind]) / order["name"])
        yield {"key": order["key"], "found": asdict(found), "written": order["name"] if size else "", "size": size}


def _commit(lake: Lake, source: Source, files: Sequence[_File], metadata: Mapping[str, Any]) -> None:
    """One commit per table that got files."""
    for kind in source.file_kinds:
        mine = [
            WrittenFile(file.written, file.size, file.found.rows, _statistics(file))
            for file in files if file.written and file.found.kind == kind.name
        ]
        if mine:
            app_id = f"bronze-{source.name}"
            lake.commit_files(kind.bronze, mine, app_id, lake.next_transaction(kind.bronze, app_id), metadata)


def _statistics(file: _File) -> dict[str, Any]:
    """Delta statistics of a file: its controller, period and delivery are one value each."""
    one = {"controller": file.delivery.controller, "period": file.delivery.period, "delivery_id": file.delivery.delivery_id}
    return {"minValues": one, "maxValues": one, "nullCount": dict.fromkeys(one, 0)}


def _register(lake: Lake, files: Sequence[_File], entries: Sequence[Mapping[str, Any]], metadata: Mapping[str, Any]) -> None:
    """The registries, under names fixed by what they say; bronze.delivery last."""
    rejects = [row for file in files for row in _rejected(file)]
    stated = [_stated(file) for file in files]
    name = hashlib.sha256(json.dumps([entries, stated], sort_keys=True).encode()).hexdigest()[:24]
    for table, rows in ((REJECTED_LINE, rejects), (DELIVERY_FILE, stated), (DELIVERY, list(entries))):
        if rows:
            lake.append(table, pa.Table.from_pylist(rows, _arrow_schema(lake, table)), name, metadata)


def _arrow_schema(lake: Lake, table: Table) -> pa.Schema:
    return lake.read_arrow(table).schema


def _whose(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery_id": delivery.delivery_id, "source": delivery.source, "controller": delivery.controller,
        "period": delivery.period, "delivery_version": delivery.version,
    }


def _rejected(file: _File) -> list[dict[str, Any]]:
    whose = {key: value for key, value in _whose(file.delivery).items() if key != "delivery_version"}
    return [
        {**whose, "source_file": file.stated.name, "file_kind": file.found.kind, "line_number": one["line"],
         "lines": one["lines"], "rule": one["rule"], "content": one["content"]}
        for one in map(_as_dict, file.found.rejects)
    ]


def _as_dict(reject: Any) -> Mapping[str, Any]:
    return reject if isinstance(reject, dict) else asdict(reject)


def _stated(file: _File) -> dict[str, Any]:
    """The registry row of a file. A run of lines set aside counts as one row delivered and one quarantined."""
    found, rejected = file.found, len(file.found.rejects)
    delivered = found.rows + rejected
    reasons = list(found.reasons)
    if found.status == "accepted" and delivered != file.stated.rows:
        reasons.append("row_count_differs")
    return {
        **_whose(file.delivery), "file_name": file.stated.name, "file_kind": found.kind, "sha256": found.sha256,
        "rows_stated": file.stated.rows, "rows_delivered": delivered, "rows_kept": found.rows, "rows_quarantined": rejected,
        "status": found.status, "reasons": reasons, "extra_columns": found.extra_columns,
    }


def _entry(delivery: Delivery, files: Sequence[_File]) -> dict[str, Any]:
    """The registry row of a delivery: accepted whole, in part, or not at all."""
    kinds = {file.found.kind for file in files if file.found.status == "accepted"}
    missing = [k.name for k in SOURCES[delivery.source].file_kinds if k.required and k.name not in kinds]
    refused = [file for file in files if file.found.status != "accepted"]
    reasons = [f"{file.stated.name}: {', '.join(file.found.reasons)}" for file in refused]
    reasons += [f"no_accepted_file_of_kind: {name}" for name in missing]
    reasons += [f"not_in_the_manifest: {len(delivery.unlisted)} files"] if delivery.unlisted else []
    status = "refused" if not kinds else "partly_accepted" if refused or missing else "accepted"
    return {**_whose(delivery), "folder": delivery.folder, "status": status, "reasons": reasons}


def _repeat(delivery: Delivery) -> dict[str, Any]:
    return {**_whose(delivery), "folder": delivery.folder, "status": "repeat", "reasons": ["the_same_files_were_delivered_before"]}


def _refusal(refusal: Refusal) -> dict[str, Any]:
    source, controller, period, _ = Path(refusal.folder).parts
    return {
        "delivery_id": refusal.delivery_id, "source": source, "controller": controller, "period": period, "delivery_version": None,
        "folder": refusal.folder, "status": "refused", "reasons": list(refusal.reasons),
    }


def _kind_by_name(source: Source, name: str) -> str | None:
    return next((kind.name for kind in source.file_kinds if name.lower().endswith(kind.file_name.lower())), None)


def _problems(files: Sequence[_File], entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for entry in entries:
        if entry["status"] != "accepted":
            yield f"{entry['folder']}: {entry['status'].replace('_', ' ')} ({'; '.join(entry['reasons'])})"
    for file in files:
        stated = _stated(file)
        notes = [*stated["reasons"], *([f"undeclared columns {', '.join(stated['extra_columns'])}"] if stated["extra_columns"] else [])]
        notes += [f"{stated['rows_quarantined']} lines quarantined"] if stated["rows_quarantined"] else []
        if stated["status"] == "accepted" and notes:
            yield f"{file.delivery.folder}/{file.stated.name}: {'; '.join(notes)}"
