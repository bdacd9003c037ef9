"""A table's page: what a row is, its columns, their rules, what it is made from and what is made from it."""

import re
from html import escape

from cyplink import breaks
from cyplink.dictionary import in_words, table_facts, type_in_words, values, what_becomes
from cyplink.pages.dictionary.parts import dictionary_page, links, listed, made_lines, table
from cyplink.pages.dictionary.places import Site, column_id, rule_id
from cyplink.pages.html import bullets, section
from cyplink.tables.model import Column, Rule, Table


def page_of_table(site: Site, declared: Table) -> str:
    """The page of one declared table."""
    made_from, made_into = made_lines(site, declared.name)
    facts = [site.prose(fact) if not fact.startswith("Written by") else _code(fact) for fact in table_facts(declared, site.lineage.writers.get(declared.name, ()))]
    set_aside = f"A row that breaks a rule that quarantines goes to <code>{escape(declared.quarantine.name)}</code>."
    quarantines = any(rule.severity.name == "QUARANTINE" for rule in declared.rules) and declared.marked
    return dictionary_page(
        declared.name, f"{declared.grain[0].upper()}{declared.grain[1:]}.",
        section("About the table", bullets([*facts, *([set_aside] if quarantines else [])]), f"<p>{site.prose(declared.note)}</p>" if declared.note else ""),
        section("Columns", table(f"Columns of {escape(declared.name)}", ("Column", "Meaning", "Values", "Comes from", "Breaks in series", "Goes into", "Rules"),
                                 ((column_id(c.name), _column(site, declared, c)) for c in declared.all_columns)), _about_origins(site, declared)),
        section("Rules", table(f"Rules of {escape(declared.name)}", ("Rule", "What it does", "A row should have", "Meaning"),
                               ((rule_id(r.name), (f"<code>{escape(r.name)}</code>", what_becomes(r.severity), f"<code>{escape(r.condition)}</code>", site.prose(r.meaning)))
                                for r in declared.rules))) if declared.rules else "",
        section("Made from", listed(made_from, "No job makes it of other tables.")),
        section("What is made from it", listed(made_into, "No job reads it.")),
    )


def _column(site: Site, declared: Table, column: Column) -> list[str]:
    place = (declared.name, column.name)
    kind = f"{escape(type_in_words(column.type))}{', part of the key' if column.name in declared.key else ''}"
    return [
        f'<code>{escape(column.name)}</code><span class="kind">{kind}</span><span class="kind">{in_words(column.sensitivity)}</span>',
        site.prose(column.description),
        _code(values(column)),
        links([site.column_link(p) for p in site.lineage.origins.get(place, ())]),
        links([f"{escape(one.source)} <code>{escape(one.field)}</code> {escape(said)}" for one in breaks.of_column(place, site.lineage, site.sources) for said in one.breaks]),
        links([site.column_link(p) for p in site.lineage.uses.get(place, ())]),
        links([f'<a href="#{rule_id(r.name)}">{escape(r.name)}</a>' for r in declared.rules if _is_about(r, column)]),
    ]


def _is_about(rule: Rule, column: Column) -> bool:
    return re.search(rf"\b{re.escape(column.name)}\b", re.sub(r"'[^']*'", "", rule.condition)) is not None


def _about_origins(site: Site, declared: Table) -> str:
    if not site.lineage.reads.get(declared.name):
        return ""
    return (
        '<p class="note">“Comes from” is filled where the declarations name the column or delivered field. Of the others it is known only what the table as a '
        'whole is made from, <a href="#made-from">below</a>.</p>'
    )


def _code(words: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))
