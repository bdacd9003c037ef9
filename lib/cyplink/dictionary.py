"""The data dictionary as Markdown, from the declarations alone: every table and every delivered file, column by column."""

from collections.abc import Iterable, Mapping, Sequence

from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from cyplink import breaks
from cyplink.breaks import Series
from cyplink.flow import Step
from cyplink.lineage import Lineage, lineage_of
from cyplink.sources import SOURCES
from cyplink.sources.model import Break, Code, Field, FileKind, Source
from cyplink.sources.rules import ReturnRule
from cyplink.tables import bronze, gold, linkage, pathfinders, silver
from cyplink.tables.model import Column, Sensitivity, Severity, Table

LAYERS = {
    "gold": (gold, "Research-ready tables keyed by person_id: start here."),
    "pathfinders": (pathfinders, "Counts for publication, after disclosure control."),
    "linkage": (linkage, "Which records are one person. Identifiable zone."),
    "silver": (silver, "Every source typed and split into identity and payload. Identifiable zone."),
    "bronze": (bronze, "Registries of what was delivered. The rows themselves lie in one table per delivered file, see below. Identifiable zone."),
}
NOT_MADE_INTO_A_TABLE = "Kept here in full; no silver table is made of it."
MOST_CODES = 40  # a longer code set is named, not printed


def markdown(steps: Sequence[Step], sources: Mapping[str, Source] = SOURCES) -> str:
    """The whole dictionary. `steps` say which job writes a table; the same declarations give the same text."""
    writer = {table.name: step.name for step in steps for table in step.writes}
    lineage = lineage_of(steps, sources)
    tables = declared_tables()
    parts = [_opening(), _index(tables, sources)]
    for layer, (_, meaning) in LAYERS.items():
        parts += [f"# {layer}\n\n{meaning}\n", *(_table(table, writer, lineage, sources) for table in tables[layer])]
    parts.append("# Delivered files\n\nOne bronze table per file kind; every value is kept as the text that was delivered.\n")
    parts += [_source(source) for source in sources.values()]
    return "\n".join(parts).rstrip() + "\n"


def declared_tables() -> dict[str, list[Table]]:
    """Every declared table by layer, gold first."""
    return {layer: tables_of(module, layer) for layer, (module, _) in LAYERS.items()}


def tables_of(module: object, layer: str) -> list[Table]:
    """The tables of a layer that its module declares, in the order it declares them; not those it borrows columns from."""
    return [value for value in vars(module).values() if isinstance(value, Table) and value.layer == layer]


def _opening() -> str:
    sensitivities = "\n".join(f"| {in_words(s)} | {s.value} |" for s in Sensitivity)
    return f"""<!-- Written by `cyplink dictionary` from the declarations under lib/cyplink; do not edit. -->

# Data dictionary

What every table and column means. A table says what one row is (grain), what tells rows apart (key), which zone it lies in and
which job writes it. `broken_rules`, where a table has it, names the rules a kept row breaks: a rule that *flags* marks the row,
one that *quarantines* sends it to `quarantine.<layer>_<table>`. A rule that needs a value passes where there is none, unless it says so.
A break in series is a change of what a delivered field says from one period to another; where none is given none is known.

| sensitivity | meaning |
|---|---|
{sensitivities}
"""


def _index(tables: Mapping[str, Sequence[Table]], sources: Mapping[str, Source]) -> str:
    lines = ["| table | one row is |", "|---|---|"]
    lines += [f"| [{t.name}](#{_anchor(t.name)}) | {_cell(row_of(t.grain))} |" for of_layer in tables.values() for t in of_layer]
    lines += ["", "| delivered file | bronze table | one row is |", "|---|---|---|"]
    lines += [
        f"| {source.name}: {_cell(kind.file_name)} | [{kind.bronze.name}](#{_anchor(kind.bronze.name)}) | {_cell(row_of(kind.grain))} |"
        for source in sources.values() for kind in source.file_kinds
    ]
    return "\n".join(lines) + "\n"


def _table(table: Table, writer: Mapping[str, str], lineage: Lineage, sources: Mapping[str, Source]) -> str:
    written = [writer[table.name]] if table.name in writer else []
    series = {c.name: breaks.of_column((table.name, c.name), lineage, sources) for c in table.all_columns}
    has_origins = any(series.values())
    rows = [
        f"| `{c.name}` | {type_in_words(c.type)} | {_cell(c.description)} | {_cell(values(c))} |{f' {_origins(series[c.name])} |' if has_origins else ''} {in_words(c.sensitivity)} |"
        for c in table.all_columns
    ]
    headings = ["column", "type", "meaning", "values", *(["delivered as"] if has_origins else []), "sensitivity"]
    parts = [f"## {table.name}\n", " ".join(table_facts(table, written)), *([f"\n{table.note}"] if table.note else []),
             f"\n| {' | '.join(headings)} |\n|{'---|' * len(headings)}", *rows]
    rules = [f"- `{r.name}` {what_becomes(r.severity)}: `{r.condition}`{'. ' + r.meaning if r.meaning else ''}" for r in table.row_rules]
    broken = [
        f"- `{name}`, {one.source} `{one.field}` ({', '.join(one.file_kinds)}): {' '.join(one.breaks)}" for name, of_it in series.items() for one in of_it if one.breaks
    ]
    return "\n".join([*parts, *(["\nRules:\n", *rules] if rules else []), *(["\nBreaks in series:\n", *broken] if broken else [])]) + "\n"


