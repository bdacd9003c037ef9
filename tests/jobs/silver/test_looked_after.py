"""SSDA903 payload: what is returned again, what is no date, and who is in no Header."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.silver import looked_after_annual, looked_after_episode, looked_after_review, unaccompanied_child
from tests.jobs.silver.steps import KEY, Fate, Row, delivered, fate

BRENT, BROMLEY, YEAR, NEXT = "304", "305", "2023-24", "2024-25"
ANN = KEY.hash63_text("ssda903", BRENT, "A1")
HEADER = delivered(BRENT, NEXT, {"CHILD": "A1"}, {"CHILD": "B2"})


def episode(child: str = "A1", **more: str) -> Row:
    return {"CHILD": child, "DECOM": "01/03/2024", "RNE": "S", "LS": "C2", "CIN": "N1", "PLACE": "U1", **more}


def rules(found: Fate) -> Counter[tuple[str, ...]]:
    """How many rows were set aside for which fatal rules."""
    return Counter(tuple(row["fatal_rules"]) for row in found.quarantined)


@pytest.fixture(scope="module")
def episodes(spark_session: SparkSession) -> Fate:
    first = delivered(
        BRENT, YEAR, episode(HOME_POST="HA9 6DE", PL_POST="W5 5DY"), episode("B2", DECOM="30/02/2024"),
        episode("B2", DECOM="01/02/2024", DEC="01/01/2024", REC="E3"), episode("B2", DECOM="05/02/2024", HOME_POST="ZZ99 3VZ", PL_POST="HA9 0FJ"),
        episode("", DECOM="01/04/2023"), episode("C3", LS="X9"), episode("B2", DECOM="06/02/2024", LS=" "),
    )  # fmt: skip
    second = delivered(
        BRENT, NEXT, episode(DEC="10/06/2024", REC="E11"), episode(DECOM="11/06/2024", RNE="P", DEC="2024-13-40", REC="E11")
    )
    elsewhere = delivered(BROMLEY, YEAR, episode())
    header = [*HEADER, *delivered(BROMLEY, YEAR, {"CHILD": "A1"})]
    return fate(spark_session, looked_after_episode.job, episodes=[*first, *second, *elsewhere], header=header)


def test_an_episode_returned_open_and_closed_the_next_year_is_one_closed_episode(episodes: Fate) -> None:
    found = episodes.only(record_id=ANN, started_on=date(2024, 3, 1))
    assert (found["ended_on"], found["reason_ceased"], found["period"], found["broken_rules"]) == (date(2024, 6, 10), "E11", NEXT, [])


def test_an_episode_without_a_day_child_or_legal_status_is_set_aside_by_the_name_of_the_rule(episodes: Fate) -> None:
    assert rules(episodes) == Counter([("started_on_is_present",), ("record_id_is_present",), ("legal_status_is_present",)])


def test_an_end_that_is_no_date_or_too_early_is_kept_and_marked(episodes: Fate) -> None:
    no_date = episodes.only(record_id=ANN, started_on=date(2024, 6, 11))
    assert (no_date["ended_on"], no_date["broken_rules"]) == (None, ["end_and_reason_go_together", "end_is_a_date"])
    assert episodes.only(started_on=date(2024, 2, 1))["broken_rules"] == ["ends_after_it_starts"]


def test_districts_leave_out_where_nobody_lives(episodes: Fate) -> None:
    nowhere = episodes.only(started_on=date(2024, 2, 5))
    assert not nowhere["home_postcode_district"] and not nowhere["placement_postcode_district"]


def test_two_councils_may_use_one_child_id(episodes: Fate) -> None:
    elsewhere = episodes.only(controller=BROMLEY)
    assert elsewhere["record_id"] == KEY.hash63_text("ssda903", BROMLEY, "A1") != ANN
    assert (elsewhere["started_on"], elsewhere["ended_on"]) == (date(2024, 3, 1), None)


def test_a_code_of_no_list_and_a_child_in_no_header_are_marked(episodes: Fate) -> None:
    assert episodes.only(legal_status="X9")["broken_rules"] == ["child_is_in_the_header", "legal_status_is_a_known_code"]


def test_the_last_word_does_not_hang_on_the_order_of_rows(spark_session: SparkSession) -> None:
    given = [
        *delivered(BRENT, YEAR, episode()),
        *delivered(BRENT, NEXT, episode(DEC="10/06/2024", REC="E11"), episode(DEC="12/06/2024", REC="E3")),
    ]
    (one,) = fate(spark_session, looked_after_episode.job, episodes=given, header=HEADER).kept
    assert (one["ended_on"], one["reason_ceased"]) == (date(2024, 6, 12), "E3")
    assert fate(spark_session, looked_after_episode.job, episodes=given[::-1], header=HEADER).kept == [one]


def test_a_review_is_kept_once_a_day_and_needs_a_day_and_a_child(spark_session: SparkSession) -> None:
    reviews: list[dict[str, Any]] = [
        {"CHILD": "A1", "REVIEW": "1/5/2024", "REVIEW_CODE": "PN1"}, {"CHILD": "A1", "REVIEW": "01/05/2024", "REVIEW_CODE": "pn2"},
        {"CHILD": "A1", "REVIEW": "May 2024"}, {"CHILD": "Z9", "REVIEW": "01/05/2024"},
    ]  # fmt: skip
    found = fate(spark_session, looked_after_review.job, header=HEADER, reviews=delivered(BRENT, NEXT, *reviews))
    assert [(row["reviewed_on"], row["participation"]) for row in found.kept] == [(date(2024, 5, 1), "PN2")]
    assert rules(found) == Counter([("reviewed_on_is_present",), ("child_is_in_the_header",)])


def test_a_child_is_unaccompanied_until_the_last_return_says_otherwise(spark_session: SparkSession) -> None:
    uasc = [
        *delivered(BRENT, NEXT, {"CHILD": "A1", "DUC": "01/02/2025"}, {"CHILD": "B2", "DUC": "soon"}),
        *delivered(BRENT, YEAR, {"CHILD": "A1"}),
    ]
    found = fate(spark_session, unaccompanied_child.job, header=HEADER, uasc=uasc)
    assert {row["ceased_on"]: row["broken_rules"] for row in found.kept} == {date(2025, 2, 1): [], None: ["ceased_on_is_a_date"]}


def test_an_annual_return_keeps_each_year_and_marks_what_is_no_answer(spark_session: SparkSession) -> None:
    oc2 = [
        *delivered(BRENT, YEAR, {"CHILD": "A1", "SDQ_SCORE": "41", "CONVICTED": "1"}),
        *delivered(BRENT, NEXT, {"CHILD": "A1", "SDQ_SCORE": "12", "CONVICTED": "0"}, {"CHILD": "B2", "SDQ_SCORE": "many", "TEETH_CHECK": "perhaps"}),
    ]
    found = fate(spark_session, looked_after_annual.job, header=HEADER, oc2=oc2).kept
    assert {row["sdq_score"]: (row["year"], row["was_convicted"], row["broken_rules"]) for row in found} == {
        41: (YEAR, True, ["sdq_score_is_in_range"]), 12: (NEXT, False, []), None: (NEXT, None, ["answers_are_yes_or_no", "sdq_score_is_a_number"]),
    }  # fmt: skip
