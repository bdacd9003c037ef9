"""Landing to bronze: register deliveries, read each new file in a Spark task, commit once per table, register last.

Bronze rows are never edited. What is current (the accepted file of the highest version, for each source, controller, period and file
kind) is decided when bronze is read, so the order of arrival decides nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cyplink.delivery import Delivery, Found, find_deliveries
from cyplink.lake import Lake, Pin, WrittenFile, files_at
from cyplink.landing import DeliveredFile, read_files, refuse_second_of_a_kind
from cyplink.registry import PART, Registry
from cyplink.sources import SOURCES
from cyplink.sources.model import FileKind, Source
from cyplink.tables.bronze import DELIVERY, DELIVERY_FILE, REJECTED_LINE
from cyplink.tables.model import Table

KIND_OF: Mapping[str, FileKind] = {kind.bronze.name: kind for source in SOURCES.values() for kind in source.file_kinds}
"""The file kind whose rows a bronze table has, by the table's name."""


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
        return land(lake, self.source, Found(tuple(wanted), found.refusals), landing, metadata)


def land(lake: Lake, source: Source, found: Found, landing: Path, metadata: Mapping[str, Any]) -> LandingReport:
    """Land the files that the registry does not hold. Safe to repeat after a kill at any point.

    Files have names fixed by content and a table never takes a name twice; the registry is written last, so a delivery is
    either registered with all its rows in place or looked at again. A file that was missing, or was not what its manifest
    says, is looked for again in every run, in all folders that state the same files.
    """
    registry = Registry.read(lake)
    groups = _by_id(found.deliveries)
    files = [file for group in groups for file in _wanted(group, registry)]
    read_files(lake, source, files, landing)
    refuse_second_of_a_kind(files, registry.accepted_kinds())
    _commit(lake, source, files, metadata)
    stated = [row for file in files for row in registry.outcomes(_whose(file.delivery), file)]
    entries = [entry for group in groups for entry in registry.entries(source, group, stated)]
    entries += [entry for refusal in found.refusals if (entry := registry.refusal(refusal))]
    if not (stated or entries):
        return LandingReport(source.name, changed=False)
    registry.write(lake, [row for file in files for row in _rejected(file)], stated, entries, metadata)
    taken = {row["delivery_id"] for row in stated}
    rows = sum(row["rows_kept"] for row in stated)
    problems = (*_problems(files, stated, entries), *(what for what, ids in same_version(lake, source.name) if ids & taken))
    return LandingReport(source.name, True, len(taken), rows, problems)


def current_files(lake: Lake) -> list[dict[str, Any]]:
    """Of each source, controller, period and file kind the accepted file of the highest delivery version.

    Rows of bronze.delivery_file, sorted. The version is the highest under which the delivery came: files delivered again after
    a correction undo it. Ties, which only a supplier's mistake can make, go to the larger delivery_id.
    """
    return _current_files(lake, lake.pin(DELIVERY).version, lake.pin(DELIVERY_FILE).version)


@lru_cache(maxsize=8)
def _current_files(lake: Lake, deliveries: int, files: int) -> list[dict[str, Any]]:
    """As of versions of the registry's tables: every step asks, and between landings nothing changes."""
    versions = _versions(lake, deliveries)
    best: dict[tuple[str, ...], dict[str, Any]] = {}
    ranks: dict[tuple[str, ...], tuple[int, str]] = {}
    for file in lake.read_arrow(DELIVERY_FILE, version=files).to_pylist():
        key = (file["source"], file["controller"], file["period"], file["file_kind"])
        rank = (versions.get(file["delivery_id"], file["delivery_version"]), file["delivery_id"])
        if file["status"] == "accepted" and rank > ranks.get(key, (0, "")):
            best[key], ranks[key] = file, rank
    return [best[key] for key in sorted(best)]


def same_version(lake: Lake, source: str) -> list[tuple[str, set[str]]]:
    """File kinds that two deliveries bring under one version with other content, in words, and the deliveries' ids. Which is meant only
    the supplier can say; until then the larger id counts, whatever came first."""
    versions = _versions(lake)
    found: dict[tuple[str, str, str, int], dict[str, str]] = {}
    for file in lake.read_arrow(DELIVERY_FILE).to_pylist():
        if file["source"] == source and file["status"] == "accepted":
            key = (file["controller"], file["period"], file["file_kind"], versions.get(file["delivery_id"], file["delivery_version"]))
            found.setdefault(key, {})[file["delivery_id"]] = file["sha256"]
    return [
        (f"{source}/{controller}/{period}: {kind} was delivered as version {version} {len(ids)} times with other content; the supplier must give the later one a higher version", set(ids))
        for (controller, period, kind, version), ids in sorted(found.items()) if len(set(ids.values())) > 1
    ]


