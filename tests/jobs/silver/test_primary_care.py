"""Primary care: events find their patient on a practice's list; whoever the practice or the spine protects is not there."""

from datetime import date
from typing import Any

from pyspark.sql import SparkSession

from jobs.silver import primary_care_event, withheld_nhs_number
from tests.jobs.silver.steps import KEY, delivered, fate

BOARD, PDS = "QRV", "X26"
OPEN_NUMBER, FLAGGED, FORMER, ON_NO_LIST, OTHER = "9990000018", "9990000026", "9990000034", "9990000050", "9990000069"
PATIENTS = delivered(
    BOARD, "2026-03", {"practice_code": "E84001", "nhs_number": "999 000 0018"}, {"practice_code": "E84001", "nhs_number": FLAGGED, "s_flag": "Y"},
    {"practice_code": "E84001", "nhs_number": "", "s_flag": "Y"}, {"practice_code": "E84002", "nhs_number": OTHER, "s_flag": "Y"},
)  # fmt: skip


def event(number: str, **more: Any) -> dict[str, Any]:
    return {"practice_code": "e84001", "nhs_number": number, "date": "2025-06-01", **more}


def test_what_a_practice_flags_is_withheld_with_its_former_numbers_and_its_events_too(spark_session: SparkSession) -> None:
    merger = delivered(PDS, "2026-03", {"superseded_nhs_number": FORMER, "current_nhs_number": FLAGGED})
    withheld = fate(spark_session, withheld_nhs_number.job, patient=PATIENTS, merger=merger).kept
    assert {(row["nhs_number_token"], row["reason"]) for row in withheld} == {
        (KEY.hash63_text("nhs_number", FLAGGED), "flagged_by_practice"), (KEY.hash63_text("nhs_number", OTHER), "flagged_by_practice"),
        (KEY.hash63_text("nhs_number", FORMER), "flagged_by_practice"),
    }  # fmt: skip
    found = fate(
        spark_session, primary_care_event.job, patient=PATIENTS, withheld_nhs_number=withheld,
        observation=delivered(
            BOARD, "2026-03", event(OPEN_NUMBER, observation_id="1", snomed_code="syn-ob10", value="12.5", unit="kg"),
            event(FLAGGED, observation_id="2", snomed_code="X"), event(FORMER, observation_id="3", snomed_code="X"),
            event(ON_NO_LIST, observation_id="4", snomed_code="X"), event(OPEN_NUMBER, observation_id="5", snomed_code="X", date="2025-02-30"),
        ),
        appointment=delivered(BOARD, "2026-03", event(OPEN_NUMBER, appointment_id="1", status="Attended", mode="video")),
        medication_order=delivered(BOARD, "2026-03", event(OPEN_NUMBER, order_id="1", quantity="7", unit="day")),
        referral=delivered(BOARD, "2026-03", event(OTHER, referral_id="1", snomed_code="X")),
    )  # fmt: skip
    of = KEY.hash63_text("gp_events", BOARD, f"E84001/{OPEN_NUMBER}")
    assert {(row["record_id"], row["kind"], row["event_on"], row["code"], row["value"], tuple(row["broken_rules"])) for row in found.kept} == {
        (of, "observation", date(2025, 6, 1), "SYN-OB10", "12.5", ()), (of, "appointment", date(2025, 6, 1), "attended", "video", ()),
        (of, "medication_order", date(2025, 6, 1), None, "7", ("it_says_something",)),
    }  # fmt: skip
    assert found.withheld == 3  # of a flagged patient, under her former number, and of one flagged by another practice
    assert sorted(row["fatal_rules"] for row in found.quarantined) == [["event_on_is_present"], ["patient_is_on_the_list"]]
