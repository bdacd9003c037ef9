"""Where everything stands on the site, and text that leads there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

from cyplink.lineage import Lineage, Place
from cyplink.sources.model import Field, FileKind, Source
from cyplink.sources.rules import ReturnRule
from cyplink.tables.model import Table


@dataclass(frozen=True)
class Site:
    """What the site is made of: tables by layer, sources by name, and how they hang together."""

    tables: Mapping[str, Sequence[Table]]
    sources: Mapping[str, Source]
    lineage: Lineage

    @cached_property
    def files(self) -> dict[str, FileKind]:
        """File kinds by the name of their bronze table."""
        return {kind.bronze.name: kind for source in self.sources.values() for kind in source.file_kinds}

    @cached_property
    def own_pages(self) -> frozenset[str]:
        return frozenset(table.name for of_layer in self.tables.values() for table in of_layer)

    @cached_property
    def _table_name(self) -> re.Pattern[str]:
        names = sorted({*self.own_pages, *self.files}, key=lambda name: (-len(name), name))
        return re.compile(rf"(?<![\w./])({'|'.join(map(re.escape, names))})(?!\w|\.\w)")

    def link(self, table: str) -> str:
        """A table's name; a delivered file leads to its source's page."""
        if table in self.files:
            kind = self.files[table]
            return f'<a href="{file_link(kind)}">{escape(kind.source)}: {escape(kind.name)}</a>'
        return f'<a href="{table_page(table)}">{escape(table)}</a>' if table in self.own_pages else f"<code>{escape(table)}</code>"

    def column_link(self, place: Place) -> str:
        """A column's name with its table's; a delivered field by its own name."""
        table, column = place
        if table in self.files:
            kind = self.files[table]
            field = next(f for f in kind.fields if f.column == column)
            return f'<a href="{field_link(kind, field)}">{escape(kind.source)}: {escape(kind.name)} <code>{escape(field.name)}</code></a>'
        return f'<a href="{table_page(table)}#{column_id(column)}">{escape(table)} <code>{escape(column)}</code></a>'

    def prose(self, words: str) -> str:
        """A declaration's words as markup: what stands between backticks as code, tables linked where they are named."""
        marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))
        return self._table_name.sub(lambda found: f'<a href="{table_page(found[0])}">{found[0]}</a>' if found[0] in self.own_pages
                                    else f'<a href="{file_link(self.files[found[0]])}">{found[0]}</a>', marked)


def table_page(table: str) -> str:
    return f"{table}.html"


def source_page(source: str) -> str:
    return f"{source}.html"


def file_link(kind: FileKind) -> str:
    return f"{source_page(kind.source)}#{file_id(kind)}"


def field_link(kind: FileKind, field: Field) -> str:
    return f"{source_page(kind.source)}#{field_id(kind, field)}"


def file_id(kind: FileKind) -> str:
    return f"file.{_plain(kind.name)}"


def field_id(kind: FileKind, field: Field) -> str:
    return f"field.{_plain(kind.name)}.{_plain(field.column)}"


def column_id(column: str) -> str:
    return f"column.{_plain(column)}"


def codes_id(code_set: str) -> str:
    return f"codes.{_plain(code_set)}"


def rule_id(name: str) -> str:
    return f"rule.{_plain(name)}"


def return_rule_ids(source: Source) -> dict[ReturnRule, str]:
    """An id for each rule of a return: a number can stand for several, of other files or other years."""
    ids: dict[ReturnRule, str] = {}
    times: dict[str, int] = {}
    for rule in source.rules:
        name = rule_id(f"{rule.file_kind}.{rule.number}")
        times[name] = times.get(name, 0) + 1
        ids[rule] = name if times[name] == 1 else f"{name}.{times[name]}"
    return ids


def rules_of_field(source: Source, kind: FileKind, field: Field) -> list[ReturnRule]:
    """The rules of the return that are about a field."""
    return [rule for rule in source.rules if rule.file_kind == kind.name and (field.name in rule.columns or field.column in rule.columns)]


def _plain(name: str) -> str:
    """Fit for an id: no space or bracket."""
    return re.sub(r"[^A-Za-z0-9_.]+", "_", name)
