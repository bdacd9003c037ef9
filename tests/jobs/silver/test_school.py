"""School Census payload over three terms, and attainment: one record for a pupil, codes added up, nobody's rows set aside."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.silver import (
    alternative_provision,
    attainment,
    free_school_meal_period,
    identity,
    school_attendance,
    school_enrolment,
    school_exclusion,
    special_educational_need,
)
from tests.jobs.silver.steps import KEY, Row, delivered, fate

BRENT, SPRING, SUMMER, AUTUMN = "304", "2025-spring", "2025-summer", "2025-autumn"
UPN = "H801200001001"
ANN = KEY.hash63_text("school_census", BRENT, f"2001/{UPN}")
NAMED = {"schoolcensustableid": "s", "upn": UPN, "forename": "Ann", "surname": "Lee", "dob": "2012-Mar-15 00:00:00"}
LEFT = "2025-Sep-12 00:00:00"


def on(period: str, *rows: Row) -> list[Row]:
    return delivered(BRENT, period, *({"pupilonrolltableid": "1", **row} for row in rows))


def off(period: str, *rows: Row) -> list[Row]:
    return delivered(BRENT, period, *({"pupilnolongeronrolltableid": "1", **row} for row in rows))


PUPILS: dict[str, Any] = {
    "schoolcensus": [row for period in (SPRING, SUMMER, AUTUMN) for row in delivered(BRENT, period, {"schoolcensustableid": "s", "lea": BRENT, "estab": "2001"})],
    "pupilonroll": [
        *on(SPRING, {**NAMED, "enrolstatus": "C", "sex": "F", "termlysessionspossible": "140.0", "senprovision": "K"}),
        *on(SUMMER, {**NAMED, "enrolstatus": "C", "surname": "Li", "termlysessionspossible": "116"}),
    ],
    "pupilnolongeronroll": off(AUTUMN, {**NAMED, "surname": "Lee-Khan", "leavingdate": LEFT, "ncyearleaving": "8", "termlysessionspossible": "46",
                                        "summerhalfterm2sessionspossible": "72"}),
}  # fmt: skip


def test_a_pupil_is_one_record_over_the_terms_on_the_roll_and_off_it(spark_session: SparkSession) -> None:
    again = [*PUPILS["pupilonroll"], *on(AUTUMN, {**NAMED, "pupilonrolltableid": "2", "upn": "X801200001002", "entrydate": "soon"})]
    school = delivered(BRENT, AUTUMN, {"schoolcensustableid": "s", "phase": "SS"})
    found = fate(spark_session, school_enrolment.job, **{**PUPILS, "pupilonroll": again, "school": school})
    ann = {row["census"]: row for row in found.kept if row["record_id"] == ANN}
    assert sorted(ann) == sorted((SPRING, SUMMER, AUTUMN))
    assert [ann[census]["left_on"] for census in (SPRING, SUMMER, AUTUMN)] == [None, None, date(2025, 9, 12)]
    assert (ann[AUTUMN]["year_group"], ann[AUTUMN]["enrolment_status"], ann[AUTUMN]["school_phase"]) == ("8", None, "SS")
    (other,) = (row for row in found.kept if row["record_id"] != ANN)
    assert (other["left_on"], other["broken_rules"]) == (None, ["entered_on_is_a_date"])


def test_the_last_census_in_time_has_the_last_word_on_a_name(spark_session: SparkSession) -> None:
    """Autumn is the last census of a year, whatever the alphabet says."""
    addresses = {
        "school_addresses": on(SUMMER, {"postcode": "HA9 6DE"}), "school_addressesonroll": on(AUTUMN, {"postcode": "HA9 6DE"}),
        "school_addressesoffroll": off(AUTUMN, {"postcode": "W5 5DY"}),
    }  # fmt: skip
    results = {"ks2": delivered(BRENT, "2024-25", {"LA": BRENT, "Estab": "2001", "UPN": UPN, "Forename": "Ann", "Surname": "Lee", "DOB": "2012-03-15"})}
    found = fate(spark_session, identity.job, **PUPILS, **addresses, **results)
    ann = found.only(record_id=ANN)
    assert (ann["surname"], ann["surnames"], ann["first_period"], ann["last_period"]) == ("LEE KHAN", ["KHAN", "LEE", "LEE KHAN", "LI"], SPRING, AUTUMN)
    assert (ann["postcode"], ann["postcodes"], ann["sex"], ann["main_registrations"]) == ("W55DY", ["HA96DE", "W55DY"], "F", [SPRING, SUMMER])
    assert [(row["file_kind"], row["broken_rules"]) for row in found.quarantined] == [("addressesonroll", ["record_id_is_present"])]
    tested = found.only(source="attainment")
    assert (tested["upn"], tested["surname"], tested["school"]) == (UPN, "LEE", "304/2001")


def test_register_codes_add_up_by_what_they_mean_in_the_term_before(spark_session: SparkSession) -> None:
    def codes(**sessions: str) -> list[Row]:
        return [{"attendancereason": code, "sessions": count} for code, count in sessions.items()]

    found = fate(
        spark_session, school_attendance.job, **PUPILS,
        termlysessiondetailsonroll=[
            *on(SPRING, {"attendancereason": "/", "sessions": "60"}, {"attendancereason": "\\", "sessions": "58.0"}, *codes(L="2", I="8", c2="4", O="3", U="1", D="2", QQ="1", M="x")),
            *on(SUMMER, *codes(B="100", E="6"), {"pupilonrolltableid": "nobody", "attendancereason": "I", "sessions": "9"}),
        ],
        termlysessiondetailsoffroll=off(AUTUMN, *codes(I="5")), summerhalfterm2sessiondetailsoffroll=off(AUTUMN, *codes(I="7", G="10")),
    )  # fmt: skip
    sums = ("sessions_possible", "sessions_attended", "sessions_authorised", "sessions_unauthorised", "sessions_ill", "sessions_not_required")
    of = {(row["academic_year"], row["term"]): tuple(row[name] for name in sums) for row in found.kept}
    assert of == {
        ("2024-25", "autumn"): (140, 120, 12, 4, 8, 2), ("2024-25", "spring"): (116, 100, 6, 0, 0, 0), ("2024-25", "summer"): (118, 0, 12, 10, 12, 0),
    }  # fmt: skip
    assert found.only(census=SPRING)["broken_rules"] == ["attendance_code_is_known", "sessions_are_a_number"]
    assert [row["broken_rules"] for row in found.quarantined] == [["pupil_is_delivered", "record_id_is_present"]]


def test_suspensions_are_returned_again_and_stay_one(spark_session: SparkSession) -> None:
    one = {"startdate": "2024-Oct-07 00:00:00", "sessions": "6", "category": "SUSP", "reason1": "DB"}
    found = fate(
        spark_session, school_exclusion.job, **PUPILS,
        termlyexclusionsonroll=[*on(SPRING, one, {**one, "startdate": "7 Oct", "category": "FIXD"}), *on(SUMMER, {**one, "sessions": "4", "category": "FIXD"})],
        termlyexclusionsoffroll=off(AUTUMN, {**one, "startdate": LEFT, "category": "PERM", "sessions": ""}),
    )  # fmt: skip
    assert sorted((row["category"], row["sessions"], row["period"]) for row in found.kept if row["category"] == "SUSP") == [("SUSP", 4, SUMMER)]
    assert found.only(category="PERM")["started_on"] == date(2025, 9, 12)
    assert [row["broken_rules"] for row in found.quarantined] == [["started_on_is_present"]]


@pytest.fixture(scope="module")
def details(spark_session: SparkSession) -> dict[str, list[dict[str, Any]]]:
    meal = {"fsmstartdate": "2023-Sep-01 00:00:00", "ukcountry": "ENG"}
    placed = {"placementreason": "mhn", "entrydate": "2025-Jan-06 00:00:00", "leavingdate": "2024-Jan-06 00:00:00", "apsessionsperweek": "4.0", "apattendancepattern": "PT"}
    # fmt: off
    return {
        "needs": fate(spark_session, special_educational_need.job, **PUPILS, senneeds=on(SPRING, {"sentyperank": "1", "sentype": "SEMH"}, {"sentyperank": "2", "sentype": "XX"})).kept,
        "meals": fate(spark_session, free_school_meal_period.job, **PUPILS, fsmperiod=[*on(SPRING, meal), *on(SUMMER, {**meal, "fsmenddate": "2025-Apr-01 00:00:00"})]).kept,
        "placements": fate(spark_session, alternative_provision.job, **PUPILS, schoolarrangedapdetailonroll=on(SPRING, {**placed, "placementreason": "BHS"}, placed),
                           approvisiondetailoffroll=off(AUTUMN, {"apreason": "PEX", "prevurn": "1"})).kept,
        "attainment": fate(spark_session, attainment.job, ks2=delivered(BRENT, "2024-25", {"Estab": "2001", "UPN": UPN, "READSCORE": "104", "MATSCORE": "A"}, {"UPN": UPN, "READSCORE": "1"}),
                           eyfsp=delivered(BRENT, "2023-24", {"Estab": "2001", "UPN": UPN, "FSP_GLD": "1"})).kept,
    }
    # fmt: on


def test_needs_keep_their_rank_and_a_code_of_no_list_is_marked(details: dict[str, list[dict[str, Any]]]) -> None:
    assert sorted((row["rank"], row["need"], row["broken_rules"]) for row in details["needs"]) == [(1, "SEMH", []), (2, "XX", ["need_is_a_known_code"])]


def test_a_period_of_free_meals_ends_when_a_later_census_says_so(details: dict[str, list[dict[str, Any]]]) -> None:
    (meal,) = details["meals"]
    assert (meal["record_id"], meal["started_on"], meal["ended_on"]) == (ANN, date(2023, 9, 1), date(2025, 4, 1))


def test_placements_of_one_day_are_both_kept_and_say_whether_they_are_for_mental_health(details: dict[str, list[dict[str, Any]]]) -> None:
    found = sorted((row["census"], row["entry"], row["kind"], row["reason"], row["is_for_mental_health"], row["broken_rules"]) for row in details["placements"])
    assert found == [
        (AUTUMN, 1, "in_provision", "PEX", False, []), (SPRING, 1, "arranged_by_school", "BHS", False, ["ends_after_it_starts"]),
        (SPRING, 2, "arranged_by_school", "MHN", True, ["ends_after_it_starts"]),
    ]  # fmt: skip


def test_results_are_one_row_per_measure_as_numbers_where_they_are(details: dict[str, list[dict[str, Any]]]) -> None:
    found = sorted((row["academic_year"], row["stage"], row["measure"], row["result"], row["score"]) for row in details["attainment"])
    assert found == [("2023-24", "EYFSP", "fsp_gld", "1", 1.0), ("2024-25", "KS2", "matscore", "A", None), ("2024-25", "KS2", "readscore", "104", 104.0)]
    assert {row["record_id"] for row in details["attainment"]} == {KEY.hash63_text("attainment", BRENT, f"2001/{UPN}")}
