"""Silver mental_health_diagnosis: primary and secondary diagnoses and presenting complaints of referrals, each once over months."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.payload import WHOSE, of_referrals, or_blank
from cyplink.standardise.macros import meaning
from cyplink.tables import silver

SCHEMES = {"02": "icd_10", "06": "snomed_ct"}
FILES = {
    "primary": ("primary_diagnosis", "PrimDiag", "DiagSchemeInUse", "CodedDiagTimestamp"),
    "secondary": ("secondary_diagnosis", "SecDiag", "DiagSchemeInUse", "CodedDiagTimestamp"),
    "presenting_complaint": ("presenting_complaint", "PresComp", "FindSchemeInUse", "PresCompDate"),
}
"""By kind: file kind, and its columns of code, scheme and time recorded."""


def _in_shape(kind: str, **said: str) -> str:
    """SELECT of the rows of one file in the table's columns."""
    file_kind, coded, scheme, recorded = FILES[kind]
    diagnosis = f"replace(code({coded}), '.', '')"
    return of_referrals(
        file_kind, file_kind,
        diagnosis_token=f"hash63('mhsds_diagnosis', controller, '{kind}', {diagnosis}, {or_blank('ServiceRequestID', scheme, recorded)})",
        kind=f"'{kind}'",
        scheme=f"coalesce({meaning(f'code({scheme})', SCHEMES)}, code({scheme}))",
        code=diagnosis,
        recorded_on=f"iso({recorded})",
        **said,
    )


SELECT = f"""
    with {WHOSE}
    {_in_shape("primary")} union all by name {_in_shape("secondary")}
    union all by name {_in_shape("presenting_complaint", significance="code(PresCompCodSig)")}"""
"""One row per delivered row."""


job = Job(
    None,
    selects={"mhsds": SELECT},
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
