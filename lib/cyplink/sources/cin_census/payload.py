"""Rows of a CIN census table as silver has them: whose they are, where they came from, and what the caller reads from them. SQL over bronze."""

from cyplink.delivered import record_ids, typed
from cyplink.duck import literal
from cyplink.sources.xml_layout import LIST_SEPARATOR


def known_children(*file_kinds: str) -> str:
    """Common table: `known`, the record of each child of these files, by `local_id`."""
    rows = " union ".join(f"select controller, LAchildID from {name}" for name in file_kinds)
    return f"known as ({record_ids('cin_census', f'({rows})', 'given(LAchildID)')})"


def of_children(file_kind: str, **said: str) -> str:
    """SELECT of one row per delivered row: lineage, `record_id`, `referred_on` and the columns of `said`, each in SQL. It reads `known`."""
    return typed(
        f"'{file_kind}'", f"(select {file_kind}.*, record_id from {file_kind} left join known on local_id = given(LAchildID))",
        record_id="record_id", referred_on="iso(CINreferralDate)", **said,
    )


def codes(column: str) -> str:
    """SQL of the codes of a list column in order, each once; null where it is blank."""
    return _each(column, "code")


def days(column: str) -> str:
    """SQL of the dates of a list column in order, each once; null where it is blank."""
    return _each(column, "iso")


def _each(column: str, macro: str) -> str:
    listed = f"list_transform(string_split({column}, {literal(LIST_SEPARATOR)}), lambda one: {macro}(one))"
    return f"case when given({column}) is not null then list_sort(list_distinct(list_filter({listed}, lambda one: one is not null))) end"


def is_a_date(column: str) -> str:
    """SQL of whether the column, where given, is a date."""
    return f"given({column}) is null or iso({column}) is not null"
