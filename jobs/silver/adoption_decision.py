"""Silver adoption_decision: one row per council, child and decision that the child should be placed for adoption."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.tables import silver

SELECT = of_children(
    "placed_adoption",
    decided_on="british(DATE_PLACED)",
    reversed_on="british(DATE_PLACED_CEASED)",
    reason_reversed="code(REASON_PLACED_CEASED)",
)
"""One row per delivered placed_adoption row."""

job = Job(
    None,
    selects={"ssda903": SELECT},
    reads={"placed_adoption": SOURCES["ssda903"].kind("placed_adoption").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.ADOPTION_DECISION,
    keep=last_word("record_id", "decided_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
