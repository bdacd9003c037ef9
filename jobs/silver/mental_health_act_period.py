"""Silver mental_health_act_period: one row per provider and period of a legal status under the Mental Health Act, as last submitted."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.payload import of_patients, patients
from cyplink.tables import silver

_ROWS = "(select mental_health_act.*, record_id, is_withheld, patient_is_in_the_mpi from mental_health_act left join patient using (LocalPatientID))"

SELECT = f"""
    with {patients("mental_health_act")}
    {of_patients(
        "mental_health_act", _ROWS,
        act_period_token="hash63('mhsds_act_period', controller, given(MHActLegalStatusClassPeriodID))",
        legal_status="code(LegalStatusCode)",
        mental_category="code(MentalCat)",
        started_on="iso(StartDateMHActLegalStatusClass)",
        expires_on="iso(ExpiryDateMHActLegalStatusClass)",
        ended_on="iso(EndDateMHActLegalStatusClass)",
        start_reason="code(LegalStatusClassPeriodStartReason)",
        end_reason="code(LegalStatusClassPeriodEndReason)",
    )}"""
"""One row per delivered row."""


job = Job(
    None,
    selects={"mhsds": SELECT},
    reads={
        **{name: SOURCES["mhsds"].kind(name).bronze for name in ("mental_health_act", "mpi")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_ACT_PERIOD,
    keep=last_word("controller", "act_period_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
