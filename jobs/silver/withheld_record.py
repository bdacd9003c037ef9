"""Silver withheld_record: records that may not be used, whatever NHS number they bear or lack.

An objection or withdrawal under a controller's own id is of the records that every source of this controller has under it. A
withdrawal under a UPN or NHS number finds the council and school records that bear it, and with a council's person record the ids
the council returns the child by. The door (settling) withholds the rows of health records, of withdrawn ones and of those
only whose controller was objected to; a council's record of someone who objected to everything is needed to know the person by.
"""

from cyplink import duck, submit
from cyplink.selected import selected
from cyplink.sources import SOURCES
from cyplink.sources.school_census.evidence import pupils
from cyplink.tables import silver

WITHDRAWN = "withdrawn"
RECORDS_OF = {name: source.health for name, source in SOURCES.items() if name != "objections"}
"""Every source that has records of people, and whether it is a health source."""

_BEARS = " or ".join(f"compact_upn({name}) in (select upn from withdrawn)" for name in ("upn", "formerupn"))

_FOUND = f"""
    withdrawn as (select upn, nhs_number, held_by, local_id from standing where kind = '{WITHDRAWN}'),
    council as (
        select controller, given(pers_person_id) as person_id, given(pers_legacy_id) as legacy_id, compact_upn(pers_upn) as upn,
            compact_number(pers_single_unique_id) as nhs_number
        from ssd_person),
    known as (
        select controller, person_id, legacy_id from council
        where upn in (select upn from withdrawn) or nhs_number in (select nhs_number from withdrawn)
            or exists (from withdrawn where held_by = controller and withdrawn.local_id in (person_id, legacy_id))),
    {pupils(_BEARS)},
    found as (
        select controller, unnest([person_id, legacy_id]) as local_id from known
        union select controller, given(CHILD) from header where compact_upn(UPN) in (select upn from withdrawn)
        union select controller, local_id from pupil)"""
"""Common tables: `found`, ids of council and school records that bear a withdrawn person's UPN, NHS number or, in case management, either
of its two ids."""

SELECT = f"""
    with standing as (select * from objection where ended_on is null), {_FOUND},
    stated as (
        select kind, scope, held_by, local_id from standing
        union all select '{WITHDRAWN}', 'EVERYTHING', controller, local_id from found)
    select hash63(name, held_by, local_id) as record_id, kind as reason,
        bool_or(kind = '{WITHDRAWN}' or coalesce(scope = 'OWN_RECORDS', false) or is_health) as is_met_at_the_door
    from stated, {duck.values(*((name, int(health)) for name, health in RECORDS_OF.items()))} as source_of(name, is_health)
    where local_id is not null group by all"""
"""One row per record and reason; at the door if any statement says so."""

# Every table of records reads it: that it is left alone when a new return withholds nobody new keeps them from being made again.
job = selected(
    SELECT,
    reads={
        "objection": silver.OBJECTION,
        "header": SOURCES["ssda903"].kind("header").bronze,
        "schoolcensus": SOURCES["school_census"].kind("schoolcensus").bronze,
        "pupilonroll": SOURCES["school_census"].kind("pupilonroll").bronze,
        "pupilnolongeronroll": SOURCES["school_census"].kind("pupilnolongeronroll").bronze,
        "ssd_person": SOURCES["case_management"].kind("ssd_person").bronze,
    },
    writes=silver.WITHHELD_RECORD,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
