"""From delivered files to pathfinder 1, on Delta, through every real part."""

from pathlib import Path

from cyplink.balance import balance
from cyplink.runs import read_manifest
from cyplink.sources import SOURCES
from cyplink.tables import gold, linkage, pathfinders, silver
from tests.worlds import World


def test_every_source_balances(world: World) -> None:
    found = balance(world.lake)
    found.check()
    assert {line.source for line in found.lines} == set(SOURCES)
    assert all(line.delivered > 0 for line in found.by_source())


def test_a_second_run_commits_no_data_and_writes_no_manifest(world: World) -> None:
    before = read_manifest(world.settings.zones.identifiable, "first").tables
    report = world.run()
    assert report.manifest is None
    assert {name: entry["version"] for name, entry in before.items()} == {
        name: world.lake.version(table) for name, table in _tables().items() if name in before
    }


def test_every_record_has_one_person(world: World) -> None:
    identity, links = world.lake.read(silver.IDENTITY), world.lake.read(linkage.PERSON_LINK)
    assert identity.count() == links.count() == links.select("record_id").distinct().count()
    assert identity.join(links, "record_id", "left_anti").count() == 0


def test_people_who_are_withheld_are_not_in_gold(world: World) -> None:
    withheld = world.lake.read(linkage.PERSON_LINK).where("is_withheld").select("person_id").distinct()
    assert withheld.count() > 0
    for table in (gold.PERSON, gold.PERSON_SOURCE_LINK, gold.LOOKED_AFTER_EPISODE, gold.MENTAL_HEALTH_CONTACT, gold.SCHOOL_ENROLMENT):
        assert world.lake.read(table).join(withheld, "person_id").count() == 0, table.name


def test_gold_rows_belong_to_gold_people(world: World) -> None:
    people = world.lake.read(gold.PERSON).select("person_id")
    for table in (gold.OBSERVATION_PERIOD, gold.LOOKED_AFTER_EPISODE, gold.MENTAL_HEALTH_REFERRAL, gold.MENTAL_HEALTH_CONTACT, gold.SCHOOL_ENROLMENT):
        rows = world.lake.read(table)
        assert rows.count() > 0, table.name
        assert rows.join(people, "person_id", "left_anti").count() == 0, table.name


def test_the_pathfinder_observes_only_the_year_that_was_delivered(world: World) -> None:
    rows = world.lake.read(pathfinders.LOOKED_AFTER_MENTAL_HEALTH).collect()
    states = {(row["year"], row["status"] == "not_observable") for row in rows}
    assert states == {("2023-24", True), ("2024-25", True), ("2025-26", False)}


def test_links_are_good(world: World) -> None:
    rows = {(r["pairs"], r["group"], r["value"]): r for r in world.lake.read(gold.LINKAGE_QUALITY).collect()}
    overall, bridge = rows[("all", "overall", "all")], rows[("bridge", "overall", "all")]
    assert overall["precision"] >= 0.995 and overall["recall"] >= 0.98
    assert bridge["precision"] >= 0.99 and bridge["recall"] >= 0.95


def _tables() -> dict[str, object]:
    from cyplink import flow

    return {t.name: t for step in flow.discover() for t in step.writes}


def test_no_stray_file_is_left_outside_the_zones(world: World) -> None:
    assert {p.name for p in Path(world.root / "data").iterdir()} <= {"synthetic", "lake", "mlflow", "pages"}
