"""Who CSDS says its patients are: no names; NHS number with a status, birth date, postcode, practice, stated gender.

The mother's NHS number is delivered beside the child's. A child's number that is the mother's is hers: it is left out and marked.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import evidence
from cyplink.standardise import dates, nhs_numbers, postcodes, sex
from cyplink.standardise.texts import code, given

PATIENT = "LOCAL_PATIENT_IDENTIFIER_EXTENDED"


def of_patients(mpi: DataFrame) -> DataFrame:
    """One row of evidence per delivered MPI row."""
    rows = nhs_numbers.checked(mpi, "NHS_NUMBER", "checked_nhs_number")
    rows = rows.withColumns({"is_own": ~F.coalesce(nhs_numbers.compact(F.col("NHS_NUMBER")) == nhs_numbers.compact(F.col("NHS_NUMBER_MOTHER")), F.lit(False))})
    number = F.when(F.col("is_own"), F.col("checked_nhs_number"))
    return evidence(
        rows, "csds", "mpi",
        local_id=given(F.col(PATIENT)),
        date_of_birth=dates.iso(F.col("PERSON_BIRTH_DATE")),
        date_of_death=dates.iso(F.col("PERSON_DEATH_DATE")),
        sex=sex.standardise(F.col("PERSON_STATED_GENDER_CODE")),
        postcode=postcodes.standardise(F.col("POSTCODE_OF_USUAL_ADDRESS")),
        nhs_number=number,
        nhs_number_status=F.when(number.isNotNull(), code(F.col("NHS_NUMBER_STATUS_INDICATOR_CODE"))),
        school=code(F.col("ORGANISATION_IDENTIFIER_EDUCATIONAL_ESTABLISHMENT")),
        ethnicity_as_delivered=given(F.col("ETHNIC_CATEGORY")),
        is_named=F.lit(False),
        is_withheld=F.col("is_withheld"),
        date_of_birth_is_a_date=given(F.col("PERSON_BIRTH_DATE")).isNull() | dates.iso(F.col("PERSON_BIRTH_DATE")).isNotNull(),
        nhs_number_is_valid=given(F.col("NHS_NUMBER")).isNull() | F.col("checked_nhs_number").isNotNull(),
        nhs_number_is_own=F.col("is_own"),
    )


def of_practices(gp: DataFrame, mpi: DataFrame) -> DataFrame:
    """One row of evidence per delivered GP row of a patient in the same submission's MPI."""
    known = mpi.groupBy("delivery_id", PATIENT).agg(F.bool_or("is_withheld").alias("is_withheld"), F.lit(True).alias("is_there"))
    rows = gp.join(known, ["delivery_id", PATIENT], how="left")
    return evidence(
        rows, "csds", "gp",
        local_id=given(F.col(PATIENT)),
        practice=F.when(given(F.col("END_DATE_GMP_PATIENT_REGISTRATION")).isNull(), code(F.col("GENERAL_MEDICAL_PRACTICE_PATIENT_REGISTRATION"))),
        is_named=F.lit(False),
        is_withheld=F.col("is_withheld"),
        person_is_delivered=F.coalesce("is_there", F.lit(False)),
    )


def patients(mpi: DataFrame) -> DataFrame:
    """One row per provider and patient id, with whether any of the patient's rows is withheld."""
    return mpi.groupBy("controller", PATIENT).agg(F.bool_or("is_withheld").alias("is_withheld"), F.lit(True).alias("patient_is_in_the_mpi"))
