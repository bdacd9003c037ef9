"""Records as the model compares them: one row per named record of silver.identity, in DuckDB, with its blocking keys.

Superseded NHS numbers are replaced by the current one before anything is compared; a record whose number was replaced
has another version than silver gave it, so that a new merger is scored like any other change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from cyplink import duck

IDENTITY_COLUMNS = (
    "record_id", "record_version", "source", "forename", "surname", "forenames", "surnames", "date_of_birth",
    "date_of_birth_quality", "sex", "postcodes", "uprns", "nhs_number", "upn", "upns", "is_named",
)

KEY_BITS = 58

CURRENT = """
    select i.* exclude (record_version), coalesce(m.current_nhs_number, i.nhs_number) as resolved,
           case when m.current_nhs_number is null then record_version else xor(record_version, m.current_nhs_number) end as record_version
    from identity i left join merger m on i.nhs_number = m.superseded_nhs_number
    where i.is_named
"""


@dataclass(frozen=True)
class BlockingRule:
    """Records that share a key of a rule are compared. `keys` is SQL giving a list of texts, nulls left out.

    A block over budget is split by `REFINEMENT`, part of the model version (DESIGN §4.2).
    """

    number: int
    name: str
    keys: str


REFINEMENT = "'/' || coalesce(sex, '') || coalesce(forename[1], '') || coalesce(birth_year::varchar, '')"

@dataclass(frozen=True)
class Further:
    """A column that a table has beside those of silver.identity, and how it is compared: `same` or not, `alike` in spelling, or `near` (numbers
    no more than `within` apart). Table `record` has it as `name`."""

    column: str
    kind: str
    name: str = ""
    within: float = 0.0


BLOCKING_RULES = (
    BlockingRule(1, "nhs_number", "[nhs_number::varchar]"),
    BlockingRule(2, "upn", "upns"),
    BlockingRule(3, "names and birth date, in any order", "[least(forename, surname) || '|' || greatest(forename, surname) || '|' || dob_text]"),
    BlockingRule(4, "birth date and postcode", "[p || '|' || dob_text for p in postcodes]"),
    BlockingRule(5, "birth date and property", "[u::varchar || '|' || dob_text for u in uprns]"),
    BlockingRule(6, "forename and birth date", "[f || '|' || dob_text for f in forenames]"),
    BlockingRule(7, "surname and birth date", "[s || '|' || dob_text for s in surnames]"),
    BlockingRule(8, "surname, postcode and birth year", "[surname || '|' || p || '|' || birth_year for p in postcodes]"),
    BlockingRule(9, "forename and postcode", "[forename || '|' || p for p in postcodes]"),
    BlockingRule(10, "names and birth year", "[forename || '|' || surname || '|' || birth_year]"),
    BlockingRule(11, "names and birth day", "[forename || '|' || surname || '|' || right(dob_text, 4)]"),
)


def _consonants(column: str) -> str:
    """SQL for a name with double letters once, then without vowels, H and Y but for a vowel in front, which is A: what
    transliterations of one name share.

    In that order: MOHAMMED, MUHAMAD and MOHAMED differ only in what is doubled, and M stands on either side of a vowel. AYESHA
    and AISHA keep their A, without which they would be the one letter S.
    """
    single = column
    for letter in "DKLMNRSTZ":
        single = f"replace({single}, '{letter * 2}', '{letter}')"
    return f"case when left({column}, 1) in ('A', 'E', 'I', 'O', 'U') then 'A' else '' end || translate({single}, 'AEIOUYH ', '')"


def _named(further: Sequence[Further], only: str) -> str:
    return f"""
create or replace table record as
with resolved as ({CURRENT} {f"and record_id in ({only})" if only else ""})
select
    {"".join(f"{one.name}, " for one in further)}record_id, record_version, source, forename, surname,
    coalesce(forenames, []) as forenames, coalesce(surnames, []) as surnames,
    {_consonants("forename")} as forename_skeleton, {_consonants("surname")} as surname_skeleton,
    date_of_birth as dob, strftime(date_of_birth, '%Y%m%d') as dob_text, year(date_of_birth) as birth_year,
    coalesce(date_of_birth_quality, 'recorded') <> 'recorded' as has_default_dob, sex,
    coalesce(postcodes, []) as postcodes,
    list_distinct([left(p, -2) for p in coalesce(postcodes, [])]) as sectors,
    list_distinct([left(p, -3) for p in coalesce(postcodes, [])]) as districts,
    coalesce(uprns, []) as uprns,
    nhs_number as stated_nhs_number, resolved as nhs_number, upn, coalesce(upns, []) as upns
from resolved
order by record_id
"""


def open_connection(threads: int, memory: str = "") -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory, of which it holds no more than `memory`, whose results do not depend on `threads`."""
    connection = duckdb.connect()
    connection.execute(f"set threads={int(threads)}; set enable_progress_bar=false; set preserve_insertion_order=false")
    duck.limit_memory(connection, memory)
    return connection


