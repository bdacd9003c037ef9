"""Anchors: every step finds its record, nothing contradicted or ambiguous is forced, and the reason says why."""

from typing import Any

import pytest
from pyspark.sql import SparkSession

from cyplink.linkage.anchors import (
    AMBIGUOUS,
    BIRTH_DATE,
    CONTRADICTED,
    NO_NUMBER,
    NOT_IN_COUNCIL,
    NOT_ON_SPINE,
    STEPS,
)
from jobs.linkage import anchor as anchor_job
from tests.tasks import written

BORN = "2012-05-03"


def _named(record_id: int, source: str, controller: str, **known: Any) -> dict[str, Any]:
    return {"record_id": record_id, "source": source, "controller": controller, "is_named": True, "date_of_birth": BORN, "sex": "F", **known}


def _nameless(record_id: int, source: str, controller: str, **known: Any) -> dict[str, Any]:
    return {**_named(record_id, source, controller, **known), "is_named": False}


NAMED = [
    _named(1, "case_management", "304", local_id="P1", alternative_local_id="OLD1", upn="A301"),
    _named(2, "case_management", "304", local_id="P2", upn="A302", date_of_birth="2010-01-01", sex="M"),
    _named(3, "case_management", "207", local_id="P1", date_of_birth="2015-09-09"),
    _named(4, "case_management", "304", local_id="P4", upn="A304", date_of_birth="2011-11-11"),
    _named(5, "case_management", "304", local_id="P5", upn="A304", date_of_birth="2011-11-11"),
    _named(11, "school_census", "207", local_id="school/A311", upn="A311"),
    _named(21, "pds", "X26", nhs_number=9990000018, practice="E84001", postcodes=["HA01AA", "NW11AA"]),
    _named(22, "pds", "X26", nhs_number=9990000026, practice="E84002", postcodes=["HA02BB"], date_of_birth="2009-02-02", sex="M"),
    _named(23, "pds", "X26", nhs_number=9990000034, practice="E84002", postcodes=["HA02BB"], date_of_birth="2009-02-02", sex="M"),
]

COUNCIL = {
    "own record by child id": (_nameless(101, "ssda903", "304", local_id="P1"), 1, 1, STEPS[1]),
    "own record although the birth date differs, for sex agrees": (_nameless(102, "ssda903", "304", local_id="P1", date_of_birth="2012-03-05"), 1, 1, STEPS[1]),
    "own record, no birth date or sex to compare": (_nameless(103, "ssda903", "304", local_id="P1", date_of_birth=None, sex=None), 1, 1, STEPS[1]),
    "legacy id": (_nameless(104, "ssda903", "304", local_id="OLD1"), 1, 2, STEPS[2]),
    "legacy id, birth date differs": (_nameless(105, "ssda903", "304", local_id="OLD1", date_of_birth="2012-05-04"), None, None, NOT_IN_COUNCIL),
    "another id, same council, UPN and birth date": (_nameless(106, "ssda903", "304", local_id="X6", upn="A301"), 1, 3, STEPS[3]),
    "UPN known to a school": (_nameless(107, "ssda903", "304", local_id="X7", upn="A311"), 11, 4, STEPS[4]),
    "UPN known to a school, birth date differs": (
        _nameless(108, "ssda903", "304", local_id="X8", upn="A311", date_of_birth="2012-05-04"), None, None, NOT_IN_COUNCIL,
    ),
    "birth date and sex both differ from the own record's": (_nameless(109, "ssda903", "304", local_id="P2"), None, None, CONTRADICTED),
    "contradicted by id, found by UPN": (_nameless(110, "ssda903", "304", local_id="P2", upn="A311"), 11, 4, STEPS[4]),
    "the id is another council's": (_nameless(111, "ssda903", "210", local_id="P1"), None, None, NOT_IN_COUNCIL),
    "UPN of two records of the council": (
        _nameless(112, "ssda903", "304", local_id="X12", upn="A304", date_of_birth="2011-11-11"), None, None, AMBIGUOUS,
    ),
    "several by UPN but one by id": (_nameless(113, "ssda903", "304", local_id="P4", upn="A304", date_of_birth="2011-11-11"), 4, 1, STEPS[1]),
    "CIN census: own record by child id": (_nameless(115, "cin_census", "304", local_id="P1"), 1, 1, STEPS[1]),
    "CIN census: a child not yet born, then known by the same id": (_nameless(116, "cin_census", "304", local_id="P1", date_of_birth=None, sex=None), 1, 1, STEPS[1]),
    "CIN census: UPN known to a school": (_nameless(117, "cin_census", "304", local_id="X17", upn="A311"), 11, 4, STEPS[4]),
    "CIN census: birth date and sex both differ": (_nameless(118, "cin_census", "304", local_id="P2"), None, None, CONTRADICTED),
    "CIN census: nobody knows the child": (_nameless(119, "cin_census", "304", local_id="X19"), None, None, NOT_IN_COUNCIL),
    "nobody knows the child": (_nameless(114, "ssda903", "304", local_id="X14"), None, None, NOT_IN_COUNCIL),
    "a child of Annex A by child id": (_nameless(121, "annex_a", "304", local_id="P1"), 1, 1, STEPS[1]),
    "a child of Annex A that nobody knows": (_nameless(122, "annex_a", "304", local_id="X16"), None, None, NOT_IN_COUNCIL),
}

