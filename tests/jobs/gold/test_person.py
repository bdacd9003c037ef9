"""Gold person, its links and the door for withheld people."""

from pyspark.sql import DataFrame, SparkSession

from cyplink.pseudonym import Pseudonyms
from cyplink.tables import linkage, silver
from jobs.gold import person, person_source_link
from tests.rows import rows

ANN, BEN, WITHHELD = 1, 2, 3


def links(spark: SparkSession, *given: tuple[int, int]) -> DataFrame:
    """person_link rows from (record_id, person_id)."""
    return rows(spark, linkage.PERSON_LINK, *(
        {"record_id": r, "person_id": p, "step": 0, "step_reason": "model", "match_weight": 1000 * r, "status": "linked",
         "is_withheld": p == WITHHELD, "model_version": 1} for r, p in given
    ))


def people_of(spark: SparkSession, link: DataFrame, *characteristics: dict[str, object], **more: DataFrame) -> dict[int, object]:
    nobody = {
        "unaccompanied_child": rows(spark, silver.UNACCOMPANIED_CHILD),
        "looked_after_episode": rows(spark, silver.LOOKED_AFTER_EPISODE),
    }
    built = person.build(link, rows(spark, silver.RECORD_CHARACTERISTIC, *characteristics), **(nobody | more))
    return {row["person_id"]: row for row in built.collect()}


def test_the_commonest_value_counts_and_a_tie_goes_to_the_school(spark_session: SparkSession) -> None:
    found = people_of(
        spark_session, links(spark_session, (10, ANN), (11, ANN), (12, ANN), (20, BEN), (21, BEN)),
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
        spark_session, links(spark_session, (10, ANN), (11, ANN), (12, ANN), (20, BEN), (21, BEN)),
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
        spark_session, links(spark_session, (10, ANN), (11, ANN)),
        {"record_id": 10, "source": "school_census", "ethnic_category": "M"},
        {"record_id": 11, "source": "ssda903", "ethnic_category": "N"},
    )
    assert (found[ANN]["ethnic_category"], found[ANN]["ethnicity_agrees"]) == ("M", False)


def test_a_withheld_person_is_left_out_with_all_their_records(spark_session: SparkSession) -> None:
    link = links(spark_session, (10, ANN), (30, WITHHELD), (31, WITHHELD))
    given = [{"record_id": r, "source": "pds", "controller": "X26"} for r in (10, 30, 31)]
    assert set(people_of(spark_session, link, *given)) == {ANN}
    characteristics = rows(spark_session, silver.RECORD_CHARACTERISTIC, *given)
    assert [row["person_id"] for row in person_source_link.build(link, characteristics, Pseudonyms(bytes(32))).collect()] == [ANN]


def test_care_and_the_weakest_link_are_summed_up(spark_session: SparkSession) -> None:
    found = people_of(
        spark_session, links(spark_session, (10, ANN), (11, ANN), (20, BEN)),
        {"record_id": 10, "source": "pds"},
        unaccompanied_child=rows(spark_session, silver.UNACCOMPANIED_CHILD, {"record_id": 20}),
        looked_after_episode=rows(spark_session, silver.LOOKED_AFTER_EPISODE, {"record_id": 20}, {"record_id": 20}),
    )
    assert (found[ANN]["record_count"], found[ANN]["weakest_match_weight"], found[ANN]["has_nhs_record"]) == (2, 10000, True)
    assert (found[ANN]["is_unaccompanied"], found[ANN]["was_ever_looked_after"]) == (False, False)
    assert (found[BEN]["is_unaccompanied"], found[BEN]["was_ever_looked_after"], found[BEN]["has_nhs_record"]) == (True, True, False)


def test_a_record_token_is_not_the_record_id(spark_session: SparkSession) -> None:
    characteristics = rows(spark_session, silver.RECORD_CHARACTERISTIC, {"record_id": 10, "source": "pds", "controller": "X26"})
    found = person_source_link.build(links(spark_session, (10, ANN)), characteristics, Pseudonyms(bytes(32))).first()
    assert found["record_token"] not in (10, None) and found["source"] == "pds"
