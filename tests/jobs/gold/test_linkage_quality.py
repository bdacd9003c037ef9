"""Link quality against a truth made here: right figures, small groups hidden, nothing without a truth."""

from datetime import date
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from pyspark.sql import SparkSession

from cyplink.lake import Lake
from cyplink.tables import gold, linkage, silver
from cyplink.tables.model import Zone
from jobs.gold import linkage_quality
from tests.rows import rows
from tests.tasks import KEY, run

PEOPLE = range(1, 61)


def truth_person() -> pd.DataFrame:
    """60 people, 25 looked after, 3 of them unaccompanied."""
    return pd.DataFrame([
        {"truth_person_id": p, "ethnic_group": "WBRI" if p % 2 else "BAFR", "sex": "M" if p % 2 else "F", "date_of_birth": date(2012, 4, 1),
         "imd_quintile": 1 + p % 5, "borough": "304", "is_looked_after": p <= 25, "is_unaccompanied": p <= 3} for p in PEOPLE
    ])  # fmt: skip


def quality(spark: SparkSession, *wrong: int, withheld: tuple[int, ...] = (), with_truth: bool = True) -> dict[tuple[str, str, str], dict[str, Any]]:
    """A council and an NHS record per person, linked but for the people in `wrong`; the last is a pupil without UPN."""
    identity, links, truth = [], [], []
    for p in PEOPLE:
        for source, controller, record_id in (("case_management", "304", p), ("pds", "X26", 1000 + p)):
            hashed = p == PEOPLE[-1] and source != "pds"
            identity.append({"record_id": record_id, "source": source, "controller": controller, "local_id": f"2001/?{KEY.hash63_text('pupil', 'ANN|LEE|'):X}" if hashed else str(p),
                             "nhs_number": 9990000000 + p if source == "pds" or p > 40 else None})  # fmt: skip
            links.append({"record_id": record_id, "person_id": record_id if p in wrong else p, "is_withheld": p in withheld})
            truth.append({"source": source, "controller": controller, "local_id": "2001/?ANN|LEE|" if hashed else str(p), "truth_person_id": p})
    with TemporaryDirectory() as folder:
        truth_person().to_parquet(f"{folder}/person.parquet")
        pd.DataFrame(truth).to_parquet(f"{folder}/record.parquet")
        lake = Lake(dict.fromkeys(Zone, f"{folder}/lake"), spark)
        lake.write(rows(spark, silver.IDENTITY, *identity), silver.IDENTITY, {})
        lake.write(rows(spark, linkage.PERSON_LINK, *links), linkage.PERSON_LINK, {})
        run(lake, linkage_quality.job, truth=folder if with_truth else None)
        return {(row["pairs"], row["group"], row["value"]): row for row in lake.read_arrow(gold.LINKAGE_QUALITY).to_pylist()}


def test_precision_and_recall_overall_and_of_the_bridge(spark_session: SparkSession) -> None:
    found = quality(spark_session, 1, 2, 3, 4)
    overall, bridge = found["all", "overall", "all"], found["bridge", "overall", "all"]
    assert (overall["true_pairs"], overall["precision"], overall["recall"]) == (60, 1.0, round(56 / 60, 4))
    assert (bridge["true_pairs"], bridge["recall"]) == (40, 0.9), "20 council records have the NHS number, 40 do not"
    assert overall["recall_low"] < overall["recall"] < overall["recall_high"]


def test_worse_links_show_in_their_group(spark_session: SparkSession) -> None:
    found = quality(spark_session, 1, 3, 5)
    assert (found["all", "sex", "M"]["recall"], found["all", "sex", "F"]["recall"]) == (0.9, 1.0)
    assert found["all", "age_band", "11 to 15"]["true_pairs"] == 60


def test_a_small_group_is_hidden_and_so_is_the_one_that_would_give_it_away(spark_session: SparkSession) -> None:
    found = quality(spark_session)
    for value in ("unaccompanied", "not unaccompanied"):
        row = found["all", "unaccompanied", value]
        assert (row["true_pairs"], row["linked_pairs"], row["recall"]) == (None, None, None)
    assert found["all", "looked_after", "looked after"]["true_pairs"] == 25


def test_withheld_people_are_not_counted(spark_session: SparkSession) -> None:
    assert quality(spark_session, withheld=tuple(range(1, 11)))["all", "overall", "all"]["true_pairs"] == 50


def test_without_a_truth_the_table_is_empty(spark_session: SparkSession) -> None:
    assert quality(spark_session, with_truth=False) == {}
