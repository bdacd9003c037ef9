"""Linkage sealed_pair: the pairs of records on the two sides of an adoption seal, found among the records there are now.

A seal is stated on identifiers, so that a record of the former identity that comes years later is met as well. Numbers are
taken after mergers. A record that bears both (a council that wrote the new number on the old record) is on the former side.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.tables import linkage, silver


def build(separation: DataFrame, identity: DataFrame, nhs_number_merger: DataFrame) -> DataFrame:
    """One row per pair of records."""
    seals = separation.where(F.col("kind") == "adoption_seal")
    merged = F.broadcast(nhs_number_merger.select(F.col("superseded_nhs_number").alias("nhs_number"), "current_nhs_number"))
    number = F.coalesce("current_nhs_number", "nhs_number")
    records = identity.select("record_id", "controller", "local_id", "alternative_local_id", "nhs_number").join(merged, "nhs_number", "left").withColumns({"number": number})

    def bearing(column: str) -> DataFrame:
        """Records that bear the seal's number, as `statement_token` and `record_id`."""
        sought = seals.select("statement_token", F.col(column).alias("nhs_number")).join(merged, "nhs_number", "left").select("statement_token", number.alias("number"))
        return records.join(F.broadcast(sought), "number").select("statement_token", "record_id")

    def under(own_id: str) -> DataFrame:
        """The council's records under the seal's child id."""
        children = F.broadcast(seals.where("child_id is not null").select("statement_token", "controller", F.col("child_id").alias(own_id)))
        return records.join(children, ["controller", own_id]).select("statement_token", "record_id")

    former = bearing("former_nhs_number").union(under("local_id")).union(under("alternative_local_id")).distinct()
    new = bearing("new_nhs_number").distinct().join(former, ["statement_token", "record_id"], "left_anti")
    pairs = former.withColumnRenamed("record_id", "one").join(new.withColumnRenamed("record_id", "other"), "statement_token")
    return pairs.select(F.least("one", "other").alias("record_id_l"), F.greatest("one", "other").alias("record_id_r")).distinct()


job = Job(
    build,
    reads={"separation": silver.SEPARATION, "identity": silver.IDENTITY, "nhs_number_merger": silver.NHS_NUMBER_MERGER},
    writes=linkage.SEALED_PAIR,
)

if __name__ == "__main__":
    submit.main(__file__)
