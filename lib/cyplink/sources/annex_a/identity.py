"""Who Annex A says its children are: the council's child id, birth date and sex; no names. List 8 adds where a child is placed."""


from pyspark.sql import Column
from pyspark.sql import functions as F

from cyplink.sources.annex_a import SOURCE
from cyplink.standardise import dates

ACCOUNTED_HERE = tuple(kind.name for kind in SOURCE.file_kinds if kind.accounted_in == "silver.identity")
_STATED = ("child_unique_id", "gender", "date_of_birth")
_PLACED = ("placement_postcode", "placement_start_date", "looked_after_end_date")


def day(column: Column) -> Column:
    """A date cell (ISO text in bronze) or a date typed as text, dd/mm/yyyy, as DATE; null when it is no date."""
    return F.coalesce(dates.iso(column), dates.british(column))
