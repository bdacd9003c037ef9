"""The index: the search, and everything that has a page. What is searched stands in entries.js, made here."""

import json
from collections.abc import Iterator
from html import escape

from cyplink.dictionary import LAYERS, row_of
from cyplink.pages.dictionary.parts import dictionary_page, table
from cyplink.pages.dictionary.places import (
    Site,
    codes_id,
    column_id,
    field_link,
    file_link,
    return_rule_ids,
    rule_id,
    source_page,
    table_page,
)
from cyplink.pages.html import section

KINDS = ("table", "column", "source", "file", "column delivered", "code set", "code", "rule")
TITLE = "Data dictionary"

_SEARCH = """<form id="question" role="search">
<p><label for="asked">Search tables, columns, files, rules and codes</label>
<input id="asked" type="search" autocomplete="off" spellcheck="false"></p>
<p><label for="kind">Among</label>
<select id="kind"><option value="">everything</option>{kinds}</select></p>
</form>
<noscript><p>The search needs JavaScript. Everything is listed below as well.</p></noscript>
<p id="count" role="status"></p>
<ul id="found"></ul>"""


def index_page(site: Site) -> str:
    """The page to start from."""
    kinds = "".join(f'<option value="{place}">{kind if kind.endswith("delivered") else kind + "s"}</option>' for place, kind in enumerate(KINDS))
    sources = table("Sources", ("Source", "What it holds", "Files", "Columns", "Rules", "Codes"), (
        ("", (f'<a href="{source_page(s.name)}">{escape(s.title)}</a><span class="kind">{escape(s.name)}</span>', escape(s.description), str(len(s.file_kinds)),
              str(sum(len(kind.fields) for kind in s.file_kinds)), str(len(s.rules)), str(sum(map(len, s.codes.values())))))
        for s in site.sources.values()))
    layers = (f"<h3>{escape(layer)}</h3>\n<p>{escape(LAYERS[layer][1])}</p>\n" + table(f"Tables of {escape(layer)}", ("Table", "One row is"), (
        ("", (site.link(t.name), escape(row_of(t.grain)))) for t in tables)) for layer, tables in site.tables.items())
    return dictionary_page(
        TITLE, "What every table, column and delivered file means, and what is made from what.",
        section("Search", _SEARCH.format(kinds=kinds)), section("Sources", sources), section("Tables", *layers),
        head='\n<script src="entries.js" defer></script>\n<script src="search.js" defer></script>',
    )


def entries_file(site: Site) -> str:
    """All that is searched, as a script: pages opened from a folder cannot fetch one. Kind, name, where it is, meaning, link."""
    lines = ",\n".join(json.dumps([KINDS.index(kind), *words], ensure_ascii=False, separators=(",", ":")) for kind, *words in _entries(site))
    return f"const KINDS = {json.dumps(KINDS)};\nconst ENTRIES = [\n{lines}\n];\n"


def _entries(site: Site) -> Iterator[tuple[str, str, str, str, str]]:
    for layer, tables in site.tables.items():
        for t in tables:
            page = table_page(t.name)
            yield "table", t.name, layer, f"One row is {row_of(t.grain)}. {t.note}".strip(), page
            yield from (("column", c.name, t.name, c.description, f"{page}#{column_id(c.name)}") for c in t.all_columns)
            yield from (("rule", r.name, t.name, r.meaning or r.condition, f"{page}#{rule_id(r.name)}") for r in t.rules)
    for source in site.sources.values():
        page = source_page(source.name)
        yield "source", source.title, source.name, source.description, page
        for kind in source.file_kinds:
            yield "file", kind.name, f"{source.name} {kind.file_name}", f"One row is {row_of(kind.grain)}. Kept in {kind.bronze.name}.", file_link(kind)
            for f in kind.fields:
                formerly = f" Formerly {f.former_name}." if f.former_name else ""
                yield "column delivered", f.name, f"{source.name} {kind.name}", f.description + formerly, field_link(kind, f)
        yield from (("rule", rule.number, f"{source.name} {rule.file_kind}", rule.says, f"{page}#{anchor}") for rule, anchor in return_rule_ids(source).items())
        for name, codes in source.codes.items():
            yield "code set", name, source.name, f"{len(codes)} codes.", f"{page}#{codes_id(name)}"
            yield from (("code", code, f"{source.name} {name}", what.label, f"{page}#{codes_id(name)}") for code, what in codes.items())
