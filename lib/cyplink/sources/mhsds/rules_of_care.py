"""What NHS England checks of care in a submission of MHSDS: contacts, activity, detention, hospital, diagnoses and scores (see rules.py)."""

from cyplink.sources.mhsds.rules import (
    PATIENTS,
    REFERRALS,
    V6,
    codes,
    dates,
    in_order,
    of_a_valid,
    once,
    required,
    since_the_month_began,
    until_the_month_ends,
    valid,
)
from cyplink.sources.rules import QUARANTINE, ReturnRule, RulesOf

CONTACT, ACTIVITY, INDIRECT = RulesOf("care_contact", V6), RulesOf("care_activity", V6), RulesOf("indirect_activity", V6)
DETENTION, SPELL, WARD = RulesOf("mental_health_act", V6), RulesOf("hospital_spell", V6), RulesOf("ward_stay", V6)
PRIMARY, SECONDARY, COMPLAINT = RulesOf("primary_diagnosis", V6), RulesOf("secondary_diagnosis", V6), RulesOf("presenting_complaint", V6)
REFERRAL_SCORE, ACTIVITY_SCORE = RulesOf("referral_score", V6), RulesOf("activity_score", V6)

SNOMED_CT = "[0-9]{6,18}"
ICD_10 = "[A-Z][0-9]{2}[0-9X]?[0-9A-Z]*"
SCORED_FROM_TO = {
    (0, 40): ("718134002", "986041000000107", "986121000000101", "986211000000104", "986371000000104", "716613004", "960251000000100", "718437004", "960601000000104"),
    (0, 141): ("718662005", "958281000000103", "718672008", "958361000000103"),
    (1, 100): ("860591000000104",),
}
"""Least and most score of the tools whose range is published (NHSDigital/mental-health-monthly-statistics@7b4d7421; the global scale's from its authors)."""


def coded_as_said(of: RulesOf, number: str, column: str, scheme: str) -> ReturnRule:
    """A diagnosis must have the form of the scheme given: 02 ICD-10, 06 SNOMED CT."""
    icd_10, snomed_ct = (f"not regexp_full_match(replace(upper({column}), '.', ''), '{form}')" for form in (ICD_10, SNOMED_CT))
    return of.row(number, f"{column} {scheme}", f"case {scheme} when '02' then {icd_10} when '06' then {snomed_ct} else false end", f"{column} is not a code of the scheme given.", severity=QUARANTINE)


def within_its_range(of: RulesOf, number: str) -> ReturnRule:
    """A score should be one that its tool can give."""
    cases = " ".join(
        f"when CodedAssToolType in ({', '.join(map(repr, tools))}) then coalesce(try_cast(PersScore as double) not between {least} and {most}, true)"
        for (least, most), tools in SCORED_FROM_TO.items()
    )
    return of.row(number, "PersScore CodedAssToolType", f"PersScore is not null and case {cases} else false end", "The score is none that the tool can give.")


RULES_OF_CONTACTS = (
    *required(CONTACT, CareContactID="MHS20101", ServiceRequestID="MHS20103", CareContDate="MHS20106"),
    *dates(CONTACT, CareContDate="MHS20107", EarliestReasonOfferDate="MHS20129", EarliestClinAppDate="MHS20131", CareContCancelDate="MHS20133"),
    CONTACT.row("MHS20114", "ClinContDurOfCareCont", "ClinContDurOfCareCont_given is not null and (ClinContDurOfCareCont is null or ClinContDurOfCareCont < 0)", "The duration is not a number of minutes.", severity=QUARANTINE),
    *since_the_month_began(CONTACT, CareContDate="MHS20167"), *until_the_month_ends(CONTACT, CareContDate="MHS20168"),
    *codes(CONTACT, AdminCatCode="MHS20113 administrative_category", ConsType="MHS20116 consultation_type", CareContSubj="MHS20118 contact_subject", ConsMechanismMH="MHS20120 mechanism",
           PlaceOfSafetyInd="MHS20145 yes_no", InterpreterPresentInd="MHS20162 interpreter", ComPeriMHPartAssessOfferInd="MHS20157 yes_no", PlannedCareContIndicator="MHS20152 yes_no",
           CareContPatientTherMode="MHS20126 therapy_mode", AttendStatus="MHS20128 attendance", CareContCancelReas="MHS20136 cancellation_reason"),
    CONTACT.row("MHS20137", "CareContCancelReas", "CareContCancelDate_given is not null and CareContCancelReas is null", "The cancellation has no reason."),
    of_a_valid(CONTACT, "MHS20142", "referral", REFERRALS), once(CONTACT, "MHS20143", "CareContactID"),
)
CONTACTS = valid(RULES_OF_CONTACTS, "CareContactID", of=REFERRALS)

