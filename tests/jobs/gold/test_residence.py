"""Residence: homes that records state, and the stays made of them over years and sources."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from jobs.gold import residence as of_gold
from jobs.silver import residence as of_silver
from tests.tasks import KEY, written

LINKS = [{"record_id": r, "person_id": 1, "is_withheld": False} for r in (10, 11, 12, 13)] + [{"record_id": 90, "person_id": 9, "is_withheld": True}]
A, B, C = (KEY.hash63_text("home", postcode) for postcode in ("HA96DE", "NW11AA", "UB81AB"))


def record(record_id: int, source: str, *addresses: tuple[str, str | None, str | None], **more: Any) -> dict[str, Any]:
    """A row of silver.identity with its dated addresses; the last is its latest."""
    dated = [{"postcode": p, "from_on": f and date.fromisoformat(f), "to_on": t and date.fromisoformat(t)} for p, f, t in addresses]
    postcodes = sorted({p for p, _, _ in addresses})
    return {"record_id": record_id, "source": source, "controller": "304", "postcode": addresses[-1][0], "postcodes": postcodes, "dated_postcodes": dated,
            "first_period": "2024-spring", "last_period": "2025-autumn", **more}  # fmt: skip


def homes(spark: SparkSession, *records: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = written(spark, of_silver.job, identity=records)
    return [(r["record_id"], r["home_token"], r["kind"], r["from_on"], r["to_on"], r["broken_rules"]) for r in sorted(found, key=lambda r: (r["record_id"], r["home_order"]))]


def test_a_home_open_in_one_delivery_and_ended_in_a_later_one_has_ended(spark_session: SparkSession) -> None:
    pds = record(10, "pds", ("HA96DE", "2015-01-02", None), ("HA96DE", "2015-01-02", "2024-05-01"), ("NW11AA", "2024-05-01", None))
    assert homes(spark_session, pds, record(11, "mhsds", ("UB81AB", None, None))) == [
        (10, A, "home", date(2015, 1, 2), date(2024, 5, 1), []), (10, B, "home", date(2024, 5, 1), None, []),
    ]


def test_a_placement_is_known_up_to_the_last_return_and_the_home_before_care_has_no_first_day(spark_session: SparkSession) -> None:
    child = record(12, "ssda903", ("HA96DE", None, "2023-06-01"), ("NW11AA", "2023-06-01", None), first_period="2023-24", last_period="2024-25")
    assert homes(spark_session, child) == [
        (12, A, "home", None, date(2023, 6, 1), ["starts_on_a_known_day"]), (12, B, "placement", date(2023, 6, 1), date(2025, 3, 31), []),
    ]


def test_a_pupil_with_one_home_was_there_from_the_first_census_to_the_last_and_one_with_several_at_the_latest(spark_session: SparkSession) -> None:
    only, moved = record(10, "school_census", ("HA96DE", None, None)), record(11, "school_census", ("HA96DE", None, None), ("NW11AA", None, None))
    assert homes(spark_session, only, moved) == [
        (10, A, "home", date(2024, 1, 1), date(2025, 12, 31), []),
        (11, A, "home", None, date(2025, 12, 31), ["starts_on_a_known_day"]), (11, B, "home", date(2025, 9, 1), date(2025, 12, 31), []),
    ]


def stays(spark: SparkSession, *given: tuple[int, str, int, str | None, str | None]) -> list[tuple[Any, ...]]:
    """Stays made of statements: record, source, home, first and last day. A placement is what SSDA903 says."""
    rows = [
        {"record_id": r, "source": s, "controller": "304", "home_order": n, "home_token": home, "postcode_district": f"D{home}", "from_on": f, "to_on": t,
         "kind": "placement" if s == "ssda903" else "home"} for n, (r, s, home, f, t) in enumerate(given, 1)
    ]
    found = written(spark, of_gold.job, person_link=LINKS, residence=rows)
    return [
        (r["from_on"], r["to_on"], r["home_number"], r["postcode_district"], r["is_placement"], r["source"], r["is_contradicted"])
        for r in sorted(found, key=lambda r: (r["person_id"], r["from_on"]))
    ]


def test_years_of_one_home_are_one_stay_whoever_states_them(spark_session: SparkSession) -> None:
    assert stays(
        spark_session, (10, "case_management", 7, "2019-01-01", "2021-03-31"), (11, "case_management", 7, "2021-04-01", "2022-01-01"), (12, "pds", 7, "2020-05-05", "2023-02-01"),
    ) == [(date(2019, 1, 1), date(2023, 2, 1), 1, "D7", False, "case_management", False)]


def test_a_home_goes_on_after_a_placement_with_its_number(spark_session: SparkSession) -> None:
    assert stays(spark_session, (10, "pds", 7, "2015-01-01", None), (12, "ssda903", 8, "2023-06-01", "2024-01-31")) == [
        (date(2015, 1, 1), date(2023, 5, 31), 1, "D7", False, "pds", False),
        (date(2023, 6, 1), date(2024, 1, 31), 2, "D8", True, "ssda903", True),
        (date(2024, 2, 1), None, 1, "D7", False, "pds", False),
    ]


def test_of_addresses_that_overlap_the_one_begun_last_counts_and_a_gap_stays_one(spark_session: SparkSession) -> None:
    assert stays(
        spark_session, (10, "pds", 7, "2015-01-01", "2024-06-30"), (11, "case_management", 8, "2024-03-01", "2024-09-30"), (10, "pds", 9, "2025-01-01", None),
    ) == [
        (date(2015, 1, 1), date(2024, 2, 29), 1, "D7", False, "pds", False),
        (date(2024, 3, 1), date(2024, 9, 30), 2, "D8", False, "case_management", True),
        (date(2025, 1, 1), None, 3, "D9", False, "pds", False),
    ]


def test_of_two_addresses_begun_on_one_day_the_councils_counts(spark_session: SparkSession) -> None:
    assert stays(spark_session, (10, "pds", 7, "2024-03-01", None), (11, "case_management", 8, "2024-03-01", None)) == [
        (date(2024, 3, 1), None, 1, "D8", False, "case_management", True)
    ]


def test_a_placement_that_others_state_as_well_is_one_stay_and_goes_on_when_care_ends(spark_session: SparkSession) -> None:
    assert stays(
        spark_session, (12, "ssda903", 8, "2023-06-01", "2024-01-31"), (11, "case_management", 8, "2023-06-01", "2024-01-31"), (10, "pds", 8, "2023-09-01", None),
    ) == [(date(2023, 6, 1), None, 1, "D8", True, "ssda903", False)]


def test_what_a_census_says_of_its_term_counts_like_any_address(spark_session: SparkSession) -> None:
    assert stays(spark_session, (10, "pds", 7, "2015-01-01", "2024-02-10"), (13, "school_census", 8, "2024-01-01", "2024-03-31")) == [
        (date(2015, 1, 1), date(2023, 12, 31), 1, "D7", False, "pds", False),
        (date(2024, 1, 1), date(2024, 3, 31), 2, "D8", False, "school_census", True),
    ]


def test_nobody_withheld_and_no_statement_without_a_first_day_or_ended_before_it_began_makes_a_stay(spark_session: SparkSession) -> None:
    assert stays(spark_session, (90, "pds", 7, "2015-01-01", None), (10, "pds", 7, None, "2020-01-01"), (11, "pds", 7, "2020-01-01", "2019-01-01")) == []


DAY, LAST = date(2024, 1, 1), 60
Statement = tuple[int, str, int, int, int | None]
statements = st.lists(
    st.tuples(st.integers(1, 2), st.sampled_from(["pds", "case_management", "ssda903", "school_census"]), st.integers(1, 3), st.integers(0, 40), st.one_of(st.none(), st.integers(0, 45))),
    max_size=12,
)  # fmt: skip


def _made(given: Iterable[Statement]) -> list[dict[str, Any]]:
    rows = [
        {"record_id": who, "source": source, "kind": "placement" if source == "ssda903" else "home", "home_token": home, "postcode_district": f"D{home}",
         "from_on": DAY + timedelta(start), "to_on": None if end is None else DAY + timedelta(end)} for who, source, home, start, end in given
    ]
    shape = pa.schema([("record_id", pa.int64()), ("source", pa.string()), ("kind", pa.string()), ("home_token", pa.int64()), ("postcode_district", pa.string()),
                       ("from_on", pa.date32()), ("to_on", pa.date32())])  # fmt: skip
    with duckdb.connect() as connection:
        connection.register("residence", pa.Table.from_pylist(rows, shape))
        connection.execute("create view person_link as select record_id, record_id as person_id, false as is_withheld from (values (1), (2)) who(record_id)")
        return connection.sql(of_gold.SELECT).to_arrow_table().to_pylist()


def _day_by_day(given: Iterable[Statement]) -> dict[tuple[int, int], int]:
    """By person and day the home that counts: that of the statement begun last, a source's statements of one home being one as long as they go on."""
    days: dict[tuple[int, str, int], set[int]] = {}
    for who, source, home, start, end in given:
        days.setdefault((who, source, home), set()).update(range(start, (LAST if end is None else end) + 1))
    said: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for (who, source, home), on in days.items():
        for day in on:
            begun = next(first for first in range(day, -1, -1) if first - 1 not in on)
            said.setdefault((who, day), []).append((-begun, of_gold.OF_TWO_BEGUN_ON_ONE_DAY.index(source), home))
    return {key: min(homes)[2] for key, homes in said.items()}


@given(statements)
def test_every_day_that_is_stated_is_in_one_stay_at_the_home_that_counts(rows: list[Statement]) -> None:
    found = [
        ((stay["person_id"], day), stay["home_token"]) for stay in _made(rows)
        for day in range((stay["from_on"] - DAY).days, (LAST if stay["to_on"] is None else (stay["to_on"] - DAY).days) + 1)
    ]
    assert sorted(found) == sorted(_day_by_day(rows).items())
