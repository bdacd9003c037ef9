"""Health payload: months that repeat each other, parents that are missing, and people who may not be used at all."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.silver import (
    mental_health_contact,
    mental_health_patient_indicator,
    mental_health_referral,
    mental_health_submission,
    nhs_number_merger,
    registration,
    withheld_nhs_number,
)
from tests.jobs.silver.steps import KEY, Fate, Row, delivered, fate

CNWL, PDS = "RV3", "X26"
OPEN_NUMBER, PROTECTED, FORMER, EARLIER = "9990000018", "9990000026", "9990000034", "9990000042"
MERGERS = delivered(
    PDS, "2026-03",
    {"superseded_nhs_number": EARLIER, "current_nhs_number": FORMER, "merged_on": "2019-01-01"},
    {"superseded_nhs_number": FORMER, "current_nhs_number": PROTECTED, "merged_on": "2020-01-01"},
    {"superseded_nhs_number": "9990000050", "current_nhs_number": OPEN_NUMBER, "merged_on": "2021-01-01"},
    {"superseded_nhs_number": "9990000069", "current_nhs_number": "9990000050", "merged_on": "2020-06-01"},
)
PEOPLE = delivered(PDS, "2026-03", {"nhs_number": OPEN_NUMBER}, {"nhs_number": PROTECTED, "confidentiality_code": "S"})


@pytest.fixture(scope="module")
def withheld(spark_session: SparkSession) -> list[Row]:
    """Rows of silver.withheld_nhs_number: a protected number and the two it went by before."""
    return fate(spark_session, withheld_nhs_number.job, person=PEOPLE, merger=MERGERS).kept


def record_id(local_id: str) -> int:
    return KEY.hash63_text("mhsds", CNWL, local_id)


def test_a_protected_number_is_withheld_with_every_number_it_replaced(withheld: list[Row]) -> None:
    expected = {KEY.hash63_text("nhs_number", number) for number in (PROTECTED, FORMER, EARLIER)}
    assert {row["nhs_number_token"] for row in withheld} == expected
    assert PROTECTED not in repr(withheld)


def test_mergers_are_followed_to_the_number_in_use_and_protected_ones_withheld(spark_session: SparkSession, withheld: list[Row]) -> None:
    found = fate(spark_session, nhs_number_merger.job, merger=MERGERS, withheld_nhs_number=withheld)
    assert {(row["superseded_nhs_number"], row["current_nhs_number"]) for row in found.kept} == {
        (9990000050, int(OPEN_NUMBER)), (9990000069, int(OPEN_NUMBER)),
    }
    assert found.withheld == 2


def test_registrations_of_protected_people_are_withheld_and_of_unknown_ones_quarantined(spark_session: SparkSession, withheld: list[Row]) -> None:
    one = {"nhs_number": OPEN_NUMBER, "practice_code": "e84001", "icb_code": "QRV", "effective_from": "2020-05-01"}
    given = delivered(
        PDS, "2026-03", one, {**one, "nhs_number": PROTECTED}, {**one, "nhs_number": "9990000077"},
        {**one, "effective_from": "2021-13-01"}, {**one, "practice_code": "E84002", "effective_to": "2020-02-30"},
    )
    found = fate(spark_session, registration.job, registration=given, person=PEOPLE, withheld_nhs_number=withheld)
    assert {(row["practice"], row["from_on"], row["to_on"], tuple(row["broken_rules"])) for row in found.kept} == {
        ("E84001", date(2020, 5, 1), None, ()), ("E84002", date(2020, 5, 1), None, ("to_on_is_a_date",)),
    }
    assert found.withheld == 1
    assert [row["fatal_rules"] for row in sorted(found.quarantined, key=lambda row: row["source_row"])] == [
        ["person_is_delivered"], ["from_on_is_present"],
    ]


@pytest.fixture(scope="module")
def mpi() -> list[Row]:
    """P1 open; P2 protected, its number spaced and in April only; P3 under a protected person's first number; P4 without one."""
    april = delivered(
        CNWL, "2025-04", {"LocalPatientID": "P1", "NHSNumber": OPEN_NUMBER}, {"LocalPatientID": "P2", "NHSNumber": "999 000 0026"},
        {"LocalPatientID": "P3", "NHSNumber": EARLIER}, {"LocalPatientID": "P4"},
    )
    return [*april, *delivered(CNWL, "2025-05", {"LocalPatientID": "P2"})]


def referral(patient: str, **more: Any) -> dict[str, Any]:
    return {"ServiceRequestID": f"R-{patient}", "LocalPatientID": patient, "ReferralRequestReceivedDate": "2025-04-02", **more}


@pytest.fixture(scope="module")
def referrals() -> list[Row]:
    april = delivered(CNWL, "2025-04", *(referral(patient) for patient in ("P1", "P2", "P3", "P4", "P9")))
    may = delivered(CNWL, "2025-05", referral("P1", ServDischDate="2025-05-20"), referral("P2"), referral("P4", ServDischDate="2025-05-40"))
    june = delivered(CNWL, "2025-06", {**referral("P1"), "LocalPatientID": None}, referral("P1", ReferralRequestReceivedDate="soon"))
    return [*june, *may, *april]


