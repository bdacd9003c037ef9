"""What cannot be of one person: facts of two records that were linked and contradict each other (GSS, Quality assessment in data linkage, 2021).

Each is counted over the people who could show it: those of whom two records say something of the kind. Not told, for the tables cannot:
two practices at once (the spine alone has dates, one record a person, and two of them are never one person), and the mother's age, which a birth
notification says of itself.
"""

from collections.abc import Mapping

import duckdb

from cyplink.linkage.checks import PERSON_GROUPS, Check, by_group
from cyplink.linkage.inputs import VERIFIED
from cyplink.people import of_people

DAYS_AFTER_DEATH, DAYS_BEFORE_BIRTH = 7, 280
NIGHTS_IN_TWO_HOSPITALS, DAYS_IN_TWO_COUNCILS_CARE = 2, 31
DAYS_BETWEEN_BIRTH_DATES = 730
"""Allowances for what is recorded late, or a day off, or of an unborn child (engineering judgement)."""

SEEN: Mapping[str, tuple[str, str]] = {
    "hospital_spell": ("admitted_on", "true"),
    "emergency_attendance": ("arrived_on", "true"),
    "outpatient_appointment": ("appointment_on", "is_attended"),
    "mental_health_contact": ("contact_on", "attendance in ('5', '6')"),
    "community_contact": ("contact_on", "attendance in ('5', '6')"),
}
"""Views whose rows are meetings in person: the day, and which rows."""

KNOWN: Mapping[str, tuple[str, str]] = {
    "school_enrolment": ("entered_on", "true"), "looked_after_episode": ("started_on", "true"), "child_in_need_referral": ("referred_on", "true"),
}  # fmt: skip
"""Views whose rows are of somebody who is known, if not met."""

RECORDS = f"""
    create or replace temp table known as
    select person_id, record_id, case when date_of_birth_quality = 'recorded' then date_of_birth end as born_on, date_of_death as died_on, sex, upn,
        case when nhs_number_status = '{VERIFIED}' then coalesce(current_nhs_number, nhs_number) end as verified_number
    from {of_people("identity")} left join (select superseded_nhs_number as nhs_number, current_nhs_number from merger) using (nhs_number)"""


def _events() -> str:
    rows = [
        f"select person_id, record_id, {day} as event_on, {is_seen} as is_seen from {of_people(view)} where {condition}"
        for views, is_seen in ((SEEN, "true"), (KNOWN, "false")) for view, (day, condition) in views.items()
    ]  # fmt: skip
    return f"""
        create or replace temp table known_from as
        select person_id, record_id, min(event_on) as first_on, max(event_on) filter (is_seen) as last_seen_on from ({" union all ".join(rows)}) group by all"""


def _differ(column: str) -> str:
    return f"select person_id, count(distinct {column}) > 1 as shows_it from known group by person_id having count({column}) > 1"


IMPLAUSIBLE: Mapping[str, str] = {
    "seen_after_death": f"""
        select person_id, bool_or(last_seen_on > died_on + {DAYS_AFTER_DEATH}) as shows_it
        from known join known_from using (person_id) where known.record_id <> known_from.record_id and died_on is not null and last_seen_on is not null
        group by person_id""",
    "known_before_birth": f"""
        select person_id, bool_or(first_on < born_on - {DAYS_BEFORE_BIRTH}) as shows_it
        from known join known_from using (person_id) where known.record_id <> known_from.record_id and born_on is not null and first_on is not null
        group by person_id""",
    "in_two_schools": f"""
        with main as (select * from {of_people("school_enrolment")} where enrolment_status in ('C', 'M'))
        select person_id, bool_or(a.census = b.census and a.school <> b.school) as shows_it
        from main a join main b using (person_id) where a.record_id < b.record_id group by person_id""",
    "in_two_hospitals": f"""
        with spell as (select * from {of_people("hospital_spell")} where discharged_on is not null)
        select person_id, bool_or(least(a.discharged_on, b.discharged_on) - greatest(a.admitted_on, b.admitted_on) >= {NIGHTS_IN_TWO_HOSPITALS}) as shows_it
        from spell a join spell b using (person_id) where a.controller < b.controller group by person_id""",
    "in_two_councils_care": f"""
        with care as (
            select person_id, responsible_authority, min(started_on) as started_on, max(coalesce(ended_on, returned_to_on)) as ended_on
            from care_episode where not is_respite group by person_id, responsible_authority, period_of_care_started_on)
        select person_id, bool_or(least(a.ended_on, b.ended_on) - greatest(a.started_on, b.started_on) > {DAYS_IN_TWO_COUNCILS_CARE}) as shows_it
        from care a join care b using (person_id) where a.responsible_authority < b.responsible_authority group by person_id""",
    "birth_dates_years_apart": f"""
        select person_id, max(born_on) - min(born_on) > {DAYS_BETWEEN_BIRTH_DATES} as shows_it from known group by person_id having count(born_on) > 1""",
    "sexes_differ": _differ("sex"),
    "two_permanent_upns": _differ("upn"),
    "two_verified_nhs_numbers": _differ("verified_number"),
    "born_twice": f"select person_id, count(*) > 1 as shows_it from {of_people('birth')} where is_live_birth group by person_id",
}
"""SELECT by measure: the people who could show it, and whether they do."""


def implausible(connection: duckdb.DuckDBPyConnection) -> list[Check]:
    """What is implausible, overall and by group. The connection has `grouped` (checks.group_people) and as views `identity`, `merger`,
    `person_link`, those of SEEN and KNOWN, `birth`, and gold's looked-after episodes as `care_episode`."""
    connection.execute(RECORDS)
    connection.execute(_events())
    told = " union all ".join(f"select '{measure}' as measure, person_id, shows_it from ({select})" for measure, select in IMPLAUSIBLE.items())
    return by_group(connection, f"select measure, coalesce(shows_it, false) as shows_it, {', '.join(PERSON_GROUPS)} from ({told}) join grouped using (person_id)")
