"""Read one delivered XML file, in a Spark task, into one Parquet file of text for each of its tables, losing no record.

A record that cannot be rows is set aside whole, with the rule it breaks; a file that is not sound XML is refused: nobody can tell what is
behind the fault.
"""

import codecs
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from cyplink.sources.delimited import RAW_SHOWN, FileFound, Reject, sha256_of
from cyplink.sources.encoding import decodes, mostly_utf8
from cyplink.sources.model import FileKind
from cyplink.sources.xml_layout import Plan, XmlLayout
from cyplink.sources.xml_records import Record, RefusedFile, read_records
from cyplink.sources.xml_rows import TableFile, UnreadableRecord, rows_of

LONGEST_DECLARATION = 1024
BYTES_A_SIGN = 4
MOST_BROKEN_RECORDS = 5_000
ENCODINGS = ("utf-8", "utf-16", "iso8859-1", "ascii", "cp1252")
"""What a file may be written in: what expat reads by itself, and Windows-1252."""


def is_xml(path: Path) -> bool:
    """Whether a file is XML by its name, or by what it begins with."""
    if path.name.lower().endswith(".xml"):
        return True
    with path.open("rb") as content:
        start = content.read(64)
    return start.removeprefix(codecs.BOM_UTF8).lstrip().startswith((b"<?xml", b"<!")) or start.startswith(
        (codecs.BOM_UTF16_LE + b"<\0", codecs.BOM_UTF16_BE + b"\0<")
    )


def read_xml(
    path: Path, layout: XmlLayout, kinds: Mapping[str, FileKind], stated_sha256: str, constants: dict[str, str | int], targets: Mapping[str, Path]
) -> FileFound:
    """Read `path` into Parquet files, by kind at `targets`: the kind's columns as text, `other_columns`, `constants`, `source_row`.

    The file is refused, with reasons and nothing written, when its hash differs from `stated_sha256`, it cannot be decoded, it declares
    a document type, is not well-formed, ends too early, is of another root, or holds no record. `source_row` counts the rows of each
    kind from 1; those of the first kind with the records set aside.
    """
    found = FileFound(sha256=sha256_of(path))
    if found.sha256 != stated_sha256:
        return found.refuse("checksum_differs")
    found.kind = layout.tables[0].kind
    plan = Plan(layout, {table.kind: kinds[table.kind] for table in layout.tables})
    files = {kind: TableFile(plan.kinds[kind], constants, targets[kind]) for kind in plan.kinds}
    try:
        encoding = _encoding(path, found)
        _convert(path, plan, encoding, files, found)
        for file in files.values():
            file.close(is_kept=True)
    except RefusedFile as refused:
        found.rejects.clear()
        found.rows = 0
        if refused.status == "unknown_kind":
            found.kind = None
        return found.refuse(refused.reason, status=refused.status)
    finally:
        for file in files.values():
            file.close(is_kept=False)
    return found


def _convert(path: Path, plan: Plan, encoding: str | None, files: Mapping[str, TableFile], found: FileFound) -> None:
    main = plan.layout.tables[0]
    counts: Counter[str] = Counter()
    passed_over: list[str] = []
    for record in read_records(path, plan, encoding, passed_over):
        try:
            if record.fault:
                raise UnreadableRecord(record.fault)
            for row in rows_of(record, plan, counts):
                files[row.kind].add(row)
        except UnreadableRecord as unreadable:
            kind = plan.layout.at[record.path][0].kind
            counts[kind] += 1
            found.rejects.append(_reject(path, record, unreadable.fault, kind, counts[kind], encoding))
            if len(found.rejects) > MOST_BROKEN_RECORDS:
                raise RefusedFile(f"more_than_{MOST_BROKEN_RECORDS}_broken_records") from None
    if not counts[main.kind]:
        raise RefusedFile(f"no_element: {main.element}")
    found.reasons += [f"elements_passed_over: {', '.join(passed_over)}"] if passed_over else []
    found.rows = files[main.kind].rows
    found.extra_columns = sorted(files[main.kind].other_names)
    found.further = {kind: file.rows for kind, file in files.items() if kind != main.kind}
    found.further_columns = {kind: sorted(file.other_names) for kind, file in files.items() if kind != main.kind and file.other_names}


def _reject(path: Path, record: Record, fault: str, kind: str, number: int, encoding: str | None) -> Reject:
    """The record as it stands in the file, its first characters."""
    with path.open("rb") as content:
        content.seek(record.start)
        raw = content.read(min(record.end - record.start, RAW_SHOWN * BYTES_A_SIGN))
    shown = raw.decode(encoding or _stated_encoding(path) or "utf-8", "replace")[:RAW_SHOWN].replace("\0", "\ufffd")
    return Reject(record.line, record.lines, fault, shown, number, kind)


def _encoding(path: Path, found: FileFound) -> str | None:
    """What to read the file in when that is not what it states. A file that says, or by saying nothing means, UTF-8 and is
    not is taken for Windows-1252, as a CSV file is.

    Raises RefusedFile for an empty file, an encoding that is not taken, and bytes that are none of it.
    """
    if path.stat().st_size == 0:
        raise RefusedFile("file_is_empty")
    stated = _stated_encoding(path)
    if stated is None or stated not in ENCODINGS:
        raise RefusedFile("encoding_is_not_taken")
    if stated != "utf-8":
        return None
    if decodes(path, "utf-8"):
        return None
    if mostly_utf8(path) or not decodes(path, "cp1252"):
        raise RefusedFile("not_decodable")
    found.reasons.append("decoded_as_windows_1252")
    return "cp1252"


def _stated_encoding(path: Path) -> str | None:
    """The encoding by its mark or its declaration, as Python calls it; UTF-8 where there is none; None for one that is not known."""
    with path.open("rb") as content:
        start = content.read(LONGEST_DECLARATION)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    declared = re.match(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""", start)
    try:
        return codecs.lookup(declared[1].decode("ascii")).name if declared else "utf-8"
    except LookupError:
        return None