RULES_OF_ACTIVITY = (
    *required(ACTIVITY, CareActID="MHS20201", CareContactID="MHS20203"),
    ACTIVITY.row("MHS20206", "ClinContactDurOfCareAct", "ClinContactDurOfCareAct_given is not null and (ClinContactDurOfCareAct is null or ClinContactDurOfCareAct < 0)", "The duration is not a number of minutes.", severity=QUARANTINE),
    ACTIVITY.row("MHS20230", "Procedure", f"not regexp_matches(Procedure, '(^|[^0-9]){SNOMED_CT}($|[^0-9])')", "The procedure holds no SNOMED CT code.", severity=QUARANTINE),
    ACTIVITY.row("MHS20231", "Observation", f"not regexp_full_match(Observation, '{SNOMED_CT}')", "The observation is not a SNOMED CT code.", severity=QUARANTINE),
    ACTIVITY.row("MHS20227", "UnitofMeasurement_UCUM", "ObsValue is not null and UnitofMeasurement_UCUM is null", "The value observed has no unit."),
    ACTIVITY.row("MHS20232", "FindSchemeInUse", "Finding is not null and FindSchemeInUse is null", "The finding's scheme is not given."),
    ACTIVITY.row("MHS20233", "Finding", "FindSchemeInUse is not null and Finding is null", "A scheme is given, and no finding."), *codes(ACTIVITY, FindSchemeInUse="MHS20213 finding_scheme"),
    of_a_valid(ACTIVITY, "MHS20224", "contact", CONTACTS), once(ACTIVITY, "MHS20225", "CareActID"),
    *required(INDIRECT, ServiceRequestID="MHS20404", IndirectActDate="MHS20407"), *dates(INDIRECT, IndirectActDate="MHS20408"),
    *since_the_month_began(INDIRECT, IndirectActDate="MHS20435"), *until_the_month_ends(INDIRECT, IndirectActDate="MHS20436"),
    INDIRECT.row("MHS20411", "DurationIndirectAct", "DurationIndirectAct_given is not null and (DurationIndirectAct is null or DurationIndirectAct < 0)", "The duration is not a number of minutes.", severity=QUARANTINE),
    *codes(INDIRECT, IndActPersCons="MHS20437 person_consulted", FindSchemeInUse="MHS20426 finding_scheme"),
    INDIRECT.row("MHS20427", "FindSchemeInUse", "Finding is not null and FindSchemeInUse is null", "The finding's scheme is not given."),
    of_a_valid(INDIRECT, "MHS20403", "referral", REFERRALS),
)
ACTIVITIES = valid(RULES_OF_ACTIVITY, "CareActID", of=CONTACTS)

