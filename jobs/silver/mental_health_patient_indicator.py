"""Silver mental_health_patient_indicator: what the provider last said of the patient's circumstances and where the patient lived, one row per patient."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import folded
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.identity import patients
from cyplink.sources.mhsds.payload import of_patients
from cyplink.standardise import dates
from cyplink.standardise.texts import code
from cyplink.tables import silver


def build(patient_indicator: DataFrame, accommodation: DataFrame, mpi: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered row of indicators or of an accommodation."""
    known = patients(is_withheld(F.col("NHSNumber"), mpi, withheld_nhs_number, pseudonyms))
    indicators = of_patients(
        patient_indicator.join(known, ["controller", "LocalPatientID"], how="left"), "patient_indicator", pseudonyms,
        looked_after=code(F.col("LACStatus")), child_protection_plan=code(F.col("CPP")), young_carer=code(F.col("YoungCarer")),
        learning_disability=code(F.col("LDStatus")), autism=code(F.col("AutismStatus")), part=F.lit(""),
    )
    home = F.struct(
        F.coalesce(dates.iso(F.col("AccommodationTypeDate")), dates.iso(F.col("AccommodationTypeStartDate"))).alias("recorded_on"),
        code(F.col("AccommodationType")).alias("accommodation_type"), code(F.col("SettledAccommodationInd")).alias("settled"),
    )
    homes = of_patients(accommodation.join(known, ["controller", "LocalPatientID"], how="left"), "accommodation", pseudonyms, part=F.to_json(home), accommodation=home)
    return indicators.unionByName(homes, allowMissingColumns=True)


job = Job(
    build,
    reads={
        **{name: SOURCES["mhsds"].kind(name).bronze for name in ("patient_indicator", "accommodation", "mpi")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_PATIENT_INDICATOR,
    keep=folded("controller", "record_id", of="patient_indicator", lists={"accommodations": "accommodation"}),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
