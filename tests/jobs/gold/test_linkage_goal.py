"""Who is found across the sectors and who is wrongly joined, against a truth made here."""

from datetime import date
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from cyplink.lake import Lake
from cyplink.tables import gold, linkage, silver
from cyplink.tables.model import Zone
from jobs.gold import linkage_goal
from tests.rows import rows
from tests.tasks import run

# 1 to 24 are twelve pairs of twins, two pairs to a mother; 49 to 60 are who 37 to 48 became by adoption.
PEOPLE = range(1, 61)
BORN = {28: date(2010, 4, 1), 29: date(2010, 3, 31), 30: date(2021, 3, 31), 31: date(2021, 4, 1)}
"""28 is 15 at the end of March 2026, 29 is 16, 30 is 5, 31 is 4; all others are 11."""
RECORDS = [
    *(("school_census", p) for p in range(1, 49)), *(("school_census", 100 + p) for p in (1, 2)), *(("mhsds", p) for p in range(1, 32)),
    *(("pds", p) for p in PEOPLE),
]
"""Source and local id; the second school record of 1 is 101."""


def truth_person() -> pd.DataFrame:
    return pd.DataFrame([
        {"truth_person_id": p, "date_of_birth": BORN.get(p, date(2014, 4, 1)), "multiple_birth_id": (p + 1) // 2 if p <= 24 else None,
         "mother_id": (p + 3) // 4 if p <= 24 else None, "former_person_id": p - 12 if p > 48 else None} for p in PEOPLE
    ])  # fmt: skip


def goals(
    spark: SparkSession, moved: dict[tuple[str, int], int] | None = None, withheld: tuple[int, ...] = (), with_truth: bool = True
) -> dict[str, dict[str, Any]]:
    """Rows by measure, of records that are each with the person they are of, but for those `moved` to the person of another."""
    person_of = {record: record[1] % 100 for record in RECORDS} | (moved or {})
    numbered = list(enumerate(RECORDS, start=1))
    with TemporaryDirectory() as folder:
        truth_person().to_parquet(f"{folder}/person.parquet")
        truth = [{"source": source, "controller": "X26", "local_id": str(local), "truth_person_id": local % 100} for source, local in RECORDS]
        pd.DataFrame(truth).to_parquet(f"{folder}/record.parquet")
        lake = Lake(dict.fromkeys(Zone, f"{folder}/lake"), spark)
        identity = [{"record_id": i, "source": source, "controller": "X26", "local_id": str(local)} for i, (source, local) in numbered]
        links = [{"record_id": i, "person_id": person_of[record], "is_withheld": person_of[record] in withheld} for i, record in numbered]
        lake.write(rows(spark, silver.IDENTITY, *identity), silver.IDENTITY, {})
        lake.write(rows(spark, linkage.PERSON_LINK, *links), linkage.PERSON_LINK, {})
        run(lake, linkage_goal.job, truth=folder if with_truth else None)
        return {row["measure"]: row for row in lake.read_arrow(gold.LINKAGE_GOAL).to_pylist()}


def test_right_links_find_everybody_and_join_nobody(spark_session: SparkSession) -> None:
    found = goals(spark_session)
    assert {name: (row["counted"], row["share"]) for name, row in found.items()} == {
        "pupils_found_on_the_spine": (50, 1.0),  # 48
        "patients_found_in_school": (30, 1.0),  # 29: of 31 one is 16 and one is 4
        "twins_joined": (10, 0.0),  # 12
        "siblings_joined": (25, 0.0),  # six mothers of four, twice two of them twins: 24
        "adoptions_rejoined": (10, 0.0),  # 12
    }
    assert {name: (row["at_least"], row["at_most"]) for name, row in found.items()} == {name: (aim.at_least, aim.at_most) for name, aim in gold.LINKAGE_GOALS.items()}
    assert found["pupils_found_on_the_spine"]["share_low"] == 0.9259, "48 of 48, by Wilson's formula"


# What is wrong, and of which measure how many of all.
WRONG = {
    "a school record apart": ({("school_census", 40): 90}, {"pupils_found_on_the_spine": 47 / 48}),
    "one of a pupil's two school records apart": ({("school_census", 101): 90}, {"pupils_found_on_the_spine": 47 / 48}),
    "a pupil with another's PDS record": ({("school_census", 40): 60}, {"pupils_found_on_the_spine": 47 / 48}),
    "a patient apart": ({("mhsds", 28): 90}, {"patients_found_in_school": 28 / 29}),
    "a patient of 16 apart": ({("mhsds", 29): 90}, {}),
    "a twin's record with the other twin": ({("mhsds", 1): 2}, {"patients_found_in_school": 28 / 29, "twins_joined": 1 / 12}),
    "two twins' records changed over, one pair still": ({("mhsds", 1): 2, ("mhsds", 2): 1}, {"patients_found_in_school": 27 / 29, "twins_joined": 1 / 12}),
    "a child's record with a brother or sister": ({("pds", 2): 3}, {"pupils_found_on_the_spine": 47 / 48, "siblings_joined": 1 / 24}),
    "all records of two of one mother together": ({("pds", 2): 3, ("mhsds", 2): 3, ("school_census", 2): 3, ("school_census", 102): 3}, {"siblings_joined": 1 / 24}),
    "a stranger's record": ({("pds", 60): 25}, {}),
    "two lives together": ({("pds", 49): 37}, {"adoptions_rejoined": 1 / 12}),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_shows_where_it_is(what: str, spark_session: SparkSession) -> None:
    moved, shares = WRONG[what]
    right = {"pupils_found_on_the_spine": 1.0, "patients_found_in_school": 1.0}
    expected = dict.fromkeys(gold.LINKAGE_GOALS, 0.0) | right | {name: round(share, 6) for name, share in shares.items()}
    assert {name: row["share"] for name, row in goals(spark_session, moved).items()} == expected


def test_what_is_about_few_is_hidden_and_withheld_people_are_not_counted(spark_session: SparkSession) -> None:
    found = goals(spark_session, withheld=(37, 38, 49, 60))["adoptions_rejoined"]
    assert (found["counted"], found["share"], found["share_low"], found["share_high"], found["at_most"]) == (None, None, None, None, 0.0)
    assert goals(spark_session, withheld=tuple(range(41, 49)))["pupils_found_on_the_spine"]["counted"] == 40


def test_without_a_truth_the_table_is_empty(spark_session: SparkSession) -> None:
    assert goals(spark_session, with_truth=False) == {}
