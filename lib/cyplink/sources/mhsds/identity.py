"""Who MHSDS says its patients are: no names; NHS number with a status, birth date, postcode, practice, gender identity."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import evidence
from cyplink.standardise import dates, nhs_numbers, postcodes, sex
from cyplink.standardise.texts import code, given


def of_patients(mpi: DataFrame) -> DataFrame:
    """One row of evidence per delivered MPI row."""
    rows = nhs_numbers.checked(mpi, "NHSNumber", "checked_nhs_number")
    return evidence(
        rows, "mhsds", "mpi",
        local_id=given(F.col("LocalPatientID")),
        date_of_birth=dates.iso(F.col("PersonBirthDate")),
        date_of_death=dates.iso(F.col("PersDeathDate")),
        sex=F.coalesce(sex.standardise(F.col("Gender")), sex.standardise(F.col("GenderIDCode"))),
        postcode=postcodes.standardise(F.col("Postcode")),
        nhs_number=F.col("checked_nhs_number"),
        # The status of the number, not of a later month's lack of one: the two are accumulated apart.
        nhs_number_status=F.when(F.col("checked_nhs_number").isNotNull(), code(F.col("NHSNumberStatus"))),
        school=code(F.col("OrgIDEduEstab")),
        ethnicity_as_delivered=given(F.col("EthnicCategory")),
        is_named=F.lit(False),
        is_withheld=F.col("is_withheld"),
        date_of_birth_is_a_date=given(F.col("PersonBirthDate")).isNull() | dates.iso(F.col("PersonBirthDate")).isNotNull(),
        nhs_number_is_valid=given(F.col("NHSNumber")).isNull() | F.col("checked_nhs_number").isNotNull(),
    )


def of_practices(gp: DataFrame, mpi: DataFrame) -> DataFrame:
    """One row of evidence per delivered GP row of a patient in the same submission's MPI."""
    patients = mpi.groupBy("delivery_id", "LocalPatientID").agg(F.bool_or("is_withheld").alias("is_withheld"), F.lit(True).alias("is_there"))
    rows = gp.join(patients, ["delivery_id", "LocalPatientID"], how="left")
    return evidence(
        rows, "mhsds", "gp",
        local_id=given(F.col("LocalPatientID")),
        practice=F.when(given(F.col("EndDateGMPRegistration")).isNull(), code(F.col("GMPReg"))),
        is_named=F.lit(False),
        is_withheld=F.col("is_withheld"),
        person_is_delivered=F.coalesce("is_there", F.lit(False)),
    )


def patients(mpi: DataFrame) -> DataFrame:
    """One row per provider and LocalPatientID, with whether any of the patient's rows is withheld."""
    return mpi.groupBy("controller", "LocalPatientID").agg(F.bool_or("is_withheld").alias("is_withheld"), F.lit(True).alias("patient_is_in_the_mpi"))
