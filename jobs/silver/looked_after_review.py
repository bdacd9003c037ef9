"""Silver looked_after_review: one row per council, child and day of review."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.tables import silver

SELECT = of_children(
    "reviews",
    reviewed_on="british(REVIEW)",
    participation="code(REVIEW_CODE)",
)
"""One row per delivered review row."""

job = Job(
    None,
    selects={"ssda903": SELECT},
    reads={"reviews": SOURCES["ssda903"].kind("reviews").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.LOOKED_AFTER_REVIEW,
    keep=last_word("record_id", "reviewed_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
