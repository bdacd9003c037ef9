"""What SUS jobs share: files below a spell or an attendance find it, and all fold into one row of it.

A provider that delivers a spell again delivers everything below it again: the latest delivery of the spell has the last word on all of it.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cyplink.delivered import delivered, last_word
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


def fold(usable: DataFrame, parent: str, lists: dict[str, str], key: str) -> DataFrame:
    """One row per parent (`key`, its hashed id), as last delivered, with the values of each file below it (`lists`: column by file kind), in order."""
    order = F.struct(*VALUE)
    gathered = {column: F.transform(F.array_sort(F.collect_list(F.when(_is(kind) & F.col("value").isNotNull(), order))), lambda one: one["value"]) for kind, column in lists.items()}
    below_it = usable.where(~_is(parent)).groupBy(key, "delivery_id").agg(
        *(values.alias(column) for column, values in gathered.items()), F.flatten(F.collect_list("broken_rules")).alias("_broken_below")
    )
    none = F.array().cast("array<string>")
    parents = last_word("controller", key)(usable.where(_is(parent))).join(below_it, [key, "delivery_id"], how="left")
    broken = F.array_sort(F.array_distinct(F.concat("broken_rules", F.coalesce("_broken_below", none))))
    # Without file_kind: what was folded in is kept as well, and counted so.
    return parents.withColumns({**{column: F.coalesce(column, none) for column in gathered}, "broken_rules": broken}).drop("_broken_below", "file_kind")


def _is(kind: str) -> Column:
    return F.col("file_kind") == kind
