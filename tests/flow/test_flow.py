"""From delivered files to pathfinder 1, on Delta, through every real part."""

import shutil
from pathlib import Path

from pyspark.sql import functions as F

from cyplink import flow
from cyplink.balance import balance
from cyplink.bronze import BronzeJob
from cyplink.dry import analyse
from cyplink.lake import Lake
from cyplink.linkage.anchors import ANCHORED_TO_COUNCIL, ANCHORED_TO_SPINE
from cyplink.pages.facts import facts_of
from cyplink.research import open_published
from cyplink.runs import publish, read_manifest
from cyplink.sources import SOURCES
from cyplink.standardise import codelists
from cyplink.summary import anchor_figures
from cyplink.tables import bronze, gold, linkage, pathfinders, silver
from tests.deliveries import edit, restate
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
    for table in (gold.PERSON, gold.PERSON_SOURCE_LINK, gold.LOOKED_AFTER_EPISODE, gold.MENTAL_HEALTH_CONTACT, gold.SCHOOL_ENROLMENT, gold.RESIDENCE):
        assert world.lake.read(table).join(withheld, "person_id").count() == 0, table.name


def test_gold_rows_belong_to_gold_people(world: World) -> None:
    people = world.lake.read(gold.PERSON).select("person_id")
    for table in (gold.OBSERVATION_PERIOD, gold.LOOKED_AFTER_EPISODE, gold.MENTAL_HEALTH_REFERRAL, gold.MENTAL_HEALTH_CONTACT, gold.SCHOOL_ENROLMENT, gold.RESIDENCE):
        rows = world.lake.read(table)
        assert rows.count() > 0, table.name
        assert rows.join(people, "person_id", "left_anti").count() == 0, table.name


def test_every_dated_address_is_a_row_of_residence_and_every_person_with_a_dated_one_has_a_stay(world: World) -> None:
    stated = world.lake.read(silver.IDENTITY).where("source in ('pds', 'case_management', 'ssda903', 'school_census')").selectExpr(
        "record_id", "explode(dated_postcodes) as address")
    rows = world.lake.read(silver.RESIDENCE)
    assert rows.count() == stated.selectExpr("record_id", "address.postcode", "address.from_on").distinct().count()
    people = world.lake.read(linkage.PERSON_LINK).where("not is_withheld").select("record_id", "person_id")
    placed = rows.where("from_on is not null and coalesce(to_on >= from_on, true)").join(people, "record_id").select("person_id").distinct()
    assert placed.count() == placed.join(world.lake.read(gold.RESIDENCE).select("person_id").distinct(), "person_id").count() > 0


def test_the_pathfinder_observes_only_the_year_that_was_delivered(world: World) -> None:
    rows = world.lake.read(pathfinders.LOOKED_AFTER_MENTAL_HEALTH).collect()
    states = {(row["year"], row["status"] == "not_observable") for row in rows}
    assert states == {("2023-24", True), ("2024-25", True), ("2025-26", False)}


def test_links_are_good(world: World) -> None:
    rows = {(r["pairs"], r["group"], r["value"]): r for r in world.lake.read(gold.LINKAGE_QUALITY).collect()}
    overall, bridge = rows[("all", "overall", "all")], rows[("bridge", "overall", "all")]
    assert overall["precision"] >= 0.995 and overall["recall"] >= 0.98
    assert bridge["precision"] >= 0.995 and bridge["recall"] >= 0.95


def test_pupils_are_found_on_the_spine_and_children_of_one_mother_are_kept_apart(world: World) -> None:
    rows = {row["measure"]: row for row in world.lake.read(gold.LINKAGE_GOAL).collect()}
    assert set(rows) == set(gold.LINKAGE_GOALS)
    assert rows["pupils_found_on_the_spine"]["share"] >= 0.97
    assert rows["siblings_joined"]["share"] == 0.0
    assert rows["twins_joined"]["share"] <= 1 / 16, "one pair of seventeen: named a letter apart, at one school, and only one of them has NHS records"
    assert rows["adoptions_rejoined"]["share"] in (0.0, None), "there may be too few to tell of"


