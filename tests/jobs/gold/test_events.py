"""Contacts, referrals and enrolments joined to people."""

from typing import Any

from pyspark.sql import SparkSession

from jobs.gold import mental_health_contact, mental_health_referral, school_enrolment
from tests.tasks import KEY, written

ANN = 1
LINKS: list[dict[str, Any]] = [
    *({"record_id": r, "person_id": ANN, "is_withheld": False} for r in (10, 11, 12)), {"record_id": 30, "person_id": 3, "is_withheld": True},
]


def test_access_is_an_attended_contact_or_indirect_activity(spark_session: SparkSession) -> None:
    given = [("direct", "5"), ("direct", "6"), ("direct", "7"), ("direct", "3"), ("direct", None), ("indirect", None)]
    contacts = [
        {"record_id": 10, "controller": "RV3", "contact_token": i, "service_request_token": 1, "kind": kind, "attendance": attendance}
        for i, (kind, attendance) in enumerate(given)
    ]
    built = written(spark_session, mental_health_contact.job, person_link=LINKS, mental_health_contact=contacts)
    found = {(row["kind"], row["attendance"]): row["counts_as_access"] for row in built}
    assert found == dict(zip(given, [True, True, False, False, False, True], strict=True))


def test_a_contact_finds_its_referral_and_withheld_people_have_neither(spark_session: SparkSession) -> None:
    referrals = [{"record_id": r, "controller": "RV3", "service_request_token": 7 + r} for r in (10, 30)]
    contacts = [{"record_id": r, "controller": "RV3", "contact_token": r, "service_request_token": 7 + r, "kind": "direct"} for r in (10, 30)]
    (referral,) = written(spark_session, mental_health_referral.job, person_link=LINKS, mental_health_referral=referrals)
    (contact,) = written(spark_session, mental_health_contact.job, person_link=LINKS, mental_health_contact=contacts)
    assert referral["person_id"] == contact["person_id"] == ANN
    assert referral["referral_token"] == contact["referral_token"] == KEY.hash63_text("gold.referral", "RV3", "17")


def test_a_contact_keeps_the_marks_of_silver_and_gets_those_of_gold(spark_session: SparkSession) -> None:
    contacts = [{"record_id": 10, "controller": "RV3", "contact_token": 1, "service_request_token": 1, "kind": "by post", "broken_rules": ["mhsds:7", "a_rule"]}]
    (contact,) = written(spark_session, mental_health_contact.job, person_link=LINKS, mental_health_contact=contacts)
    assert contact["broken_rules"] == ["a_rule", "contact_on_is_present", "kind_is_a_known_code", "mhsds:7"]


def test_a_school_that_returned_a_pupil_twice_gives_one_row_the_main_one(spark_session: SparkSession) -> None:
    enrolments = [
        {"record_id": 10, "census": "2025-spring", "school": "3041", "enrolment_status": "S", "language": "ENG"},
        {"record_id": 11, "census": "2025-spring", "school": "3041", "enrolment_status": "M", "language": "REF"},
        {"record_id": 12, "census": "2025-spring", "school": "3042", "enrolment_status": "S", "language": "ARA"},
    ]
    found = written(spark_session, school_enrolment.job, person_link=LINKS, school_enrolment=enrolments)
    assert sorted((row["enrolment_status"], row["first_language_is_english"]) for row in found) == [("M", None), ("S", False)]
    assert len({row["school_token"] for row in found}) == 2


def test_a_pupil_on_the_roll_counts_before_a_leaver_and_one_without_status_last(spark_session: SparkSession) -> None:
    def status(*given: dict[str, object]) -> str | None:
        enrolments = [{"record_id": r, "census": "2025-spring", "school": "3041", **row} for r, row in zip((10, 11), given, strict=True)]
        (found,) = written(spark_session, school_enrolment.job, person_link=LINKS, school_enrolment=enrolments)
        return found["enrolment_status"]

    assert status({"left_on": "2025-01-10", "enrolment_status": "M"}, {"enrolment_status": "S"}) == "S"
    assert status({"enrolment_status": None}, {"enrolment_status": "S"}) == "S"
    assert status({"enrolment_status": "C"}, {"enrolment_status": "M"}) == "C", "the smaller record id"
