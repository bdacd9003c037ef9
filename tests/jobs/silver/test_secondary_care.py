"""Hospitals and births: months that correct each other, files below a spell, identities withheld, twins, a mother's number on her child."""

from typing import Any

import pytest
from pyspark.sql import SparkSession

from cyplink.linkage.constraints import BIRTH_ORDER
from cyplink.linkage.inputs import facts_of, named_records
from jobs.silver import (
    birth,
    emergency_attendance,
    hospital_spell,
    identity,
    outpatient_appointment,
    withheld_nhs_number,
)
from tests.jobs.silver.steps import KEY, Fate, Row, delivered, fate
from tests.linkage.constraints_made import clustered

TRUST, PDS, APRIL, MAY = "RYJ", "X26", "2025-04", "2025-05"
NUMBER, PROTECTED, OTHER, MOTHER = "9990000018", "9990000026", "9990000034", "9990000042"
WHO, ADDRESS = "spell_patient_identity", "spell_patient_residence"


def record_id(local_id: str, source: str = "sus") -> int:
    return KEY.hash63_text(source, TRUST, local_id)


def spell(key: str, local_id: str | None, **more: Any) -> dict[str, Any]:
    number = {f"{WHO}_local_patient_identifier_value": local_id}
    return {"PRIMARYKEY_ID": key, "spell_hospital_provider_spell_number": f"S{key}", "spell_admission_date": "2025-04-02", "spell_admission_method": "21", **number, **more}


def coded(key: str, code: str, episode: int = 1, place: int = 1) -> dict[str, Any]:
    return {"PRIMARYKEY_ID": key, "EPISODES_ID": str(episode), "ICD_ID": str(place), "code": code}


ANONYMOUS = {f"{WHO}_withheld_identity_reason": "03"}
KNOWN = {f"{WHO}_nhs_number_value": NUMBER, f"{WHO}_nhs_number_status": "01", f"{WHO}_birth_date": "2010-04-02", f"{ADDRESS}_postcode": "HA9 1AA", f"{WHO}_gender": "2"}
SPELLS = [
    *delivered(TRUST, MAY, spell("1", "H1", spell_discharge_date="2025-04-09", **KNOWN)),
    *delivered(
        TRUST, APRIL, spell("1", "H1", **KNOWN), spell("2", "H2", **{f"{WHO}_birth_date": "2010-04-03"}), spell("3", "H3"), spell("4", None, **ANONYMOUS),
        spell("5", "H5", spell_admission_method="11", spell_discharge_date="soon"), spell("6", None), spell("7", "H7", spell_admission_date="2025-02-30"),
    ),
]  # fmt: skip
DIAGNOSES = [
    *delivered(TRUST, APRIL, coded("1", "T39.1"), coded("2", "Y12.0"), coded("3", "F32X"), coded("4", "F32"), coded("5", "F50.0"), coded("5", "J45", 1, 2), coded("7", "J45"), coded("9", "J45")),
    *delivered(TRUST, MAY, coded("1", "F43", 2, 1), coded("1", "Y120", 1, 2), coded("1", "S51.8", 1, 1), coded("1", "?", 1, 3)),
]
EPISODES = delivered(TRUST, APRIL, *({"PRIMARYKEY_ID": "5", "EPISODES_ID": str(n), "number": str(n), "care_professional_treatment_function": code} for n, code in ((2, "420"), (1, "711"))))
PROCEDURES = delivered(TRUST, APRIL, {"PRIMARYKEY_ID": "5", "EPISODES_ID": "1", "OPCS_ID": "1", "code": "X66.9"})


def appointment(token: str, local_id: str, **more: Any) -> dict[str, Any]:
    number = {"appointment_patient_identity_local_patient_identifier_value": local_id}
    return {"appointment_identifier": token, "appointment_date": "2025-04-20", "appointment_attended_or_dna": "5", **number, **more}


