"""Contacts, referrals and enrolments joined to people."""

from pyspark.sql import DataFrame, SparkSession

from cyplink.pseudonym import Pseudonyms
from cyplink.tables import linkage, silver
from jobs.gold import mental_health_contact, mental_health_referral, school_enrolment
from tests.rows import rows

KEY = Pseudonyms(bytes(32))
ANN = 1


def link(spark: SparkSession) -> DataFrame:
    return rows(spark, linkage.PERSON_LINK, *({"record_id": r, "person_id": ANN, "is_withheld": False} for r in (10, 11)),
                {"record_id": 30, "person_id": 3, "is_withheld": True})


def test_access_is_an_attended_contact_or_indirect_activity(spark_session: SparkSession) -> None:
    given = [("direct", "5"), ("direct", "6"), ("direct", "7"), ("direct", "3"), ("direct", None), ("indirect", None)]
    contacts = rows(spark_session, silver.MENTAL_HEALTH_CONTACT, *(
        {"record_id": 10, "controller": "RV3", "contact_token": i, "service_request_token": 1, "kind": kind, "attendance": attendance}
        for i, (kind, attendance) in enumerate(given)
    ))
    built = mental_health_contact.build(link(spark_session), contacts, KEY)
    found = {(row["kind"], row["attendance"]): row["counts_as_access"] for row in built.collect()}
    assert found == dict(zip(given, [True, True, False, False, False, True], strict=True))


def test_a_contact_finds_its_referral_and_withheld_people_have_neither(spark_session: SparkSession) -> None:
    referrals = rows(spark_session, silver.MENTAL_HEALTH_REFERRAL, *(
        {"record_id": r, "controller": "RV3", "service_request_token": 7 + r} for r in (10, 30)
    ))
    contacts = rows(spark_session, silver.MENTAL_HEALTH_CONTACT, *(
        {"record_id": r, "controller": "RV3", "contact_token": r, "service_request_token": 7 + r, "kind": "direct"} for r in (10, 30)
    ))
    referral = mental_health_referral.build(link(spark_session), referrals, KEY).collect()
    contact = mental_health_contact.build(link(spark_session), contacts, KEY).collect()
    assert [row["person_id"] for row in referral] == [row["person_id"] for row in contact] == [ANN]
    assert referral[0]["referral_token"] == contact[0]["referral_token"]


def test_a_school_that_returned_a_pupil_twice_gives_one_row_the_main_one(spark_session: SparkSession) -> None:
    enrolments = rows(spark_session, silver.SCHOOL_ENROLMENT,
                      {"record_id": 10, "census": "2025-spring", "school": "3041", "enrolment_status": "S", "language": "ENG"},
                      {"record_id": 11, "census": "2025-spring", "school": "3041", "enrolment_status": "M", "language": "REF"},
                      {"record_id": 11, "census": "2025-spring", "school": "3042", "enrolment_status": "S", "language": "ARA"})
    found = school_enrolment.build(link(spark_session), enrolments, KEY).collect()
    assert sorted((row["enrolment_status"], row["first_language_is_english"]) for row in found) == [("M", None), ("S", False)]
    assert len({row["school_token"] for row in found}) == 2
