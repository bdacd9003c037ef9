"""Silver alternative_provision: one row per pupil record, census and entry: arranged by the pupil's school, or on the roll of a provision."""

from cyplink import submit
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.school_census.payload import ROLL_FILES, of_pupils
from cyplink.tables import silver

FILES = tuple(f"{part}{roll}" for part in ("schoolarrangedapdetail", "approvisiondetail") for roll in ("onroll", "offroll"))

SELECT = of_pupils(
    FILES,
    kind="case when file_kind like 'schoolarranged%' then 'arranged_by_school' else 'in_provision' end",
    reason="code(coalesce(placementreason, apreason))",
    is_for_mental_health="code(coalesce(placementreason, apreason)) = 'MHN'",
    setting_type="code(apsettingtype)",
    provider_urn="given(urn)",
    provider_ukprn="given(ukprn)",
    previous_urn="given(prevurn)",
    started_on="collect_date(entrydate)",
    ended_on="collect_date(leavingdate)",
    sessions_per_week="int_number(apsessionsperweek)",
    attendance_pattern="code(apattendancepattern)",
    sen_provision_on_entry="code(senprovisionentry)",
    sen_provision_on_leaving="code(senprovisionleaving)",
)
"""One row per delivered placement or entry reason."""


NUMBERED = """
    select *, row_number() over (
        partition by record_id, census order by kind, started_on nulls first, file_kind, delivery_id, source_row)::integer as entry
    from usable"""
"""Every row, numbered within the pupil and census."""


job = Job(
    None,
    selects={"school_census": SELECT},
    reads={name: SOURCES["school_census"].kind(name).bronze for name in (*ROLL_FILES, *FILES)},
    writes=silver.ALTERNATIVE_PROVISION,
    keep=NUMBERED,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
