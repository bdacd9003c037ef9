"""Gold school_enrolment: one row per person, census and school; the school appears as a token.

A school that returned a pupil twice gives one row: a pupil on the roll before a leaver, a main registration before a subsidiary one, then the smaller record id.
"""

from cyplink import submit
from cyplink.people import of_people
from cyplink.selected import selected
from cyplink.tables import gold, linkage, silver

# NOT, REF and ZZZ (not obtained, refused, awaited) say nothing of the first language.
SELECT = f"""
    select person_id, census, hash63('gold.school', school) as school_token, controller as school_authority,
        enrolment_status, left_on, year_group, sen_provision,
        case when language not in ('NOT', 'REF', 'ZZZ') then language in ('ENG', 'ENB') end as first_language_is_english,
        is_part_time, post_looked_after, young_carer, broken_rules
    from {of_people("school_enrolment")}
    qualify row_number() over (
        partition by person_id, census, school
        order by left_on is null desc, enrolment_status in ('C', 'M') desc nulls last, record_id) = 1"""

job = selected(
    SELECT,
    reads={"person_link": linkage.PERSON_LINK, "school_enrolment": silver.SCHOOL_ENROLMENT},
    writes=gold.SCHOOL_ENROLMENT,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
