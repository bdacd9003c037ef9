"""The Mental Health Services Data Set, version 6: a provider's monthly submission, one CSV per table.

Tables and elements are the standard's, in its order; the file medium is this project's, for no public one was found.
Submissions roll: open referrals are sent again every month.
"""

from pathlib import Path

from cyplink.sources.model import FileKind, Source, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")


def _kind(name: str, table: str, grain: str, accounted_in: str) -> FileKind:
    return FileKind(
        source="mhsds",
        name=name,
        file_name=f"{table}.csv",
        recognised_by="name",
        layout="project",
        grain=grain,
        accounted_in=accounted_in,
        required=True,
        fields=FIELDS[name],
    )


SOURCE = Source(
    name="mhsds",
    title="Mental Health Services Data Set",
    description="Patients of mental-health services, their referrals, care contacts and indirect activity.",
    health=True,
    file_kinds=(
        _kind("header", "MHS000Header", "one per submission", "silver.mental_health_submission"),
        _kind("mpi", "MHS001MPI", "one per patient", "silver.identity"),
        _kind("gp", "MHS002GP", "one per patient and practice registration", "silver.identity"),
        _kind("patient_indicator", "MHS005PatInd", "one per patient", "silver.mental_health_patient_indicator"),
        _kind("referral", "MHS101Referral", "one per referral open in the month", "silver.mental_health_referral"),
        _kind("care_contact", "MHS201CareContact", "one per care contact", "silver.mental_health_contact"),
        _kind("indirect_activity", "MHS204IndirectActivity", "one per indirect activity", "silver.mental_health_contact"),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
)
