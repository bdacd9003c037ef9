"""Silver deprivation_of_liberty: one row per council, child and order."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.tables import silver

SELECT = of_children(
    "dolo",
    started_on="british(DOLO_START)",
    ended_on="british(DOLO_END)",
)
"""One row per delivered dolo row."""

job = Job(
    None,
    selects={"ssda903": SELECT},
    reads={"dolo": SOURCES["ssda903"].kind("dolo").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.DEPRIVATION_OF_LIBERTY,
    keep=last_word("record_id", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
