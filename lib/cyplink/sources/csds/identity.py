"""Who CSDS says its patients are: no names; NHS number with a status, birth date, postcode, practice, stated gender.

The mother's NHS number is delivered beside the child's. A child's number that is the mother's is hers: it is left out and marked.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

PATIENT = "LOCAL_PATIENT_IDENTIFIER_EXTENDED"


def patients(mpi: DataFrame) -> DataFrame:
    """One row per provider and patient id, with whether any of the patient's rows is withheld."""
    return mpi.groupBy("controller", PATIENT).agg(F.bool_or("is_withheld").alias("is_withheld"), F.lit(True).alias("patient_is_in_the_mpi"))
