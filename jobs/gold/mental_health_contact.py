"""Gold mental_health_contact: one row per care contact or indirect activity of a person that is not withheld.

A contact counts as access as NHS England counts it for children and young people: direct and attended, on time or late
(AttendStatus 5, 6), or indirect activity on the child's behalf. Not attended, cancelled and not yet known do not count.
"""

from cyplink import submit
from cyplink.people import of_people
from cyplink.selected import selected
from cyplink.tables import gold, linkage, silver

SELECT = f"""
    select hash63('gold.contact', controller, contact_token) as contact_token,
        hash63('gold.referral', controller, service_request_token) as referral_token,
        person_id, controller as provider, kind, contact_on, mechanism, attendance,
        kind = 'indirect' or coalesce(attendance in ('5', '6'), false) as counts_as_access,
        duration_minutes, broken_rules
    from {of_people("mental_health_contact")}"""

job = selected(
    SELECT,
    reads={"person_link": linkage.PERSON_LINK, "mental_health_contact": silver.MENTAL_HEALTH_CONTACT},
    writes=gold.MENTAL_HEALTH_CONTACT,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
