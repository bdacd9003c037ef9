"""Silver primary_care_event: observations, medication orders, appointments and referrals of practices' patients, one row each."""

from cyplink import submit
from cyplink.delivered import last_word, record_ids, typed
from cyplink.identity import withheld_among
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.gp_events.evidence import IS_FLAGGED, LOCAL_ID
from cyplink.tables import silver


def _in_shape(kind: str, event_id: str, event_code: str, value: str, unit: str) -> str:
    is_status = kind == "appointment"
    return typed(
        f"'{kind}'", kind,
        kind=f"'{kind}'",
        local_id=LOCAL_ID,
        nhs_number="nhs_number",
        practice="code(practice_code)",
        event_id=f"given({event_id})",
        event_on="iso(date)",
        code=f"lower(given({event_code}))" if is_status else f"code({event_code})",
        value=f"given({value})",
        unit=f"given({unit})" if unit else "null::varchar",
    )


_EVENTS = (
    _in_shape("observation", "observation_id", "snomed_code", "value", "unit"),
    _in_shape("medication_order", "order_id", "snomed_code", "quantity", "unit"),
    _in_shape("appointment", "appointment_id", "status", "mode", ""),
    _in_shape("referral", "referral_id", "snomed_code", "specialty", ""),
)

SELECT = f"""
    with event as ({" union all ".join(_EVENTS)}),
    withheld as ({withheld_among("nhs_number", "event")}),
    known as ({record_ids("gp_events", "event", "local_id")}),
    listed as (select {LOCAL_ID} as local_id, bool_or({IS_FLAGGED}) as is_flagged, true as patient_is_on_the_list from patient group by 1),
    -- Known to be withheld whether or not the list holds them.
    owner as (
        select local_id, record_id, coalesce(patient_is_on_the_list, false) as patient_is_on_the_list, is_listed or coalesce(is_flagged, false) as is_withheld
        from (select local_id, bool_or(nhs_number in (select number from withheld)) as is_listed from event where local_id is not null group by local_id)
            left join known using (local_id) left join listed using (local_id))
    select event.* exclude (local_id, nhs_number, practice, event_id), hash63('gp_events', kind, controller, practice, event_id) as event_token,
        record_id, patient_is_on_the_list, is_withheld
    from event left join owner using (local_id)"""
"""One row per delivered event."""

job = Job(
    None,
    selects={"gp_events": SELECT},
    reads={
        "observation": SOURCES["gp_events"].kind("observation").bronze,
        "medication_order": SOURCES["gp_events"].kind("medication_order").bronze,
        "appointment": SOURCES["gp_events"].kind("appointment").bronze,
        "referral": SOURCES["gp_events"].kind("referral").bronze,
        "patient": SOURCES["gp_events"].kind("patient").bronze,
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.PRIMARY_CARE_EVENT,
    keep=last_word("event_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
