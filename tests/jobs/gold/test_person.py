"""Gold person, its links and the door for withheld people."""

from typing import Any

from pyspark.sql import SparkSession

from jobs.gold import person, person_source_link
from tests.tasks import KEY, written

ANN, BEN, WITHHELD = 1, 2, 3
Rows = list[dict[str, Any]]


def links(*given: tuple[int, int]) -> Rows:
    """person_link rows from (record_id, person_id)."""
    return [
        {"record_id": r, "person_id": p, "step": 0, "step_reason": "model", "match_weight": 1000 * r, "status": "linked",
         "is_withheld": p == WITHHELD, "model_version": 1} for r, p in given
    ]


def people_of(spark: SparkSession, link: Rows, *characteristics: dict[str, Any], **more: Rows) -> dict[int, dict[str, Any]]:
    built = written(spark, person.job, person_link=link, record_characteristic=characteristics, **more)
    return {row["person_id"]: row for row in built}


def test_the_commonest_value_counts_and_a_tie_goes_to_the_school(spark_session: SparkSession) -> None:
    found = people_of(
        spark_session, links((10, ANN), (11, ANN), (12, ANN), (20, BEN), (21, BEN)),
        {"record_id": 10, "source": "pds", "birth_month": "2012-05", "sex": "F"},
        {"record_id": 11, "source": "mhsds", "birth_month": "2012-05", "sex": "M"},
        {"record_id": 12, "source": "school_census", "birth_month": "2012-06", "sex": "M"},
        {"record_id": 20, "source": "pds", "birth_month": "2015-01"},
        {"record_id": 21, "source": "school_census", "birth_month": "2015-02"},
    )
    assert (found[ANN]["birth_month"], found[ANN]["sex"]) == ("2012-05", "M")
    assert found[BEN]["birth_month"] == "2015-02"


def test_an_unstated_category_never_outvotes_a_stated_one(spark_session: SparkSession) -> None:
    found = people_of(
        spark_session, links((10, ANN), (11, ANN), (12, ANN), (20, BEN), (21, BEN)),
        {"record_id": 10, "source": "mhsds", "ethnic_category": "Z"},
        {"record_id": 11, "source": "case_management", "ethnic_category": "99"},
        {"record_id": 12, "source": "school_census", "ethnic_category": "R"},
        {"record_id": 20, "source": "mhsds", "ethnic_category": "Z"},
        {"record_id": 21, "source": "pds"},
    )
    assert (found[ANN]["ethnic_category"], found[ANN]["ethnic_group"], found[ANN]["ethnicity_agrees"]) == ("R", "Asian", None)
    assert (found[BEN]["ethnic_category"], found[BEN]["ethnic_group"]) == ("Z", "Unknown")


def test_categories_that_differ_are_said_to_differ(spark_session: SparkSession) -> None:
    found = people_of(
        spark_session, links((10, ANN), (11, ANN)),
        {"record_id": 10, "source": "school_census", "ethnic_category": "M"},
        {"record_id": 11, "source": "ssda903", "ethnic_category": "N"},
    )
    assert (found[ANN]["ethnic_category"], found[ANN]["ethnicity_agrees"]) == ("M", False)


def test_a_withheld_person_is_left_out_with_all_their_records(spark_session: SparkSession) -> None:
    link = links((10, ANN), (30, WITHHELD), (31, WITHHELD))
    given = [{"record_id": r, "source": "pds", "controller": "X26"} for r in (10, 30, 31)]
    assert set(people_of(spark_session, link, *given)) == {ANN}
    assert [row["person_id"] for row in written(spark_session, person_source_link.job, person_link=link, record_characteristic=given)] == [ANN]


def test_care_and_the_weakest_link_are_summed_up(spark_session: SparkSession) -> None:
    found = people_of(
        spark_session, links((10, ANN), (11, ANN), (20, BEN)),
        {"record_id": 10, "source": "pds"},
        unaccompanied_child=[{"record_id": 20}],
        looked_after_episode=[{"record_id": 20, "started_on": "2024-01-01", "reason_new_episode": reason} for reason in ("S", "L")],
    )
    assert (found[ANN]["record_count"], found[ANN]["weakest_match_weight"], found[ANN]["has_nhs_record"]) == (2, 10000, True)
    assert (found[ANN]["is_unaccompanied"], found[ANN]["was_ever_looked_after"]) == (False, False)
    assert (found[BEN]["is_unaccompanied"], found[BEN]["was_ever_looked_after"], found[BEN]["has_nhs_record"]) == (True, True, False)


def test_a_record_token_is_not_the_record_id(spark_session: SparkSession) -> None:
    characteristics = [{"record_id": 10, "source": "pds", "controller": "X26"}]
    (found,) = written(spark_session, person_source_link.job, person_link=links((10, ANN)), record_characteristic=characteristics)
    assert (found["record_token"], found["source"]) == (KEY.hash63_text("gold.record", "10"), "pds")