def _origins(series: Sequence[Series]) -> str:
    """The delivered fields, source by source, each named once."""
    named: dict[str, dict[str, None]] = {}
    for one in series:
        named.setdefault(one.source, {})[one.field] = None
    return "; ".join(f"{source} {' '.join(f'`{_cell(field)}`' for field in fields)}" for source, fields in named.items())


def table_facts(table: Table, writers: Sequence[str]) -> list[str]:
    """What is to be known of a table besides its columns, a sentence each; names between backticks."""
    written = "people or other systems, not by a job" if table.authored else _names(writers) if writers else "the landing of deliveries"
    facts = [f"Grain: {table.grain}.", f"Key: {_names(table.key)}.", f"Zone: {table.zone.value}.", f"Written by {written}."]
    if table.slices:
        facts.append(f"Replaced by {_names(table.slices)}.")
    if table.append_only:
        facts.append("Rows are only ever added.")
    return facts


def _source(source: Source) -> str:
    broken = [f"- {break_in_words(one)} ({one.evidence})" for one in source.breaks]
    said = ["Breaks in series, besides the periods of columns and codes:\n", *broken, ""] if broken else ["No break in series is known besides the periods of columns and codes.\n"]
    return "\n".join([f"## {source.name}: {source.title}\n", source.description + "\n", *said, *(_file_kind(source, kind) for kind in source.file_kinds)])


def break_in_words(one: Break) -> str:
    """A break with its period and what it is about, names between backticks."""
    about = f" {one.file_kind}" if one.file_kind else ""
    return f"{one.first_period}{about}{f' `{one.field}`' if one.field else ''}: {one.what}"


def _file_kind(source: Source, kind: FileKind) -> str:
    made = f"What becomes of its rows is decided in [{kind.accounted_in}](#{_anchor(kind.accounted_in)})."
    facts = f"{file_facts(kind)} {made if kind.accounted_in else NOT_MADE_INTO_A_TABLE}"
    rows = [
        f"| `{f.name}` | {_cell(field_type(f))} | {_cell(f.description)} | {_codes(source, f)} | {periods(f)} | {in_words(f.sensitivity)} |" for f in kind.fields
    ]
    head = "\n| field | type | meaning | codes | delivered | sensitivity |\n|---|---|---|---|---|---|"
    return "\n".join([f"### {kind.bronze.name}\n", facts, head, *rows]) + "\n"


def file_facts(kind: FileKind) -> str:
    """How a file is called and recognised, whose layout it has, and what one row is; names between backticks."""
    recognised = {"header": "its header", "element": "the elements of the one XML file that holds it"}.get(kind.recognised_by, "its name")
    layout = "the supplier's standard layout" if kind.layout == "standard" else "our own layout (project): no published layout was verified"
    return f"`{kind.file_name}`, recognised by {recognised}; {layout}. Grain: {kind.grain}."


def _codes(source: Source, field: Field) -> str:
    labels = source.codes.get(field.codes, {})
    if not labels:
        return _cell(field.codes)
    if len(labels) > MOST_CODES:
        return f"{len(labels)} codes: set `{field.codes}` of the source's codes.csv"
    return "; ".join(f"`{_cell(code)}` {_cell(what.label)}" for code, what in labels.items())


def values(column: Column) -> str:
    """The values a column may have, between backticks."""
    known = ", ".join(f"`{code}`" for code in column.allowed)
    shape = f"`{column.matches}`" if column.matches else ""
    return "; ".join(part for part in (known, shape, "always given" if column.required else "") if part)


def field_type(field: Field) -> str:
    """Type and format of a delivered field, and whether it must be given."""
    needed = ", required" if field.required else ""
    return f"{field.type}{f' `{field.format}`' if field.format else ''}{needed}"


def periods(item: Field | Code | ReturnRule) -> str:
    """When a field is delivered, a code used or a rule in force; nothing where always."""
    first, last = item.first_period, item.last_period
    years = f"{first} to {last}" if first and last else f"from {first}" if first else f"to {last}" if last else ""
    return ", ".join(part for part in (years, " and ".join(item.terms) if isinstance(item, Field) else "") if part)


def type_in_words(kind: DataType) -> str:
    """A column's type as the dictionary prints it."""
    if isinstance(kind, ArrayType):
        return f"list of {type_in_words(kind.elementType)}"
    if isinstance(kind, MapType):
        return "map"
    if isinstance(kind, StructType):
        return f"({', '.join(f'{f.name} {type_in_words(f.dataType)}' for f in kind)})"
    return kind.simpleString()


def in_words(sensitivity: Sensitivity) -> str:
    """The sensitivity's name."""
    return sensitivity.name.lower().replace("_", " ")


def what_becomes(severity: Severity) -> str:
    """What a rule does to a row that breaks it."""
    return {Severity.QUARANTINE: "quarantines", Severity.FLAG: "flags"}[severity]


def row_of(grain: str) -> str:
    """A grain after the words `one row is`."""
    return grain.removeprefix("one row ").removeprefix("one ").removeprefix("per ")


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _anchor(heading: str) -> str:
    return heading.lower().replace(".", "").replace(" ", "-")


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ").strip()