def _versions(lake: Lake, deliveries: int | None = None) -> dict[str, int]:
    """The highest version under which each delivery came."""
    versions: dict[str, int] = {}
    for row in lake.read_arrow(DELIVERY, ["delivery_id", "delivery_version"], deliveries).to_pylist():
        versions[row["delivery_id"]] = max(versions.get(row["delivery_id"], 0), row["delivery_version"] or 0)
    return versions


def files_read(lake: Lake, table: Table, pin: Pin) -> dict[str, tuple[str, ...]]:
    """Paths of the files a step reads of a table, sorted: of bronze those of the rows that no correction supersedes, by controller; of any
    other all of the pinned version, under no name."""
    kind = KIND_OF.get(table.name)
    if kind is None:
        return {"": tuple(files_at(pin))}
    # A bronze file is named after its delivery.
    controller_of = {file["delivery_id"]: file["controller"] for file in current_files(lake) if (file["source"], file["file_kind"]) == (kind.source, kind.name)}
    found: dict[str, tuple[str, ...]] = {}
    for path in files_at(pin):
        if controller := controller_of.get(Path(path).name.split("-")[0]):
            found[controller] = (*found.get(controller, ()), path)
    return found


def _by_id(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Folders that hold one delivery together, the lowest version first."""
    groups: dict[str, list[Delivery]] = {}
    for delivery in sorted(deliveries, key=lambda d: (d.delivery_id, d.version, d.folder)):
        groups.setdefault(delivery.delivery_id, []).append(delivery)
    return list(groups.values())


def _wanted(group: Sequence[Delivery], registry: Registry) -> Iterator[DeliveredFile]:
    folders = tuple(delivery.folder for delivery in group)
    for file in group[0].files:
        if registry.wants(group[0].delivery_id, file.name):
            yield DeliveredFile(group[0], file, folders)


def _commit(lake: Lake, source: Source, files: Sequence[DeliveredFile], metadata: Mapping[str, Any]) -> None:
    """One commit per table that got files."""
    app_id = f"bronze-{source.name}"
    for kind in source.file_kinds:
        mine = [
            WrittenFile(file.parquet, file.sizes[kind.name], file.found.further.get(kind.name, file.found.rows), _statistics(file.delivery))
            for file in files
            if kind.name in file.sizes
        ]
        if mine:
            lake.commit_files(kind.bronze, mine, app_id, lake.next_transaction(kind.bronze, app_id), metadata)


def _statistics(delivery: Delivery) -> dict[str, Any]:
    """Delta statistics of a file: its controller, period and delivery are one value each."""
    one = {"controller": delivery.controller, "period": delivery.period, "delivery_id": delivery.delivery_id}
    return {"minValues": one, "maxValues": one, "nullCount": dict.fromkeys(one, 0)}


def _whose(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery_id": delivery.delivery_id, "source": delivery.source, "controller": delivery.controller,
        "period": delivery.period, "delivery_version": delivery.version,
    }


def _rejected(file: DeliveredFile) -> list[dict[str, Any]]:
    whose = {key: value for key, value in _whose(file.delivery).items() if key != "delivery_version"}
    return [
        {**whose, "source_file": file.stated.name, "file_kind": one["kind"] or file.found.kind, "line_number": one["line"],
         "source_row": one["row"], "lines": one["lines"], "rule": one["rule"], "content": one["content"]}
        for one in (reject if isinstance(reject, dict) else asdict(reject) for reject in file.found.rejects)
    ]


def _problems(files: Sequence[DeliveredFile], stated: Sequence[Mapping[str, Any]], entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for entry in entries:
        if entry["status"] != "accepted" or entry["reasons"]:
            reasons = f" ({'; '.join(entry['reasons'])})" if entry["reasons"] else ""
            yield f"{entry['folder']}: {entry['status'].replace('_', ' ')}{reasons}"
    folders = {file.key: file.delivery.folder for file in files}
    alike: dict[tuple[str, str], list[str]] = {}
    for row in stated:
        notes = [*row["reasons"], *([f"undeclared columns {', '.join(row['extra_columns'])}"] if row["extra_columns"] else [])]
        notes += [f"{row['rows_quarantined']} lines quarantined"] if row["rows_quarantined"] else []
        if row["status"] == "accepted" and notes:
            file_name, _, part = row["file_name"].partition(PART)
            alike.setdefault((f"{folders[row['delivery_id'], file_name]}/{file_name}", "; ".join(notes)), []).append(part)
    for (path, said), parts in alike.items():
        yield f"{path}{f' ({len(parts)} tables of it)' if len(parts) > 1 else PART + parts[0] if parts[0] else ''}: {said}"
