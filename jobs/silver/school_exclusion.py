"""Silver school_exclusion: one row per pupil record and suspension or exclusion."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.school_census.payload import ROLL_FILES, of_pupils
from cyplink.tables import silver

FILES = ("termlyexclusionsonroll", "termlyexclusionsoffroll")

SELECT = of_pupils(
    FILES,
    started_on="collect_date(startdate)",
    category="case when code(category) = 'FIXD' then 'SUSP' else code(category) end",
    sessions="int_number(sessions)",
    reason_1="code(reason1)",
    reason_2="code(reason2)",
    reason_3="code(reason3)",
    sen_provision="code(senprovision)",
)
"""One row per delivered exclusion row."""


job = Job(
    None,
    selects={"school_census": SELECT},
    reads={name: SOURCES["school_census"].kind(name).bronze for name in (*ROLL_FILES, *FILES)},
    writes=silver.SCHOOL_EXCLUSION,
    keep=last_word("record_id", "started_on", "category"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
