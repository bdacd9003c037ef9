"""Pathfinder 1 on made children: who counts, who is observable, what disclosure control leaves."""

from pyspark.sql import Row, SparkSession

from cyplink.disclosure import DisclosureSettings, Profile
from cyplink.tables import gold
from jobs.pathfinders import looked_after_mental_health as pathfinder
from tests.rows import rows

OPEN = DisclosureSettings(profiles={"open": Profile(threshold=1, round_to=1, shows_zeros=True)}, holds=("open",))
PROJECT = DisclosureSettings(profiles={"project": Profile(threshold=10, round_to=5, shows_zeros=False)}, holds=("project",))
IN_CARE = {"responsible_authority": "304", "started_on": "2025-01-10", "is_respite": False, "returned_to_on": "2026-03-31"}
SEEN = {"feed": "mental_health", "from_on": "2025-04-01", "to_on": "2026-03-31", "delivered_from_on": "2025-04-01"}
RETURNED = {"feed": "looked_after", "from_on": "2024-04-01", "to_on": "2026-03-31"}
CONTACT = {"contact_on": "2025-11-05", "counts_as_access": True}

Rows = list[dict[str, object]]


def run(spark: SparkSession, episodes: Rows, periods: Rows, contacts: Rows, disclosure: DisclosureSettings = OPEN) -> dict[tuple[str, str], Row]:
    built = pathfinder.build(
        rows(spark, gold.LOOKED_AFTER_EPISODE, *episodes), rows(spark, gold.OBSERVATION_PERIOD, *periods),
        rows(spark, gold.MENTAL_HEALTH_CONTACT, *contacts), disclosure,
    )
    return {(row["responsible_authority"], row["year"]): row for row in built.collect()}


def counts(row: Row) -> tuple[int | None, ...]:
    return row["looked_after"], row["observable"], row["in_contact"]


def test_children_are_counted_through_the_chain(spark_session: SparkSession) -> None:
    found = run(
        spark_session,
        [{"person_id": p, **IN_CARE} for p in (1, 2, 3)] + [{"person_id": 4, **IN_CARE, "is_respite": True}],
        [{"person_id": p, **RETURNED} for p in (1, 2, 3, 4)] + [{"person_id": p, **SEEN} for p in (1, 2)],
        [{"person_id": 1, **CONTACT}, {"person_id": 1, **CONTACT}, {"person_id": 2, **CONTACT, "counts_as_access": False}, {"person_id": 3, **CONTACT}],
    )
    assert counts(found["304", "2025-26"]) == (3, 2, 1), "respite left out; contact of a child who is not observable does not count"
    assert found["304", "2025-26"]["share"] == 0.5


def test_a_year_without_deliveries_says_so(spark_session: SparkSession) -> None:
    found = run(spark_session, [{"person_id": 1, **IN_CARE}], [{"person_id": 1, **RETURNED}, {"person_id": 1, **SEEN}], [])
    assert (found["304", "2024-25"]["status"], counts(found["304", "2024-25"])) == ("not_observable", (1, None, None))
    assert ("304", "2023-24") not in found, "the child was not in care then"


def test_the_day_decides_who_is_looked_after(spark_session: SparkSession) -> None:
    periods = [{"person_id": p, **RETURNED} for p in (1, 2, 3)] + [{"person_id": 1, **SEEN}]
    found = run(spark_session, [
        {"person_id": 1, **IN_CARE, "ended_on": "2026-04-01"},
        {"person_id": 2, **IN_CARE, "ended_on": "2026-03-31"},
        {"person_id": 3, **IN_CARE, "started_on": "2026-04-01"},
    ], periods, [])
    assert found["304", "2025-26"]["looked_after"] == 1


def test_an_episode_left_open_in_an_old_return_does_not_count_later(spark_session: SparkSession) -> None:
    found = run(spark_session, [{"person_id": 1, **IN_CARE}], [{"person_id": 1, **RETURNED, "to_on": "2025-03-31"}], [])
    assert set(found) == {("304", "2024-25"), ("all", "2024-25")}


def test_an_open_episode_whose_start_was_corrected_later_does_not_count_for_ever(spark_session: SparkSession) -> None:
    wrong = {"person_id": 1, **IN_CARE, "started_on": "2023-05-01", "returned_to_on": "2024-03-31"}
    right = {"person_id": 1, **IN_CARE, "started_on": "2023-05-02", "ended_on": "2024-12-01", "returned_to_on": "2025-03-31"}
    found = run(spark_session, [wrong, right], [{"person_id": 1, **RETURNED, "from_on": "2023-04-01"}], [])
    assert set(found) == {("304", "2023-24"), ("all", "2023-24")}


def test_a_run_of_deliveries_that_began_late_is_not_a_whole_year(spark_session: SparkSession) -> None:
    late = {**SEEN, "from_on": "2025-06-01", "delivered_from_on": "2025-06-01"}
    found = run(spark_session, [{"person_id": p, **IN_CARE} for p in (1, 2)],
                [{"person_id": p, **RETURNED} for p in (1, 2)] + [{"person_id": 1, **late}, {"person_id": 2, **SEEN, "from_on": "2026-01-01"}], [])
    assert found["304", "2025-26"]["observable"] == 1, "registered since January is enough, delivered since June is not"


def test_contact_outside_the_twelve_months_does_not_count(spark_session: SparkSession) -> None:
    found = run(spark_session, [{"person_id": 1, **IN_CARE}], [{"person_id": 1, **RETURNED}, {"person_id": 1, **SEEN}],
                [{"person_id": 1, **CONTACT, "contact_on": day} for day in ("2025-03-31", "2026-04-01")])
    assert found["304", "2025-26"]["in_contact"] == 0


def test_a_child_in_two_councils_is_counted_once_where_care_began_last(spark_session: SparkSession) -> None:
    found = run(spark_session, [{"person_id": 1, **IN_CARE}, {"person_id": 1, **IN_CARE, "responsible_authority": "307", "started_on": "2025-02-01"}],
                [{"person_id": 1, **RETURNED}, {"person_id": 1, **SEEN}], [])
    assert (found["307", "2025-26"]["looked_after"], found["all", "2025-26"]["looked_after"]) == (1, 1)
    assert ("304", "2025-26") not in found


def test_small_counts_are_hidden_and_the_others_rounded(spark_session: SparkSession) -> None:
    boroughs = {"304": (range(100, 200), 60, 21), "307": (range(200, 300), 62, 3), "310": (range(300, 400), 70, 31)}
    episodes = [{"person_id": p, **IN_CARE, "responsible_authority": b} for b, (people, _, _) in boroughs.items() for p in people]
    periods = [{"person_id": p, **RETURNED} for people, _, _ in boroughs.values() for p in people]
    periods += [{"person_id": p, **SEEN} for people, seen, _ in boroughs.values() for p in people[:seen]]
    contacts = [{"person_id": p, **CONTACT} for people, _, met in boroughs.values() for p in people[:met]]
    found = run(spark_session, episodes, periods, contacts, PROJECT)
    assert counts(found["307", "2025-26"]) == (100, 60, None)
    assert counts(found["304", "2025-26"]) == (100, 60, None), "hidden so that the total does not give the other away"
    assert counts(found["310", "2025-26"]) == (100, 70, 30)
    assert counts(found["all", "2025-26"]) == (300, 190, 55)
    assert [found[b, "2025-26"]["status"] for b in ("304", "307", "310", "all")] == ["suppressed", "suppressed", "shown", "shown"]
    assert found["310", "2025-26"]["share"] == 0.44
    assert found["304", "2025-26"]["share"] is None
