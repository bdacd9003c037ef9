"""Silver registration: one row per PDS person and period of registration with a practice."""

from cyplink import submit
from cyplink.delivered import last_word, record_ids, typed
from cyplink.identity import withheld_among
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.tables import silver

SELECT = f"""
    with there as (select distinct delivery_id, nhs_number, true as is_there from person),
    withheld as ({withheld_among("nhs_number", "registration")}),
    known as ({record_ids("pds", "registration", "compact_number(nhs_number)")}),
    registered as (
        select *, compact_number(nhs_number) as local_id, iso(effective_to) as until from registration left join there using (delivery_id, nhs_number))
    {typed(
        "'registration'", "registered left join known using (local_id)",
        record_id="record_id",
        practice="code(practice_code)",
        icb="code(icb_code)",
        from_on="iso(effective_from)",
        to_on="until",
        removal_reason="code(reason_for_removal)",
        person_is_delivered="coalesce(is_there, false)",
        to_on_is_a_date="given(effective_to) is null or until is not null",
        is_withheld="nhs_number is not null and nhs_number in (select number from withheld)",
    )}"""
"""One row per delivered registration row."""

job = Job(
    None,
    selects={"pds": SELECT},
    reads={
        "registration": SOURCES["pds"].kind("registration").bronze,
        "person": SOURCES["pds"].kind("person").bronze,
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.REGISTRATION,
    keep=last_word("record_id", "practice", "from_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
