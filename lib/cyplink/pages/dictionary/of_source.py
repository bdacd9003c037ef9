"""A source's page: its files field by field, breaks in its series, the rules of its return, its code sets."""

import importlib
from collections.abc import Mapping
from html import escape

from cyplink.dictionary import NOT_MADE_INTO_A_TABLE, field_type, file_facts, in_words, periods, row_of, what_becomes
from cyplink.pages.dictionary.parts import dictionary_page, links, listed, made_lines, table
from cyplink.pages.dictionary.places import (
    Site,
    codes_id,
    field_id,
    file_id,
    return_rule_ids,
    rules_of_field,
)
from cyplink.pages.html import bullets, section
from cyplink.sources.calendar import in_time
from cyplink.sources.model import Code, Field, FileKind, Source
from cyplink.sources.rules import ReturnRule


def page_of_source(site: Site, source: Source) -> str:
    """The page of one source."""
    ids = return_rule_ids(source)
    files = table("Files", ("File", "One row is", "Columns", "Decided in"), (
        ("", (f'<a href="#{file_id(kind)}">{escape(kind.name)}</a>', escape(row_of(kind.grain)), str(len(kind.fields)),
              site.link(kind.accounted_in) if kind.accounted_in else "")) for kind in source.file_kinds))
    return dictionary_page(
        source.title, source.description,
        _contents(source),
        section("About the source", _module_words(site, source)),
        section("Files", files, *(_file(site, source, kind, ids) for kind in source.file_kinds)),
        section("Breaks in series", _declared_breaks(site, source), _breaks(source, ids)),
        section("Rules of the return", _rules(site, source, ids)) if source.rules else "",
        section("Code sets", *(_code_set(source, name, codes) for name, codes in source.codes.items())) if source.codes else "",
    )


def _contents(source: Source) -> str:
    parts = [(f"{len(source.file_kinds)} files", "files"), ("breaks in series", "breaks-in-series")]
    parts += [(f"{len(source.rules)} rules of the return", "rules-of-the-return")] if source.rules else []
    parts += [(f"{len(source.codes)} code sets", "code-sets")] if source.codes else []
    return '<nav aria-label="On this page"><p>On this page: ' + ", ".join(f'<a href="#{anchor}">{words}</a>' for words, anchor in parts) + ".</p></nav>"


def _module_words(site: Site, source: Source) -> str:
    """What the source's module says of it: paragraphs, and lists whose lines begin with a dash."""
    said = importlib.import_module(f"cyplink.sources.{source.name}").__doc__ or ""
    parts = []
    for paragraph in said.strip().split("\n\n"):
        before, *points = (" ".join(part.split()) for part in f"\n{paragraph}".split("\n- "))
        parts += [f"<p>{site.prose(before)}</p>"] if before else []
        parts += [bullets(site.prose(point) for point in points)] if points else []
    return "\n".join(parts)


def _file(site: Site, source: Source, kind: FileKind, ids: Mapping[ReturnRule, str]) -> str:
    _, made_into = made_lines(site, kind.bronze.name)
    decided = f"What becomes of its rows is decided in {kind.accounted_in}." if kind.accounted_in else NOT_MADE_INTO_A_TABLE
    fields = table(f"Columns of {escape(kind.name)}", ("Column", "Meaning", "Codes", "Delivered", "Goes into", "Rules"), (
        (field_id(kind, field), _field(site, source, kind, field, ids)) for field in kind.fields))
    return "\n".join([
        f'<h3 id="{file_id(kind)}">{escape(kind.name)}</h3>',
        f"<p>{site.prose(f'{file_facts(kind)} {decided}')} Its rows are kept in <code>{escape(kind.bronze.name)}</code>.</p>",
        "<p>Tables made from it:</p>", listed(made_into, "No job reads it."), fields,
    ])


