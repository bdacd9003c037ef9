"""What is told of links without a truth: two records that contradict each other, changes of the ledger's last entry; few are hidden."""

from collections.abc import Iterable, Mapping, Sequence
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pyspark.sql import SparkSession

from cyplink.lake import Lake
from cyplink.linkage.implausible import IMPLAUSIBLE
from cyplink.tables.model import Zone
from jobs.gold import linkage_check
from tests.rows import rows
from tests.tasks import run

PEOPLE, WITHHELD, SHOWING = range(1, 41), range(41, 46), range(1, 11)
Row = dict[str, Any]
Given = Mapping[str, list[Row]]
Told = Mapping[tuple[str, str, str], Mapping[str, Any]]


def records(p: int) -> tuple[int, int]:
    """The two records of a person."""
    return p, 100_000 + p


def told(spark: SparkSession, people: Iterable[int], *given: Given) -> Told:
    """The table's rows by measure, group and value: people of two records each, some withheld, half of them looked after, and what is given."""
    of_people: dict[str, list[Row]] = {
        "person_link": [{"record_id": r, "person_id": p, "is_withheld": p % 100 in WITHHELD} for p in people for r in records(p)],
        "person": [{"person_id": p, "sex": "F", "ethnic_group": "White", "birth_month": "2012-05", "was_ever_looked_after": p % 100 <= 20, "is_unaccompanied": p % 100 <= 2}
                   for p in people if p % 100 not in WITHHELD],
    }  # fmt: skip
    for one in given:
        for name, those in one.items():
            of_people.setdefault(name, []).extend(those)
    stated = {row["record_id"]: row for row in of_people.get("identity", ())}
    of_people["identity"] = [
        {"record_id": r, "record_version": r, "source": source, "is_named": True, "date_of_birth_quality": "recorded", **stated.get(r, {})}
        for p in people for r, source in zip(records(p), ("case_management", "pds"), strict=True)
    ]
    with TemporaryDirectory() as folder:
        lake = Lake(dict.fromkeys(Zone, folder), spark)
        for name, those in of_people.items():
            lake.write(rows(spark, linkage_check.READS[name], *those), linkage_check.READS[name], {})
        run(lake, linkage_check.job)
        return {(row["measure"], row["group"], row["value"]): row for row in lake.read_arrow(linkage_check.job.writes[0]).to_pylist()}


def both(people: Sequence[int], one: Row, other: Row, shown: Row) -> list[Row]:
    """A row for each of the records of every person: `one`, and `other`, or what is `shown` by those who are to show it."""
    shows = {p: p % 100 in (*SHOWING, *WITHHELD) for p in people}
    return [{"record_id": r, **row} for p in people for r, row in zip(records(p), (one, shown if shows[p] else other), strict=True)]


def numbered(token: str, spells: list[Row]) -> list[Row]:
    return [{"controller": "RYJ", token: number, **row} for number, row in enumerate(spells, 1)]


def contradictions(of: Mapping[str, Sequence[int]]) -> dict[str, Given]:
    """By measure what its people's records say: the allowance is just passed by those who are to show it and just kept by the others, and what a record says
    against itself is passed by all."""

    def care(p: int, authority: str, first: str, **more: Any) -> Row:
        return {"person_id": p, "responsible_authority": authority, "started_on": first, "returned_to_on": "2026-03-31", "period_of_care_started_on": first, "is_respite": False, "reason_new_episode": "S", **more}

    def first_day(p: int) -> str:
        return "2026-02-27" if p % 100 in SHOWING else "2026-02-28"

    died, born, cared = of["seen_after_death"], of["known_before_birth"], of["in_two_councils_care"]
    school, stay = {"census": "2026-spring", "school": "3042001", "enrolment_status": "C"}, {"discharged_on": "2026-01-20"}
    return {
        "seen_after_death": {
            "identity": [{"record_id": p, "date_of_death": "2020-01-01"} for p in died],
            "outpatient_appointment": numbered("appointment_token", [
                *both(died, *({"appointment_on": day, "is_attended": True} for day in ("2020-06-01", "2020-01-08", "2020-01-09"))),
                *({"record_id": records(p)[1], "appointment_on": "2020-06-01", "is_attended": False} for p in died)]),
        },
        "known_before_birth": {
            "identity": [{"record_id": p, "date_of_birth": "2012-05-01"} for p in born],
            "child_in_need_referral": both(born, *({"referred_on": day} for day in ("2001-01-01", "2011-07-26", "2011-07-25"))),
        },
        "in_two_schools": {"school_enrolment": both(of["in_two_schools"], school, *({**school, "school": "2072001", "census": census} for census in ("2025-spring", "2026-spring")))},
        "in_two_hospitals": {
            "hospital_spell": numbered("spell_token", both(
                of["in_two_hospitals"], {"admitted_on": "2026-01-01", "discharged_on": "2026-01-10"},
                {**stay, "controller": "RQM", "admitted_on": "2026-01-09"}, {**stay, "controller": "RQM", "admitted_on": "2026-01-08"})),
        },
        "in_two_councils_care": {
            "care_episode": [row for p in cared if p % 100 not in WITHHELD for row in (
                care(p, "304", "2024-01-01"), care(p, "207", first_day(p)), care(p, "207", "2020-01-01", is_respite=True))],
        },
        "birth_dates_years_apart": {"identity": both(of["birth_dates_years_apart"], *({"date_of_birth": day} for day in ("2012-05-01", "2014-05-01", "2014-05-02")))},
        "sexes_differ": {"identity": both(of["sexes_differ"], *({"sex": sex} for sex in ("F", "F", "M")))},
        "two_permanent_upns": {"identity": both(of["two_permanent_upns"], *({"upn": upn} for upn in ("A304202012001", "A304202012001", "B304202012001")))},
        "two_verified_nhs_numbers": {
            "identity": both(of["two_verified_nhs_numbers"], *({"nhs_number": number, "nhs_number_status": "01"} for number in (9990000018, 9990000026, 9990000034))),
            "merger": [{"superseded_nhs_number": 9990000026, "current_nhs_number": 9990000018}],
        },
        "born_twice": {"birth": both(of["born_twice"], {"is_live_birth": True}, {"is_live_birth": False}, {"is_live_birth": True})},
    }  # fmt: skip


