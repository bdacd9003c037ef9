"""Gold looked_after_episode: one row per person and episode, as last returned, with the period of care it belongs to.

A period of care goes on while an episode follows one that ceased for a new episode the same day (X1), or starts no later
than the day after it without being a new start (RNE S). It ends with the council's responsibility: after a transfer to
another council a new one begins. Follows UCL's csc-cleaning, which assembles SSDA903 years for ECHILD.
"""

from cyplink import submit
from cyplink.people import of_people
from cyplink.periods import FOR_EVER
from cyplink.selected import selected
from cyplink.tables import gold, linkage, silver

IN_ORDER = "partition by person_id, responsible_authority order by started_on, ended_on nulls last, reason_new_episode"

# V3 and V4 are series of short breaks, left out of counts of children looked after (DfE).
SELECT = f"""
    with returned as (
        select * exclude (controller), controller as responsible_authority from {of_people("looked_after_episode")}
    ),
    -- A council that holds a child twice may return an episode twice: the latest returned counts, then the smaller record id.
    episode as (
        select *, coalesce(ended_on, {FOR_EVER}) as until from returned
        qualify row_number() over (
            partition by person_id, responsible_authority, started_on, reason_new_episode
            order by period desc nulls last, ended_on nulls last, record_id) = 1
    ),
    with_before as (
        select *, lag(reason_ceased) over in_order as reason_before,
            max(until) over (in_order rows between unbounded preceding and 1 preceding) as end_before
        from episode
        window in_order as ({IN_ORDER})
    ),
    with_place as (
        select *, coalesce(reason_before = 'X1', false) or coalesce(started_on <= end_before + 1 and reason_new_episode <> 'S', false) as goes_on
        from with_before
    )
    select *, legal_status in ('V3', 'V4') as is_respite, make_date(period[:4]::int + 1, 3, 31) as returned_to_on,
        max(case when not goes_on then started_on end) over ({IN_ORDER} rows unbounded preceding) as period_of_care_started_on
    from with_place"""

job = selected(
    SELECT,
    reads={"person_link": linkage.PERSON_LINK, "looked_after_episode": silver.LOOKED_AFTER_EPISODE},
    writes=gold.LOOKED_AFTER_EPISODE,
)

if __name__ == "__main__":
    submit.main(__file__)