APPOINTMENTS = [
    *delivered(TRUST, MAY, appointment("A1", "H1", appointment_attended_or_dna="3")),
    *delivered(
        TRUST, APRIL, appointment("A1", "H1"), appointment("A2", "H2", appointment_first_attendance="1", appointment_referral_received_date="2025-05-01"),
        appointment("A3", "H3", appointment_patient_identity_nhs_number_value="999 000 0026"), appointment("", "H1"),
    ),
]  # fmt: skip
ARRIVED = {"attendance_arrival_date": "2025-04-03", "attendance_arrival_time": "23:10:00"}
ATTENDANCES = delivered(
    TRUST, APRIL,
    *({"PRIMARYKEY_ID": f"E{n}", "attendance_unique_identifier": f"E{n}", "patient_local_patient_identifier_value": f"H{n}", **ARRIVED, **more} for n, more in enumerate(
        ({"clinical_injury_intent_code": "276853009"}, {"clinical_chief_complaint_code": "248062006"}, {"system_record_confidentiality_category": "R"}, {"clinical_acuity_code": "5"}), start=1,
    )),
)  # fmt: skip
COMPLAINTS = delivered(TRUST, APRIL, *({"PRIMARYKEY_ID": "E1", "code": code, "sequence_number": place} for code, place in (("200", "2"), ("100", "1"))), {"PRIMARYKEY_ID": "E9", "code": "1"})


def child(notification: str, number: str | None, **more: Any) -> dict[str, Any]:
    one = {"notification_id": notification, "baby_nhs_number": number, "baby_nhs_number_status": "01", "baby_forename": "Baby", "baby_surname": "O'Neil", "baby_sex": "2"}
    return {**one, "birth_date": "2025-04-05", "live_or_still_birth": "L", "mother_nhs_number": MOTHER, "mother_birth_date": "1995-04-06", "number_of_births": "1", "birth_order": "1", **more}


TWIN = {"number_of_births": "2"}
BIRTHS = delivered(
    TRUST, APRIL, child("B1", NUMBER, **TWIN, baby_forename="TWIN ONE", birth_weight_grams="2310"), child("B2", None, **TWIN, birth_order="2", baby_forename="TWIN TWO"),
    child("B3", MOTHER), child("B4", PROTECTED), child("B5", OTHER, mother_nhs_number=PROTECTED), child("B6", None, live_or_still_birth="S", birth_weight_grams="23100"),
)  # fmt: skip


@pytest.fixture(scope="module")
def door(spark_session: SparkSession) -> list[Row]:
    return fate(spark_session, withheld_nhs_number.job, person=delivered(PDS, "2026-03", {"nhs_number": PROTECTED, "confidentiality_code": "S"})).kept


@pytest.fixture(scope="module")
def spells(spark_session: SparkSession, door: list[Row]) -> Fate:
    return fate(
        spark_session, hospital_spell.job, spell=SPELLS, episode=EPISODES, diagnosis=DIAGNOSES, procedure=PROCEDURES, appointment=APPOINTMENTS,
        attendance=ATTENDANCES, withheld_nhs_number=door,
    )  # fmt: skip


@pytest.fixture(scope="module")
def people(spark_session: SparkSession, door: list[Row]) -> Fate:
    return fate(spark_session, identity.job, spell=SPELLS, appointment=APPOINTMENTS, attendance=ATTENDANCES, birth=BIRTHS, withheld_nhs_number=door)


def test_a_spell_is_as_last_delivered_with_the_codes_of_that_delivery_in_order(spells: Fate) -> None:
    first, planned = spells.only(record_id=record_id("H1")), spells.only(record_id=record_id("H5"))
    assert (str(first["discharged_on"]), first["period"], first["diagnoses"], first["main_diagnosis"]) == ("2025-04-09", MAY, ["S518", "Y120", "?", "F43"], "S518")
    assert (first["broken_rules"], planned["broken_rules"]) == (["diagnosis_is_an_icd_10_code"], ["discharged_on_is_a_date"])
    assert (planned["diagnoses"], planned["procedures"], planned["treatment_function"]) == (["F500", "J45"], ["X669"], "711")
    assert {(row["record_id"], row["is_emergency"], row["is_mental_health"]) for row in spells.kept} == {
        (record_id("H1"), True, False), (record_id("H2"), True, False), (record_id("H5"), False, True),
    }  # fmt: skip


def test_undetermined_intent_is_self_harm_from_fifteen(spells: Fate) -> None:
    assert {row["record_id"]: row["is_self_harm"] for row in spells.kept} == {record_id("H1"): True, record_id("H2"): False, record_id("H5"): False}


def test_a_withheld_identity_and_a_patient_withheld_elsewhere_stay_at_the_door_with_their_codes(spells: Fate) -> None:
    assert spells.withheld == 4  # H3, whose protected number only a clinic gave, the anonymous one, and a diagnosis of each
    reasons = {(row["file_kind"], *row["fatal_rules"]) for row in spells.quarantined}
    assert reasons == {
        ("spell", "record_id_is_present"), ("spell", "admitted_on_is_present"), ("diagnosis", "admitted_on_is_present"),
        ("diagnosis", "spell_token_is_present", "record_id_is_present", "admitted_on_is_present", "spell_is_delivered"),
    }  # fmt: skip


