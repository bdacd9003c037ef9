"""The Mental Health Services Data Set, version 6: a provider's monthly submission, one CSV per table.

Tables and elements are the standard's, in its order; the file medium is this project's, for no public one was found.
Submissions roll: open referrals are sent again every month.

Version 5 (to March 2024) is read as well: its other names are `former_name`s in fields.csv, what version 6 dropped is there up to
2024-03. Of the standard's 62 tables these are the 21 that say something of a child; staff, group sessions, care plans and the like are not.
"""

from functools import partial
from pathlib import Path

from cyplink.sources.mhsds.rules import RULES_OF_PATIENTS
from cyplink.sources.mhsds.rules_of_care import RULES_OF_CARE, VALID
from cyplink.sources.model import Source, declare, read_breaks, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("mhsds", FIELDS, recognised_by="name", layout="project")
_optional = partial(_kind, required=False)

SOURCE = Source(
    name="mhsds",
    title="Mental Health Services Data Set",
    description="Patients of mental-health services, their referrals, contacts, activity, detentions, hospital spells, diagnoses and scores.",
    health=True,
    file_kinds=(
        _kind("header", "one per submission", "silver.mental_health_submission", file_name="MHS000Header.csv"),
        _kind("mpi", "one per patient", "silver.identity", file_name="MHS001MPI.csv"),
        _kind("gp", "one per patient and practice registration", "silver.identity", file_name="MHS002GP.csv"),
        _optional("accommodation", "one per patient and accommodation recorded", "silver.mental_health_patient_indicator", file_name="MHS003AccommStatus.csv"),
        _kind("patient_indicator", "one per patient", "silver.mental_health_patient_indicator", file_name="MHS005PatInd.csv"),
        _kind("referral", "one per referral open in the month", "silver.mental_health_referral", file_name="MHS101Referral.csv"),
        _optional("other_service", "one per referral and other team; in version 5, every team", "silver.mental_health_referral", file_name="MHS102*.csv"),
        _optional("other_reason", "one per referral and other reason", "silver.mental_health_referral", file_name="MHS103OtherReasonReferral.csv"),
        _optional("onward_referral", "one per referral onward", "silver.mental_health_referral", file_name="MHS105OnwardReferral.csv"),
        _kind("care_contact", "one per care contact", "silver.mental_health_contact", file_name="MHS201CareContact.csv"),
        _optional("care_activity", "one per activity in a contact", "silver.mental_health_contact", file_name="MHS202CareActivity.csv"),
        _kind("indirect_activity", "one per indirect activity", "silver.mental_health_contact", file_name="MHS204IndirectActivity.csv"),
        _optional("mental_health_act", "one per period of a legal status", "silver.mental_health_act_period", file_name="MHS401MHActPeriod.csv"),
        _optional("hospital_spell", "one per hospital provider spell open in the month", "silver.mental_health_spell", file_name="MHS501HospProvSpell.csv"),
        _optional("ward_stay", "one per stay on a ward", "silver.mental_health_spell", file_name="MHS502WardStay.csv"),
        _optional("primary_diagnosis", "one per referral and primary diagnosis", "silver.mental_health_diagnosis", file_name="MHS604PrimDiag.csv"),
        _optional("secondary_diagnosis", "one per referral and secondary diagnosis", "silver.mental_health_diagnosis", file_name="MHS605SecDiag.csv"),
        _optional("referral_score", "one per score of an assessment in a referral", "silver.mental_health_score", file_name="MHS606CodedScoreAssessmentRefer.csv"),
        _optional("activity_score", "one per score of an assessment in a contact", "silver.mental_health_score", file_name="MHS607CodedScoreAssessmentAct.csv"),
        _optional("presenting_complaint", "one per referral and presenting complaint", "silver.mental_health_diagnosis", file_name="MHS609PresComp.csv"),
        _optional("team", "one per team; looked up, not turned into rows", "silver.mental_health_referral", file_name="MHS902ServiceTeamDetails.csv"),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
    breaks=read_breaks(FOLDER / "breaks.csv"),
    rules=(*RULES_OF_PATIENTS, *RULES_OF_CARE),
    rule_tables=VALID,
)
