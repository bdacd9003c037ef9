"""What SUS jobs share: files below a spell or an attendance find it, and all fold into one row of it.

A provider that delivers a spell again delivers everything below it again: the latest delivery of the spell has the last word on all of it.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cyplink.delivered import delivered
from cyplink.standardise.texts import given

SAID_OF_PARENT = ("token", "record_id", "started_on", "is_withheld")
VALUE = ("episode", "place", "value")


def below(rows: DataFrame, kind: str, value: Column, episode: Column, place: Column) -> DataFrame:
    """Rows of a file below a spell or attendance: lineage, PRIMARYKEY_ID and one value each; `episode` and `place` order the values."""
    return rows.select(*delivered("sus", kind), "PRIMARYKEY_ID", value.alias("value"), episode.cast("bigint").alias("episode"), place.alias("place"))


def with_parents(rows: DataFrame, parent: str) -> DataFrame:
    """Rows of several files with SAID_OF_PARENT, which only those of kind `parent` have themselves, of the row of that kind with their PRIMARYKEY_ID
    in the same delivery; and `is_delivered`: whether there is one."""
    own = F.struct("source_row", *SAID_OF_PARENT)
    is_keyed = given(F.col("PRIMARYKEY_ID")).isNotNull()
    of_key = F.max(F.when(_is(parent) & is_keyed, own)).over(Window.partitionBy("delivery_id", "PRIMARYKEY_ID"))
    found = rows.withColumns({"_parent": F.when(_is(parent), own).otherwise(F.when(is_keyed, of_key))})
    return found.withColumns({**{name: F.col(f"_parent.{name}") for name in SAID_OF_PARENT}, "is_delivered": F.col("_parent").isNotNull()}).drop("_parent", "PRIMARYKEY_ID")


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


def _is(kind: str) -> Column:
    return F.col("file_kind") == kind
