"""Silver nhs_number_merger: one row per superseded NHS number and the number in use now; chains of mergers are followed."""

from cyplink import submit
from cyplink.delivered import typed
from cyplink.identity import withheld_among
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.tables import silver

LONGEST_CHAIN = 4

SELECT = f"""
    with withheld as ({withheld_among("current_nhs_number", "merger")})
    {typed(
        "'merger'", "merger",
        superseded_nhs_number="nhs_number_of(superseded_nhs_number)",
        current_nhs_number="nhs_number_of(current_nhs_number)",
        merged_on="iso(merged_on)",
        is_withheld="current_nhs_number is not null and current_nhs_number in (select number from withheld)",
    )}"""
"""One row per delivered merger."""

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
    None,
    selects={"pds": SELECT},
    reads={"merger": SOURCES["pds"].kind("merger").bronze, "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER},
    writes=silver.NHS_NUMBER_MERGER,
    keep=LATEST_FOLLOWED,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
