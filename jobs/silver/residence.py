"""Silver residence: one row per record, home and first day, from the dated addresses of silver.identity, without postcode or property.

A census says where a pupil lived on a day of its term, and identity keeps the censuses of a record, not those of each address: a pupil
who only ever had one home was there from the first census held to the last, one who had several was at the latest in the last.
"""

from cyplink import submit
from cyplink.periods import term
from cyplink.selected import selected
from cyplink.tables import silver

FIRST_TERM_BEGINS, _ = term("first_period")
LAST_TERM_BEGINS, LAST_TERM_ENDS = term("last_period")

SELECT = f"""
    with stated as (
        select record_id, source, controller, first_period, last_period, postcode as latest_postcode, len(postcodes) as homes, unnest(dated_postcodes) as address
        from identity where source in ('pds', 'case_management', 'ssda903', 'school_census')
    ),
    home as (
        select postcode, hash63('home', postcode) as home_token, regexp_extract(postcode, '^(.+)...$', 1) as postcode_district
        from (select distinct address.postcode as postcode from stated)
    ),
    dated as (
        select record_id, source, controller, last_period as period, home_token, postcode_district,
            case when source = 'ssda903' and address.from_on is not null then 'placement' else 'home' end as kind,
            case when source <> 'school_census' then address.from_on
                when homes = 1 then {FIRST_TERM_BEGINS} when postcode = latest_postcode then {LAST_TERM_BEGINS} end as from_on,
            case when source = 'school_census' then {LAST_TERM_ENDS}
                when source = 'ssda903' then coalesce(address.to_on, make_date(last_period[:4]::int + 1, 3, 31)) else address.to_on end as to_on
        from stated join home on address.postcode = home.postcode
    ),
    -- Open in one delivery and ended in a later one: ended.
    ended as (
        select record_id, source, controller, period, home_token, postcode_district, kind, from_on, max(to_on) as to_on
        from dated group by all
    )
    select *, row_number() over (partition by record_id order by from_on nulls first, to_on nulls last, home_token) as home_order from ended"""

job = selected(SELECT, reads={"identity": silver.IDENTITY}, writes=silver.RESIDENCE, uses_key=True)

if __name__ == "__main__":
    submit.main(__file__)
