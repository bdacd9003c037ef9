"""Community return: months that repeat each other are one, everything coded finds its patient and day, protected people are not there."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.silver import community_contact, community_finding, community_referral
from tests.jobs.silver.steps import KEY, Fate, Row, delivered, fate

PROVIDER = "RYX"
OPEN_NUMBER, PROTECTED = "9990000018", "9990000026"
WITHHELD = [{"nhs_number_token": KEY.hash63_text("nhs_number", PROTECTED), "source": "pds", "controller": "X26", "reason": "confidential_on_pds"}]
PATIENT, REQUEST, CONTACT, ACTIVITY = (
    "LOCAL_PATIENT_IDENTIFIER_EXTENDED", "SERVICE_REQUEST_IDENTIFIER", "CARE_CONTACT_IDENTIFIER", "CARE_ACTIVITY_IDENTIFIER",
)  # fmt: skip
# P2's number is there in April only; P9 is in no index.
MPI = [
    *delivered(PROVIDER, "2025-04", {PATIENT: "P1", "NHS_NUMBER": OPEN_NUMBER}, {PATIENT: "P2", "NHS_NUMBER": "999 000 0026"}),
    *delivered(PROVIDER, "2025-05", {PATIENT: "P1"}, {PATIENT: "P2"}),
]


def record_id(local_id: str) -> int:
    return KEY.hash63_text("csds", PROVIDER, local_id)


def referral(patient: str, **more: Any) -> dict[str, Any]:
    return {REQUEST: f"R-{patient}", PATIENT: patient, "REFERRAL_REQUEST_RECEIVED_DATE": "2025-04-02", **more}


REFERRALS = [
    *delivered(PROVIDER, "2025-05", referral("P1", SERVICE_DISCHARGE_DATE="2025-05-20"), referral("P2")),
    *delivered(PROVIDER, "2025-04", *(referral(patient) for patient in ("P1", "P2", "P9"))),
]
CONTACTS = delivered(
    PROVIDER, "2025-04",
    *({CONTACT: f"K-{p}", REQUEST: f"R-{p}", "CARE_CONTACT_DATE": "2025-04-09", "ATTENDANCE_STATUS": "5"} for p in ("P1", "P2", "P9", "unheard-of")),
    {CONTACT: "K-late", REQUEST: "R-P1", "CARE_CONTACT_DATE": "2025-05-03", "ATTENDANCE_STATUS": "QQ"},
)  # fmt: skip


def test_a_referral_is_one_with_its_last_month_and_its_team(spark_session: SparkSession) -> None:
    team = {REQUEST: "R-P1", "SERVICE_OR_TEAM_TYPE_REFERRED_TO_COMMUNITY_CARE": "syn-st01", "REFERRAL_CLOSURE_REASON": "SYN-CR01"}
    teams = [*delivered(PROVIDER, "2025-05", team), *delivered(PROVIDER, "2025-04", {**team, "REFERRAL_CLOSURE_REASON": None})]
    found = fate(spark_session, community_referral.job, referral=REFERRALS, service_type=teams, mpi=MPI, withheld_nhs_number=WITHHELD)
    assert [(row["record_id"], row["discharged_on"], row["service_type"], row["closure_reason"], row["period"]) for row in found.kept] == [
        (record_id("P1"), date(2025, 5, 20), "SYN-ST01", "SYN-CR01", "2025-05")
    ]
    assert (found.withheld, [row["fatal_rules"] for row in found.quarantined]) == (2, [["patient_is_in_the_mpi"]])


def test_contacts_find_their_patient_and_their_month(spark_session: SparkSession) -> None:
    header = delivered(PROVIDER, "2025-04", {"REPORTING_PERIOD_START_DATE": "2025-04-01", "REPORTING_PERIOD_END_DATE": "2025-04-30"})
    found = fate(
        spark_session, community_contact.job, care_contact=CONTACTS, referral=REFERRALS, mpi=MPI, header=header, withheld_nhs_number=WITHHELD
    )
    assert {(row["record_id"], row["contact_on"], tuple(row["broken_rules"])) for row in found.kept} == {
        (record_id("P1"), date(2025, 4, 9), ()),
        (record_id("P1"), date(2025, 5, 3), ("attendance_is_a_known_code", "contact_is_in_the_reporting_period")),
    }
    assert found.withheld == 1
    assert sorted(row["fatal_rules"][0] for row in found.quarantined) == ["patient_is_in_the_mpi", "record_id_is_present"]


@pytest.fixture(scope="module")
def findings(spark_session: SparkSession) -> Fate:
    def of(period: str, *given: Row) -> list[Row]:
        return list(delivered(PROVIDER, period, *given))

    need = {PATIENT: "P1", "SPECIAL_EDUCATIONAL_NEED_TYPE": "SYN-SN02"}
    activity = {ACTIVITY: "A1", CONTACT: "K-P1", "COMMUNITY_CARE_ACTIVITY_TYPE": "SYN-AT01"}
    spot = "NEWBORN_BLOOD_SPOT_TEST_OUTCOME_STATUS_CODE"
    return fate(
        spark_session, community_finding.job, care_contact=CONTACTS, referral=REFERRALS, mpi=MPI, withheld_nhs_number=WITHHELD,
        special_educational_need=[*of("2025-04", need, {**need, PATIENT: "P2"}), *of("2025-05", need)],
        care_activity=of("2025-04", activity, {**activity, ACTIVITY: "A2", CONTACT: "K-P2"}),
        observation=of("2025-04", {ACTIVITY: "A1", "PERSON_WEIGHT": "4.20", "PERSON_LENGTH_IN_CENTIMETRES": "54"}, {ACTIVITY: "A2", "PERSON_WEIGHT": "3"}),
        contact_assessment=of("2025-04", {ACTIVITY: "A1", "CODED_ASSESSMENT_TOOL_TYPE_SNOMED_CT": "SYN-AS02", "PERSON_SCORE": "35"}),
        primary_diagnosis=of("2025-04", {REQUEST: "R-P1", "PRIMARY_DIAGNOSIS_CODED_CLINICAL_ENTRY": "SYN-DX01", "DIAGNOSIS_DATE": "2025-04-31"}),
        breastfeeding=of("2025-04", {ACTIVITY: "nobody's", "BREASTFEEDING_STATUS": "SYN-BF01"}),
        blood_spot=of("2025-04", {PATIENT: "P1", "BLOOD_SPOT_CARD_COMPLETION_DATE": "2025-04-03", f"{spot}_CYSTIC_FIBROSIS": "SYN-BO01"}),
        child_protection_plan=of("2025-04", {PATIENT: "P9", "CHILD_PROTECTION_PLAN_START_DATE": "2025-01-01"}),
    )


def test_everything_coded_of_a_child_is_one_row_with_its_day(findings: Fate) -> None:
    assert {row["record_id"] for row in findings.kept} == {record_id("P1")}
    found = {row["kind"]: (row["found_on"], row["code"], row["value"], row["results"], row["period"]) for row in findings.kept}
    of_the_contact = date(2025, 4, 9)
    assert len(findings.kept) == len(found)
    assert found == {
        "special_educational_need": (None, "SYN-SN02", None, None, "2025-05"),
        "care_activity": (of_the_contact, "SYN-AT01", None, None, "2025-04"),
        "observation": (of_the_contact, None, None, {"weight_kg": "4.20", "length_cm": "54"}, "2025-04"),
        "contact_assessment": (of_the_contact, "SYN-AS02", "35", None, "2025-04"),
        "primary_diagnosis": (None, "SYN-DX01", None, None, "2025-04"),
        "blood_spot": (date(2025, 4, 3), None, None, {"cystic_fibrosis": "SYN-BO01"}, "2025-04"),
    }
    assert {row["kind"]: row["broken_rules"] for row in findings.kept if row["broken_rules"]} == {"primary_diagnosis": ["found_on_is_a_date"]}


def test_items_of_protected_children_are_withheld_and_of_nobody_quarantined(findings: Fate) -> None:
    assert findings.withheld == 3  # P2's need, activity and weight
    assert {(row["kind"], *row["fatal_rules"]) for row in findings.quarantined} == {
        ("breastfeeding", "record_id_is_present"), ("child_protection_plan", "patient_is_in_the_mpi"),
    }
