"""Silver emergency_attendance: one row per provider and attendance at an emergency department, with its SNOMED diagnoses in order.

Self-harm is an injury with self-inflicted intent, or self-injurious behaviour as the chief complaint.
"""

from cyplink import submit
from cyplink.delivered import typed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.sus.payload import AT_THE_DOOR, below, fold, patients_of, with_parents
from cyplink.tables import silver

SELF_INFLICTED, SELF_INJURIOUS = "276853009", "248062006"

_ATTENDED = typed(
    "'attendance'", f"({patients_of('attendance')})",
    PRIMARYKEY_ID="PRIMARYKEY_ID",
    token="hash63('sus_attendance', controller, given(attendance_unique_identifier))",
    record_id="record_id",
    started_on="iso(attendance_arrival_date)",
    is_withheld="is_withheld",
    arrival_hour="whole_number(regexp_extract(given(attendance_arrival_time), '^(\\d{2}):', 1), 23)",
    chief_complaint="code(clinical_chief_complaint_code)",
    acuity="code(clinical_acuity_code)",
    injury_intent="code(clinical_injury_intent_code)",
    attendance_source="code(attendance_arrival_attendance_source_code)",
    discharge_status="code(attendance_discharge_status_code)",
    discharge_destination="code(attendance_discharge_destination_code)",
    admission_decided_on="iso(attendance_decision_to_admit_date)",
    is_self_harm=f"""coalesce(code(clinical_injury_intent_code) = '{SELF_INFLICTED}', false)
        or coalesce(code(clinical_chief_complaint_code) = '{SELF_INJURIOUS}', false)""",
)
_DIAGNOSED = below("attendance_diagnosis", "code(code)", "null", "int_number(coalesce(sequence_number, SNOMED_ID))")

SELECT = f"""
    with {AT_THE_DOOR}, attended as ({_ATTENDED})
    {with_parents("attended", _DIAGNOSED, "attendance_token", "arrived_on")}"""
"""One row per delivered row of the two files: attendances, and below them their diagnoses."""

job = Job(
    None,
    selects={"sus": SELECT},
    reads={
        **{name: SOURCES["sus"].kind(name).bronze for name in ("attendance", "attendance_diagnosis", "spell", "appointment")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.EMERGENCY_ATTENDANCE,
    keep=fold("attendance", {"attendance_diagnosis": "diagnoses"}, "attendance_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
