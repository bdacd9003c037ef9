"""Linkage person_link: record to person, one row per record, with step, match weight, margin and status.

An anchored record carries its anchor's weight and margin. A person any of whose records is withheld is withheld.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.tables import linkage, silver

BY_MODEL = "linked by the model"
ALONE = {"single": "no other record is likely the same person", "review": "awaits a reviewer: equally good candidates, or a union a constraint refused"}


def build(
    cluster: DataFrame, person_event: DataFrame, anchor: DataFrame, identity: DataFrame, withheld_nhs_number: DataFrame, withheld_record: DataFrame,
    pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per record of silver.identity."""
    strengths = cluster.select(F.col("record_id").alias("anchor_record_id"), F.col("match_weight").alias("anchor_weight"), F.col("margin").alias("anchor_margin"))
    links = (
        cluster.join(current_person(person_event), "record_id", how="inner")
        .join(anchor, "record_id", how="left")
        .join(strengths, "anchor_record_id", how="left")
        .join(withheld_records(identity, withheld_nhs_number, withheld_record, pseudonyms), "record_id", how="left")
    )
    is_anchored = F.col("status") == "anchored"
    return links.select(
        "record_id", "person_id", "status", "model_version",
        F.when(is_anchored, F.col("step")).when(_is_with_others(), F.lit(0)).alias("step"),
        F.when(F.col("status").isin("anchored", "unanchored"), F.col("reason"))
        .when(_is_with_others(), F.lit(BY_MODEL))
        .otherwise(F.element_at(F.create_map(*(F.lit(x) for pair in ALONE.items() for x in pair)), F.col("status")))
        .alias("step_reason"),
        F.when(is_anchored, F.col("anchor_weight")).otherwise(F.col("match_weight")).alias("match_weight"),
        F.when(is_anchored, F.col("anchor_margin")).otherwise(F.col("margin")).alias("margin"),
        F.coalesce(F.bool_or("is_withheld").over(Window.partitionBy("person_id")), F.lit(False)).alias("is_withheld"),
    )


def _is_with_others() -> Column:
    return F.col("match_weight").isNotNull()


def current_person(person_event: DataFrame) -> DataFrame:
    """record_id and person_id as the ledger leaves them: the last joining of each record that it has not left since."""
    last = F.max_by(F.struct("event", "person_id"), F.struct("sequence", F.col("event") == "joined"))
    moves = person_event.where("record_id <> 0").groupBy("record_id").agg(last.alias("last"))
    return moves.where("last.event = 'joined'").select("record_id", "last.person_id")


def withheld_records(identity: DataFrame, withheld_nhs_number: DataFrame, withheld_record: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """Records whose NHS number, or which themselves, are withheld (none of them health records: those were met at the door)."""
    numbered = is_withheld(F.col("nhs_number"), identity.where("nhs_number is not null").select("record_id", "nhs_number"), withheld_nhs_number, pseudonyms)
    of_objectors = withheld_record.select("record_id")
    return numbered.where("is_withheld").select("record_id").union(of_objectors).distinct().withColumns({"is_withheld": F.lit(True)})


job = Job(
    build,
    reads={
        "cluster": linkage.CLUSTER, "person_event": linkage.PERSON_EVENT, "anchor": linkage.ANCHOR, "identity": silver.IDENTITY,
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER, "withheld_record": silver.WITHHELD_RECORD,
    },
    writes=linkage.PERSON_LINK,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
