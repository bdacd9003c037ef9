"""Silver free_school_meal_period: one row per pupil record and period of eligibility, as the last census that has it says."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.school_census.payload import ROLL_FILES, of_pupils
from cyplink.tables import silver

FILES = ("fsmperiod", "fsmperiodsonroll")

SELECT = of_pupils(
    FILES,
    started_on="collect_date(fsmstartdate)",
    ended_on="collect_date(fsmenddate)",
    country="code(ukcountry)",
)
"""One row per delivered period."""


job = Job(
    None,
    selects={"school_census": SELECT},
    reads={name: SOURCES["school_census"].kind(name).bronze for name in (*ROLL_FILES, *FILES)},
    writes=silver.FREE_SCHOOL_MEAL_PERIOD,
    keep=last_word("record_id", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