def test_appointments_are_one_each_kept_or_not(spark_session: SparkSession, door: list[Row]) -> None:
    found = fate(spark_session, outpatient_appointment.job, spell=SPELLS, appointment=APPOINTMENTS, attendance=ATTENDANCES, withheld_nhs_number=door)
    assert {(row["record_id"], row["is_attended"], row["is_first"], tuple(row["broken_rules"])) for row in found.kept} == {
        (record_id("H1"), False, None, ()), (record_id("H2"), True, True, ("referred_before_the_appointment",)),
    }  # fmt: skip
    assert (found.withheld, [row["fatal_rules"] for row in found.quarantined]) == (1, [["appointment_token_is_present"]])


def test_self_harm_in_an_emergency_department_is_by_intent_or_complaint(spark_session: SparkSession, door: list[Row]) -> None:
    found = fate(
        spark_session, emergency_attendance.job, spell=SPELLS, appointment=APPOINTMENTS, attendance=ATTENDANCES, attendance_diagnosis=COMPLAINTS, withheld_nhs_number=door,
    )  # fmt: skip
    assert {(row["record_id"], row["is_self_harm"], row["arrival_hour"], tuple(row["diagnoses"]), tuple(row["broken_rules"])) for row in found.kept} == {
        (record_id("H1"), True, 23, ("100", "200"), ()), (record_id("H2"), True, 23, (), ()), (record_id("H4"), False, 23, (), ("acuity_is_a_known_code",)),
    }  # fmt: skip
    assert (found.withheld, len(found.quarantined)) == (1, 1)


def test_a_hospital_s_patient_is_one_record_over_its_files(people: Fate) -> None:
    patients = {row["local_id"]: row for row in people.kept if row["source"] == "sus"}
    assert set(patients) == {"H1", "H2", "H4", "H5", "H7"}, "neither a protected patient nor an anonymous row"
    first = patients["H1"]
    assert (first["nhs_number"], first["nhs_number_status"], first["postcode"], first["sex"], first["is_named"]) == (int(NUMBER), "01", "HA91AA", "F", False)


def test_births_say_what_is_known_and_whose_child_it_is(spark_session: SparkSession, door: list[Row]) -> None:
    found = fate(spark_session, birth.job, birth=BIRTHS, withheld_nhs_number=door)
    born = {name: found.only(record_id=record_id(name, "birth_notifications")) for name in ("B1", "B2", "B3", "B6")}
    assert len(found.kept) == len(born)
    assert found.withheld == 2, "a protected child, and the child of a protected mother"
    assert len({row["mother_token"] for row in born.values()}) == 1
    assert (born["B1"]["birth_weight_grams"], born["B1"]["mother_age_years"], born["B6"]["is_live_birth"]) == (2310, 29, False)
    assert {name: row["broken_rules"] for name, row in born.items() if row["broken_rules"]} == {"B3": ["nhs_number_is_own"], "B6": ["birth_weight_is_likely"]}
    assert MOTHER not in repr(found.kept)


def test_a_mother_s_number_on_her_child_is_not_the_child_s(people: Fate) -> None:
    born = {row["local_id"]: row for row in people.kept if row["source"] == "birth_notifications"}
    assert set(born) == {"B1", "B2", "B3"}, "a still birth is nobody's record"
    assert (born["B3"]["nhs_number"], born["B3"]["nhs_number_status"], born["B3"]["broken_rules"]) == (None, None, ["nhs_number_is_own"])
    assert (born["B1"]["nhs_number"], born["B1"]["forename"], born["B1"]["surname"], born["B1"]["is_placeholder_name"]) == (int(NUMBER), None, "ONEIL", True)


def test_twins_by_their_order_are_two_people_however_alike(spark_session: SparkSession, people: Fate) -> None:
    import pyarrow as pa

    twins = [row for row in people.kept if row["local_id"] in ("B1", "B2")]
    assert {row["multiple_birth_order"] for row in twins} == {1, 2} and len({row["multiple_birth_id"] for row in twins}) == 1
    assert people.only(local_id="B3")["multiple_birth_id"] is None
    nothing = pa.table({name: pa.array([], pa.int64()) for name in ("superseded_nhs_number", "current_nhs_number", "record_id_l", "record_id_r", "decision", "record_id", "anchor_record_id")})
    known = facts_of(named_records(pa.Table.from_pylist(twins), nothing), nothing, nothing, nothing)
    assert [one.constraint for one in clustered({(0, 1): 60.0}, known).refused] == [BIRTH_ORDER]
