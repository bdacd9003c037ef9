"""Gold person_source_link: one row per local record of a person that is not withheld: how it was linked, how strongly.

The record appears as a token of gold's own, so that nobody can go back to the council's or provider's id with it.
"""

from cyplink import submit
from cyplink.people import PEOPLE
from cyplink.selected import selected
from cyplink.tables import gold, linkage, silver

SELECT = f"""
    select person_id, hash63('gold.record', record_id) as record_token, source, controller,
        step, step_reason, match_weight, margin, status, model_version
    from {PEOPLE} join (select record_id, source, controller from record_characteristic) using (record_id)"""

job = selected(
    SELECT,
    reads={"person_link": linkage.PERSON_LINK, "record_characteristic": silver.RECORD_CHARACTERISTIC},
    writes=gold.PERSON_SOURCE_LINK,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
