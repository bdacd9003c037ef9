"""Who MHSDS says its patients are: no names; NHS number with a status, birth date, postcode, practice, gender identity."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def patients(mpi: DataFrame) -> DataFrame:
    """One row per provider and LocalPatientID, with whether any of the patient's rows is withheld."""
    return mpi.groupBy("controller", "LocalPatientID").agg(F.bool_or("is_withheld").alias("is_withheld"), F.lit(True).alias("patient_is_in_the_mpi"))
