"""Silver nhs_number_merger: one row per superseded NHS number and the number in use now; chains of mergers are followed."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.standardise import dates, nhs_numbers
from cyplink.tables import silver

LONGEST_CHAIN = 4


def build(merger: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered merger."""
    marked = is_withheld(F.col("current_nhs_number"), merger, withheld_nhs_number, pseudonyms)
    numbers = nhs_numbers.checked(nhs_numbers.checked(marked, "superseded_nhs_number", "checked_superseded"), "current_nhs_number", "checked_current")
    return numbers.select(
        F.lit("pds").alias("source"), "controller", "period", F.lit("merger").alias("file_kind"), "delivery_id", "source_row", "is_withheld",
        F.col("checked_superseded").alias("superseded_nhs_number"),
        F.col("checked_current").alias("current_nhs_number"),
        dates.iso(F.col("merged_on")).alias("merged_on"),
    )


LATEST_FOLLOWED = f"""
    with recursive latest as (
        select * from usable
        qualify row_number() over (partition by superseded_nhs_number order by merged_on desc, period desc, delivery_id desc, source_row desc) = 1),
    followed as (
        select superseded_nhs_number, current_nhs_number as reached, 0 as steps from latest
        union all
        select followed.superseded_nhs_number, latest.current_nhs_number, steps + 1
        from followed join latest on followed.reached = latest.superseded_nhs_number where steps < {LONGEST_CHAIN})
    select latest.* replace (reached as current_nhs_number)
    from latest join followed using (superseded_nhs_number) qualify row_number() over (partition by superseded_nhs_number order by steps desc) = 1"""
"""The latest merger of each number, its current number followed through further mergers."""


job = Job(
    build,
    reads={"merger": SOURCES["pds"].kind("merger").bronze, "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER},
    writes=silver.NHS_NUMBER_MERGER,
    keep=LATEST_FOLLOWED,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
