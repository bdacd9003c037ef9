"""Gold residence: one row per person and unbroken stay at one home, joined over years and sources; stays do not overlap.

On each day the home counts that was begun last, whoever states it: on the synthetic population that is right on more days than to
prefer a source. Left out are statements without a first day, which silver.residence marks.
"""

from cyplink import submit
from cyplink.people import of_people
from cyplink.periods import FOR_EVER, merge
from cyplink.selected import selected
from cyplink.tables import gold, linkage, silver

OF_TWO_BEGUN_ON_ONE_DAY = ("ssda903", "case_management", "pds", "school_census")

SELECT = f"""
    with stated as (select * from {of_people("residence")} where from_on is not null),
    joined as ({merge("stated", "person_id", "source", "kind", "home_token", "postcode_district")}),

    -- Between two days on which a statement begins or has ended nothing changes: in such a piece one home counts.
    edge as (select person_id, from_on from joined union select person_id, to_on + 1 from joined where to_on is not null),
    piece as (select person_id, from_on, lead(from_on) over (partition by person_id order by from_on) - 1 as to_on from edge),
    said as (
        select piece.*, joined.* exclude (person_id, from_on, to_on), joined.from_on as begun_on
        from piece join joined on piece.person_id = joined.person_id and joined.from_on <= piece.from_on and coalesce(joined.to_on, {FOR_EVER}) >= piece.from_on
    ),
    counted as (
        select *, min(home_token) over piece_of <> max(home_token) over piece_of as is_contradicted,
            bool_or(kind = 'placement') over (partition by person_id, from_on, home_token) as is_placement
        from said
        window piece_of as (partition by person_id, from_on)
        qualify row_number() over (
            partition by person_id, from_on
            order by begun_on desc, list_position({list(OF_TWO_BEGUN_ON_ONE_DAY)}, source), home_token) = 1
    ),
    stay as ({merge("counted", "person_id", "home_token", "postcode_district", keep=", ".join((
        "arg_min(source, from_on) as source", *(f"bool_or({name}) as {name}" for name in ("is_placement", "is_contradicted")))))}),
    first_stay as (select person_id, home_token, min(from_on) as first_on from stay group by all)

    select stay.*, dense_rank() over (partition by person_id order by first_on) as home_number
    from stay join first_stay using (person_id, home_token)"""

job = selected(
    SELECT,
    reads={"person_link": linkage.PERSON_LINK, "residence": silver.RESIDENCE},
    writes=gold.RESIDENCE,
)

if __name__ == "__main__":
    submit.main(__file__)
