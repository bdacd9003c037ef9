"""Breaks in series: when a delivered field, and every column made of it, came to say something else than before. From the declarations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cyplink.lineage import Lineage, Place
from cyplink.sources.calendar import in_time
from cyplink.sources.model import Field, FileKind, Source


@dataclass(frozen=True)
class Series:
    """A delivered field, of one or several files of a source that changed alike, and what changed: texts that begin with the period."""

    source: str
    file_kinds: tuple[str, ...]
    field: str
    breaks: tuple[str, ...]


def of_field(source: Source, kind: FileKind, field: Field) -> list[str]:
    """What changed, in time: breaks declared of the field or its file, the field's coming, going and renaming, its codes' coming and going."""
    found = [(b.first_period, b.what) for b in source.breaks if b.file_kind == kind.name and b.field in ("", field.name)]
    found += [(field.first_period, "First delivered."), (_after(field.last_period), "No longer delivered.")]
    found.append((_after(field.former_until), f"No longer called {field.former_name}."))
    first: dict[str, list[str]] = {}
    last: dict[str, list[str]] = {}
    for code, what in source.codes.get(field.codes, {}).items():
        first.setdefault(what.first_period, []).append(code)
        last.setdefault(_after(what.last_period), []).append(code)
    found += [(period, f"Codes that came: {', '.join(codes)}.") for period, codes in first.items()]
    found += [(period, f"Codes no longer used: {', '.join(codes)}.") for period, codes in last.items()]
    return [f"{period}: {what}" for period, what in sorted(found, key=lambda one: in_time(one[0].removeprefix("after "))) if period]


def of_column(place: Place, lineage: Lineage, sources: Mapping[str, Source]) -> list[Series]:
    """The delivered fields behind a column, each with its breaks, which may be none."""
    fields = {(kind.bronze.name, f.column): (source, kind, f) for source in sources.values() for kind in source.file_kinds for f in kind.fields}
    return _alike(fields[one] for one in lineage.delivered(place) if one in fields)


def _alike(fields: Iterable[tuple[Source, FileKind, Field]]) -> list[Series]:
    kinds: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for source, kind, field in fields:
        kinds.setdefault((source.name, field.name, tuple(of_field(source, kind, field))), []).append(kind.name)
    return [Series(source, tuple(of_source), field, breaks) for (source, field, breaks), of_source in kinds.items()]


def _after(period: str) -> str:
    return f"after {period}" if period else ""