def open_identity(connection: duckdb.DuckDBPyConnection, identity: object, mergers: object) -> None:
    """Give the connection silver.identity as `identity` and silver.nhs_number_merger as `merger` (Arrow tables or datasets).

    Raises ValueError when a column of silver.identity is missing.
    """
    connection.register("identity", identity)
    connection.register("merger", mergers)
    present = {row[0] for row in connection.execute("describe select * from identity").fetchall()}
    if missing := sorted(set(IDENTITY_COLUMNS) - present):
        raise ValueError(f"silver.identity lacks {missing}, which linkage compares; rebuild silver.")


def make_records(connection: duckdb.DuckDBPyConnection, identity: object, mergers: object, further: Sequence[Further] = ()) -> int:
    """Make table `record` of all named records, with `further` columns of silver.identity (see open_identity); returns how many there are."""
    open_identity(connection, identity, mergers)
    return select_records(connection, further=further)


def select_records(connection: duckdb.DuckDBPyConnection, only: str = "", further: Sequence[Further] = ()) -> int:
    """Make table `record` from the `identity` and `merger` of the connection, of the records alone whose ids the SELECT `only` gives, where one is
    given; returns how many there are."""
    connection.execute(_named(further, only))
    return int(connection.execute("select count(*) from record").fetchall()[0][0])


def key_sql(rule: BlockingRule) -> str:
    """SQL giving the list of a record's keys under the rule: the rule's number in the top bits, a hash below."""
    mask = (1 << KEY_BITS) - 1
    return (
        f"[(hash(k) & {mask})::bigint + {rule.number << KEY_BITS} "
        f"for k in ({rule.keys}) if k is not null]"
    )


def add_block_keys(connection: duckdb.DuckDBPyConnection, refined: pa.Table, rules: Sequence[BlockingRule] = BLOCKING_RULES) -> None:
    """Make table `record` table `keyed`: with `block_keys`, the keys of `refined` (rule, key) split further."""
    unrefined = " , ".join(f"coalesce({key_sql(rule)}, [])" for rule in rules)
    connection.execute(f"create or replace table keyed as select *, list_distinct(flatten([{unrefined}])) as block_keys from record")
    connection.execute("drop table record")  # or everything is held twice
    if not refined.num_rows:
        return
    mask = (1 << KEY_BITS) - 1
    connection.register("refined_text", refined)
    connection.execute(
        f"create or replace table refined_key as select rule, (hash(key) & {mask})::bigint + rule::bigint * {1 << KEY_BITS} as key from refined_text"
    )
    split = f"(hash(key::varchar || {REFINEMENT}) & {mask})::bigint + (key >> {KEY_BITS}) * {1 << KEY_BITS}"
    connection.execute(f"""
        create or replace table refined_record as
        with one as (select record_id, sex, forename, birth_year, unnest(block_keys) as key from keyed)
        select record_id, list({split}) as finer, list(key) as coarser
        from one where key in (select key from refined_key) group by record_id
    """)
    connection.execute("""
        create or replace table keyed as
        select k.* exclude (block_keys),
               list_distinct(list_concat([b for b in k.block_keys if not list_contains(coalesce(r.coarser, []), b)], coalesce(r.finer, []))) as block_keys
        from keyed k left join refined_record r using (record_id)
    """)


def count_blocks(connection: duckdb.DuckDBPyConnection, rules: Sequence[BlockingRule] = BLOCKING_RULES) -> list[dict[str, int | str]]:
    """Per rule of table `keyed`: blocks, pairs made, and records and pairs of the biggest block."""
    rows = connection.execute(f"""
        with one as (select unnest(block_keys) as key from keyed),
             block as (select key, count(*) as n from one group by key)
        select key >> {KEY_BITS}, count(*), sum(n * (n - 1) // 2), max(n), max(n * (n - 1) // 2) from block group by 1 order by 1
    """).fetchall()
    names = {rule.number: rule.name for rule in rules}
    return [
        {"rule": int(r), "name": names[int(r)], "blocks": int(b), "pairs": int(p), "biggest_block": int(m), "biggest_pairs": int(q)}
        for r, b, p, m, q in rows
    ]


def oversized_blocks(connection: duckdb.DuckDBPyConnection, budget: int, rules: Sequence[BlockingRule] = BLOCKING_RULES) -> pa.Table:
    """Blocks of table `record` making more than `budget` pairs: rule INT, key TEXT (a name or address: identifying), records."""
    parts = " union all ".join(
        f"select {rule.number} as rule, unnest({rule.keys}) as key from record" for rule in rules
    )
    return connection.sql(
        f"select rule, key, count(*) as records from ({parts}) where key is not null group by rule, key "
        f"having count(*) * (count(*) - 1) // 2 > {int(budget)} order by rule, key"
    ).to_arrow_table()
