"""What the links are for, against the synthetic truth: who is found in the other sector, and who is taken for one who must be kept apart."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from cyplink import duck
from cyplink.linkage.truth import AGES_ON, true_local_ids
from cyplink.people import IS_IN_GOLD

SCHOOL_AGE = (5, 15)
"""Ages at which everybody must be in education (Education Act 1996, section 8), in whole years on AGES_ON."""

_AGE = f"date_sub('year', date_of_birth, date '{AGES_ON}')"

# `held`: a row for each true person and person id that has records of theirs. Who is told apart by the truth and shares an id is `together`.
_HELD = f"""
    select truth_person_id, person_id, bool_or(source = 'school_census') as has_school, bool_or(source = 'mhsds') as has_mental_health, bool_or(source = 'pds') as has_spine
    from identity join true_record using (source, controller, local_id) join person_link using (record_id)
    where {IS_IN_GOLD} group by all"""

_COUNTED = f"""
    with found as (
        select truth_person_id, bool_or(has_school) as is_pupil, bool_or(has_mental_health) as is_patient, bool_or(has_spine) as is_on_spine,
            bool_and(not has_school or has_spine) as school_on_spine, bool_and(not has_mental_health or has_school) as patient_in_school
        from held group by truth_person_id),
    present as (select *, {_AGE} between {SCHOOL_AGE[0]} and {SCHOOL_AGE[1]} as is_of_school_age from found join true_person using (truth_person_id)),
    together as (
        select distinct l.truth_person_id as one, r.truth_person_id as other
        from held as l join held as r on l.person_id = r.person_id and l.truth_person_id < r.truth_person_id),
    joined as (
        select l.multiple_birth_id = r.multiple_birth_id as are_twins, l.mother_id = r.mother_id as are_of_one_mother,
            l.former_person_id = other or r.former_person_id = one as are_sealed
        from together join present as l on l.truth_person_id = one join present as r on r.truth_person_id = other),
    twins as (select count(*) as n from present where multiple_birth_id is not null group by multiple_birth_id),
    children as (select count(*) as n from present where mother_id is not null group by mother_id),
    twins_of_one as (select count(*) as n from present where mother_id is not null and multiple_birth_id is not null group by mother_id, multiple_birth_id),
    adopted as (select count(*) as n from present as now join present as former on now.former_person_id = former.truth_person_id)
    select 'pupils_found_on_the_spine', count(*), count(*) filter (school_on_spine) from present where is_pupil and is_on_spine
    union all
    select 'patients_found_in_school', count(*), count(*) filter (patient_in_school) from present where is_patient and is_pupil and is_of_school_age
    union all
    select 'twins_joined', (select sum(n * (n - 1) // 2) from twins), (select count(*) from joined where are_twins)
    union all
    select 'siblings_joined', (select sum(n * (n - 1) // 2) from children) - (select coalesce(sum(n * (n - 1) // 2), 0) from twins_of_one),
        (select count(*) from joined where are_of_one_mother and are_twins is not true)
    union all
    select 'adoptions_rejoined', (select n from adopted), (select count(*) from joined where are_sealed)"""


@dataclass(frozen=True)
class Reached:
    """How many people or pairs of people a measure of gold.LINKAGE_GOALS is about, and how many of them are found, or joined."""

    measure: str
    counted: int
    found: int


def goals(connection: duckdb.DuckDBPyConnection, truth: str) -> list[Reached]:
    """Each measure of gold.LINKAGE_GOALS, of people in gold. The connection has `identity`, `person_link` and hash63; `truth` is the folder of the truth.

    A person who is found has no record left out: a pupil of two schools of whom one record stands apart is not found.
    """
    people = duck.literal(str(Path(truth) / "person.parquet"))
    connection.execute(f"create temp view true_record as {true_local_ids(truth)}")
    connection.execute(f"create temp table held as {_HELD}")
    connection.execute(f"""
        create temp view true_person as
        select truth_person_id, date_of_birth, multiple_birth_id, mother_id, former_person_id from read_parquet({people})""")
    return [Reached(str(measure), int(counted or 0), int(found)) for measure, counted, found in connection.execute(_COUNTED).fetchall()]
