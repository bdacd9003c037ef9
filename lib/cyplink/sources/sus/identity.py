"""Who SUS says its patients are: no names; NHS number with a status, birth date, postcode, practice, sex, the hospital's own number.

A hospital's number is one person's in all its files. A row whose identity the provider withheld has none of these, and stays at the door
(deploy/decisions/0007-withheld-identity-stays-at-the-door.md).
"""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.identity import LINEAGE, is_withheld
from cyplink.pseudonym import Pseudonyms
from cyplink.standardise import nhs_numbers
from cyplink.standardise.texts import given

PATIENTS: Mapping[str, Mapping[str, str]] = {
    kind: {
        "nhs_number": f"{who}_nhs_number_value", "nhs_number_status": f"{who}_nhs_number_status", "local_id": f"{who}_local_patient_identifier_value",
        "birth_date": f"{who}_birth_date", "gender": f"{who}_{gender}", "ethnic_category": f"{who}_ethnic_category",
        "postcode": f"{address}_postcode", "practice": f"{registration}_general_practice", "withheld_reason": f"{who}_withheld_identity_reason",
        "death_date": "" if kind == "attendance" else f"{who}_pds_date_of_death",
    }
    for kind, who, gender, address, registration in (
        ("spell", "spell_patient_identity", "gender", "spell_patient_residence", "spell_patient_registration"),
        ("appointment", "appointment_patient_identity", "gender", "appointment_patient_residence", "appointment_patient_registration"),
        ("attendance", "patient", "stated_gender", "patient_usual_address", "patient_gp_registration"),
    )
}  # fmt: skip
"""Bronze columns that say who the patient is, by file kind; blank for what a file does not say."""


def local_id(kind: str) -> Column:
    """The hospital's own number for the patient; null where blank."""
    return given(F.col(PATIENTS[kind]["local_id"]))


def stated(bronze: Mapping[str, DataFrame]) -> DataFrame:
    """What spells, appointments and attendances say of their patients, one row per delivered row: lineage, `file_kind`, the names of PATIENTS,
    and `patient_key`, which tells a provider's patients apart at the door."""
    parts = (
        bronze[kind].select(
            F.lit(kind).alias("file_kind"), *LINEAGE, _key(kind).alias("patient_key"), _is_anonymous(kind).alias("is_anonymous"),
            *((F.col(column) if column else F.lit(None).cast("string")).alias(name) for name, column in columns.items()),
        )
        for kind, columns in PATIENTS.items()
    )
    return reduce(DataFrame.unionByName, parts)


def withheld_patients(bronze: Mapping[str, DataFrame], withheld: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """Who may not be used, as `controller` and `patient_key`: patients whose NHS number is withheld in any row of any file.

    `bronze`: spell, appointment and attendance.
    """
    quoted = stated(bronze).select("controller", "patient_key", "nhs_number").where("nhs_number is not null")
    return is_withheld(F.col("nhs_number"), quoted, withheld, pseudonyms).where("is_withheld").select("controller", "patient_key").distinct()


def at_the_door(rows: DataFrame, kind: str, patients: DataFrame) -> DataFrame:
    """The rows with `is_withheld`: of a patient of `withheld_patients`, or one whose identity the provider withheld, with a reason or a category."""
    listed = F.broadcast(patients.select("controller", "patient_key", F.lit(True).alias("is_listed")))
    found = rows.withColumns({"patient_key": _key(kind)}).join(listed, ["controller", "patient_key"], how="left")
    return found.withColumns({"is_withheld": F.col("is_listed").isNotNull() | _is_anonymous(kind)}).drop("patient_key", "is_listed")


def _key(kind: str) -> Column:
    """The hospital number, else the NHS number."""
    return F.coalesce(local_id(kind), F.concat(F.lit("NHS "), nhs_numbers.compact(F.col(PATIENTS[kind]["nhs_number"]))))


def _is_anonymous(kind: str) -> Column:
    return given(F.col(PATIENTS[kind]["withheld_reason"])).isNotNull() | given(F.col("system_record_confidentiality_category")).isNotNull()
