"""Mental-health care in full: teams and reasons with their referral, stays with their spell, diagnoses and scores, in both versions' words."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.silver import (
    mental_health_act_period,
    mental_health_contact,
    mental_health_diagnosis,
    mental_health_patient_indicator,
    mental_health_referral,
    mental_health_score,
    mental_health_spell,
)
from tests.jobs.silver.steps import KEY, Row, delivered, fate

CNWL = "RV3"
APRIL, MAY = "2025-04", "2025-05"
PROTECTED = "9990000026"
WITHHELD: list[Row] = [{"nhs_number_token": KEY.hash63_text("nhs_number", PROTECTED)}]
MPI = delivered(CNWL, APRIL, {"LocalPatientID": "P1"}, {"LocalPatientID": "P2", "NHSNumber": PROTECTED}, {"LocalPatientID": "P5"})
P1, P5 = (KEY.hash63_text("mhsds", CNWL, patient) for patient in ("P1", "P5"))


def months(*rows: tuple[str, dict[str, Any]]) -> list[Row]:
    """Rows of one file, each in its month."""
    return [row for month in (MAY, APRIL, "2024-03") for row in delivered(CNWL, month, *(given for of, given in rows if of == month))]


def referral(number: str, patient: str, **more: Any) -> dict[str, Any]:
    return {"ServiceRequestID": number, "LocalPatientID": patient, "ReferralRequestReceivedDate": "2024-03-02", **more}


REFERRALS = months(
    (APRIL, referral("R1", "P1", CareProfTeamLocalID="t1")), (MAY, referral("R1", "P1", CareProfTeamLocalID="T1")), (APRIL, referral("R2", "P2")), ("2024-03", referral("R5", "P5"))
)
TO_P1_P2_AND_NOBODY = ("R1", "R2", "R9")


def test_a_referral_has_its_team_s_type_and_what_other_files_say_of_it(spark_session: SparkSession) -> None:
    teams = months((APRIL, {"CareProfTeamLocalID": "T1", "ServTeamTypeMH": "A18"}), (MAY, {"CareProfTeamLocalID": "T1", "ServTeamTypeMH": "C06"}), (MAY, {"CareProfTeamLocalID": "T2", "ServTeamTypeMH": "C10"}))
    version_5 = {"ServiceRequestID": "R5", "OtherCareProfTeamLocalID": "T7", "ServTeamTypeRefToMH": "A06", "ReferRejectionDate": "2024-03-20", "ReferRejectReason": "02"}
    other = months(
        *((MAY, {"ServiceRequestID": number, "OtherCareProfTeamLocalID": "T2"}) for number in TO_P1_P2_AND_NOBODY), (APRIL, {"ServiceRequestID": "R1", "OtherCareProfTeamLocalID": "T2"}),
        ("2024-03", version_5), ("2024-03", {**version_5, "OtherCareProfTeamLocalID": "T8", "ServTeamTypeRefToMH": "F01"}),
    )
    found = fate(
        spark_session, mental_health_referral.job, referral=REFERRALS, mpi=MPI, withheld_nhs_number=WITHHELD, team=teams, other_service=other,
        other_reason=months(*((MAY, {"ServiceRequestID": "R1", "OtherReasonReferMH": reason}) for reason in ("21", "05"))),
        onward_referral=months((MAY, {"ServiceRequestID": "R1", "OnwardReferDate": "2025-05-30", "OnwardReferReason": "01", "OrgIDReceiving": "rkl"})),
    )
    assert {row["record_id"]: (row["team_type"], row["other_team_types"], row["other_reasons"], row["rejected_on"]) for row in found.kept} == {
        P1: ("C06", ["C10"], ["05", "21"], None), P5: ("A06", ["F01"], [], date(2024, 3, 20)),
    }
    assert found.only(record_id=P1)["onward_referrals"] == [{"referred_on": date(2025, 5, 30), "reason": "01", "organisation": "RKL"}]
    assert found.withheld == 2  # R2 and its other team
    assert [set(row["fatal_rules"]) for row in found.quarantined] == [{"received_on_is_present", "record_id_is_present"}]


def test_a_spell_has_the_last_word_on_each_of_its_ward_stays(spark_session: SparkSession) -> None:
    spell = {"HospProvSpellID": "H1", "ServiceRequestID": "R1", "StartDateHospProvSpell": "2025-04-20", "MethAdmMHHospProvSpell": "2a"}
    stay = {"WardStayID": "W1", "HospProvSpellID": "H1", "StartDateWardStay": "2025-04-20", "MHAdmittedPatientClass": "300"}
    found = fate(
        spark_session, mental_health_spell.job, referral=REFERRALS, mpi=MPI, withheld_nhs_number=WITHHELD,
        hospital_spell=months((APRIL, spell), (MAY, {**spell, "DischDateHospProvSpell": "2025-05-09"}), (MAY, {**spell, "HospProvSpellID": "H2", "ServiceRequestID": "R2"})),
        ward_stay=months((APRIL, stay), (MAY, {**stay, "EndDateWardStay": "2025-05-02"}), (MAY, {**stay, "WardStayID": "W2", "StartDateWardStay": "2025-05-02"}),
                         (MAY, {**stay, "HospProvSpellID": "H2"}), (MAY, {**stay, "HospProvSpellID": "H9"})),
    )  # fmt: skip
    (row,) = found.kept
    assert (row["record_id"], row["admitted_on"], row["discharged_on"], row["method_of_admission"], row["period"]) == (P1, date(2025, 4, 20), date(2025, 5, 9), "2A", MAY)
    assert [(stay["started_on"], stay["ended_on"]) for stay in row["ward_stays"]] == [(date(2025, 4, 20), date(2025, 5, 2)), (date(2025, 5, 2), None)]
    assert (found.withheld, len(found.quarantined)) == (2, 1)


def test_diagnoses_of_three_files_are_one_each_over_months_in_one_scheme_s_words(spark_session: SparkSession) -> None:
    primary = {"ServiceRequestID": "R1", "DiagSchemeInUse": "02", "PrimDiag": "f32.1", "CodedDiagTimestamp": "2025-04-12T10:00:00"}
    found = fate(
        spark_session, mental_health_diagnosis.job, referral=REFERRALS, mpi=MPI, withheld_nhs_number=WITHHELD,
        primary_diagnosis=months((APRIL, primary), (MAY, primary), (MAY, {**primary, "ServiceRequestID": "R2"}), (MAY, {**primary, "ServiceRequestID": "R9"})),
        secondary_diagnosis=months((MAY, {"ServiceRequestID": "R1", "DiagSchemeInUse": "06", "SecDiag": "406506008"})),
        presenting_complaint=months((MAY, {"ServiceRequestID": "R1", "FindSchemeInUse": "99", "PresComp": "48694002", "PresCompCodSig": "1"})),
    )
    assert {(row["kind"], row["scheme"], row["code"], row["recorded_on"], row["period"], tuple(row["broken_rules"])) for row in found.kept} == {
        ("primary", "icd_10", "F321", date(2025, 4, 12), MAY, ()), ("secondary", "snomed_ct", "406506008", None, MAY, ()),
        ("presenting_complaint", "99", "48694002", None, MAY, ("scheme_is_a_known_code",)),
    }
    assert (found.withheld, len(found.quarantined)) == (1, 1)


@pytest.fixture(scope="module")
def care() -> dict[str, list[Row]]:
    """A contact of R1 with two activities, one of R2, an activity of no contact."""
    contact = {"CareContactID": "K1", "ServiceRequestID": "R1", "CareContDate": "2025-04-09", "AttendStatus": "5"}
    acts = (("A1", "K1", "228557008"), ("A2", "K1", "75516001"), ("A3", "K2", "228557008"), ("A9", "K9", "228557008"))
    return {
        "care_contact": months((APRIL, contact), (APRIL, {**contact, "CareContactID": "K2", "ServiceRequestID": "R2"})),
        "care_activity": months(*((APRIL, {"CareActID": act, "CareContactID": of, "Procedure": done}) for act, of, done in acts)),
    }


def test_scores_find_their_tool_day_and_patient_by_referral_or_activity(spark_session: SparkSession, care: dict[str, list[Row]]) -> None:
    said = {"ServiceRequestID": "R1", "CodedAssToolType": "986041000000107", "PersScore": "21", "AssToolCompTimestamp": "2025-04-08T10:00:00"}
    by_activity = [{"CareActID": act, "CodedAssToolType": "860591000000104", "PersScore": score} for act, score in (("A1", "5x"), ("A3", "50"), ("A9", "50"))]
    found = fate(
        spark_session, mental_health_score.job, referral=REFERRALS, mpi=MPI, withheld_nhs_number=WITHHELD, **care,
        referral_score=months((APRIL, said), (MAY, said)), activity_score=months(*((APRIL, row) for row in by_activity)),
    )
    assert {(row["record_id"], row["assessed"], row["tool"], row["rater"], row["score"], row["assessed_on"], tuple(row["broken_rules"])) for row in found.kept} == {
        (P1, "referral", "sdq", "self", 21.0, date(2025, 4, 8), ()), (P1, "activity", "cgas", "clinician", None, date(2025, 4, 9), ("score_is_a_number",)),
    }
    assert (found.withheld, [set(row["fatal_rules"]) for row in found.quarantined]) == (1, [{"service_request_token_is_present", "record_id_is_present", "assessed_on_is_present"}])


def test_a_contact_lists_what_was_done_in_it(spark_session: SparkSession, care: dict[str, list[Row]]) -> None:
    found = fate(spark_session, mental_health_contact.job, referral=REFERRALS, mpi=MPI, withheld_nhs_number=WITHHELD, **care)
    assert [(row["record_id"], row["attendance"], row["procedures"]) for row in found.kept] == [(P1, "5", ["228557008", "75516001"])]
    assert (found.withheld, len(found.quarantined)) == (2, 1)


def test_where_a_patient_lived_is_listed_whether_or_not_there_are_indicators(spark_session: SparkSession) -> None:
    home = {"LocalPatientID": "P1", "AccommodationType": "03", "SettledAccommodationInd": "y", "AccommodationTypeDate": "2025-04-01"}
    found = fate(
        spark_session, mental_health_patient_indicator.job, mpi=MPI, withheld_nhs_number=WITHHELD, patient_indicator=months((APRIL, {"LocalPatientID": "P1", "LACStatus": "Y"})),
        accommodation=months((APRIL, home), (MAY, home), (MAY, {**home, "LocalPatientID": "P2"}), (MAY, {**home, "LocalPatientID": "P5"})),
    )
    lived = [{"recorded_on": date(2025, 4, 1), "accommodation_type": "03", "settled": "Y"}]
    assert {row["record_id"]: (row["looked_after"], row["accommodations"]) for row in found.kept} == {P1: ("Y", lived), P5: (None, lived)}
    assert found.withheld == 1


def test_a_detention_is_one_with_the_last_month(spark_session: SparkSession) -> None:
    act = {"MHActLegalStatusClassPeriodID": "M1", "LocalPatientID": "P1", "StartDateMHActLegalStatusClass": "2025-04-11", "LegalStatusCode": "02"}
    found = fate(
        spark_session, mental_health_act_period.job, mpi=MPI, withheld_nhs_number=WITHHELD,
        mental_health_act=months((APRIL, act), (MAY, {**act, "EndDateMHActLegalStatusClass": "2025-04-10"}), (MAY, {**act, "MHActLegalStatusClassPeriodID": "M2", "LocalPatientID": "P2"})),
    )
    assert [(row["record_id"], row["legal_status"], row["ended_on"], row["broken_rules"]) for row in found.kept] == [(P1, "02", date(2025, 4, 10), ["ends_after_it_starts"])]
    assert found.withheld == 1
