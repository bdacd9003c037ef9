"""Linkage anchor: which named record each record without names attaches to, by which step, or why to none."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.linkage.anchors import anchor
from cyplink.tables import linkage, silver


def build(identity: DataFrame, nhs_number_merger: DataFrame, human_decision: DataFrame, separation: DataFrame, sealed_pair: DataFrame) -> DataFrame:
    """One row per record without names. An order never to link counts as a reviewer's decision does."""
    orders = separation.where("kind = 'never_link'").select("record_id_l", "record_id_r", F.col("kind").alias("decision"))
    return anchor(identity, nhs_number_merger, human_decision.unionByName(orders), sealed_pair)


job = Job(
    build,
    reads={
        "identity": silver.IDENTITY, "nhs_number_merger": silver.NHS_NUMBER_MERGER,
        "human_decision": linkage.HUMAN_DECISION, "separation": silver.SEPARATION, "sealed_pair": linkage.SEALED_PAIR,
    },
    writes=linkage.ANCHOR,
)

if __name__ == "__main__":
    submit.main(__file__)
