"""Silver special_educational_need: one row per pupil record, spring census and type of need."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.school_census.payload import ROLL_FILES, of_pupils
from cyplink.tables import silver

SELECT = of_pupils(("senneeds",), need="code(sentype)", rank="int_number(sentyperank)")
"""One row per delivered need."""


job = Job(
    None,
    selects={"school_census": SELECT},
    reads={name: SOURCES["school_census"].kind(name).bronze for name in (*ROLL_FILES, "senneeds")},
    writes=silver.SPECIAL_EDUCATIONAL_NEED,
    keep=last_word("record_id", "census", "need"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