VERIFIED = {"nhs_number_status": "01"}
HEALTH = {
    "verified number and birth date": (_nameless(201, "mhsds", "RV3", nhs_number=9990000018, **VERIFIED), 21, 11, STEPS[11]),
    "a community record": (_nameless(220, "csds", "RYX", nhs_number=9990000018, **VERIFIED), 21, 11, STEPS[11]),
    "a hospital's patient": (_nameless(215, "sus", "RYJ", nhs_number=9990000018, **VERIFIED), 21, 11, STEPS[11]),
    "superseded number": (_nameless(202, "mhsds", "RV3", nhs_number=9990000999, **VERIFIED), 21, 12, STEPS[12]),
    "superseded number, birth date differs": (
        _nameless(203, "mhsds", "RV3", nhs_number=9990000999, date_of_birth="2012-05-04", **VERIFIED), None, None, BIRTH_DATE,
    ),
    "verified number, one part of the birth date wrong": (
        _nameless(204, "mhsds", "RV3", nhs_number=9990000018, date_of_birth="2012-05-30", **VERIFIED), 21, 13, STEPS[13],
    ),
    "number not verified, birth date agrees": (_nameless(205, "mhsds", "RV3", nhs_number=9990000018, nhs_number_status="03"), 21, 13, STEPS[13]),
    "one part of the birth date wrong and another sex": (
        _nameless(206, "mhsds", "RV3", nhs_number=9990000018, date_of_birth="2012-05-30", sex="M", **VERIFIED), None, None, BIRTH_DATE,
    ),
    "two parts of the birth date wrong: perhaps the mother's number": (
        _nameless(207, "mhsds", "RV3", nhs_number=9990000018, date_of_birth="1985-12-03", **VERIFIED), None, None, BIRTH_DATE,
    ),
    "verified number and birth date outweigh sex": (_nameless(208, "mhsds", "RV3", nhs_number=9990000018, sex="M", **VERIFIED), 21, 11, STEPS[11]),
    "number is on no spine record": (_nameless(209, "mhsds", "RV3", nhs_number=9990000777, **VERIFIED), None, None, NOT_ON_SPINE),
    "no number, one person at birth date, sex, postcode and practice": (
        _nameless(210, "mhsds", "RV3", postcode="NW11AA", practice="E84001"), 21, 14, STEPS[14],
    ),
    "no number, twins of one sex at one address and practice": (
        _nameless(211, "mhsds", "RV3", postcode="HA02BB", practice="E84002", date_of_birth="2009-02-02", sex="M"), None, None, AMBIGUOUS,
    ),
    "no number, another practice": (_nameless(212, "mhsds", "RV3", postcode="NW11AA", practice="E84009"), None, None, NO_NUMBER),
    "no number, sex not known": (_nameless(213, "mhsds", "RV3", postcode="NW11AA", practice="E84001", sex=None), None, None, NO_NUMBER),
    "a wrong number is not overruled by the address": (
        _nameless(214, "mhsds", "RV3", nhs_number=9990000777, postcode="NW11AA", practice="E84001"), None, None, NOT_ON_SPINE,
    ),
}

DECIDED_ON = {
    "never linked to its own record by order, found by UPN": (_nameless(301, "ssda903", "304", local_id="P1", upn="A311"), 11, 4, STEPS[4]),
    "sealed from its own record": (_nameless(302, "ssda903", "304", local_id="P1"), None, None, NOT_IN_COUNCIL),
    "linked by a reviewer, whatever its number says": (_nameless(303, "mhsds", "RV3", nhs_number=9990000026), 21, 0, STEPS[0]),
    "one of two kept apart that found one record": (_nameless(304, "mhsds", "RV3", nhs_number=9990000018, nhs_number_status="01"), None, None, AMBIGUOUS),
    "the other of the two": (_nameless(305, "mhsds", "RKL", nhs_number=9990000018, nhs_number_status="01"), None, None, AMBIGUOUS),
}
ORDERED = ((1, 301, "never_link"), (None, None, "adoption_seal"))
DECIDED = ((21, 303, "must_link"), (304, 305, "never_link"))
SEALED = ((1, 302),)

CASES = COUNCIL | HEALTH | DECIDED_ON


@pytest.fixture(scope="module")
def anchored(spark_session: SparkSession) -> dict[int, tuple[int | None, int | None, str]]:
    """All cases anchored at once, each without seeing the others."""
    found = written(
        spark_session, anchor_job.job,
        identity=[*NAMED, *(case[0] for case in CASES.values())],
        nhs_number_merger=[{"superseded_nhs_number": 9990000999, "current_nhs_number": 9990000018}],
        human_decision=[{"record_id_l": a, "record_id_r": b, "decision": what} for a, b, what in DECIDED],
        separation=[{"statement_token": place, "kind": kind, "record_id_l": a, "record_id_r": b} for place, (a, b, kind) in enumerate(ORDERED)],
        sealed_pair=[{"record_id_l": a, "record_id_r": b} for a, b in SEALED],
    )
    assert len(found) == len(CASES), "one row per record without names"
    return {row["record_id"]: (row["anchor_record_id"], row["step"], row["reason"]) for row in found}


@pytest.mark.parametrize("case", CASES)
def test_record_without_names_anchors_by_the_lowest_sound_step(anchored: dict[int, tuple[int | None, int | None, str]], case: str) -> None:
    record, target, step, reason = CASES[case]
    assert anchored[record["record_id"]] == (target, step, reason)


def test_every_step_and_reason_has_a_case() -> None:
    assert {case[2] for case in CASES.values()} - {None} == set(STEPS)
    assert {case[3] for case in CASES.values() if case[2] is None} == {AMBIGUOUS, BIRTH_DATE, CONTRADICTED, NO_NUMBER, NOT_IN_COUNCIL, NOT_ON_SPINE}
