"""The Mental Health Services Data Set, version 6: a provider's monthly submission, one CSV per table.

Tables and elements are the standard's, in its order; the file medium is this project's, for no public one was found.
Submissions roll: open referrals are sent again every month.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("mhsds", FIELDS, recognised_by="name", layout="project")

SOURCE = Source(
    name="mhsds",
    title="Mental Health Services Data Set",
    description="Patients of mental-health services, their referrals, care contacts and indirect activity.",
    health=True,
    file_kinds=(
        _kind("header", "one per submission", "silver.mental_health_submission", file_name="MHS000Header.csv"),
        _kind("mpi", "one per patient", "silver.identity", file_name="MHS001MPI.csv"),
        _kind("gp", "one per patient and practice registration", "silver.identity", file_name="MHS002GP.csv"),
        _kind("patient_indicator", "one per patient", "silver.mental_health_patient_indicator", file_name="MHS005PatInd.csv"),
        _kind("referral", "one per referral open in the month", "silver.mental_health_referral", file_name="MHS101Referral.csv"),
        _kind("care_contact", "one per care contact", "silver.mental_health_contact", file_name="MHS201CareContact.csv"),
        _kind("indirect_activity", "one per indirect activity", "silver.mental_health_contact", file_name="MHS204IndirectActivity.csv"),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
)
