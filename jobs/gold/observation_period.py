"""Gold observation_period: one row per person, feed and unbroken period in which the feed could have recorded them.

Mental health: registered in an ICB in months for which every mental-health provider of that ICB delivered. Looked after:
collection years (April to March) whose return is held and has the child. School: the terms of the censuses that have the
pupil, taken as January to March, April to August, September to December.
"""

from collections import Counter

from cyplink import submit
from cyplink.duck import values
from cyplink.people import of_people
from cyplink.periods import merge, overlap, term
from cyplink.selected import selected
from cyplink.standardise import codelists
from cyplink.tables import gold, linkage, silver

TERM_BEGINS, TERM_ENDS = term("census")
ICB_OF = {row["provider"]: row["icb"] for row in codelists.read("mental_health_providers")}


YEAR = "make_date(period[:4]::int, 4, 1) as from_on, make_date(period[:4]::int + 1, 3, 31) as to_on"
"""First and last day of a collection year such as 2024-25."""

SELECT = f"""
    with registered as (select person_id, icb, from_on, to_on from {of_people("registration")}),

    -- Years of the returns held in which a person has an episode, up to the last return the episode is in.
    episode as (select *, make_date(period[:4]::int + 1, 3, 31) as last_day from {of_people("looked_after_episode")}),
    span as (select person_id, controller, started_on, least(coalesce(ended_on, last_day), last_day) as reaches_to from episode),
    held as (
        select controller, period, {YEAR}
        from (select controller, period from episode union select controller, period from looked_after_annual)
    ),
    in_care as (
        select person_id, from_on, to_on from span join held
            on span.controller = held.controller and from_on <= reaches_to and to_on >= started_on
    ),

    -- Terms of the censuses that have a person on a roll; a leaver of the term before is not on it.
    term as (
        select person_id, {TERM_BEGINS} as from_on, {TERM_ENDS} as to_on from {of_people("school_enrolment")} where left_on is null
    ),

    -- Per ICB the unbroken runs of months for which all its mental-health providers delivered.
    delivered_month as (
        select icb, period_starts_on as from_on, period_ends_on as to_on
        from mental_health_submission
            join {values(*ICB_OF.items())} provider(controller, icb) using (controller)
            join {values(*Counter(ICB_OF.values()).items())} expected(icb, providers) using (icb)
        group by icb, providers, period_starts_on, period_ends_on
        having count(distinct controller) = providers
    ),
    -- Two ICBs in turn make one period: only what both delivered is certain, hence the later start.
    delivered as (select *, from_on as delivered_from_on from ({merge("delivered_month", "icb")})),
    registered_in_icb as ({merge("registered", "person_id", "icb")}),
    seen as ({overlap("registered_in_icb", "delivered", "icb")})

    select 'looked_after' as feed, *, null::date as delivered_from_on from ({merge("in_care", "person_id")})
    union all by name select 'school' as feed, * from ({merge("term", "person_id")})
    union all by name select 'registration' as feed, * from ({merge("registered", "person_id")})
    union all by name select 'mental_health' as feed, * from ({merge("seen", "person_id", keep="max(delivered_from_on) as delivered_from_on")})"""

job = selected(
    SELECT,
    reads={
        "person_link": linkage.PERSON_LINK,
        "looked_after_episode": silver.LOOKED_AFTER_EPISODE,
        "looked_after_annual": silver.LOOKED_AFTER_ANNUAL,
        "school_enrolment": silver.SCHOOL_ENROLMENT,
        "registration": silver.REGISTRATION,
        "mental_health_submission": silver.MENTAL_HEALTH_SUBMISSION,
    },
    writes=gold.OBSERVATION_PERIOD,
)

if __name__ == "__main__":
    submit.main(__file__)