def test_rolling_referrals_are_one_with_the_last_month_and_protected_ones_withheld(
    spark_session: SparkSession, withheld: list[Row], mpi: list[Row], referrals: list[Row]
) -> None:
    found = fate(spark_session, mental_health_referral.job, referral=referrals, mpi=mpi, withheld_nhs_number=withheld)
    assert {row["record_id"]: (row["discharged_on"], row["period"], tuple(row["broken_rules"])) for row in found.kept} == {
        record_id("P1"): (date(2025, 5, 20), "2025-05", ()),
        record_id("P4"): (None, "2025-05", ("discharged_on_is_a_date",)),
    }
    assert found.withheld == 3  # P2 in two months, P3 in one
    assert {tuple(row["fatal_rules"]) for row in found.quarantined} == {
        ("patient_is_in_the_mpi",), ("record_id_is_present",), ("received_on_is_present",),
    }


@pytest.fixture(scope="module")
def contacts(spark_session: SparkSession, withheld: list[Row], mpi: list[Row], referrals: list[Row]) -> Fate:
    def contact(patient: str, **more: Any) -> dict[str, Any]:
        return {"CareContactID": f"K-{patient}", "ServiceRequestID": f"R-{patient}", "CareContDate": "2025-04-09", "AttendStatus": "5", **more}

    activity = {"ServiceRequestID": "R-P1", "IndirectActDate": "2025-04-10", "IndirectActTime": "10:00:00", "DurationIndirectAct": "15"}
    april = delivered(CNWL, "2025-04", *(contact(patient) for patient in ("P1", "P2", "P3", "P4", "P9")), contact("P1", CareContactID=None))
    may = delivered(CNWL, "2025-05", contact("P1", AttendStatus="7"), contact("P4", CareContactID="K-x", AttendStatus="QQ"))
    return fate(
        spark_session, mental_health_contact.job,
        care_contact=[*may, *april, *delivered(CNWL, "2025-06", contact("unheard-of"))],
        indirect_activity=delivered(CNWL, "2025-04", activity, activity, {**activity, "IndirectActTime": None}),
        referral=referrals, mpi=mpi, withheld_nhs_number=withheld,
    )


def test_contacts_are_one_each_with_the_last_month_and_find_their_patient(contacts: Fate) -> None:
    direct = {(row["record_id"], row["attendance"], tuple(row["broken_rules"])) for row in contacts.kept if row["kind"] == "direct"}
    assert direct == {
        (record_id("P1"), "7", ()), (record_id("P4"), "5", ()), (record_id("P4"), "QQ", ("attendance_is_a_known_code",)),
    }


def test_indirect_activity_is_told_apart_by_its_time_and_not_twice(contacts: Fate) -> None:
    indirect = [row for row in contacts.kept if row["kind"] == "indirect"]
    assert [(row["record_id"], row["contact_on"], row["duration_minutes"]) for row in indirect] == [(record_id("P1"), date(2025, 4, 10), 15)] * 2
    assert len({row["contact_token"] for row in indirect}) == 2


def test_contacts_of_protected_people_are_withheld_and_of_nobody_quarantined(contacts: Fate) -> None:
    assert contacts.withheld == 2
    assert sorted(tuple(row["fatal_rules"]) for row in contacts.quarantined) == [
        ("contact_token_is_present",), ("patient_is_in_the_mpi",), ("record_id_is_present",),
    ]


def test_indicators_are_the_last_month_s_and_protected_ones_withheld(spark_session: SparkSession, withheld: list[Row], mpi: list[Row]) -> None:
    given = [
        *delivered(CNWL, "2025-05", {"LocalPatientID": "P1", "LACStatus": "Y"}, {"LocalPatientID": "P2", "LACStatus": "Y"}),
        *delivered(CNWL, "2025-04", {"LocalPatientID": "P1", "LACStatus": "N"}, {"LocalPatientID": "P9"}),
    ]
    found = fate(spark_session, mental_health_patient_indicator.job, patient_indicator=given, mpi=mpi, withheld_nhs_number=withheld)
    assert [(row["record_id"], row["looked_after"]) for row in found.kept] == [(record_id("P1"), "Y")]
    assert (found.withheld, [row["fatal_rules"] for row in found.quarantined]) == (1, [["patient_is_in_the_mpi"]])


def test_a_submission_needs_the_month_it_is_for(spark_session: SparkSession) -> None:
    month = {"DatSetVer": "6.0", "ReportingPeriodStartDate": "2025-04-01", "ReportingPeriodEndDate": "2025-04-30"}
    given = [*delivered(CNWL, "2025-04", month), *delivered(CNWL, "2025-05", {**month, "ReportingPeriodEndDate": "2025-05-32"})]
    found = fate(spark_session, mental_health_submission.job, header=given)
    assert [(row["period"], row["period_ends_on"]) for row in found.kept] == [("2025-04", date(2025, 4, 30))]
    assert [row["fatal_rules"] for row in found.quarantined] == [["period_ends_on_is_present"]]
