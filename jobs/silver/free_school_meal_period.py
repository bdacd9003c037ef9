"""Silver free_school_meal_period: one row per pupil record and period of eligibility, as the last census that has it says."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.school_census.identity import pupils
from cyplink.sources.school_census.payload import of_pupils
from cyplink.standardise import dates
from cyplink.standardise.texts import code
from cyplink.tables import silver


def build(
    pupilonroll: DataFrame, pupilnolongeronroll: DataFrame, schoolcensus: DataFrame, fsmperiod: DataFrame, fsmperiodsonroll: DataFrame,
    pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per delivered period."""
    return of_pupils(
        {"fsmperiod": fsmperiod, "fsmperiodsonroll": fsmperiodsonroll},
        pupils(pupilonroll, pupilnolongeronroll, schoolcensus, pseudonyms), pseudonyms,
        started_on=dates.collect(F.col("fsmstartdate")),
        ended_on=dates.collect(F.col("fsmenddate")),
        country=code(F.col("ukcountry")),
    )


job = Job(
    build,
    reads={
        name: SOURCES["school_census"].kind(name).bronze
        for name in ("pupilonroll", "pupilnolongeronroll", "schoolcensus", "fsmperiod", "fsmperiodsonroll")
    },
    writes=silver.FREE_SCHOOL_MEAL_PERIOD,
    keep=last_word("record_id", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