RULES_OF_DETENTION = (
    *required(DETENTION, MHActLegalStatusClassPeriodID="MHS40101", LocalPatientID="MHS40103", StartDateMHActLegalStatusClass="MHS40105", StartTimeMHActLegalStatusClass="MHS40108"),
    *dates(DETENTION, StartDateMHActLegalStatusClass="MHS40106", ExpiryDateMHActLegalStatusClass="MHS40112", EndDateMHActLegalStatusClass="MHS40114"),
    *until_the_month_ends(DETENTION, StartDateMHActLegalStatusClass="MHS40107", EndDateMHActLegalStatusClass="MHS40116"), *since_the_month_began(DETENTION, EndDateMHActLegalStatusClass="MHS40115"),
    in_order(DETENTION, "MHS40117", "StartDateMHActLegalStatusClass", "EndDateMHActLegalStatusClass"),
    *codes(DETENTION, LegalStatusClassPeriodStartReason="MHS40111 legal_status_start_reason", LegalStatusClassPeriodEndReason="MHS40120 legal_status_end_reason", LegalStatusCode="MHS40122 legal_status", MentalCat="MHS40124 mental_category"),
    of_a_valid(DETENTION, "MHS40125", "patient", PATIENTS), once(DETENTION, "MHS40126", "MHActLegalStatusClassPeriodID"),
)

RULES_OF_SPELLS = (
    *required(SPELL, HospProvSpellID="MHS50104", ServiceRequestID="MHS50106", StartDateHospProvSpell="MHS50108"),
    *dates(SPELL, DecidedToAdmitDate="MHS50134", StartDateHospProvSpell="MHS50109", EstimatedDischDateHospProvSpell="MHS50130", PlannedDischDateHospProvSpell="MHS50116", DischDateHospProvSpell="MHS50117"),
    *until_the_month_ends(SPELL, DecidedToAdmitDate="MHS50135", StartDateHospProvSpell="MHS50110", DischDateHospProvSpell="MHS50119"), *since_the_month_began(SPELL, DischDateHospProvSpell="MHS50118"),
    in_order(SPELL, "MHS50120", "StartDateHospProvSpell", "DischDateHospProvSpell"),
    *codes(SPELL, SourceAdmMHHospProvSpell="MHS50113 admission_source", MethAdmMHHospProvSpell="MHS50115 admission_method", PlannedDestDisch="MHS50129 discharge_destination",
           MethOfDischMHHospProvSpell="MHS50123 discharge_method", DestOfDischHospProvSpell="MHS50125 discharge_destination"),
    of_a_valid(SPELL, "MHS50102", "referral", REFERRALS), once(SPELL, "MHS50103", "HospProvSpellID"),
)
SPELLS = valid(RULES_OF_SPELLS, "HospProvSpellID", of=REFERRALS)

RULES_OF_WARDS = (
    *required(WARD, WardStayID="MHS50205", WardCode="MHS50247", HospProvSpellID="MHS50207", StartDateWardStay="MHS50209"), *dates(WARD, StartDateWardStay="MHS50210", EndDateWardStay="MHS50213"),
    *until_the_month_ends(WARD, StartDateWardStay="MHS50211", EndDateWardStay="MHS50215"), *since_the_month_began(WARD, EndDateWardStay="MHS50214"),
    in_order(WARD, "MHS50216", "StartDateWardStay", "EndDateWardStay"), *codes(WARD, MHAdmittedPatientClass="MHS50237 admitted_class"),
    WARD.row("MHS50230", "StartDateWardStay", "exists (select 1 from hospital_spell s where s.HospProvSpellID = ward_stay.HospProvSpellID and ward_stay.StartDateWardStay < s.StartDateHospProvSpell)",
             "The stay starts before the hospital spell.", severity=QUARANTINE, reads=["hospital_spell"]),
    WARD.row("MHS50231", "StartDateWardStay", "exists (select 1 from hospital_spell s where s.HospProvSpellID = ward_stay.HospProvSpellID and ward_stay.StartDateWardStay > s.DischDateHospProvSpell)",
             "The stay starts after the hospital spell.", severity=QUARANTINE, reads=["hospital_spell"]),
    of_a_valid(WARD, "MHS50203", "hospital spell", SPELLS), once(WARD, "MHS50204", "WardStayID"),
)

