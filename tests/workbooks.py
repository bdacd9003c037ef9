"""Annex A workbooks for tests: small sound ones, and the ways to damage them."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence

from cyplink.sources import SOURCES
from cyplink.workbooks import Sheet, Value, workbook_bytes

ANNEX_A = SOURCES["annex_a"]
assert ANNEX_A.workbook is not None
HEADINGS = {kind: [heading.spelling for heading in _first] for kind, _first in (
    (kind, [next(h for h in known if h.column == name) for name in ANNEX_A.kind(kind).header]) for kind, known in ANNEX_A.workbook.headings.items()
)}  # fmt: skip
"""The standard's own headings of each list, in order."""

Cells = Mapping[str, Value]


def sheet(kind: str, *rows: Cells, title: str = "", without: Sequence[str] = (), titles: int = 0, headings: Mapping[str, str] | None = None) -> Sheet:
    """A sheet of a list, its rows by canonical column name; `headings` spells some columns otherwise."""
    columns = [name for name in ANNEX_A.kind(kind).header if name not in without]
    spelt = dict(zip(ANNEX_A.kind(kind).header, HEADINGS[kind], strict=True)) | dict(headings or {})
    above: list[Sequence[Value]] = [("Quarterly list",), (), ("Extracted", "31 March")][:titles]
    return Sheet(title or kind, [*above, [spelt[name] for name in columns], *([row.get(name) for name in columns] for row in rows)], guarded=False)


def workbook(*sheets: Sheet) -> bytes:
    return workbook_bytes([Sheet("Guidance", [("How to fill in these lists",)]), *sheets])


def rezipped(content: bytes, change: Callable[[str, bytes], bytes | None], more: Mapping[str, bytes] | None = None) -> bytes:
    """The archive with each member as `change` makes it of its name and content (None leaves it out), and `more` members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in given.namelist():
            made = change(name, given.read(name))
            if made is not None:
                target.writestr(name, made)
        for name, made in (more or {}).items():
            target.writestr(name, made)
    return out.getvalue()
