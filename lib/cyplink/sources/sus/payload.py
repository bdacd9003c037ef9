"""What SUS jobs share: files below a spell or an attendance find it, and all fold into one row of it.

A provider that delivers a spell again delivers everything below it again: the latest delivery of the spell has the last word on all of it.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.delivered import delivered, last_word

PARENT = ("token", "record_id", "started_on", "is_withheld")
FOUND_PLACE = ("episode", "place", "value")


def below(rows: DataFrame, kind: str, parents: DataFrame, value: Column, episode: Column, place: Column) -> DataFrame:
    """Rows of a file below `parents` (delivery_id, PRIMARYKEY_ID and PARENT): lineage, the parent's columns (null without one) and what they say.

    `is_delivered` says whether the same delivery holds the parent; `episode` and `place` order the values.
    """
    key = ["delivery_id", "PRIMARYKEY_ID"]
    last = parents.groupBy(*key).agg(*(F.max_by(name, "source_row").alias(name) for name in PARENT), F.lit(True).alias("is_delivered"))
    return rows.join(last, key, how="left").select(
        *delivered("sus", kind), *PARENT, F.coalesce("is_delivered", F.lit(False)).alias("is_delivered"),
        episode.alias("episode"), place.alias("place"), value.alias("value"),
    )


def fold(usable: DataFrame, parent: str, lists: dict[str, str], key: str) -> DataFrame:
    """One row per parent (`key`, its hashed id), as last delivered, with the values of each file below it (`lists`: column by file kind), in order."""
    order = F.struct(*(F.col(name) for name in FOUND_PLACE))
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
