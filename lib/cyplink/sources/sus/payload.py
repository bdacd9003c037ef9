"""What SUS jobs share: files below a spell or an attendance find it, and all fold into one row of it. SQL over bronze.

A provider that delivers a spell again delivers everything below it again: the latest delivery of the spell has the last word on all of it.
"""

from cyplink.delivered import record_ids, typed
from cyplink.identity import withheld_among
from cyplink.sources.sus.evidence import STATED

SAID_OF_PARENT = ("token", "record_id", "started_on", "is_withheld")
VALUE = ("episode", "place", "value")

AT_THE_DOOR = f"""
    {STATED},
    withheld as ({withheld_among("nhs_number", "stated")}),
    -- Who may not be used: patients whose NHS number is withheld in any row of any file.
    withheld_patient as (select distinct patient_key from stated where nhs_number in (select number from withheld)),
    known as ({record_ids("sus", "stated", "given(local_id)")})"""
"""Common tables that `patients_of` reads."""


def patients_of(kind: str) -> str:
    """SELECT of the rows of a file with `record_id` and `is_withheld`: of a patient who may not be used, or one whose identity the provider withheld, with
    a reason or a category. Also `source_row` and the columns of the file."""
    return f"""
        select {kind}.*, record_id, is_anonymous or coalesce(patient_key in (select patient_key from withheld_patient), false) as is_withheld
        from {kind} join (select delivery_id, source_row, patient_key, is_anonymous, given(local_id) as local_id from stated where file_kind = '{kind}') as whose
            using (delivery_id, source_row)
            left join known on known.local_id = whose.local_id"""


def below(kind: str, value: str, episode: str, place: str) -> str:
    """SELECT of rows of a file below a spell or attendance: lineage, PRIMARYKEY_ID and one value each; `episode` and `place` order the values."""
    return typed(f"'{kind}'", kind, PRIMARYKEY_ID="PRIMARYKEY_ID", value=value, episode=f"cast({episode} as bigint)", place=place)


def with_parents(parents: str, below: str, token: str, started_on: str) -> str:
    """SELECT of the rows of `parents` (a common table with SAID_OF_PARENT) and of `below`, which find theirs by PRIMARYKEY_ID in the same delivery, the last
    of two; with `is_delivered`, whether there is one, and the parent's token and first day called `token` and `started_on`."""
    said = ", ".join(SAID_OF_PARENT)
    renamed = f"token as {token}, started_on as {started_on}"
    return f"""
        select * exclude (PRIMARYKEY_ID, token, started_on), {renamed}, true as is_delivered from {parents}
        union all by name
        select below.* exclude (PRIMARYKEY_ID), parent.* exclude (delivery_id, PRIMARYKEY_ID, token, started_on), {renamed}, parent.delivery_id is not null as is_delivered
        from ({below}) as below left join (
            select distinct on (delivery_id, PRIMARYKEY_ID) delivery_id, PRIMARYKEY_ID, {said} from {parents} where given(PRIMARYKEY_ID) is not null
            order by delivery_id, PRIMARYKEY_ID, source_row desc) as parent using (delivery_id, PRIMARYKEY_ID)"""


def fold(parent: str, lists: dict[str, str], key: str) -> str:
    """One row per parent (`key`, its hashed id), as last delivered, with the values of each file below it (`lists`: column by file kind), in
    order. SQL over `usable`. Without file_kind: what was folded in is kept as well, and counted so."""
    gathered = [
        f"coalesce(list(value order by episode nulls first, place nulls first, value) filter (where file_kind = '{kind}' and value is not null), []) as {column}"
        for kind, column in lists.items()
    ]
    return f"""
        with parent as (
            select * exclude (file_kind, {", ".join(VALUE)}) from usable where file_kind = '{parent}'
            qualify row_number() over (partition by controller, {key} order by period desc, delivery_id desc, source_row desc) = 1),
        below as (
            select {key}, delivery_id, {", ".join(gathered)}, flatten(list(broken_rules)) as broken
            from usable where file_kind <> '{parent}' group by {key}, delivery_id)
        select parent.* replace (list_sort(list_distinct(list_concat(parent.broken_rules, coalesce(below.broken, [])))) as broken_rules),
            {", ".join(f"coalesce(below.{column}, []) as {column}" for column in lists.values())}
        from parent left join below using ({key}, delivery_id)"""
