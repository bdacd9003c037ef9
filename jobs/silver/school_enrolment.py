"""Silver school_enrolment: one row per pupil record and census, on the roll or no longer on it."""

from cyplink import submit
from cyplink.delivered import typed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.school_census.evidence import OFF_ROLL, ON_ROLL
from cyplink.sources.school_census.payload import ROLL_FILES, WITH_RECORDS
from cyplink.tables import silver

SELECT = f"""
    with {WITH_RECORDS},
    phase as (select delivery_id, schoolcensustableid, min(code(phase)) as school_phase from school group by all)
    {typed(
        "file_kind", "of_record left join phase using (delivery_id, schoolcensustableid)",
        record_id="record_id",
        census="period",
        school="given(lea) || '/' || given(estab)",
        school_urn="given(school_urn)",
        school_phase="school_phase",
        enrolment_status="code(enrolstatus)",
        entered_on="collect_date(entrydate)",
        left_on="collect_date(leavingdate)",
        year_group="code(coalesce(ncyearactual, ncyearleaving))",
        sen_provision="code(senprovision)",
        language="code(language)",
        is_part_time="yes_or_no(parttime)",
        post_looked_after="code(plaa)",
        young_carer="code(youngcarer)",
        sessions_possible="int_number(termlysessionspossible)",
        school_is_delivered="estab is not null",
        entered_on_is_a_date="given(entrydate) is null or collect_date(entrydate) is not null",
        left_on_is_a_date=f"file_kind <> '{OFF_ROLL}' or collect_date(leavingdate) is not null",
    )}"""
"""One row per delivered pupil row."""


ON_ROLL_FIRST = f"""
    select * from usable
    qualify row_number() over (partition by record_id, census order by file_kind = '{ON_ROLL}' desc, delivery_id desc, source_row desc) = 1"""
"""A pupil on the roll before a leaver of the same school and census; then the last delivered row."""


job = Job(
    None,
    selects={"school_census": SELECT},
    reads={name: SOURCES["school_census"].kind(name).bronze for name in (*ROLL_FILES, "school")},
    writes=silver.SCHOOL_ENROLMENT,
    keep=ON_ROLL_FIRST,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
