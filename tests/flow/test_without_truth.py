"""The gold stage where no truth is known, as of real people: nothing is measured against one, everything that needs none is told."""

import shutil

import pyarrow as pa
import pytest

from cyplink.lake import open_dataset
from cyplink.linkage.records import add_block_keys, make_records, open_connection
from cyplink.linkage.truth import truth_of
from cyplink.people import IS_IN_GOLD
from cyplink.pseudonym import Pseudonyms
from cyplink.runs import publish, read_manifest
from cyplink.summary import quality_figures
from cyplink.tables import gold, linkage, silver
from tests.worlds import KEY, World

JUDGED = (gold.LINKAGE_QUALITY, gold.LINKAGE_WEIGHT, gold.LINKAGE_GOAL, gold.LINKAGE_CHECK)


@pytest.fixture(scope="module")
def real(world: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world as if it were of real people: its lake, what judges the links taken out, and no truth; after a run of the gold stage."""
    root = tmp_path_factory.mktemp("real")
    zones = {name: str(shutil.copytree(place, root / name)) for name, place in world.settings.zones.model_dump().items() if name != "landing"}
    settings = world.settings.model_copy(update={"zones": world.settings.zones.model_copy(update=zones), "truth": None})
    made = World(root, settings, world.spark, world.identifiers)
    for table in JUDGED:
        shutil.rmtree(made.lake.path(table))
    report = made.run("gold", run_id="real")
    assert {step.name for step in report.steps if step.state == "done"} == {table.name for table in JUDGED}
    return made


def test_what_needs_no_truth_is_told_and_is_the_same_as_with_one(world: World, real: World) -> None:
    assert [real.lake.rows(table) for table in JUDGED[:3]] == [0, 0, 0]
    found = real.lake.read_arrow(gold.LINKAGE_CHECK).to_pylist()
    assert found == world.lake.read_arrow(gold.LINKAGE_CHECK).to_pylist()
    told = {row["measure"] for row in found if row["share"] is not None}
    assert {"birth_dates_years_apart", "sexes_differ", "two_verified_nhs_numbers", "held_out_precision", "held_out_recall", "blocking_reach_several"} <= told


def test_good_links_hold_few_contradictions_and_agree_on_the_number(real: World) -> None:
    overall = {row["measure"]: row for row in real.lake.read_arrow(gold.LINKAGE_CHECK).to_pylist() if row["group"] == "overall"}
    assert overall["two_verified_nhs_numbers"]["share"] == 0.0
    assert all(overall[name]["share"] < 0.01 for name in ("birth_dates_years_apart", "sexes_differ", "known_before_birth"))
    assert overall["held_out_precision"]["share"] > 0.99 and overall["held_out_recall"]["share"] > 0.9


def test_the_command_tells_it(real: World) -> None:
    publish(real.settings.zones.roots(), "real", 1.0)
    figures = quality_figures(real.settings)
    assert (figures["overall"], figures["weights"], figures["goals"]) == ({}, [], [])
    assert figures["checks"] == real.lake.read_arrow(gold.LINKAGE_CHECK).to_pylist()


def test_what_blocking_misses_is_estimated_near_the_truth(world: World) -> None:
    """Printed: the share of pairs that blocking reaches by the truth, and by each estimate; each is within half a percentage point."""
    reached = reach_by_truth(world)
    told = {row["measure"]: row for row in world.lake.read_arrow(gold.LINKAGE_CHECK).to_pylist() if row["group"] == "overall"}
    for name in ("two_groups", "several", "linked"):
        one = told[f"blocking_reach_{name}"]
        print(f"{name}: {one['share']:.4f} ({one['share_low']} to {one['share_high']}), by the truth {reached:.4f}")
        assert one["share"] == pytest.approx(reached, abs=0.005), name


def reach_by_truth(world: World) -> float:
    """Share of the true pairs of named records of people in gold that are in one block of some rule."""
    manifest = read_manifest(world.settings.zones.identifiable, "first")
    truth = truth_of(world.lake, manifest, world.settings.truth, Pseudonyms(KEY))
    assert truth is not None
    pins = {name: world.lake.pin(table) for name, table in (("identity", silver.IDENTITY), ("merger", silver.NHS_NUMBER_MERGER))}
    with open_connection(2) as connection:
        make_records(connection, *(open_dataset(pin.path, pin.version) for pin in pins.values()))
        add_block_keys(connection, pa.table({"rule": pa.array([], pa.int32()), "key": pa.array([], pa.string())}))
        connection.register("truth", truth[["record_id", "truth_person_id"]])
        connection.register("person_link", world.lake.read_arrow(linkage.PERSON_LINK, ["record_id", "is_withheld"]))
        (found,) = connection.execute(f"""
            with one as (select truth_person_id, record_id, block_keys from keyed join truth using (record_id) join person_link using (record_id) where {IS_IN_GOLD})
            select avg(list_has_any(l.block_keys, r.block_keys)::int) from one l join one r using (truth_person_id) where l.record_id < r.record_id""").fetchall()
    return float(found[0])
