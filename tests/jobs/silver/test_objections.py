"""Objections: which of them are in force, whose numbers and records they withhold at the door, and that they are counted, not listed."""

from typing import Any

import pytest
from pyspark.sql import SparkSession
from stdnum.gb import upn as stdnum_upn

from cyplink.build import build_slices
from cyplink.lake import Lake
from cyplink.tables import silver
from cyplink.tables.model import Zone
from jobs.silver import missing_episode, objection, separation, withheld_nhs_number, withheld_record
from tests.jobs.silver.steps import KEY, Fate, Row, delivered, fate, files_of
from tests.rows import rows
from tests.tasks import run

BRENT, EALING, CNWL, BOARD = "304", "307", "RV3", "X26"
OPTED_OUT, OPTED_IN_AGAIN, OBJECTS, GONE, FLAGGED, NEWER, UNFLAGGED = (
    "9990000018", "9990000026", "9990000034", "9990000042", "9990000050", "9990000069", "9990000077",
)  # fmt: skip
UPN = stdnum_upn.calc_check_digit("304200005001") + "304200005001"


@pytest.fixture(scope="module")
def said(spark_session: SparkSession) -> Fate:
    """Two lists of opt-outs, a council's and a provider's objections, one of them repeated and one taken back, and a withdrawal."""
    opt_outs = [
        *delivered(BOARD, "2026-02", {"nhs_number": OPTED_IN_AGAIN}, {"nhs_number": OPTED_OUT}),
        *delivered(BOARD, "2026-03", {"nhs_number": "999 000 0018"}, {"nhs_number": ""}),
    ]
    objections = [
        *delivered(BRENT, "2026-02", {"local_person_id": "C1", "scope": "own_records"}, {"local_person_id": "C2"}, {"local_person_id": "C3"}),
        *delivered(BRENT, "2026-03", {"local_person_id": "C3", "ended_on": "2026-02-20"}, {"nhs_number": OBJECTS, "scope": "OWN_RECORDS", "ended_on": "soon"}),
        *delivered(CNWL, "2026-03", {"local_person_id": "P1"}),
    ]
    withdrawals = delivered(BOARD, "2026-03", {"nhs_number": GONE, "upn": UPN, "held_by": EALING, "local_person_id": "E1", "withdrawn_on": "2026-03-01"})
    return fate(spark_session, objection.job, national_data_opt_out=opt_outs, local_objection=objections, withdrawal_request=withdrawals)


def test_the_last_list_of_opt_outs_and_every_objection_not_taken_back_are_in_force(said: Fate) -> None:
    standing = {(row["kind"], row["nhs_number"], row["held_by"], row["local_id"], row["scope"]) for row in said.kept if row["ended_on"] is None}
    assert standing == {
        ("national_data_opt_out", OPTED_OUT, None, None, "EVERYTHING"),
        ("local_objection", None, BRENT, "C1", "OWN_RECORDS"), ("local_objection", None, BRENT, "C2", "EVERYTHING"),
        ("local_objection", OBJECTS, None, None, "EVERYTHING"), ("local_objection", None, CNWL, "P1", "EVERYTHING"),
        ("withdrawn", GONE, EALING, "E1", "EVERYTHING"),
    }
    assert [row["broken_rules"] for row in said.kept if row["nhs_number"] == OBJECTS] == [["ended_on_is_a_date"]]
    assert [row["fatal_rules"] for row in said.quarantined] == [["names_somebody"]]


@pytest.fixture(scope="module")
def numbers(spark_session: SparkSession, said: Fate) -> list[Row]:
    """The list of numbers: the one opted out under has been replaced since; one flag on PDS stands, another was lifted."""
    flags = delivered(
        BOARD, "2026-03", {"nhs_number": FLAGGED, "confidentiality_code": "S"}, {"nhs_number": UNFLAGGED, "confidentiality_code": "S", "effective_to": "2024-02-01"},
    )
    merger = delivered(BOARD, "2026-03", {"superseded_nhs_number": OPTED_OUT, "current_nhs_number": NEWER})
    return fate(spark_session, withheld_nhs_number.job, confidentiality=flags, merger=merger, objection=said.kept).kept


def test_numbers_are_withheld_under_every_number_of_the_person_with_the_reason(numbers: list[Row]) -> None:
    expected = {
        (OPTED_OUT, "national_data_opt_out"), (NEWER, "national_data_opt_out"), (OBJECTS, "local_objection"), (GONE, "withdrawn"), (FLAGGED, "confidential_on_pds"),
    }
    assert {(row["nhs_number_token"], row["reason"]) for row in numbers} == {(KEY.hash63_text("nhs_number", number), why) for number, why in expected}


