"""Linkage sealed_pair: the pairs of records on the two sides of an adoption seal, found among the records there are now.

A seal is stated on identifiers, so that a record of the former identity that comes years later is met as well. Numbers are
taken after mergers. A record that bears both (a council that wrote the new number on the old record) is on the former side.
"""

from cyplink import submit
from cyplink.selected import selected
from cyplink.tables import linkage, silver

_NUMBERED = " left join (select superseded_nhs_number, current_nhs_number from nhs_number_merger) as {name} on {number} = {name}.superseded_nhs_number"

SELECT = f"""
    with record as (
        select record_id, controller, local_id, alternative_local_id, coalesce(merged.current_nhs_number, nhs_number) as number
        from identity {_NUMBERED.format(name="merged", number="nhs_number")}),
    seal as (
        select statement_token, controller, child_id, coalesce(one.current_nhs_number, former_nhs_number) as former, coalesce(other.current_nhs_number, new_nhs_number) as new
        from separation {_NUMBERED.format(name="one", number="former_nhs_number")} {_NUMBERED.format(name="other", number="new_nhs_number")}
        where kind = 'adoption_seal'),
    former_life as (
        select statement_token, record_id from seal join record on number = former
        union select statement_token, record_id from seal join record on seal.controller = record.controller and child_id = local_id
        union select statement_token, record_id from seal join record on seal.controller = record.controller and child_id = alternative_local_id),
    new_life as (
        select statement_token, record_id from seal join record on number = new
        except select statement_token, record_id from former_life)
    select distinct least(f.record_id, n.record_id) as record_id_l, greatest(f.record_id, n.record_id) as record_id_r
    from former_life as f join new_life as n using (statement_token)"""

job = selected(
    SELECT,
    reads={"separation": silver.SEPARATION, "identity": silver.IDENTITY, "nhs_number_merger": silver.NHS_NUMBER_MERGER},
    writes=linkage.SEALED_PAIR,
)

if __name__ == "__main__":
    submit.main(__file__)