RULES_OF_DIAGNOSES = (
    *required(PRIMARY, ServiceRequestID="MHS60401", DiagSchemeInUse="MHS60403", PrimDiag="MHS60406"), *dates(PRIMARY, CodedDiagTimestamp="MHS60409"), *until_the_month_ends(PRIMARY, CodedDiagTimestamp="MHS60410"),
    *codes(PRIMARY, DiagSchemeInUse="MHS60405 diagnosis_scheme"), coded_as_said(PRIMARY, "MHS60414", "PrimDiag", "DiagSchemeInUse"),
    of_a_valid(PRIMARY, "MHS60412", "referral", REFERRALS), once(PRIMARY, "MHS60413", "ServiceRequestID CodedDiagTimestamp PrimDiag"),
    *required(SECONDARY, ServiceRequestID="MHS60501", DiagSchemeInUse="MHS60503", SecDiag="MHS60506"), *dates(SECONDARY, CodedDiagTimestamp="MHS60509"), *until_the_month_ends(SECONDARY, CodedDiagTimestamp="MHS60510"),
    *codes(SECONDARY, DiagSchemeInUse="MHS60505 diagnosis_scheme"), coded_as_said(SECONDARY, "MHS60514", "SecDiag", "DiagSchemeInUse"),
    of_a_valid(SECONDARY, "MHS60512", "referral", REFERRALS), once(SECONDARY, "MHS60513", "ServiceRequestID CodedDiagTimestamp SecDiag"),
    *required(COMPLAINT, ServiceRequestID="MHS60905", FindSchemeInUse="MHS60907", PresComp="MHS60910"), *dates(COMPLAINT, PresCompDate="MHS60916"),
    COMPLAINT.row("MHS60917", "PresCompDate", "PresCompDate > last_day()", "PresCompDate is after the reporting period."),
    *codes(COMPLAINT, FindSchemeInUse="MHS60909 diagnosis_scheme", PresCompCodSig="MHS60915 coding_significance"), coded_as_said(COMPLAINT, "MHS60912", "PresComp", "FindSchemeInUse"),
    of_a_valid(COMPLAINT, "MHS60901", "referral", REFERRALS), once(COMPLAINT, "MHS60902", "ServiceRequestID PresCompDate PresComp"),
)

RULES_OF_SCORES = (
    *required(REFERRAL_SCORE, ServiceRequestID="MHS60601", CodedAssToolType="MHS60603", PersScore="MHS60605", AssToolCompTimestamp="MHS60608"), *dates(REFERRAL_SCORE, AssToolCompTimestamp="MHS60609"),
    REFERRAL_SCORE.row("MHS60604", "CodedAssToolType", f"not regexp_full_match(CodedAssToolType, '{SNOMED_CT}')", "The tool is not a SNOMED CT code.", severity=QUARANTINE), within_its_range(REFERRAL_SCORE, "MHS60607"),
    *since_the_month_began(REFERRAL_SCORE, AssToolCompTimestamp="MHS60618"), *until_the_month_ends(REFERRAL_SCORE, AssToolCompTimestamp="MHS60616"),
    of_a_valid(REFERRAL_SCORE, "MHS60612", "referral", REFERRALS),
    *required(ACTIVITY_SCORE, CareActID="MHS60701", CodedAssToolType="MHS60703", PersScore="MHS60705"),
    ACTIVITY_SCORE.row("MHS60704", "CodedAssToolType", f"not regexp_full_match(CodedAssToolType, '{SNOMED_CT}')", "The tool is not a SNOMED CT code.", severity=QUARANTINE), within_its_range(ACTIVITY_SCORE, "MHS60707"),
    of_a_valid(ACTIVITY_SCORE, "MHS60708", "care activity", ACTIVITIES), once(ACTIVITY_SCORE, "MHS60709", "CareActID CodedAssToolType PersScore"),
)

RULES_OF_CARE: tuple[ReturnRule, ...] = (*RULES_OF_CONTACTS, *RULES_OF_ACTIVITY, *RULES_OF_DETENTION, *RULES_OF_SPELLS, *RULES_OF_WARDS, *RULES_OF_DIAGNOSES, *RULES_OF_SCORES)
VALID = (PATIENTS, REFERRALS, CONTACTS, ACTIVITIES, SPELLS)
