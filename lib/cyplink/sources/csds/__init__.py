"""The Community Services Data Set: a provider's monthly submission, one CSV per table.

Elements have their Data Dictionary names, in the order of the copy that an integrated care board holds (ncl-icb-analytics/dbt-ncl-analytics
@213ca054), as far as a provider submits them: what the board adds after EFFECTIVE FROM is left out, of two spellings of one element the
one in use is declared (the other, where it is delivered, lies in other_columns), and NHS numbers, birth date and postcode, which the board has as
pseudonyms, have their own names. Version and file medium were not verified, so the layout is this project's. Code lists that were not
found have labels under SYN. A table without rows need not be delivered. Submissions roll: open referrals are sent again every month.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_breaks, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("csds", FIELDS, recognised_by="name", layout="project")
_FINDING = "silver.community_finding"

SOURCE = Source(
    name="csds",
    title="Community Services Data Set",
    description=(
        "Patients of community health services, their referrals, contacts, activities and what was found. Project layout; code lists "
        "that were not found are synthetic (SYN)."
    ),
    health=True,
    file_kinds=(
        _kind("header", "one per submission", "silver.community_contact", file_name="CYP000Header.csv"),
        _kind("mpi", "one per patient", "silver.identity", file_name="CYP001MPI.csv"),
        _kind("gp", "one per patient and practice registration", "silver.identity", file_name="CYP002GP.csv"),
        _kind("accommodation", "one per patient and accommodation status", _FINDING, file_name="CYP003AccommType.csv", required=False),
        _kind("referral", "one per referral open in the month", "silver.community_referral", file_name="CYP101Referral.csv"),
        _kind("service_type", "one per referral and team", "silver.community_referral", file_name="CYP102ServiceTypeReferredTo.csv"),
        _kind("care_contact", "one per care contact", "silver.community_contact", file_name="CYP201CareContact.csv"),
        _kind("care_activity", "one per care activity", _FINDING, file_name="CYP202CareActivity.csv", required=False),
        _kind("special_educational_need", "one per patient and need", _FINDING, file_name="CYP401SpEdNeedId.csv", required=False),
        _kind("safeguarding_factor", "one per patient and factor", _FINDING, file_name="CYP402SVF.csv", required=False),
        _kind("child_protection_plan", "one per patient and plan", _FINDING, file_name="CYP403CPP.csv", required=False),
        _kind("coded_immunisation", "one per patient and immunisation", _FINDING, file_name="CYP501CodedImm.csv", required=False),
        _kind("immunisation", "one per patient and immunisation", _FINDING, file_name="CYP502Imm.csv", required=False),
        _kind("disability", "one per patient and disability", _FINDING, file_name="CYP602DisabilityType.csv", required=False),
        _kind("newborn_hearing", "one per patient and screening", _FINDING, file_name="CYP603NewbornHearingScreening.csv", required=False),
        _kind("blood_spot", "one per patient and blood spot card", _FINDING, file_name="CYP604BloodSpotResult.csv", required=False),
        _kind("provisional_diagnosis", "one per referral and diagnosis", _FINDING, file_name="CYP606ProvDiag.csv", required=False),
        _kind("primary_diagnosis", "one per referral", _FINDING, file_name="CYP607PrimDiag.csv", required=False),
        _kind("secondary_diagnosis", "one per referral and diagnosis", _FINDING, file_name="CYP608SecDiag.csv", required=False),
        _kind("referral_assessment", "one per referral and assessment", _FINDING, file_name="CYP609CodedAssessmentReferral.csv", required=False),
        _kind("breastfeeding", "one per care activity", _FINDING, file_name="CYP610BreastfeedingStatus.csv", required=False),
        _kind("observation", "one per care activity", _FINDING, file_name="CYP611Obs.csv", required=False),
        _kind("contact_assessment", "one per care activity and assessment", _FINDING, file_name="CYP612CodedAssessmentContact.csv", required=False),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
    breaks=read_breaks(FOLDER / "breaks.csv"),
)