def test_every_verified_number_on_the_spine_with_its_birth_date_is_anchored(world: World) -> None:
    who = world.lake.read(silver.IDENTITY).select("record_id", "source", "nhs_number", "nhs_number_status", "date_of_birth")
    mergers = world.lake.read(silver.NHS_NUMBER_MERGER).selectExpr("superseded_nhs_number as nhs_number", "current_nhs_number")
    spine = who.where("source = 'pds'").selectExpr("record_id as spine_record_id", "nhs_number as spine_number", "date_of_birth as spine_birth")
    verified = who.where("source = 'mhsds' and nhs_number_status = '01'").join(mergers, "nhs_number", "left")
    due = verified.join(spine, F.expr("coalesce(current_nhs_number, nhs_number) = spine_number and date_of_birth = spine_birth"))
    anchors = world.lake.read(linkage.ANCHOR)
    assert due.count() > 100
    assert due.join(anchors, "record_id").where("step in (11, 12) and anchor_record_id = spine_record_id").count() == due.count()
    assert anchors.where("step is null and reason is null").count() == 0


def test_figures_of_anchors_add_up(world: World) -> None:
    publish(world.settings.zones.roots(), "first", 1.0)
    figures = anchor_figures(world.settings)
    assert sum(one["records"] for one in figures) == world.lake.rows(linkage.ANCHOR)
    assert {one["source"] for one in figures} == {*ANCHORED_TO_COUNCIL, *ANCHORED_TO_SPINE}


def test_a_correction_landed_before_silver_is_built_is_no_imbalance(world: World, tmp_path: Path) -> None:
    lake = Lake({zone: shutil.copytree(root, tmp_path / zone.value) and str(tmp_path / zone.value) for zone, root in world.settings.zones.roots().items()}, world.spark)
    first = next((world.root / "data" / "synthetic" / "landing" / "ssda903" / "304" / "2024-25").iterdir())
    again = shutil.copytree(first, tmp_path / "landing" / "ssda903" / "304" / "2024-25" / "v9")
    edit(again, "reviews.csv", lambda rows: rows[:-3])
    restate(again, version=9)
    BronzeJob(SOURCES["ssda903"]).run(lake, tmp_path / "landing", {})
    found = balance(lake)
    found.check()
    assert found.not_built == ("ssda903/304",)


def test_a_dry_run_analyses_every_build(world: World) -> None:
    steps = flow.discover()
    assert [name for name, _ in analyse(steps, world.settings, world.spark)] == [step.name for step in steps]


def _tables() -> dict[str, object]:
    return {t.name: t for step in flow.discover() for t in step.writes}


def test_no_stray_file_is_left_outside_the_zones(world: World) -> None:
    assert {p.name for p in Path(world.root / "data").iterdir()} <= {"synthetic", "lake", "mlflow", "pages"}


def test_every_census_delivered_is_in_silver(world: World) -> None:
    """A file that is refused takes with it all that refers to it."""
    files = world.lake.read_arrow(bronze.DELIVERY_FILE).to_pylist()
    assert [file for file in files if file["status"] != "accepted"] == []
    delivered = {file["period"] for file in files if file["source"] == "school_census"}
    enrolled = {row["census"] for row in world.lake.read(silver.SCHOOL_ENROLMENT).select("census").distinct().collect()}
    assert enrolled == delivered and len(delivered) == 5


def test_pages_name_the_mental_health_providers_that_delivered_and_no_others(world: World) -> None:
    publish(world.settings.zones.roots(), "first", 1.0)
    said = facts_of(open_published(world.settings.zones.research), world.settings.disclosure.profile)
    delivered = {file["controller"] for file in world.lake.read_arrow(bronze.DELIVERY_FILE).to_pylist() if file["source"] == "mhsds"}
    names = {row["name"] for row in codelists.read("mental_health_providers") if row["provider"] in delivered}
    assert set(said.providers) == names != {row["name"] for row in codelists.read("mental_health_providers")}
