"""Delivered files, read in Spark tasks: each into a Parquet file in its bronze table's folder (an XML file or a workbook: in each of its
tables'), small files packed together.

Nothing here commits: a file counts only when the driver has added it to its table's log.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cyplink.delivery import Delivery, ManifestFile
from cyplink.lake import Lake
from cyplink.sources import SOURCES
from cyplink.sources.delimited import FileFound, read_file
from cyplink.sources.model import Source
from cyplink.sources.workbook_file import is_workbook, read_workbook
from cyplink.sources.xml_file import is_xml, read_xml

TASK_BYTES = 64 << 20
LEFTOVER = re.compile(r"\.{1,2}[0-9a-f]{16}-[0-9a-f]{16}\.parquet.*")


@dataclass
class DeliveredFile:
    """A delivered file on its way through a task, and what the task said of it.

    `folders`: where the file may lie; more than one when the same files were delivered again. `sizes`: bytes of the Parquet file
    that each of its kinds has in its table, by kind.
    """

    delivery: Delivery
    stated: ManifestFile
    folders: tuple[str, ...]
    found: FileFound = field(default_factory=FileFound)
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.delivery.delivery_id, self.stated.name

    @property
    def parquet(self) -> str:
        """Name of its Parquet file, fixed by what is delivered; the same in the table of each of its kinds."""
        content = hashlib.sha256(f"{self.stated.name}|{self.stated.sha256}".encode()).hexdigest()
        return f"{self.delivery.delivery_id}-{content[:16]}.parquet"


def read_files(lake: Lake, source: Source, files: Sequence[DeliveredFile], landing: Path) -> None:
    """Read `files` in Spark tasks and note in each what became of it (`found`, `written`, `size`)."""
    there = []
    for file in files:
        paths = [path for folder in file.folders if (path := landing / folder / file.stated.name).is_file()]
        if paths:
            there.append((file, paths))
        else:
            file.found.refuse("file_missing", status="missing")
            file.found.kind = next((kind.name for kind in source.file_kinds if kind.is_called(file.stated.name)), None)
    if not there:
        return
    tables = _tables(lake, source)
    held = {kind.name: lake.file_names(kind.bronze) for kind in source.file_kinds}
    orders = [(_order(file, paths, tables, held), paths[0].stat().st_size) for file, paths in there]
    packs = _packed(orders, lake.spark.sparkContext.defaultParallelism)
    tasks = lake.spark.sparkContext.parallelize([json.dumps(pack) for pack in packs], len(packs))
    name = source.name
    said = {item["parquet"]: item for text in tasks.map(lambda text: _task(name, text)).collect() for item in json.loads(text)}
    for file, _ in there:
        item = said[file.parquet]
        file.found, file.sizes = FileFound(**item["found"]), item["sizes"]


def refuse_second_of_a_kind(files: Iterable[DeliveredFile], accepted: Mapping[tuple[str, str], str]) -> None:
    """Of two files with rows of one kind in one delivery only the first, by name, is taken: nobody can tell which is meant, or if both are.

    `accepted`: kind by delivery and file name, of files taken in an earlier run.
    """
    taken = Counter((delivery_id, kind) for (delivery_id, _), kind in accepted.items())
    for file in sorted(files, key=lambda file: file.key):
        if file.found.status != "accepted":
            continue
        brought = [(file.delivery.delivery_id, kind) for kind in file.found.kinds]
        if any(taken[of_kind] for of_kind in brought):
            file.found = FileFound(kind=file.found.kind, sha256=file.found.sha256).refuse("kind_delivered_twice")
            file.sizes = {}
        taken.update(brought)


def _tables(lake: Lake, source: Source) -> dict[str, str]:
    """Folder of each kind's table, made if need be, and free of what tasks that were killed left behind."""
    folders = {}
    for kind in source.file_kinds:
        lake.create(kind.bronze)
        folders[kind.name] = lake.path(kind.bronze)
        for path in Path(folders[kind.name]).iterdir():
            if LEFTOVER.fullmatch(path.name):
                path.unlink()
    return folders


def _packed(orders: Sequence[tuple[dict[str, Any], int]], cores: int) -> list[list[dict[str, Any]]]:
    """Files in packs of about TASK_BYTES, at least one pack a core, largest first so that packs end together."""
    total = sum(size for _, size in orders)
    count = min(len(orders), max(cores, -(-total // TASK_BYTES)))
    packs: list[list[dict[str, Any]]] = [[] for _ in range(count)]
    loads = [0] * count
    for order, size in sorted(orders, key=lambda item: (-item[1], item[0]["parquet"])):
        lightest = loads.index(min(loads))
        packs[lightest].append(order)
        loads[lightest] += size + (1 << 16)
    return packs


def _order(file: DeliveredFile, paths: Sequence[Path], tables: Mapping[str, str], held: Mapping[str, set[str]]) -> dict[str, Any]:
    delivery = file.delivery
    return {
        "parquet": file.parquet, "held": [kind for kind, names in held.items() if file.parquet in names], "paths": [str(path) for path in paths],
        "sha256": file.stated.sha256, "tables": dict(tables),
        "constants": {
            "controller": delivery.controller, "period": delivery.period, "delivery_version": delivery.version,
            "delivery_id": delivery.delivery_id, "source_file": file.stated.name,
        },
    }


def _task(source: str, text: str) -> str:
    """The body of a task: read its files one after the other; says what became of each."""
    return json.dumps(list(_read_orders(SOURCES[source], json.loads(text))))


def _read_orders(source: Source, orders: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for order in orders:
        found, written = FileFound(), dict[str, Path]()
        for path in order["paths"]:
            found, written = _read(source, Path(path), order)
            if found.reasons != ["checksum_differs"]:
                break
        sizes = {kind: _put(scratch, order, kind) for kind, scratch in written.items()}
        yield {"parquet": order["parquet"], "found": asdict(found), "sizes": sizes}


def _read(source: Source, path: Path, order: Mapping[str, Any]) -> tuple[FileFound, dict[str, Path]]:
    """What was found in a file, and the Parquet file it was made into, by kind: one, or one for each table with rows of an XML file or a workbook."""
    scratch = {kind: Path(folder) / f".{order['parquet']}" for kind, folder in order["tables"].items()}
    kinds = {kind.name: kind for kind in source.file_kinds}
    found = None
    if source.xml and is_xml(path):
        found = read_xml(path, source.xml, kinds, order["sha256"], order["constants"], scratch)
    elif source.workbook and is_workbook(path):
        found = read_workbook(path, source.workbook, kinds, order["sha256"], order["constants"], scratch)
    if found is not None:
        return found, {kind: scratch[kind] for kind in found.kinds if scratch[kind].exists()} if found.status == "accepted" else {}
    one = Path(next(iter(order["tables"].values()))) / f".{order['parquet']}"
    found = read_file(path, source.file_kinds, order["sha256"], order["constants"], one)
    return found, {found.kind: one} if found.status == "accepted" and found.kind else {}


def _put(scratch: Path, order: Mapping[str, Any], kind: str) -> int:
    """Move the file into its table's folder, unless the table's log already names it: what is committed is never touched."""
    size = scratch.stat().st_size
    if kind in order["held"]:
        scratch.unlink()
    else:
        scratch.replace(Path(order["tables"][kind]) / order["parquet"])
    return size
