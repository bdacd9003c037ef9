"""Writing workbooks (.xlsx) of text, whole numbers and dates: the same bytes for the same content.

By hand: openpyxl, which can write whatever a workbook can hold, took sixty times as long for the same cells and stamps the time of
writing; what is wanted here is text, numbers, dates, bold and widths.

Text is never a formula: a cell is written as text whatever it begins with, and a text that a spreadsheet would take for a formula once
the sheet is saved as CSV and opened again gets an apostrophe in front, unless the sheet is a supplier's own (`guarded`).
"""

import io
import os
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

Value = str | int | date | None
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
LONGEST_TEXT = 32_767
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_STAMP = (1980, 1, 1, 0, 0, 0)
_DAY_NONE = date(1899, 12, 30)
_BOLD, _DATE = 1, 2


@dataclass(frozen=True)
class Sheet:
    """One sheet: its rows from the top; `headings` (row numbers from 1) are in bold; `widths` of columns in characters.

    `frozen`: how many rows at the top stay in sight. `guarded`: whether a text that looks like a formula gets an apostrophe.
    """

    name: str
    rows: Iterable[Sequence[Value]]
    headings: frozenset[int] = frozenset({1})
    widths: Sequence[int] = ()
    frozen: int = 0
    guarded: bool = True


def workbook_bytes(sheets: Sequence[Sheet], compressed: bool = True) -> bytes:
    """The workbook as a file's content. Dates show as dd/mm/yyyy; None is an empty cell. `compressed` bytes may differ between builds of
    zlib; stored ones are the same on any machine."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in _members(sheets):
            archive.writestr(zipfile.ZipInfo(name, _STAMP), text, zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED, 6)
    return out.getvalue()


def write_whole(path: Path, content: bytes) -> bool:
    """Write the file whole or not at all, readable as its folder's zone allows; False, and nothing written, where it holds the same already."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def guard(text: str) -> str:
    """The text as it may stand in a spreadsheet: an apostrophe before what would be a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _members(sheets: Sequence[Sheet]) -> Iterator[tuple[str, str]]:
    numbers = range(1, len(sheets) + 1)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>' for n in numbers)
    listed = "".join(f'<sheet name={quoteattr(sheet.name)} sheetId="{n}" r:id="rId{n}"/>' for n, sheet in zip(numbers, sheets, strict=True))
    relation, place = "http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://schemas.openxmlformats.org/package/2006"
    related = "".join(f'<Relationship Id="rId{n}" Type="{relation}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
    yield "[Content_Types].xml", (
        f'{_XML}<Types xmlns="{place}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>{parts}</Types>'
    )
    yield "_rels/.rels", f'{_XML}<Relationships xmlns="{place}/relationships"><Relationship Id="rId1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    yield "xl/workbook.xml", f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{relation}"><sheets>{listed}</sheets></workbook>'
    yield "xl/_rels/workbook.xml.rels", (
        f'{_XML}<Relationships xmlns="{place}/relationships">{related}<Relationship Id="rId{len(sheets) + 1}" Type="{relation}/styles" Target="styles.xml"/></Relationships>'
    )
    yield "xl/styles.xml", _STYLES
    for n, sheet in zip(numbers, sheets, strict=True):
        yield f"xl/worksheets/sheet{n}.xml", _sheet(sheet)


def _sheet(sheet: Sheet) -> str:
    widths = "".join(f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(sheet.widths, start=1))
    pane = f'<pane ySplit="{sheet.frozen}" topLeftCell="A{sheet.frozen + 1}" activePane="bottomLeft" state="frozen"/>' if sheet.frozen else ""
    given = list(sheet.rows)
    rows = "".join(
        f"<row>{''.join([_cell(value, _BOLD if number in sheet.headings else 0, sheet.guarded) for value in row])}</row>"
        for number, row in enumerate(given, start=1)
    )
    last = f"{_letters(max(map(len, given), default=1) or 1)}{max(len(given), 1)}"
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><dimension ref="A1:{last}"/><sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f"{f'<cols>{widths}</cols>' if widths else ''}<sheetData>{rows}</sheetData></worksheet>"
    )


def _cell(value: Value, style: int, guarded: bool) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, date):
        return f'<c s="{_DATE}"><v>{(value - _DAY_NONE).days}</v></c>'
    if isinstance(value, int):
        return f'<c s="{style}"><v>{value}</v></c>'
    text = _NO_XML.sub("\ufffd", guard(value) if guarded else value)[:LONGEST_TEXT]
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _letters(column: int) -> str:
    """A column's name: 1 is A, 27 is AA."""
    name = ""
    while column:
        column, place = divmod(column - 1, 26)
        name = chr(65 + place) + name
    return name


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf xfId="0"/><xf fontId="1" applyFont="1" xfId="0"/><xf numFmtId="164" applyNumberFormat="1" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