PEOPLE = delivered(
    EALING, "2026-03", {"pers_person_id": "E1", "pers_legacy_id": "OLD1"}, {"pers_person_id": "E2", "pers_single_unique_id": GONE}, {"pers_person_id": "E3"},
)
PUPILS = {
    "schoolcensus": delivered(BRENT, "2025-spring", {"schoolcensustableid": "s", "lea": BRENT, "estab": "2001"}),
    "pupilonroll": delivered(
        BRENT, "2025-spring", {"schoolcensustableid": "s", "pupilonrolltableid": "1", "upn": UPN, "forename": "ANN"},
        {"schoolcensustableid": "s", "pupilonrolltableid": "2", "forename": "BEN", "surname": "LI"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def records(spark_session: SparkSession, said: Fate) -> list[Row]:
    header = delivered(BRENT, "2025-26", {"CHILD": "C9", "UPN": UPN})
    return fate(spark_session, withheld_record.job, objection=said.kept, header=header, ssd_person=PEOPLE, **PUPILS).kept


def record(source: str, controller: str, local_id: str) -> int:
    return KEY.hash63_text(source, controller, local_id)


def test_records_are_met_by_their_own_id_and_those_of_withdrawn_people_by_any_identifier(records: list[Row]) -> None:
    door = {row["record_id"] for row in records if row["is_met_at_the_door"]}
    later = {row["record_id"] for row in records if not row["is_met_at_the_door"]}
    assert {record("mhsds", CNWL, "P1"), record("ssda903", BRENT, "C1"), record("case_management", BRENT, "C1")} <= door
    assert {record("ssda903", BRENT, "C2"), record("case_management", BRENT, "C2")} <= later
    withdrawn = {("ssda903", EALING, "E1"), ("ssda903", EALING, "OLD1"), ("case_management", EALING, "E2"), ("ssda903", BRENT, "C9"), ("school_census", BRENT, f"2001/{UPN}")}
    assert {record(*one) for one in withdrawn} <= door
    assert not {record("ssda903", BRENT, "C3"), record("case_management", EALING, "E3")} & (door | later)


def test_payload_of_a_record_met_at_the_door_is_counted_and_nothing_else(spark_session: SparkSession, tmp_path: Any, records: list[Row]) -> None:
    reads = missing_episode.job.reads
    missing = delivered(BRENT, "2025-26", *({"CHILD": child, "MIS_START": "01/05/2025", "MISSING": "M"} for child in ("C1", "C2")))
    header = delivered(BRENT, "2025-26", {"CHILD": "C1"}, {"CHILD": "C2"})
    lake = Lake(dict.fromkeys(Zone, str(tmp_path)), spark_session)
    given = {"missing": missing, "header": header}
    inputs = {**{name: files_of(tmp_path / name, reads[name], those) for name, those in given.items()}, "pseudonyms": KEY}
    lake.write(rows(spark_session, silver.WITHHELD_RECORD, *records), silver.WITHHELD_RECORD, {})
    build_slices(missing_episode.job, lake, inputs, {f"ssda903/{BRENT}": "1"}, {}, withheld=lake.pin(silver.WITHHELD_RECORD))
    assert lake.read_arrow(silver.MISSING_EPISODE)["record_id"].to_pylist() == [record("ssda903", BRENT, "C2")]
    (fates,) = lake.commit_info(silver.MISSING_EPISODE)["slices"][f"ssda903/{BRENT}"]["fates"].values()
    assert fates == {"delivery_id": f"{BRENT}-2025-26", "usable": 1, "kept": 1, "withheld": 1, "quarantined": {}}


def test_the_list_of_records_is_left_alone_when_it_would_say_the_same(spark_session: SparkSession, tmp_path: Any, said: Fate) -> None:
    """Or every new return of a council would make every table of records again."""
    lake = Lake(dict.fromkeys(Zone, str(tmp_path)), spark_session)

    def listed(*given: Row) -> tuple[bool, int | None]:
        lake.write(rows(spark_session, silver.OBJECTION, *given), silver.OBJECTION, {})
        return run(lake, withheld_record.job).changed, lake.version(silver.WITHHELD_RECORD)

    by_id = [row for row in said.kept if row["local_id"]]
    assert listed(*by_id)[0]
    before = lake.version(silver.WITHHELD_RECORD)
    assert listed(*reversed(by_id)) == (False, before)
    assert listed(*by_id[1:]) == (True, (before or 0) + 1)


def test_seals_and_orders_name_both_sides_or_are_sent_back(spark_session: SparkSession) -> None:
    order = {"source_1": "case_management", "controller_1": BRENT, "local_person_id_1": "C1", "source_2": "PDS", "controller_2": BOARD, "local_person_id_2": GONE}
    found = fate(
        spark_session, separation.job,
        adoption_seal=delivered(
            BRENT, "2026-03", {"child_id": "C1", "former_nhs_number": "9990000019", "new_nhs_number": GONE}, {"child_id": "C2", "new_nhs_number": "9990000019"},
            {"new_nhs_number": GONE},
        ),
        never_link_order=delivered(BRENT, "2026-03", order, {**order, "local_person_id_2": None}, {**order, "source_2": "case_management", "controller_2": BRENT, "local_person_id_2": "C1"}),
    )
    seal, pair = found.only(kind="adoption_seal"), found.only(kind="never_link")
    assert (seal["child_id"], seal["former_nhs_number"], seal["new_nhs_number"], seal["broken_rules"]) == ("C1", None, int(GONE), ["former_nhs_number_is_valid"])
    assert (pair["record_id_l"], pair["record_id_r"]) == tuple(sorted((record("case_management", BRENT, "C1"), record("pds", BOARD, GONE))))
    assert [row["fatal_rules"] for row in found.quarantined] == [["names_both_sides"]] * 4
