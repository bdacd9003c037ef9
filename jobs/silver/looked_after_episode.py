"""Silver looked_after_episode: one row per episode (council, child, DECOM, RNE), as last returned.

An episode open at the end of a return is returned again the next year; the later row has the last word, so that it closes here.
"""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.tables import silver

SELECT = of_children(
    "episodes",
    started_on="british(DECOM)",
    reason_new_episode="code(RNE)",
    ended_on="british(DEC)",
    reason_ceased="code(REC)",
    legal_status="code(LS)",
    need="code(CIN)",
    placement="code(PLACE)",
    placement_provider="code(PLACE_PROVIDER)",
    reason_place_change="code(REASON_PLACE_CHANGE)",
    home_postcode_district="postcode_district(HOME_POST)",
    placement_postcode_district="postcode_district(PL_POST)",
    placement_urn="given(URN)",
    end_is_a_date="given(DEC) is null or british(DEC) is not null",
)
"""One row per delivered episode row."""

job = Job(
    None,
    selects={"ssda903": SELECT},
    reads={"episodes": SOURCES["ssda903"].kind("episodes").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.LOOKED_AFTER_EPISODE,
    keep=last_word("record_id", "started_on", "reason_new_episode"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
