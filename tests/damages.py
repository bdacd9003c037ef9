"""Ways in which delivered files and manifests come damaged: each a function of the content and a seeded generator."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

from tests.workbooks import rezipped

Damage = Callable[[bytes, Random], bytes]
Manifest = dict[str, Any]
SHEET = "xl/worksheets/sheet2.xml"
HUGE = 24 << 20


def _lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True)


def bytes_flipped(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.randint(1, 12)):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def bytes_cut(content: bytes, random: Random) -> bytes:
    start = random.randrange(len(content) // 4, len(content) * 3 // 4)
    return content[:start] + content[start + random.randint(1, max(2, len(content) // 5)) :]


def truncated(content: bytes, random: Random) -> bytes:
    return content[: random.randrange(1, len(content) - 1)]


def beginning_lost(content: bytes, random: Random) -> bytes:
    return content[random.randrange(1, len(content) // 2) :]


def emptied(_: bytes, __: Random) -> bytes:
    return b""


def only_noise(_: bytes, random: Random) -> bytes:
    return random.randbytes(random.randint(1, 4000))


def rows_cut(content: bytes, random: Random) -> bytes:
    header, *rows = _lines(content)
    return header + b"".join(row for row in rows if random.random() < 0.6)


def rows_doubled(content: bytes, random: Random) -> bytes:
    header, *rows = _lines(content)
    return header + b"".join(row * random.choice((1, 1, 2)) for row in rows)


def header_swapped(content: bytes, random: Random) -> bytes:
    header, rest = content.split(b"\n", 1)
    names = header.strip().split(b",")
    random.shuffle(names)
    return b",".join(names) + b"\n" + rest


def header_line_end_lost(content: bytes, _: Random) -> bytes:
    header, rest = content.split(b"\n", 1)
    return header.rstrip() + b"," + rest


def header_cut(content: bytes, _: Random) -> bytes:
    return content.split(b"\n", 1)[1]


def header_quote_unclosed(content: bytes, random: Random) -> bytes:
    """A quote opens in a further heading and is closed by one astray some rows below."""
    header, *rows = _lines(content)
    place = random.randrange(1, max(2, len(rows) - 1))
    rows[place - 1] = rows[place - 1].rstrip() + b'"\n'
    return header.rstrip() + b',"Note\n' + b"".join(rows)


def column_dropped(content: bytes, random: Random) -> bytes:
    place = random.randrange(len(content.split(b"\n", 1)[0].split(b",")))
    return b"".join(b",".join(fields[:place] + fields[place + 1 :]).rstrip() + b"\n" for fields in (line.split(b",") for line in _lines(content)))


def fields_added(content: bytes, random: Random) -> bytes:
    header, *rows = _lines(content)
    return header + b"".join(row.rstrip() + (b",x,y" if random.random() < 0.2 else b"") + b"\n" for row in rows)


def fields_taken(content: bytes, random: Random) -> bytes:
    header, *rows = _lines(content)
    return header + b"".join(row.split(b",", 1)[1] if b"," in row and random.random() < 0.2 else row for row in rows)


def as_utf_16(content: bytes, random: Random) -> bytes:
    text = content.decode()
    return text.encode(random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32")))


def as_half_utf_16(content: bytes, _: Random) -> bytes:
    return content.decode().encode("utf-16")[:-1]


def windows_1252(content: bytes, random: Random) -> bytes:
    header, *rows = _lines(content)
    return header + b"".join(row.replace(b"A", b"\xe9\x92", 1) if random.random() < 0.5 else row for row in rows)


def mixed_encodings(content: bytes, _: Random) -> bytes:
    header, *rows = _lines(content)
    return header + b"".join(row.replace(b"A", (b"\xe9", b"\xc3\xa9", b"\xc3\xa9")[place % 3], 1) for place, row in enumerate(rows))


def marked(content: bytes, random: Random) -> bytes:
    return b"\xef\xbb\xbf" * random.randint(1, 2) + content


def nul_bytes(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.randint(1, 5)):
        changed.insert(random.randrange(content.index(b"\n"), len(changed)), 0)
    return bytes(changed)


def unclosed_quote(content: bytes, random: Random) -> bytes:
    header, *rows = _lines(content)
    place = random.randrange(len(rows))
    rows[place] = rows[place].replace(b",", b',"', 1)
    return header + b"".join(rows)


def stray_returns(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.randint(1, 6)):
        changed.insert(random.randrange(content.index(b"\n") + 1, len(changed)), 13)
    return bytes(changed)


def line_ends_mixed(content: bytes, random: Random) -> bytes:
    return b"".join(line.rstrip(b"\r\n") + random.choice((b"\n", b"\r\n", b"\r", b"\n\n")) for line in _lines(content))


def one_enormous_line(content: bytes, _: Random) -> bytes:
    return content + b"CANARY" * (3 << 20) + b"\n"


def as_a_workbook(content: bytes, _: Random) -> bytes:
    return b"PK\x03\x04" + content


def entities_that_grow(content: bytes, _: Random) -> bytes:
    growing = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    kind = f'<!DOCTYPE x [<!ENTITY e0 "CANARY">{growing}]>'.encode()
    return re.sub(rb"(<[A-Z])", kind + rb"\1", content, count=1).replace(b"2", b"&e11;", 3)


def entity_from_a_local_file(content: bytes, _: Random) -> bytes:
    return re.sub(rb"(<[A-Z])", rb'<!DOCTYPE x [<!ENTITY here SYSTEM "file:///etc/hostname">]>\1', content, count=1)


def entity_undeclared(content: bytes, _: Random) -> bytes:
    return content.replace(b"CANARY", b"&here;", 1)


def nested_deep(content: bytes, _: Random) -> bytes:
    return re.sub(rb"(</[A-Za-z]+>)", lambda end: b"<a>" * 200_000 + b"</a>" * 200_000 + end[1], content, count=1)


def text_enormous(content: bytes, _: Random) -> bytes:
    return content.replace(b"CANARY", b"CANARY" * (2 << 20), 1)


def attribute_enormous(content: bytes, _: Random) -> bytes:
    return re.sub(rb"(<[A-Z]\w+)>(?=[^<]*CANARY)", lambda tag: tag[1] + b' a="' + b"CANARY" * (2 << 20) + b'">', content, count=1)


def encoding_misstated(content: bytes, random: Random) -> bytes:
    stated = random.choice((b"UTF-16", b"EBCDIC-CP-GB", b"no-such", b"UTF-7", b"ascii", b"ISO-8859-1", b"zlib", b"utf-8-sig"))
    return b'<?xml version="1.0" encoding="' + stated + b'"?>' + content.split(b"?>", 1)[-1].replace(b"CANARY", b"\xe9CANARY", 1)


def value_twice(content: bytes, _: Random) -> bytes:
    return re.sub(rb"<(\w+)>[^<]*CANARY[^<]*</\1>", lambda leaf: leaf[0] * 2, content, count=2)


def end_lost(content: bytes, _: Random) -> bytes:
    return content.rstrip()[:-4]


def something_after(content: bytes, _: Random) -> bytes:
    return content + b"CANARY"


def _sheet_changed(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return rezipped(content, lambda name, made: change(made) if name == SHEET else made)


def archive_broken(content: bytes, random: Random) -> bytes:
    start = content.rindex(b"PK\x05\x06")
    return content[:start] + random.randbytes(22)


def directory_flipped(content: bytes, random: Random) -> bytes:
    changed, start = bytearray(content), content.index(b"PK\x01\x02")
    for _ in range(random.randint(1, 6)):
        changed[random.randrange(start, len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def method_misstated(content: bytes, random: Random) -> bytes:
    """Members said to be packed in another way than they are."""
    method = random.choice((12, 14, 99)).to_bytes(2, "little")
    changed = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        for found in re.finditer(re.escape(mark), content):
            changed[found.start() + place : found.start() + place + 2] = method
    return bytes(changed)


def packed_by_lzma(content: bytes, random: Random) -> bytes:
    """LZMA as its members' method, and what is packed broken."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as target:
        for name in given.namelist():
            target.writestr(name, given.read(name))
    changed = bytearray(out.getvalue())
    for _ in range(20):
        changed[random.randrange(60, len(changed) // 2)] ^= 0xFF
    return bytes(changed)


def member_inflates(content: bytes, _: Random) -> bytes:
    return rezipped(content, lambda _, made: made, {"xl/worksheets/sheet99.xml": b"0" * (4 * HUGE)})


def sheet_inflates(content: bytes, _: Random) -> bytes:
    return _sheet_changed(content, lambda made: made.replace(b"</sheetData>", b"<row/>" * (HUGE // 6) + b"</sheetData>"))


def archives_nested(content: bytes, _: Random) -> bytes:
    inner = b"0" * HUGE
    for _level in range(3):
        inner = rezipped(content, lambda _, made: made, {"more.zip": inner})
    return inner


def shared_texts_misstated(content: bytes, _: Random) -> bytes:
    texts = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="4000000000" uniqueCount="4000000000"><si><t>CANARY</t></si></sst>'
    changed = _sheet_changed(content, lambda made: re.sub(rb'<c s="0" t="inlineStr"><is>.*?</is></c>', b'<c t="s"><v>3999999999</v></c>', made, count=1))
    return rezipped(changed, lambda _, made: made, {"xl/sharedStrings.xml": texts})


def dimension_misstated(content: bytes, _: Random) -> bytes:
    return _sheet_changed(content, lambda made: re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1:XFD1048576"/>', made))


def last_corner_filled(content: bytes, _: Random) -> bytes:
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return _sheet_changed(content, lambda made: made.replace(b"</sheetData>", corner))


def cell_enormous(content: bytes, _: Random) -> bytes:
    """A cell of more text than a spreadsheet can hold, in words that hardly pack."""
    text = "".join(f"{number:x} CANARY " for number in range(200_000)).encode()
    return _sheet_changed(content, lambda made: made.replace(b"CANARY", text, 1))


def sheet_with_entities(content: bytes, _: Random) -> bytes:
    return _sheet_changed(content, lambda made: made.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY e "CANARY">]><worksheet', 1).replace(b"CANARY", b"&e;", 1))


def sheet_nested_deep(content: bytes, _: Random) -> bytes:
    return _sheet_changed(content, lambda made: made.replace(b"</row>", b"<a>" * 100_000 + b"</a>" * 100_000 + b"</row>", 1))


def sheet_cut(content: bytes, random: Random) -> bytes:
    return _sheet_changed(content, lambda made: made[: random.randrange(len(made))])


def sheet_missing(content: bytes, _: Random) -> bytes:
    return rezipped(content, lambda name, made: None if name == SHEET else made)


def numbers_absurd(content: bytes, _: Random) -> bytes:
    def absurd(made: bytes) -> bytes:
        start = made.index(b"</row>") + 6
        return made[:start] + made[start:].replace(b"<v>", b"<v>9e999", 1).replace(b"<v>4", b"<v>-1e30", 1).replace(b"CANARY", b"_xD800_CANARY", 1)

    return _sheet_changed(content, absurd)


ANYWHERE = (bytes_flipped, bytes_cut, truncated, emptied, only_noise, beginning_lost)
DELIMITED: tuple[Damage, ...] = (
    *ANYWHERE, rows_cut, rows_doubled, header_swapped, header_line_end_lost, header_cut, header_quote_unclosed, column_dropped, fields_added, fields_taken,
    as_utf_16, as_half_utf_16, windows_1252, mixed_encodings, marked, nul_bytes, unclosed_quote, stray_returns, line_ends_mixed, one_enormous_line, as_a_workbook,
)  # fmt: skip
XML: tuple[Damage, ...] = (
    *ANYWHERE, as_utf_16, marked, entities_that_grow, entity_from_a_local_file, entity_undeclared, nested_deep, text_enormous, attribute_enormous,
    encoding_misstated, value_twice, end_lost, something_after,
)  # fmt: skip
WORKBOOK: tuple[Damage, ...] = (
    *ANYWHERE, archive_broken, directory_flipped, method_misstated, packed_by_lzma, member_inflates, sheet_inflates, archives_nested, shared_texts_misstated,
    dimension_misstated, last_corner_filled, cell_enormous, sheet_with_entities, sheet_nested_deep, sheet_cut, sheet_missing, numbers_absurd,
)  # fmt: skip

# Each: the content of the damaged manifest.json, or None where it is gone.
MANIFEST: dict[str, Callable[[Manifest, Random], bytes | None]] = {
    "gone": lambda _, __: None,
    "empty": lambda _, __: b"",
    "noise": lambda _, random: random.randbytes(300),
    "not JSON": lambda stated, random: json.dumps(stated).encode()[: random.randrange(1, 100)],
    "UTF-16": lambda stated, _: json.dumps(stated).encode("utf-16"),
    "nested deep": lambda _, __: b"[" * 200_000,
    "a number of 5,000 digits": lambda stated, _: json.dumps(stated).replace('"version": 1', f'"version": {"9" * 5000}').encode(),
    "a key missing": lambda stated, random: _stated({key: value for key, value in stated.items() if key != random.choice(("source", "version", "files", "period"))}),
    "no files": lambda stated, _: _stated({**stated, "files": []}),
    "files of a wrong type": lambda stated, _: _stated({**stated, "files": {"name": 1}}),
    "everything of a wrong type": lambda stated, _: _stated({key: [None, {"CANARY": "CANARY"}] for key in stated}),
    "a key unknown": lambda stated, _: _stated({**stated, "contact": 1}),
    "a key that is no text": lambda stated, _: _stated({**stated, "\ud800": 1}),
    "a text that is none": lambda stated, _: _stated({**stated, "created_on": "\ud800"}),
    "a huge version": lambda stated, _: _stated({**stated, "version": 10**12}),
    "a huge number of rows": lambda stated, _: _of_first(stated, rows=10**30),
    "rows below nothing": lambda stated, _: _of_first(stated, rows=-1),
    "rows of no number": lambda stated, _: _of_first(stated, rows=float("nan")),
    "wrong row counts": lambda stated, random: _of_first(stated, rows=random.randint(1000, 100_000)),
    "a hash that is none": lambda stated, _: _of_first(stated, sha256="CANARY"),
    "a path out of the folder": lambda stated, _: _of_first(stated, name="../../sound/" + stated["files"][0]["name"]),
    "a path from the root": lambda stated, _: _of_first(stated, name="/etc/hostname"),
    "a file that never came": lambda stated, _: _of_first(stated, name="never came.csv"),
    "a file listed twice": lambda stated, _: _stated({**stated, "files": [*stated["files"], stated["files"][0]]}),
    "of another controller": lambda stated, _: _stated({**stated, "controller": "999"}),
    "itself listed": lambda stated, _: _of_first(stated, name="manifest.json"),
}  # fmt: skip


def _stated(stated: Manifest) -> bytes:
    return json.dumps(stated).encode()


def _of_first(stated: Manifest, **changed: Any) -> bytes:
    return _stated({**stated, "files": [{**stated["files"][0], **changed}, *stated["files"][1:]]})
