"""The Secondary Uses Service: admitted patients, out-patients and emergency attendances, as a commissioner's warehouse has them.

Columns are those seen in the warehouse of a London integrated care board (ncl-icb-analytics/dbt-ncl-analytics 213ca054); the medium, one CSV per
table and month, is this project's, and names have not that warehouse's mark of pseudonymised values. Of the tables below the spell's episodes
those of ICD-10 diagnoses and OPCS-4 procedures are taken. The attendance has a birth date, which the national set has and that warehouse not.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_breaks, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("sus", FIELDS, recognised_by="name", layout="project")

SOURCE = Source(
    name="sus",
    title="Secondary Uses Service",
    description="Hospital spells with their diagnoses and procedures, out-patient appointments and emergency attendances.",
    health=True,
    file_kinds=(
        _kind("spell", "one per hospital provider spell that ended in the month", "silver.hospital_spell", file_name="apc_spell.csv"),
        _kind("episode", "one per consultant episode of a spell", "silver.hospital_spell", file_name="apc_spell_episodes.csv"),
        _kind("diagnosis", "one per ICD-10 diagnosis of an episode", "silver.hospital_spell", file_name="apc_spell_episodes_clinical_coding_diagnosis_icd.csv"),
        _kind("procedure", "one per OPCS-4 procedure of an episode", "silver.hospital_spell", file_name="apc_spell_episodes_clinical_coding_procedure_opcs.csv"),
        _kind("appointment", "one per out-patient appointment", "silver.outpatient_appointment", file_name="op_appointment.csv"),
        _kind("attendance", "one per attendance at an emergency department", "silver.emergency_attendance", file_name="ae_emergency_care.csv"),
        _kind("attendance_diagnosis", "one per SNOMED diagnosis of an attendance", "silver.emergency_attendance", file_name="ae_clinical_diagnoses_snomed.csv"),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
    breaks=read_breaks(FOLDER / "breaks.csv"),
)
