"""Silver emergency_attendance: one row per provider and attendance at an emergency department, with its SNOMED diagnoses in order.

Self-harm is an injury with self-inflicted intent, or self-injurious behaviour as the chief complaint.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.sus.identity import at_the_door, local_id, withheld_patients
from cyplink.sources.sus.payload import SAID_OF_PARENT, below, fold, with_parents
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given, whole_number
from cyplink.tables import silver

SELF_INFLICTED, SELF_INJURIOUS = "276853009", "248062006"


def build(
    attendance: DataFrame, attendance_diagnosis: DataFrame, spell: DataFrame, appointment: DataFrame, withheld_nhs_number: DataFrame,
    pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per delivered row of the two files: attendances, and below them their diagnoses."""
    patients = withheld_patients({"spell": spell, "appointment": appointment, "attendance": attendance}, withheld_nhs_number, pseudonyms)
    attendances = at_the_door(attendance, "attendance", patients).withColumns(
        {
            "token": pseudonyms.hash63(F.lit("sus_attendance"), "controller", given(F.col("attendance_unique_identifier"))),
            "record_id": pseudonyms.record_id(F.lit("sus"), "controller", local_id("attendance")),
            "started_on": dates.iso(F.col("attendance_arrival_date")),
        }
    )
    place = whole_number(F.coalesce("sequence_number", "SNOMED_ID"))
    diagnoses = below(attendance_diagnosis, "attendance_diagnosis", code(F.col("code")), F.lit(None), place)
    rows = in_shape(attendances).unionByName(diagnoses, allowMissingColumns=True)
    return with_parents(rows, "attendance").withColumnsRenamed({"token": "attendance_token", "started_on": "arrived_on"})


def in_shape(attendances: DataFrame) -> DataFrame:
    complaint, intent = code(F.col("clinical_chief_complaint_code")), code(F.col("clinical_injury_intent_code"))
    return attendances.select(
        *delivered("sus", "attendance"), "PRIMARYKEY_ID", *SAID_OF_PARENT,
        whole_number(F.regexp_extract(given(F.col("attendance_arrival_time")), r"^(\d{2}):", 1), 23).cast("int").alias("arrival_hour"),
        complaint.alias("chief_complaint"),
        code(F.col("clinical_acuity_code")).alias("acuity"),
        intent.alias("injury_intent"),
        code(F.col("attendance_arrival_attendance_source_code")).alias("attendance_source"),
        code(F.col("attendance_discharge_status_code")).alias("discharge_status"),
        code(F.col("attendance_discharge_destination_code")).alias("discharge_destination"),
        dates.iso(F.col("attendance_decision_to_admit_date")).alias("admission_decided_on"),
        (F.coalesce(intent == SELF_INFLICTED, F.lit(False)) | F.coalesce(complaint == SELF_INJURIOUS, F.lit(False))).alias("is_self_harm"),
    )


job = Job(
    build,
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
