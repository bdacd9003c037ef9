"""What SUS says of its patients, in Spark's columns, for the one table that still has a build (silver.record_characteristic)."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import LINEAGE
from cyplink.sources.sus.evidence import PATIENTS


def stated(bronze: Mapping[str, DataFrame]) -> DataFrame:
    """What spells, appointments and attendances say of their patients, one row per delivered row: lineage, `file_kind` and the names of PATIENTS."""
    parts = (
        bronze[kind].select(
            F.lit(kind).alias("file_kind"), *LINEAGE, *((F.col(column) if column else F.lit(None).cast("string")).alias(name) for name, column in columns.items()),
        )
        for kind, columns in PATIENTS.items()
    )
    return reduce(DataFrame.unionByName, parts)
