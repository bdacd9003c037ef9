"""What payload builds share: lineage on delivered rows, and keeping the last word of rows that are delivered again."""

from pyspark.sql import Column
from pyspark.sql import functions as F

LINEAGE = ("controller", "period", "delivery_id", "source_row")


def delivered(source: str, file_kind: str) -> list[Column | str]:
    """Columns that say which delivered row a built row is of."""
    return [F.lit(source).alias("source"), F.lit(file_kind).alias("file_kind"), *LINEAGE]


def last_word(*key: str) -> str:
    """Keep, of the usable rows of each key, that of the latest period; ties by delivery and row, so never by order of arrival. SQL over
    `usable` (see settling.settle)."""
    return f"""
        select * from usable
        qualify row_number() over (partition by {", ".join(key)} order by period desc, delivery_id desc, source_row desc) = 1"""
