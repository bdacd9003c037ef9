"""How the sheets of a workbook are told apart: by their headings, which people spell as they like, never by the sheets' names."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cyplink.sources.model import FileKind

MOST_TITLE_ROWS = 15
"""A sheet's headings are among its first rows: a title, a date of the extract and notes may stand above them."""

LEAST_COLUMNS = 4


@dataclass(frozen=True)
class Heading:
    """A spelling of a column's heading; `is_pattern`: a regular expression that the whole heading, in lower case, must match."""

    column: str
    spelling: str
    is_pattern: bool


@dataclass(frozen=True)
class WorkbookLayout:
    """The headings of each file kind that a sheet can be, the standard's own spelling first."""

    headings: Mapping[str, tuple[Heading, ...]]

    @cached_property
    def _spelt(self) -> dict[str, dict[str, str]]:
        return {kind: {normalised(h.spelling): h.column for h in reversed(known) if not h.is_pattern} for kind, known in self.headings.items()}

    @cached_property
    def _patterns(self) -> dict[str, list[tuple[re.Pattern[str], str]]]:
        return {kind: [(re.compile(h.spelling), h.column) for h in known if h.is_pattern] for kind, known in self.headings.items()}

    def named(self, row: Sequence[str], kind: str) -> list[str]:
        """The row as a header of the kind: canonical names, and the texts as they stand for headings of no column of it.

        Of two headings for one column the better spelt, then the first, has it; no name occurs twice, whatever its case.
        """
        found = ["" for _ in row]
        for matches in (self._spelt[kind].get, self._by_pattern(kind)):
            for place, text in enumerate(row):
                column = matches(normalised(text)) if text.strip() and not found[place] else None
                found[place] = column if column and column not in found else found[place]
        return _told_apart([name or text.strip()[:120] or f"column_{place}" for place, (name, text) in enumerate(zip(found, row, strict=True), start=1)])

    def _by_pattern(self, kind: str) -> "ByPattern":
        return ByPattern(self._patterns[kind])


@dataclass(frozen=True)
class ByPattern:
    """Looks a heading up among patterns."""

    patterns: Sequence[tuple[re.Pattern[str], str]]

    def __call__(self, heading: str) -> str | None:
        return next((column for pattern, column in self.patterns if pattern.fullmatch(heading)), None)


@dataclass(frozen=True)
class Recognised:
    """A sheet recognised as a file kind: the row its headings are in, and its header. `missing`: declared columns that it lacks."""

    kind: FileKind
    row: int
    header: tuple[str, ...]
    missing: tuple[str, ...]


def recognise(rows: Iterable[tuple[int, Sequence[str]]], layout: WorkbookLayout, kinds: Iterable[FileKind], period: str) -> Recognised | None:
    """The row and kind that fit best: all columns there (the first such row), then most of them; None where no row has more than half of a
    kind's columns."""
    best: tuple[tuple[bool, float, int], Recognised] | None = None
    kinds = list(kinds)
    for number, row in rows:
        if best and not best[1].missing:
            break
        for kind in kinds if is_wide(row) else ():
            header, wanted = layout.named(row, kind.name), kind.header_in(period)
            missing = tuple(name for name in wanted if name not in header)
            matched = len(wanted) - len(missing)
            rank = (not missing, matched / len(wanted), matched)
            if matched * 2 > len(wanted) and (best is None or rank > best[0]):
                best = rank, Recognised(kind, number, tuple(header), missing)
    return best[1] if best else None


def is_wide(row: Sequence[str]) -> bool:
    """Whether a row may hold a list's headings: titles and notes take up fewer cells."""
    return sum(bool(text.strip()) for text in row) >= LEAST_COLUMNS


def normalised(heading: str) -> str:
    """Lower case, one space between words, straight apostrophes, no mark at the end."""
    plain = " ".join(heading.replace("\u2019", "'").replace("\u00a0", " ").split()).casefold()
    return plain.rstrip(" :*.?")


def read_headings(path: Path) -> dict[str, tuple[Heading, ...]]:
    """`headings.csv` (file_kind, name, heading, is_pattern) by file kind. Raises re.error for a pattern that is none."""
    found: dict[str, list[Heading]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["file_kind"], []).append(Heading(row["name"], row["heading"], row["is_pattern"] == "yes"))
    return {kind: tuple(headings) for kind, headings in found.items()}


def _told_apart(names: Sequence[str]) -> list[str]:
    taken: set[str] = set()
    told = []
    for place, name in enumerate(names, start=1):
        unique = name if name.lower() not in taken else f"{name} ({place})"
        taken.add(unique.lower())
        told.append(unique)
    return told