@pytest.fixture(scope="module")
def found(spark_session: SparkSession) -> Told:
    """Every contradiction among people of its own, all in the ledger's one entry."""
    of = {measure: [100 * place + p for p in (*PEOPLE, *WITHHELD)] for place, measure in enumerate(IMPLAUSIBLE, 1)}
    everybody = [p for people in of.values() for p in people]
    return told(spark_session, everybody, *contradictions(of).values(), {"person_event": ledger(*((1, p, r, "joined", "new_data") for p in everybody for r in records(p)))})


@pytest.mark.parametrize("measure", IMPLAUSIBLE)
def test_a_contradiction_between_two_records_of_a_person_is_counted(found: Told, measure: str) -> None:
    """Not one within a record, and nobody withheld."""
    overall = found[measure, "overall", "all"]
    assert (overall["counted"], overall["share"]) == (40, 0.25)
    assert overall["share_low"] < 0.25 < overall["share_high"]
    assert (found[measure, "looked_after", "looked after"]["share"], found[measure, "looked_after", "not looked after"]["share"]) == (0.5, 0.0)
    assert found[measure, "born", "2010 to 2014"]["share"] == 0.25


def test_a_small_group_is_hidden_and_so_is_the_one_that_would_give_it_away(found: Told) -> None:
    for value in ("unaccompanied", "not unaccompanied"):
        row = found["sexes_differ", "unaccompanied", value]
        assert {row[name] for name in ("counted", "share", "share_low", "share_high")} == {None}


def test_a_ledger_of_one_entry_changed_nobody(found: Told) -> None:
    assert not [key for key in found if key[0] in ("person_changed", "links_lost", "links_gained")]


def test_without_a_model_nothing_is_told_of_weights_and_blocks(found: Told) -> None:
    assert {measure for measure, _, _ in found} == set(IMPLAUSIBLE)


def ledger(*entries: tuple[int, int, int, str, str]) -> list[Row]:
    """sequence, person, record, event, cause."""
    return [{"sequence": s, "person_id": p, "record_id": r, "event": event, "cause": cause, "kind": "mint", "model_version": 1} for s, p, r, event, cause in entries]


@pytest.mark.parametrize(("decided", "told_of"), [(12, True), (4, False)])
def test_the_last_entry_changed_people_and_links(spark_session: SparkSession, decided: int, told_of: bool) -> None:
    """People 1 to 36: the PDS record was another person's until then, by decision for the first. 37 to 40: the PDS record is new."""
    first = [(1, p, p, "joined", "new_data") for p in PEOPLE]
    apart = [(1, 100 + p, records(p)[1], "joined", "new_data") for p in range(1, 37)]
    moved = [(2, person, records(p)[1], event, "human_decision" if p <= decided else "changed_data") for p in range(1, 37) for person, event in ((100 + p, "left"), (p, "joined"))]
    new = [(2, p, records(p)[1], "joined", "new_data") for p in range(37, 41)]
    retired = [(2, 100 + p, 0, "retired", "changed_data") for p in range(1, 37)]
    found = told(spark_session, PEOPLE, {"person_event": ledger(*first, *apart, *moved, *new, *retired)})
    changed = found["person_changed", "overall", "all"]
    assert (changed["counted"], changed["share"]) == (75, round(36 / 76, 4))
    shares = {value: row["share"] for (measure, group, value), row in found.items() if (measure, group) == ("person_changed", "cause")}
    assert shares == {cause: round(n / 76, 4) if told_of else None for cause, n in (("human_decision", decided), ("changed_data", 36 - decided))}
    gained = found["links_gained", "source_pair", "case_management + pds"]
    assert (gained["counted"], gained["share"]) == (40, 1.0)
    assert not [key for key in found if key[0] == "links_lost" and key[1] == "source_pair"], "there were none"


def test_a_link_that_is_no_more_is_lost(spark_session: SparkSession) -> None:
    """Everybody was apart, then two by two, and is apart again; so are those who are withheld, who are not counted."""
    everybody = (*PEOPLE, *WITHHELD)
    first = [(1, p, r, "joined", "new_data") for p in everybody for r in records(p)]
    together = [(2, person, r, event, "new_model") for p in everybody for r in records(p) for person, event in ((p, "left"), (p // 2, "joined"))]
    apart = [(3, person, r, event, "new_model") for p in everybody for r in records(p) for person, event in ((p // 2, "left"), (p, "joined"))]
    found = told(spark_session, everybody, {"person_event": ledger(*first, *together, *apart)})
    assert (found["person_changed", "overall", "all"]["counted"], found["person_changed", "overall", "all"]["share"]) == (80, 1.0)
    assert found["links_lost", "source_pair", "case_management + case_management"]["share"] == 1.0
    assert found["links_lost", "source_pair", "case_management + pds"]["share"] == round(1 - 40 / 78, 4)
    assert found["links_gained", "overall", "all"]["share"] == 0.0
