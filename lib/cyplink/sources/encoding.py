"""Make a delivered file UTF-8 text: strictly decoded, and noted when it was anything else than UTF-8.

Judgement: a file that is not UTF-8 is taken for Windows-1252, unless most of its lines with accents are sound UTF-8; then it is UTF-8
with damaged lines, for read as Windows-1252 it would spoil every accented name it holds.
"""

import codecs
from pathlib import Path

BLOCK = 1 << 20


def as_utf8(path: Path, scratch: Path) -> tuple[Path | None, str]:
    """The file to read and a note: the file itself if it is UTF-8 without a mark, else a decoded copy at `scratch`.

    None, with the reason for refusing it as the note, when it is empty or no encoding fits. Bytes of a damaged line that are no UTF-8
    stay in the copy as they are: read it with `errors="surrogateescape"`.
    """
    with path.open("rb") as content:
        start = content.read(4)
    if not start:
        return None, "file_is_empty"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _copy(path, scratch, "utf-16", "decoded_as_utf_16") if decodes(path, "utf-16") else (None, "not_decodable")
    marked = start.startswith(codecs.BOM_UTF8)
    if decodes(path, "utf-8"):
        return _copy(path, scratch, "utf-8-sig", "byte_order_mark") if marked else (path, "")
    if marked or mostly_utf8(path):
        return _copy(path, scratch, "utf-8-sig", "lines_not_utf_8")
    if decodes(path, "cp1252"):
        return _copy(path, scratch, "cp1252", "decoded_as_windows_1252")
    return None, "not_decodable"


def decodes(path: Path, encoding: str) -> bool:
    """Whether every byte of the file is of the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as content:
        try:
            while block := content.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def mostly_utf8(path: Path) -> bool:
    """Whether most lines with accents are sound UTF-8: the file is UTF-8, and damaged."""
    sound = damaged = 0
    with path.open("rb") as lines:
        for line in lines:
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                sound += 1
            except UnicodeDecodeError:
                damaged += 1
    return sound > damaged


def _copy(path: Path, scratch: Path, encoding: str, note: str) -> tuple[Path, str]:
    errors = "surrogateescape" if note == "lines_not_utf_8" else "strict"
    with (
        path.open(encoding=encoding, errors=errors, newline="") as content,
        scratch.open("w", encoding="utf-8", errors=errors, newline="") as out,
    ):
        while block := content.read(BLOCK):
            out.write(block)
    return scratch, note
