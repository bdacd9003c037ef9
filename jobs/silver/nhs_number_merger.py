"""Silver nhs_number_merger: one row per superseded NHS number and the number in use now; chains of mergers are followed."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.standardise import dates, nhs_numbers
from cyplink.tables import silver

LONGEST_CHAIN = 4


def build(merger: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered merger."""
    marked = is_withheld(F.col("current_nhs_number"), merger, withheld_nhs_number, pseudonyms)
    return marked.select(
        F.lit("pds").alias("source"), "controller", "period", F.lit("merger").alias("file_kind"), "delivery_id", "source_row", "is_withheld",
        nhs_numbers.parse(F.col("superseded_nhs_number")).alias("superseded_nhs_number"),
        nhs_numbers.parse(F.col("current_nhs_number")).alias("current_nhs_number"),
        dates.iso(F.col("merged_on")).alias("merged_on"),
    )


def latest_followed(rows: DataFrame) -> DataFrame:
    """The latest merger of each number, its current number followed through further mergers."""
    order = F.struct(F.col("merged_on"), "period", "delivery_id", "source_row")
    lineage = [F.max_by(name, order).alias(name) for name in rows.columns if name not in ("superseded_nhs_number", "source", "controller")]
    latest = rows.groupBy("source", "controller", "superseded_nhs_number").agg(*lineage)
    step = latest.select(F.col("superseded_nhs_number").alias("_from"), F.col("current_nhs_number").alias("_to"))
    for _ in range(LONGEST_CHAIN):
        latest = (
            latest.join(F.broadcast(step), latest["current_nhs_number"] == step["_from"], how="left")
            .withColumns({"current_nhs_number": F.coalesce("_to", "current_nhs_number")}).drop("_from", "_to")
        )
    return latest


job = Job(
    build,
    reads={"merger": SOURCES["pds"].kind("merger").bronze, "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER},
    writes=silver.NHS_NUMBER_MERGER,
    keep=latest_followed,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
