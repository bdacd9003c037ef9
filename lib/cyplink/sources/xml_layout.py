"""How the elements of one XML file become rows of several file kinds: what a source's `xml` declares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cyplink.sources.model import FileKind

LIST_SEPARATOR = ";"
"""Between the values of an element that may repeat (a field of format `list`), in its one column."""


@dataclass(frozen=True)
class XmlTable:
    """Which elements are rows of a file kind: those at the path `element`, from the root (`Message/Children/Child`).

    `inherits`: columns copied from the rows that the element lies in. `number`: the column that gets the row's own number, for rows
    within it to inherit. `when`: where several kinds share an element, the column that makes one a row of this kind (given, and not 0).
    """

    kind: str
    element: str
    inherits: tuple[str, ...] = ()
    number: str = ""
    when: str = ""


@dataclass(frozen=True)
class XmlLayout:
    """The tables of a file; the first is the one that a file is of, and its rows are what a manifest counts.

    An element that is a row and lies in no other row is read, or set aside, as a whole with all that is in it. `groups` only hold
    columns of the row they lie in. `spelt`: columns by element, where the names differ. Whatever else an element holds goes to
    the row's other_columns, by its path.
    """

    tables: tuple[XmlTable, ...]
    groups: frozenset[str]
    spelt: Mapping[str, str] = field(default_factory=dict)

    @property
    def root(self) -> str:
        return self.tables[0].element.split("/")[0]

    @cached_property
    def at(self) -> dict[str, tuple[XmlTable, ...]]:
        """The tables by the path of their element."""
        return {path: tuple(t for t in self.tables if t.element == path) for path in {t.element for t in self.tables}}

    @cached_property
    def records(self) -> frozenset[str]:
        """Paths of the elements that are rows and lie in no other row."""
        return frozenset(p for p in self.at if not any(p.startswith(f"{other}/") for other in self.at))

    @cached_property
    def containers(self) -> frozenset[str]:
        """Paths of the elements that hold records."""
        steps = [path.split("/") for path in self.records]
        return frozenset("/".join(names[:depth]) for names in steps for depth in range(1, len(names)))


@dataclass(frozen=True)
class Plan:
    """A layout and its kinds, looked up by path: which columns an element's leaves may fill, and which of them may repeat."""

    layout: XmlLayout
    kinds: Mapping[str, FileKind]

    @cached_property
    def own(self) -> dict[str, tuple[str, ...]]:
        """Columns that the element itself gives, by kind."""
        return {t.kind: tuple(name for name in self.kinds[t.kind].header if name not in (*t.inherits, t.number)) for t in self.layout.tables}

    @cached_property
    def columns(self) -> dict[str, frozenset[str]]:
        return {path: frozenset(c for t in tables for c in self.own[t.kind]) for path, tables in self.layout.at.items()}

    @cached_property
    def switches(self) -> dict[str, frozenset[str]]:
        """Elements that decide whether their row is of a kind."""
        return {path: frozenset(t.when for t in tables if t.when) for path, tables in self.layout.at.items()}

    @cached_property
    def lists(self) -> frozenset[str]:
        return frozenset(f.name for kind in self.kinds.values() for f in kind.fields if f.format == "list")

    @cached_property
    def spelling(self) -> dict[str, str]:
        """Declared names by themselves in lower case: the case of element names does not matter."""
        steps = {name for path in self.layout.at for name in path.split("/")}
        columns = {f.name for kind in self.kinds.values() for f in kind.fields}
        return {name.lower(): name for name in (*columns, *self.layout.spelt, *self.layout.groups, *steps)}
