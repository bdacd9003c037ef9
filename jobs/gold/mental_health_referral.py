"""Gold mental_health_referral: one row per referral of a person that is not withheld, as last submitted."""

from cyplink import submit
from cyplink.people import of_people
from cyplink.selected import selected
from cyplink.tables import gold, linkage, silver

SELECT = f"""
    select hash63('gold.referral', controller, service_request_token) as referral_token, person_id, controller as provider,
        received_on, source_of_referral, primary_reason, priority, discharged_on, rejected_on, closure_reason, rejection_reason, broken_rules
    from {of_people("mental_health_referral")}"""

job = selected(
    SELECT,
    reads={"person_link": linkage.PERSON_LINK, "mental_health_referral": silver.MENTAL_HEALTH_REFERRAL},
    writes=gold.MENTAL_HEALTH_REFERRAL,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
