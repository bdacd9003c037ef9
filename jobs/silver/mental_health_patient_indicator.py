"""Silver mental_health_patient_indicator: what the provider last said of the patient's circumstances, one row per patient."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.identity import patients
from cyplink.standardise.texts import code, given
from cyplink.tables import silver


def build(patient_indicator: DataFrame, mpi: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered PatInd row."""
    known = patients(is_withheld(F.col("NHSNumber"), mpi, withheld_nhs_number, pseudonyms))
    return patient_indicator.join(known, ["controller", "LocalPatientID"], how="left").select(
        *delivered("mhsds", "patient_indicator"),
        pseudonyms.record_id(F.lit("mhsds"), "controller", given(F.col("LocalPatientID"))).alias("record_id"),
        code(F.col("LACStatus")).alias("looked_after"),
        code(F.col("CPP")).alias("child_protection_plan"),
        code(F.col("YoungCarer")).alias("young_carer"),
        code(F.col("LDStatus")).alias("learning_disability"),
        code(F.col("AutismStatus")).alias("autism"),
        F.coalesce("patient_is_in_the_mpi", F.lit(False)).alias("patient_is_in_the_mpi"),
        "is_withheld",
    )


job = Job(
    build,
    reads={
        "patient_indicator": SOURCES["mhsds"].kind("patient_indicator").bronze,
        "mpi": SOURCES["mhsds"].kind("mpi").bronze,
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_PATIENT_INDICATOR,
    keep=last_word("record_id"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
