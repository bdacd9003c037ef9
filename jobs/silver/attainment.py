"""Silver attainment: one row per pupil record, academic year, stage and measure."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.attainment import MEASURES
from cyplink.sources.attainment.identity import pupils
from cyplink.standardise.texts import given
from cyplink.tables import silver


def build(eyfsp: DataFrame, ks2: DataFrame, ks4: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered pupil, with `results`: every measure of the stage that is given."""
    results = [
        F.when(given(F.col(measure)).isNotNull(), F.struct(F.lit(measure.lower()).alias("measure"), given(F.col(measure)).alias("result")))
        for measures in MEASURES.values() for measure in measures
    ]
    return pupils({"eyfsp": eyfsp, "ks2": ks2, "ks4": ks4}, pseudonyms).select(
        *delivered("attainment", F.col("file_kind")),
        pseudonyms.record_id(F.lit("attainment"), "controller", "local_id").alias("record_id"),
        F.col("period").alias("academic_year"),
        F.upper("file_kind").alias("stage"),
        F.array_compact(F.array(*results)).alias("results"),
    )


BY_MEASURE = f"""
    select * exclude (file_kind, results, one), one.measure as measure, one.result as result, try_cast(one.result as double) as score
    from (select *, unnest(results) as one from ({last_word("record_id", "academic_year", "stage")}))"""
"""The last row of a pupil, year and stage, as one row per measure."""


job = Job(
    build,
    reads={name: SOURCES["attainment"].kind(name).bronze for name in ("eyfsp", "ks2", "ks4")},
    writes=silver.ATTAINMENT,
    keep=BY_MEASURE,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
