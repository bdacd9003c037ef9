"""Silver mental_health_act_period: one row per provider and period of a legal status under the Mental Health Act, as last submitted."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.identity import patients
from cyplink.sources.mhsds.payload import of_patients
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given
from cyplink.tables import silver


def build(mental_health_act: DataFrame, mpi: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered row."""
    known = patients(is_withheld(F.col("NHSNumber"), mpi, withheld_nhs_number, pseudonyms))
    return of_patients(
        mental_health_act.join(known, ["controller", "LocalPatientID"], how="left"), "mental_health_act", pseudonyms,
        act_period_token=pseudonyms.hash63(F.lit("mhsds_act_period"), "controller", given(F.col("MHActLegalStatusClassPeriodID"))),
        legal_status=code(F.col("LegalStatusCode")),
        mental_category=code(F.col("MentalCat")),
        started_on=dates.iso(F.col("StartDateMHActLegalStatusClass")),
        expires_on=dates.iso(F.col("ExpiryDateMHActLegalStatusClass")),
        ended_on=dates.iso(F.col("EndDateMHActLegalStatusClass")),
        start_reason=code(F.col("LegalStatusClassPeriodStartReason")),
        end_reason=code(F.col("LegalStatusClassPeriodEndReason")),
    )


job = Job(
    build,
    reads={
        **{name: SOURCES["mhsds"].kind(name).bronze for name in ("mental_health_act", "mpi")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_ACT_PERIOD,
    keep=last_word("controller", "act_period_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
