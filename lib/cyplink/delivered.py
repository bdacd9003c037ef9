"""What payload builds share: lineage on delivered rows, and keeping the last word of rows that are delivered again."""

from collections.abc import Mapping

from cyplink.tables.model import BROKEN_RULES

FOLDED = "_folded"
"""Which delivered rows a kept row is made of, where of several: an array of (period, file_kind)."""

IN_TIME = "replace(period, '-autumn', '-z')"
"""SQL: a text by which periods sort as time does (sources/calendar.py)."""

LATEST_FIRST = f"{IN_TIME} desc, delivery_id desc, source_row desc"
"""SQL: the order in which the first of several delivered rows has the last word."""

LINEAGE = ("controller", "period", "delivery_id", "source_row")


def typed(file_kind: str, rows: str, **said: str) -> str:
    """SELECT of delivered rows in a table's shape: lineage, `file_kind` (SQL of its name, or of the column that has it), and what is said of each, in SQL
    by name. `rows` is what follows FROM."""
    return f"select {file_kind} as file_kind, {', '.join(LINEAGE)}, {', '.join(f'{sql} as {name}' for name, sql in said.items())} from {rows}"


def record_ids(source: str, rows: str, local_id: str) -> str:
    """SELECT of `local_id` and `record_id`, once for each of the slice's people: `local_id` is SQL of the source's own person id over `rows` (what
    follows FROM). Hashing is dear and the same people come again and again."""
    return f"""
        select local_id, hash63('{source}', controller, local_id) as record_id
        from (select distinct controller, {local_id} as local_id from {rows} where {local_id} is not null)"""


def last_word(*key: str) -> str:
    """Keep, of the usable rows of each key, that of the latest period; ties by delivery and row, so never by order of arrival. SQL over
    `usable` (see settling.settle)."""
    return f"""
        select * from usable
        qualify row_number() over (partition by {", ".join(key)} order by {LATEST_FIRST}) = 1"""


def folded(*key: str, of: str, lists: Mapping[str, str]) -> str:
    """Keep one row per key: the last word of its rows of file kind `of`, with what its rows of other kinds add. SQL over `usable`.

    `lists`: by column of the table, the column of those other rows whose distinct values it gathers, in order. Rows of one kind and key
    are told apart by `part`. A key that has rows of other kinds only has their last word, so that nothing is dropped.
    """
    keys = ", ".join(key)
    gathered = [f"coalesce(list_sort(list(distinct {column}) filter (where {column} is not null)), []) as {name}" for name, column in lists.items()]
    return f"""
        with last as (
            select * from usable qualify row_number() over (partition by {keys}, file_kind, part order by {LATEST_FIRST}) = 1),
        own as (
            select * exclude ({", ".join((*lists.values(), "part", BROKEN_RULES.name))}) from last
            qualify row_number() over (partition by {keys} order by file_kind = '{of}' desc, {LATEST_FIRST}) = 1),
        gathered as (
            select {", ".join((keys, *gathered))}, list_sort(list_distinct(flatten(list({BROKEN_RULES.name})))) as {BROKEN_RULES.name},
                list({{'period': period, 'file_kind': file_kind}}) as {FOLDED}
            from last group by {keys})
        select * from own join gathered using ({keys})"""
