"""Reads the records of an XML file one after the other, and never more than one of them at a time.

Safe by refusal: a file that declares a document type is refused, so that there are no entities, none from outside and none that grow;
depth, the length of a token and the number of names and elements have limits. What a file holds decides nothing about memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from cyplink.sources.xml_layout import Plan

BLOCK = 1 << 16
DEEPEST = 64
LONGEST_TOKEN = 1 << 22
MOST_NAMES = 10_000
MOST_ELEMENTS = 200_000_000
MOST_ELEMENTS_OF_A_RECORD = 20_000
MOST_TEXT_OF_A_RECORD = 1 << 22
MOST_PASSED_OVER = 20

# What expat says of a file that stops before its end.
_ENDED_EARLY = {
    expat.errors.codes[name]
    for name in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN,
                 expat.errors.XML_ERROR_PARTIAL_CHAR, expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION)
}


class RefusedFile(Exception):
    """The file cannot be used at all; `reason` says why, without a value of it."""

    def __init__(self, reason: str, status: str = "refused") -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status


@dataclass(slots=True)
class Element:
    """An element of a record, with everything in it."""

    name: str
    attributes: dict[str, str]
    parts: list["Element"] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.said)


@dataclass
class Record:
    """An element that is a row, or why it cannot be one (`fault`); where it lies in the file, in lines and bytes."""

    path: str
    element: Element
    line: int
    start: int
    depth: int
    lines: int = 1
    end: int = 0
    fault: str = ""
    elements: int = 0
    length: int = 0

    def fail(self, fault: str) -> None:
        self.fault = fault
        self.element.parts.clear()
        self.element.said.clear()


def read_records(path: Path, plan: Plan, encoding: str | None, passed_over: list[str]) -> Iterator[Record]:
    """The file's records in order. `encoding` overrides what the file states; elements outside records that no table declares are
    listed, a few of them, in `passed_over`.

    Raises RefusedFile where the file cannot be read on; records that came before it are void too.
    """
    reading = _Reading(plan, encoding, passed_over)
    with path.open("rb") as content:
        still = 0
        while block := content.read(BLOCK):
            before = reading.events
            reading.feed(block)
            yield from reading.taken()
            still = 0 if reading.events > before else still + len(block)
            if still > LONGEST_TOKEN:
                raise RefusedFile("token_too_long")
        reading.feed(b"", is_last=True)
        yield from reading.taken()


class _Reading:
    """Where the parser is in the file."""

    def __init__(self, plan: Plan, encoding: str | None, passed_over: list[str]) -> None:
        self.plan, self.layout, self.passed_over = plan, plan.layout, passed_over
        self.events = self.depth = self.elements = 0
        self.names: dict[str, str] = {}
        self.path: list[str] = []
        self.open: list[Element] = []
        self.record: Record | None = None
        self.done: list[Record] = []
        self.parser = expat.ParserCreate(encoding)
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.DefaultHandler = self._other
        self.parser.StartDoctypeDeclHandler = _refuse_doctype

    def feed(self, block: bytes, is_last: bool = False) -> None:
        try:
            self.parser.Parse(block, is_last)
        except expat.ExpatError as error:
            what = "file_ends_too_early" if is_last and error.code in _ENDED_EARLY else "not_well_formed"
            raise RefusedFile(f"{what}: line {error.lineno}") from None

    def taken(self) -> list[Record]:
        done, self.done = self.done, []
        return done

    def _local(self, name: str) -> str:
        """The name without a prefix, as the layout spells it. Parsers keep every name they have met: too many are refused."""
        known = self.names.get(name)
        if known is None:
            if len(self.names) >= MOST_NAMES:
                raise RefusedFile("too_many_names")
            bare = name.rpartition(":")[2]
            known = self.names[name] = self.plan.spelling.get(bare.lower(), bare)
        return known

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.events += 1
        self.depth += 1
        self.elements += 1
        if self.depth > DEEPEST:
            raise RefusedFile(f"nested_deeper_than_{DEEPEST}")
        if self.elements > MOST_ELEMENTS:
            raise RefusedFile("too_many_elements")
        local = self._local(name)
        kept = {self._local(key): value for key, value in attributes.items() if not key.startswith(("xmlns", "xsi:"))} if attributes else {}
        if self.record is None:
            self._outside(local, kept)
        elif not self.record.fault:
            self._inside(self.record, Element(local, kept))

    def _outside(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        path = "/".join(self.path)
        if self.depth == 1 and name != self.layout.root:
            raise RefusedFile(f"root_element_is_not: {self.layout.root}", "unknown_kind")
        if path in self.layout.records:
            element = Element(name, attributes)
            self.open = [element]
            self.record = Record(path, element, self.parser.CurrentLineNumber, self.parser.CurrentByteIndex, self.depth)
        elif path not in self.layout.containers and path not in self.passed_over and len(self.passed_over) < MOST_PASSED_OVER:
            self.passed_over.append(path)

    def _inside(self, record: Record, element: Element) -> None:
        record.elements += 1
        if element.attributes:
            record.length += sum(map(len, element.attributes.values()))
        if record.elements > MOST_ELEMENTS_OF_A_RECORD:
            record.fail("too_many_elements")
        elif record.length > MOST_TEXT_OF_A_RECORD:
            record.fail("text_too_long")
        else:
            self.open[-1].parts.append(element)
            self.open.append(element)

    def _text(self, text: str) -> None:
        self.events += 1
        record = self.record
        if record is None or record.fault:
            return
        record.length += len(text)
        if record.length > MOST_TEXT_OF_A_RECORD:
            record.fail("text_too_long")
        else:
            self.open[-1].said.append(text)

    def _end(self, name: str) -> None:
        self.events += 1
        self.depth -= 1
        record = self.record
        if record is None:
            self.path.pop()
        elif self.depth < record.depth:
            record.lines = self.parser.CurrentLineNumber - record.line + 1
            record.end = self.parser.CurrentByteIndex
            self.done.append(record)
            self.record, self.open = None, []
            self.path.pop()
        elif not record.fault:
            self.open.pop()

    def _other(self, _: str) -> None:
        self.events += 1


def _refuse_doctype(*_: object) -> None:
    raise RefusedFile("document_type_declared")
