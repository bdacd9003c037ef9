"""Gold person: one row per person that is not withheld, with what their records say of them.

Where records differ the commonest value counts; a tie goes to the school, then the council, then the NHS, then to the
smaller value. Gender in health records and sex in council records are taken as one.
"""

from cyplink import submit
from cyplink.duck import values
from cyplink.people import PEOPLE, of_people
from cyplink.selected import selected
from cyplink.standardise import ethnicity
from cyplink.tables import gold, linkage, silver

SOURCES_BY_TRUST = ("school_census", "attainment", "case_management", "ssda903", "cin_census", "annex_a", "pds", "gp_events", "birth_notifications", "mhsds", "csds", "sus")
VOTED_ON = ("birth_month", "death_month", "sex", "ethnic_category")

SELECT = f"""
    with characteristic as (
        select * replace (nullif(nullif(ethnic_category, '{ethnicity.NOT_STATED}'), '{ethnicity.NOT_KNOWN}') as ethnic_category),
            ethnic_category as category_as_given, list_position({list(SOURCES_BY_TRUST)}, source) as trust
        from {of_people("record_characteristic")}
    ),
    -- The most records, then the most trusted source, then the smaller value.
    said as (unpivot characteristic on {", ".join(VOTED_ON)} into name characteristic value said_value),
    vote as (select person_id, characteristic, said_value, count(*) as records, min(trust) as trust from said group by all),
    winner as (
        select * from vote
        qualify row_number() over (partition by person_id, characteristic order by records desc, trust nulls last, said_value) = 1
    ),
    settled as (
        select person_id, {", ".join(f"max(said_value) filter (where characteristic = '{name}') as {name}" for name in VOTED_ON)}
        from winner group by person_id
    ),
    -- Whether the spine knows them, and whether records that state an ethnic category agree.
    record_summary as (
        select person_id, bool_or(source = 'pds') as has_nhs_record,
            case when count(ethnic_category) > 1 then count(distinct ethnic_category) = 1 end as ethnicity_agrees,
            case when bool_or(category_as_given = '{ethnicity.NOT_STATED}') then '{ethnicity.NOT_STATED}' else '{ethnicity.NOT_KNOWN}' end as unstated_category
        from characteristic group by person_id
    ),
    -- How many records, how weak the weakest link, whether anything awaits a reviewer.
    link_summary as (
        select person_id, count(*) as record_count, min(match_weight) filter (where step = 0) as weakest_match_weight, bool_or(status = 'review') as is_in_review
        from {PEOPLE} group by person_id
    ),
    five_group as (select * from {values(*ethnicity.five_groups().items())} listed(ethnic_category, ethnic_group))

    select person_id, birth_month, sex, death_month, coalesce(ethnic_category, unstated_category) as ethnic_category,
        coalesce(ethnic_group, 'Unknown') as ethnic_group, ethnicity_agrees, coalesce(has_nhs_record, false) as has_nhs_record,
        person_id in (select person_id from {of_people("unaccompanied_child")}) as is_unaccompanied,
        person_id in (select person_id from {of_people("looked_after_episode")}) as was_ever_looked_after,
        record_count, weakest_match_weight, is_in_review
    from link_summary left join settled using (person_id) left join record_summary using (person_id) left join five_group using (ethnic_category)"""

job = selected(
    SELECT,
    reads={
        "person_link": linkage.PERSON_LINK,
        "record_characteristic": silver.RECORD_CHARACTERISTIC,
        "unaccompanied_child": silver.UNACCOMPANIED_CHILD,
        "looked_after_episode": silver.LOOKED_AFTER_EPISODE,
    },
    writes=gold.PERSON,
)

if __name__ == "__main__":
    submit.main(__file__)
