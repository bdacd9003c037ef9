"""Linkage anchor: which named record each record without names attaches to, by which step, or why to none."""

from cyplink import submit
from cyplink.linkage.anchors import ANCHORS
from cyplink.selected import selected
from cyplink.tables import linkage, silver

job = selected(
    ANCHORS,
    reads={
        "identity": silver.IDENTITY, "nhs_number_merger": silver.NHS_NUMBER_MERGER,
        "human_decision": linkage.HUMAN_DECISION, "separation": silver.SEPARATION, "sealed_pair": linkage.SEALED_PAIR,
    },
    writes=linkage.ANCHOR,
)

if __name__ == "__main__":
    submit.main(__file__)
