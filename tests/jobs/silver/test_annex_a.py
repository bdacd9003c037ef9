"""Annex A from the workbook to silver: what one file lands as, what its events and categories mean, and who its children are."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from cyplink.bronze import BronzeJob, current_files
from cyplink.lake import Lake
from cyplink.sources import SOURCES
from cyplink.tables.bronze import DELIVERY, DELIVERY_FILE
from jobs.silver import identity, social_care_event
from tests.jobs.silver.steps import KEY, Fate, delivered, fate
from tests.landing import current_rows, deliver
from tests.workbooks import sheet, workbook

BRENT, MARCH, JUNE = "304", "2026-03", "2026-06"
ANN = KEY.hash63_text("annex_a", BRENT, "A1")
CONTACT = {"child_unique_id": "A1", "date_of_birth": date(2012, 5, 3), "date_of_contact": date(2026, 1, 2)}


@pytest.fixture(scope="module")
def events(spark_session: SparkSession) -> Fate:
    """Every list, with the ways categories, dates and answers are written."""
    plan = {"child_unique_id": "A1", "plan_start_date": "2025-11-01", "latest_category_of_abuse": "b) Physical Abuse"}
    return fate(
        spark_session, social_care_event.job,
        list_1=[
            *delivered(
                BRENT, MARCH, {"child_unique_id": "A1", "date_of_contact": "2026-01-02", "contact_source": "g) Police"},
                {"child_unique_id": "B2", "date_of_contact": "02/01/2026", "contact_source": " police  (MERLIN) "},
                {"child_unique_id": "C3", "date_of_contact": "2026-01-02 00:00:00", "contact_source": "Anonymous caller"},
                {"child_unique_id": "D4", "date_of_contact": "2026-01-02", "contact_source": "the neighbours"},
                {"child_unique_id": "", "date_of_contact": "2026-01-02"}, {"child_unique_id": "A1", "date_of_contact": "31/02/2026"},
            ),
            *delivered(BRENT, JUNE, {"child_unique_id": "A1", "date_of_contact": "2026-01-02", "contact_source": "b) Schools"}),
        ],
        list_2=delivered(BRENT, MARCH, {"child_unique_id": "A1", "assessment_start_date": "2026-02-01", "assessment_completion_date": "2026-01-01"}),
        list_3=delivered(BRENT, MARCH, {"child_unique_id": "A1", "date_of_referral": "2026-01-03", "referral_source": "1 - Schools", "referral_no_further_action": "b) No"}),
        list_4=delivered(BRENT, MARCH, {"child_unique_id": "A1", "assessment_start_date": "2026-01-04", "assessment_authorisation_date": "soon", "requires_support": "N"}),
        list_5=delivered(BRENT, MARCH, {"child_unique_id": "A1", "strategy_discussion_date": "2026-01-05", "conference_date": "2026-01-19", "conference_led_to_plan": "c) Unknown"}),
        list_6=delivered(BRENT, MARCH, {"child_unique_id": "A1", "cin_start_date": "2025-12-01", "primary_need": "N1", "cin_closure_date": "2026-02-02"}),
        list_7=[*delivered(BRENT, MARCH, plan), *delivered(BRENT, JUNE, {**plan, "plan_end_date": "2026-05-05", "latest_category_of_abuse": "NEG"})],
    )  # fmt: skip


def test_every_list_becomes_events_in_the_standard_s_words(events: Fate) -> None:
    mine = {row["kind"]: (row["started_on"], row["ended_on"], row["category"], row["led_on"]) for row in events.kept if row["record_id"] == ANN}
    assert mine == {
        "contact": (date(2026, 1, 2), None, "Schools", None), "early_help_assessment": (date(2026, 2, 1), date(2026, 1, 1), None, None),
        "referral": (date(2026, 1, 3), None, "Schools", True), "assessment": (date(2026, 1, 4), None, None, False),
        "section_47_enquiry": (date(2026, 1, 5), date(2026, 1, 19), None, None),
        "need_episode": (date(2025, 12, 1), date(2026, 2, 2), "Abuse or neglect", None),
        "protection_plan": (date(2025, 11, 1), date(2026, 5, 5), "Neglect", None),
    }  # fmt: skip


def test_variants_are_mapped_and_what_means_nothing_is_marked(events: Fate) -> None:
    said = Counter((row["category"], tuple(row["broken_rules"])) for row in events.kept if row["kind"] == "contact" and row["record_id"] != ANN)
    assert said == Counter([("Police", ()), ("Anonymous", ()), (None, ("category_is_known",))])
    assert events.only(kind="early_help_assessment")["broken_rules"] == ["ends_after_it_starts"]
    assert events.only(kind="assessment")["broken_rules"] == ["end_is_a_date"]


def test_a_row_of_nobody_or_of_no_day_is_set_aside(events: Fate) -> None:
    assert Counter(tuple(row["fatal_rules"]) for row in events.quarantined) == Counter([("record_id_is_present",), ("started_on_is_present",)])


def test_children_are_known_by_the_council_s_id_and_placed_where_list_8_says(spark_session: SparkSession) -> None:
    who = {"child_unique_id": "A1", "gender": "b) Female", "date_of_birth": "2012-05-03"}
    placed = {**who, "gender": "2", "placement_postcode": "ha9 6de", "placement_start_date": "01/12/2025", "date_of_birth": "03/05/2012"}
    found = fate(
        spark_session, identity.job,
        annex_a_list_1=delivered(BRENT, MARCH, {**who, "gender": "not known"}, {"child_unique_id": None}), annex_a_list_8=delivered(BRENT, JUNE, placed, {"child_unique_id": " "}),
    )  # fmt: skip
    (ann,) = found.kept
    assert {name: ann[name] for name in ("record_id", "source", "local_id", "sex", "date_of_birth", "is_named", "postcodes", "first_period")} == {
        "record_id": ANN, "source": "annex_a", "local_id": "A1", "sex": "F", "date_of_birth": date(2012, 5, 3), "is_named": False,
        "postcodes": ["HA96DE"], "first_period": MARCH,
    }  # fmt: skip
    # The row of list 1 without an id is told of by its events; that of list 8 here.
    assert [(row["file_kind"], row["fatal_rules"]) for row in found.quarantined] == [("list_8", ["record_id_is_present"])]


def test_one_workbook_lands_in_a_table_for_each_list_once(lake: Lake, tmp_path: Path) -> None:
    source, job, landing = SOURCES["annex_a"], BronzeJob(SOURCES["annex_a"]), tmp_path / "landing"
    content = workbook(sheet("list_2"), sheet("list_3", {"child_unique_id": "A1"}, {"child_unique_id": "B2"}, without=("gender",)), sheet("list_1", CONTACT, {"child_unique_id": "B2"}), sheet("list_11", {"adopter_id": "X1"}))
    deliver(landing, "annex_a/304/2026-03/v1", {"annex_a.xlsx": content}, rows={"annex_a.xlsx": 2})
    deliver(landing, "annex_a/305/2026-03/v1", {"annex_a.xlsx": content[:500]})
    first = job.run(lake, landing, {})
    files = {(row["controller"], row["file_kind"]): row for row in lake.read_arrow(DELIVERY_FILE).to_pylist()}
    assert {key: (row["file_name"], row["status"], row["rows_kept"]) for key, row in files.items()} == {
        ("304", "list_1"): ("annex_a.xlsx", "accepted", 2), ("304", "list_2"): ("annex_a.xlsx#list_2", "accepted", 0),
        ("304", "list_11"): ("annex_a.xlsx#list_11", "accepted", 1), ("305", None): ("annex_a.xlsx", "refused", 0),
    }  # fmt: skip
    assert files["304", "list_1"]["reasons"] == ["list_3_columns_missing: gender"] and files["305", None]["reasons"] == ["workbook_is_damaged"]
    told: dict[str, Any] = {row["controller"]: row for row in lake.read_arrow(DELIVERY).to_pylist()}
    assert told["304"]["status"] == "accepted" and "no_accepted_file_of_kind: list_3" in told["304"]["reasons"]
    rows = current_rows(lake, source.kind("list_1"))
    assert sorted((row["child_unique_id"], row["date_of_contact"], row["source_row"]) for row in rows) == [("A1", "2026-01-02", 1), ("B2", None, 2)]
    assert len(current_files(lake)) == 3 and first.changed
    assert not job.run(lake, landing, {}).changed
