"""Silver outpatient_appointment: one row per provider and out-patient appointment, kept or not."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.sus.identity import at_the_door, local_id, withheld_patients
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given
from cyplink.tables import silver

ATTENDED, NOT_ATTENDED = ("5", "6"), ("2", "3", "4", "7")
FIRST, FOLLOW_UP = ("1", "3"), ("2", "4")


def build(
    appointment: DataFrame, spell: DataFrame, attendance: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms
) -> DataFrame:
    """One row per delivered appointment."""
    patients = withheld_patients({"spell": spell, "appointment": appointment, "attendance": attendance}, withheld_nhs_number, pseudonyms)
    outcome, first = code(F.col("appointment_attended_or_dna")), code(F.col("appointment_first_attendance"))
    received = F.col("appointment_referral_received_date")
    return at_the_door(appointment, "appointment", patients).select(
        *delivered("sus", "appointment"),
        pseudonyms.hash63(F.lit("sus_appointment"), "controller", given(F.col("appointment_identifier"))).alias("appointment_token"),
        pseudonyms.record_id(F.lit("sus"), "controller", local_id("appointment")).alias("record_id"),
        dates.iso(F.col("appointment_date")).alias("appointment_on"),
        outcome.alias("attendance"),
        F.when(outcome.isin(*ATTENDED), F.lit(True)).when(outcome.isin(*NOT_ATTENDED), F.lit(False)).alias("is_attended"),
        F.when(first.isin(*FIRST), F.lit(True)).when(first.isin(*FOLLOW_UP), F.lit(False)).alias("is_first"),
        code(F.col("appointment_care_professional_main_specialty")).alias("main_specialty"),
        code(F.col("appointment_care_professional_treatment_function")).alias("treatment_function"),
        code(F.col("appointment_referral_source_op")).alias("source_of_referral"),
        dates.iso(received).alias("referred_on"),
        code(F.col("appointment_outcome")).alias("outcome"),
        (given(received).isNull() | dates.iso(received).isNotNull()).alias("referred_on_is_a_date"),
        "is_withheld",
    )


job = Job(
    build,
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
