"""Silver missing_episode: one row per council, child and time missing or away."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.tables import silver

SELECT = of_children(
    "missing",
    started_on="british(MIS_START)",
    kind="code(MISSING)",
    ended_on="british(MIS_END)",
)
"""One row per delivered missing row."""

job = Job(
    None,
    selects={"ssda903": SELECT},
    reads={"missing": SOURCES["ssda903"].kind("missing").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.MISSING_EPISODE,
    keep=last_word("record_id", "started_on", "kind"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
