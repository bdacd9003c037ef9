"""Silver special_educational_need: one row per pupil record, spring census and type of need."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.school_census.identity import pupils
from cyplink.sources.school_census.payload import of_pupils
from cyplink.standardise.texts import code, whole_number
from cyplink.tables import silver


def build(pupilonroll: DataFrame, pupilnolongeronroll: DataFrame, schoolcensus: DataFrame, senneeds: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered need."""
    of_whom = pupils(pupilonroll, pupilnolongeronroll, schoolcensus, pseudonyms)
    rank = whole_number(F.col("sentyperank")).cast("int")
    return of_pupils({"senneeds": senneeds}, of_whom, pseudonyms, need=code(F.col("sentype")), rank=rank)


job = Job(
    build,
    reads={name: SOURCES["school_census"].kind(name).bronze for name in ("pupilonroll", "pupilnolongeronroll", "schoolcensus", "senneeds")},
    writes=silver.SPECIAL_EDUCATIONAL_NEED,
    keep=last_word("record_id", "census", "need"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