def _field(site: Site, source: Source, kind: FileKind, field: Field, ids: Mapping[ReturnRule, str]) -> list[str]:
    former = f"{field.former_name} up to {field.former_until}" if field.former_name else ""
    in_bronze = f'<span class="kind">in bronze <code>{escape(field.column)}</code></span>' if field.column != field.name else ""
    codes = source.codes.get(field.codes)
    place = (kind.bronze.name, field.column)
    return [
        f'<code>{escape(field.name)}</code><span class="kind">{site.prose(field_type(field))}</span><span class="kind">{in_words(field.sensitivity)}</span>{in_bronze}',
        site.prose(field.description),
        f'<a href="#{codes_id(field.codes)}">{escape(field.codes)}</a> ({len(codes)})' if codes else escape(field.codes),
        "; ".join(escape(part) for part in (periods(field), former) if part),
        links([site.column_link(p) for p in site.lineage.uses.get(place, ())]),
        links([f'<a href="#{ids[rule]}">{escape(rule.number)}</a>' for rule in rules_of_field(source, kind, field)]),
    ]


def _declared_breaks(site: Site, source: Source) -> str:
    rows = [("", (escape(one.first_period), escape(" ".join(part for part in (one.file_kind, one.field) if part) or "all of it"), site.prose(one.what), escape(one.evidence)))
            for one in source.breaks]
    return table("What came to mean something else", ("First period", "Where", "What changed", "Known from"), rows) if rows else "<p>None is known besides what came and went.</p>"


def _breaks(source: Source, ids: Mapping[ReturnRule, str]) -> str:
    """What came, went or was renamed, by the period in which it did."""
    came: dict[str, list[str]] = {}
    went: dict[str, list[str]] = {}

    def note(first: str, last: str, what: str) -> None:
        if first:
            came.setdefault(first, []).append(what)
        if last:
            went.setdefault(last, []).append(what)

    for kind in source.file_kinds:
        for field in kind.fields:
            note(field.first_period, field.last_period, f'column <a href="#{field_id(kind, field)}">{escape(kind.name)} <code>{escape(field.name)}</code></a>')
            if field.former_name:
                went.setdefault(field.former_until, []).append(
                    f'the name <code>{escape(field.former_name)}</code> of <a href="#{field_id(kind, field)}">{escape(kind.name)} <code>{escape(field.name)}</code></a>')
    for name, codes in source.codes.items():
        for code, what in codes.items():
            note(what.first_period, what.last_period, f'code <code>{escape(code)}</code> of <a href="#{codes_id(name)}">{escape(name)}</a>')
    for rule in source.rules:
        note(rule.first_period, rule.last_period, f'rule <a href="#{ids[rule]}">{escape(rule.number)}</a>')
    rows = [("", (escape(period), links(came.get(period, [])), links(went.get(period, [])))) for period in sorted({*came, *went}, key=in_time)]
    return table("What came and went", ("Period", "First in it", "Last in it"), rows) if rows else "<p>The declarations state none.</p>"


def _rules(site: Site, source: Source, ids: Mapping[ReturnRule, str]) -> str:
    fields = {kind.name: {name: field_id(kind, f) for f in kind.fields for name in (f.column, f.name)} for kind in source.file_kinds}
    what = "Checks that the department or body which the return goes to would make. Rows that break one are listed in silver.return_error."
    rows = [
        (ids[rule], (
            escape(rule.number), escape(rule.file_kind),
            "<br>".join(f'<a href="#{fields[rule.file_kind][c]}"><code>{escape(c)}</code></a>' if c in fields[rule.file_kind] else f"<code>{escape(c)}</code>" for c in rule.columns),
            site.prose(rule.says), site.prose(rule.to_do), what_becomes(rule.severity), escape(periods(rule))))
        for rule in source.rules
    ]
    return f"<p>{site.prose(what)}</p>\n" + table("Rules", ("Rule", "File", "Columns", "What is wrong", "What to do", "What it does to the row", "In force"), rows)


def _code_set(source: Source, name: str, codes: Mapping[str, Code]) -> str:
    users = [f'<a href="#{field_id(kind, f)}">{escape(kind.name)} <code>{escape(f.name)}</code></a>' for kind in source.file_kinds for f in kind.fields if f.codes == name]
    used = f"<p>Columns: {', '.join(users)}.</p>" if users else "<p>No delivered column is declared with it.</p>"
    rows = (("", (f"<code>{escape(code)}</code>", escape(what.label), escape(periods(what)))) for code, what in codes.items())
    return f'<h3 id="{codes_id(name)}">{escape(name)}</h3>\n{used}\n' + table(f"Codes of {escape(name)}", ("Code", "Meaning", "In use"), rows)
