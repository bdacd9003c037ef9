"""Observation periods and periods of care."""

from datetime import date

from pyspark.sql import SparkSession

from jobs.gold import looked_after_episode, observation_period
from tests.tasks import written

LINKS = [{"record_id": r, "person_id": 1, "is_withheld": False} for r in (10, 11)]
MONTHS = [f"2025-{m:02d}" for m in range(4, 13)] + [f"2026-{m:02d}" for m in range(1, 4)]


def observed(spark: SparkSession, feed: str, **given: list[dict[str, object]]) -> list[tuple[date | None, ...]]:
    found = written(spark, observation_period.job, person_link=LINKS, **given)
    return sorted((row["from_on"], row["to_on"], row["delivered_from_on"]) for row in found if row["feed"] == feed)


def submitted(provider: str, months: list[str]) -> list[dict[str, object]]:
    ends = {"04": 30, "06": 30, "09": 30, "11": 30, "02": 28}
    return [
        {"controller": provider, "period": m, "period_starts_on": f"{m}-01", "period_ends_on": f"{m}-{ends.get(m[5:], 31)}"}
        for m in months
    ]


def test_overlapping_and_adjoining_registrations_are_one_period(spark_session: SparkSession) -> None:
    found = observed(spark_session, "registration", registration=[
        {"record_id": 10, "practice": "A", "icb": "QRV", "from_on": "2020-01-01", "to_on": "2021-06-30"},
        {"record_id": 11, "practice": "B", "icb": "QRV", "from_on": "2021-05-01", "to_on": "2022-01-31"},
        {"record_id": 10, "practice": "C", "icb": "QMJ", "from_on": "2022-02-01", "to_on": "2023-01-01"},
        {"record_id": 10, "practice": "D", "icb": "QRV", "from_on": "2024-01-01"},
    ])
    assert found == [(date(2020, 1, 1), date(2023, 1, 1), None), (date(2024, 1, 1), None, None)]


def test_mental_health_needs_every_provider_of_the_icb(spark_session: SparkSession) -> None:
    registration = [{"record_id": 10, "practice": "A", "icb": "QRV", "from_on": "2019-01-01"}]
    both = submitted("RV3", MONTHS) + submitted("RKL", MONTHS)
    assert observed(spark_session, "mental_health", registration=registration, mental_health_submission=both) == [
        (date(2025, 4, 1), date(2026, 3, 31), date(2025, 4, 1))
    ]
    one = submitted("RV3", MONTHS)
    assert observed(spark_session, "mental_health", registration=registration, mental_health_submission=one) == []


def test_a_month_not_delivered_parts_the_period(spark_session: SparkSession) -> None:
    registration = [{"record_id": 10, "practice": "A", "icb": "QRV", "from_on": "2025-05-10", "to_on": "2026-02-20"}]
    given = submitted("RV3", MONTHS) + submitted("RKL", [m for m in MONTHS if m != "2025-08"])
    assert observed(spark_session, "mental_health", registration=registration, mental_health_submission=given) == [
        (date(2025, 5, 10), date(2025, 7, 31), date(2025, 4, 1)), (date(2025, 9, 1), date(2026, 2, 20), date(2025, 9, 1))
    ]


def test_a_child_registered_elsewhere_is_not_observed_by_mental_health(spark_session: SparkSession) -> None:
    registration = [{"record_id": 10, "practice": "A", "icb": "QMJ", "from_on": "2019-01-01"}]
    given = submitted("RV3", MONTHS) + submitted("RKL", MONTHS)
    assert observed(spark_session, "mental_health", registration=registration, mental_health_submission=given) == []


def test_looked_after_years_are_those_of_returns_held_that_have_the_child(spark_session: SparkSession) -> None:
    found = observed(spark_session, "looked_after", looked_after_episode=[
        {"record_id": 10, "controller": "304", "started_on": "2020-02-01", "reason_new_episode": "S", "period": "2024-25"},
        {"record_id": 99, "controller": "304", "started_on": "2025-02-01", "reason_new_episode": "S", "period": "2025-26"},
    ], looked_after_annual=[{"record_id": 10, "controller": "304", "year": "2023-24", "period": "2023-24"}])
    assert found == [(date(2023, 4, 1), date(2025, 3, 31), None)], "not 2020, whose return is not held; not 2025-26, which has not the child"


def test_school_terms(spark_session: SparkSession) -> None:
    found = observed(spark_session, "school", school_enrolment=[
        {"record_id": 10, "census": "2024-spring"}, {"record_id": 11, "census": "2024-summer"}, {"record_id": 10, "census": "2026-spring"},
    ])
    assert found == [(date(2024, 1, 1), date(2024, 8, 31), None), (date(2026, 1, 1), date(2026, 3, 31), None)]


def episodes(spark: SparkSession, *given: tuple[str, str | None, str, str | None]) -> list[date]:
    """period_of_care_started_on of episodes (start, end, RNE, REC), in order of start."""
    made = [
        {"record_id": 10, "controller": "304", "started_on": s, "ended_on": e, "reason_new_episode": n, "reason_ceased": c,
         "legal_status": "C2", "period": "2025-26"} for s, e, n, c in given
    ]
    built = written(spark, looked_after_episode.job, person_link=LINKS, looked_after_episode=made)
    return [row["period_of_care_started_on"] for row in sorted(built, key=lambda row: row["started_on"])]


def test_episodes_linked_by_x1_are_one_period_of_care(spark_session: SparkSession) -> None:
    assert episodes(
        spark_session, ("2023-01-10", "2023-06-01", "S", "X1"), ("2023-06-01", "2024-02-01", "P", "E4A"), ("2024-09-01", None, "S", None)
    ) == [date(2023, 1, 10), date(2023, 1, 10), date(2024, 9, 1)]


def test_adjoining_episodes_are_one_period_unless_care_began_anew(spark_session: SparkSession) -> None:
    assert episodes(
        spark_session, ("2023-01-10", "2023-06-01", "S", "E8"), ("2023-06-02", "2023-08-01", "L", "E8"), ("2023-08-02", None, "S", None)
    ) == [date(2023, 1, 10), date(2023, 1, 10), date(2023, 8, 2)]


def test_a_child_held_twice_by_a_council_gives_one_episode(spark_session: SparkSession) -> None:
    twice = [
        {"record_id": r, "controller": "304", "started_on": "2023-01-10", "ended_on": end, "reason_new_episode": "S",
         "legal_status": "V4", "period": period} for r, period, end in ((10, "2023-24", None), (11, "2024-25", "2024-05-01"))
    ]
    found = written(spark_session, looked_after_episode.job, person_link=LINKS, looked_after_episode=twice)
    assert [(row["ended_on"], row["is_respite"], row["returned_to_on"]) for row in found] == [(date(2024, 5, 1), True, date(2025, 3, 31))]
