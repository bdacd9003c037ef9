"""Linkage anchor: which named record each record without names attaches to, by which step, or why to none."""

from pyspark.sql import DataFrame

from cyplink import submit
from cyplink.job import Job
from cyplink.linkage.anchors import anchor
from cyplink.tables import linkage, silver


def build(identity: DataFrame, nhs_number_merger: DataFrame, human_decision: DataFrame, sealed_pair: DataFrame) -> DataFrame:
    """One row per record without names."""
    return anchor(identity, nhs_number_merger, human_decision, sealed_pair)


job = Job(
    build,
    reads={
        "identity": silver.IDENTITY, "nhs_number_merger": silver.NHS_NUMBER_MERGER,
        "human_decision": linkage.HUMAN_DECISION, "sealed_pair": linkage.SEALED_PAIR,
    },
    writes=linkage.ANCHOR,
)

if __name__ == "__main__":
    submit.main(__file__)
