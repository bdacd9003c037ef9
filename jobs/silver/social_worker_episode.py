"""Silver social_worker_episode: one row per council, child and social worker."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.tables import silver

SELECT = of_children(
    "sw_episodes",
    started_on="partial_date(SW_DECOM)",
    social_worker_token="hash63('social_worker', controller, code(SW_ID))",
    ended_on="partial_date(SW_DEC)",
    reason="code(SW_REASON)",
)
"""One row per delivered sw_episodes row."""

job = Job(
    None,
    selects={"ssda903": SELECT},
    reads={"sw_episodes": SOURCES["ssda903"].kind("sw_episodes").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.SOCIAL_WORKER_EPISODE,
    keep=last_word("record_id", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
