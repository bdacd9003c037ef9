"""Silver previous_permanence: one row per council and child whose care began, as last returned."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.tables import silver

SELECT = of_children(
    "prev_perm",
    previous_permanence="code(PREV_PERM)",
    arranged_by="code(LA_PERM)",
    ordered_by_on="partial_date(DATE_PERM)",
    ordered_on_is_exact="case when partial_date(DATE_PERM) is not null then british(DATE_PERM) is not null end",
)
"""One row per delivered prev_perm row."""

job = Job(
    None,
    selects={"ssda903": SELECT},
    reads={"prev_perm": SOURCES["ssda903"].kind("prev_perm").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.PREVIOUS_PERMANENCE,
    keep=last_word("record_id"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
