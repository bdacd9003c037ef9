"""Silver outpatient_appointment: one row per provider and out-patient appointment, kept or not."""

from cyplink import submit
from cyplink.delivered import last_word, typed
from cyplink.duck import listed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.sus.payload import AT_THE_DOOR, patients_of
from cyplink.tables import silver

ATTENDED, NOT_ATTENDED = ("5", "6"), ("2", "3", "4", "7")
FIRST, FOLLOW_UP = ("1", "3"), ("2", "4")


def _either(value: str, yes: tuple[str, ...], no: tuple[str, ...]) -> str:
    return f"case when {value} in ({listed(yes)}) then true when {value} in ({listed(no)}) then false end"


SELECT = f"""
    with {AT_THE_DOOR},
    booked as (
        select *, code(appointment_attended_or_dna) as attended, code(appointment_first_attendance) as first, iso(appointment_referral_received_date) as received_on
        from ({patients_of("appointment")}))
    {typed(
        "'appointment'", "booked",
        appointment_token="hash63('sus_appointment', controller, given(appointment_identifier))",
        record_id="record_id",
        appointment_on="iso(appointment_date)",
        attendance="attended",
        is_attended=_either("attended", ATTENDED, NOT_ATTENDED),
        is_first=_either("first", FIRST, FOLLOW_UP),
        main_specialty="code(appointment_care_professional_main_specialty)",
        treatment_function="code(appointment_care_professional_treatment_function)",
        source_of_referral="code(appointment_referral_source_op)",
        referred_on="received_on",
        outcome="code(appointment_outcome)",
        referred_on_is_a_date="given(appointment_referral_received_date) is null or received_on is not null",
        is_withheld="is_withheld",
    )}"""
"""One row per delivered appointment."""

job = Job(
    None,
    selects={"sus": SELECT},
    reads={
        **{name: SOURCES["sus"].kind(name).bronze for name in ("appointment", "spell", "attendance")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.OUTPATIENT_APPOINTMENT,
    keep=last_word("controller", "appointment_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
