"""Linkage anchor: which named record each record without names attaches to, by which step, or why to none."""

from pyspark.sql import DataFrame

from cyplink import submit
from cyplink.job import Job
from cyplink.linkage.anchors import anchor
from cyplink.tables import linkage, silver


def build(identity: DataFrame, nhs_number_merger: DataFrame) -> DataFrame:
    """One row per record without names."""
    return anchor(identity, nhs_number_merger)


job = Job(build, reads={"identity": silver.IDENTITY, "nhs_number_merger": silver.NHS_NUMBER_MERGER}, writes=linkage.ANCHOR)

if __name__ == "__main__":
    submit.main(__file__)
