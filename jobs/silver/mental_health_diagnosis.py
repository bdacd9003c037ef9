"""Silver mental_health_diagnosis: primary and secondary diagnoses and presenting complaints of referrals, each once over months."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.identity import patients
from cyplink.sources.mhsds.payload import of_referrals, or_blank, referrals
from cyplink.standardise import codelists, dates
from cyplink.standardise.texts import code
from cyplink.tables import silver

SCHEMES = {"02": "icd_10", "06": "snomed_ct"}
FILES = {
    "primary": ("primary_diagnosis", "PrimDiag", "DiagSchemeInUse", "CodedDiagTimestamp"),
    "secondary": ("secondary_diagnosis", "SecDiag", "DiagSchemeInUse", "CodedDiagTimestamp"),
    "presenting_complaint": ("presenting_complaint", "PresComp", "FindSchemeInUse", "PresCompDate"),
}
"""By kind: file kind, and its columns of code, scheme and time recorded."""


def build(
    primary_diagnosis: DataFrame, secondary_diagnosis: DataFrame, presenting_complaint: DataFrame, referral: DataFrame, mpi: DataFrame,
    withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per delivered row."""
    whose = referrals(referral, patients(is_withheld(F.col("NHSNumber"), mpi, withheld_nhs_number, pseudonyms)))
    primary = in_shape(primary_diagnosis, whose, "primary", pseudonyms)
    secondary = in_shape(secondary_diagnosis, whose, "secondary", pseudonyms)
    complaints = in_shape(presenting_complaint, whose, "presenting_complaint", pseudonyms, significance=code(F.col("PresCompCodSig")))
    return primary.unionByName(secondary).unionByName(complaints, allowMissingColumns=True)


def in_shape(rows: DataFrame, whose: DataFrame, kind: str, pseudonyms: Pseudonyms, **said: Column) -> DataFrame:
    """Rows of one file in the table's columns."""
    file_kind, coded, scheme, recorded = FILES[kind]
    diagnosis = F.replace(code(F.col(coded)), F.lit("."), F.lit(""))
    own_id = [F.lit(kind), diagnosis, *or_blank("ServiceRequestID", scheme, recorded)]
    return of_referrals(
        rows, whose, file_kind, pseudonyms,
        diagnosis_token=pseudonyms.hash63(F.lit("mhsds_diagnosis"), "controller", *own_id), kind=F.lit(kind),
        scheme=F.coalesce(codelists.mapped(code(F.col(scheme)), SCHEMES), code(F.col(scheme))),
        code=diagnosis, recorded_on=dates.iso(F.col(recorded)), **said,
    )


job = Job(
    build,
    reads={
        **{name: SOURCES["mhsds"].kind(name).bronze for name in ("primary_diagnosis", "secondary_diagnosis", "presenting_complaint", "referral", "mpi")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_DIAGNOSIS,
    keep=last_word("controller", "diagnosis_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
