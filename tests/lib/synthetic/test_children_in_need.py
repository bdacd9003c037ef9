"""The synthetic children in need: as many as published, a census that breaks no published rule, the looked-after among them."""

import hashlib
import re
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from cyplink.returns import broken, view
from cyplink.sources import SOURCES
from cyplink.sources.calendar import days_of
from cyplink.sources.xml_file import read_xml
from cyplink.synthetic import children_in_need_return
from cyplink.synthetic.calibration import load
from cyplink.synthetic.care import YEAR_ENDS, in_care
from cyplink.synthetic.cin_census_document import cin_census_bytes
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.social_care import register
from cyplink.synthetic.world import World, make_world

SOURCE = SOURCES["cin_census"]
SAMPLE = 0.1
CHANGED_WITH_THE_YEAR = ({"GenderCurrent"}, {"Sex"}, {"Sex"})


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(load(["207"]), SAMPLE, seed=3)


@pytest.fixture(scope="module")
def censuses(world: World) -> list[Delivery]:
    return [delivery for delivery, _ in children_in_need_return.deliveries(world, register(world))]


def document(delivery: Delivery) -> bytes:
    return cin_census_bytes({kind: rows for kind, rows in delivery.files.values()}, delivery.controller, delivery.period, delivery.created_on)


def test_a_census_is_sound_xml_and_breaks_no_published_rule(censuses: list[Delivery], tmp_path: Path) -> None:
    kinds = {kind.name: kind for kind in SOURCE.file_kinds}
    for delivery in censuses:
        content, path = document(delivery), tmp_path / "cin.xml"
        path.write_bytes(content)
        constants: dict[str, str | int] = {"period": delivery.period}
        targets = {name: tmp_path / delivery.period / f"{name}.parquet" for name in kinds}
        assert SOURCE.xml
        found = read_xml(path, SOURCE.xml, kinds, hashlib.sha256(content).hexdigest(), constants, targets)
        assert (found.status, found.reasons, found.rejects, found.extra_columns, found.further_columns) == ("accepted", [], [], [], {})
        assert {"child": found.rows, **found.further} == {"header": 1, **{kind: len(rows) for kind, rows in delivery.files.values()}}
        with duckdb.connect() as connection:
            first, last = days_of(delivery.period)
            connection.execute(f"create macro first_day() as date '{first}'; create macro last_day() as date '{last}'")
            for name, kind in kinds.items():
                connection.execute(view(kind, name, f"'{targets[name]}'"))
            assert Counter(rule.number for rule, _ in broken(connection, SOURCE, delivery.period, set(kinds))) == Counter()


def test_stock_and_protection_plans_are_about_those_published(censuses: list[Delivery], world: World) -> None:
    (borough,) = world.boroughs
    for delivery, year in zip(censuses, (2024, 2025, 2026), strict=True):
        referral, plan = delivery.files["referral"][1], delivery.files["child_protection_plan"][1]
        there = referral[(referral["ReferralNFA"] == "0") & (referral["CINclosureDate"] == "")]
        cared = int(in_care(world.spells, len(world.people), YEAR_ENDS[year]).sum())
        wanted = cared + (borough.in_need - borough.stock[2025]) * SAMPLE
        assert 0.85 * wanted < there["child"].nunique() < 1.35 * wanted
        assert (plan["CPPendDate"] == "").sum() < 3 * borough.on_protection_plans * SAMPLE


def test_everyone_looked_after_when_the_year_ends_is_in_need_by_the_same_number(censuses: list[Delivery], world: World) -> None:
    records = register(world)
    now = in_care(world.spells, len(world.people), YEAR_ENDS[2025])
    numbers = set(records.loc[now[records["person"]] & (records["return_id"] != ""), "return_id"])
    child, referral = censuses[1].files["child"][1], censuses[1].files["referral"][1]
    in_need = child.loc[child["order"].isin(referral.loc[referral["CINclosureDate"] == "", "child"]), "LAchildID"]
    assert numbers and numbers <= set(in_need)


def test_years_are_written_as_they_were_and_the_same_each_time(censuses: list[Delivery], world: World) -> None:
    again = [document(delivery) for delivery, _ in children_in_need_return.deliveries(world, register(world))]
    assert again == [document(delivery) for delivery in censuses]
    assert tuple(set(re.findall("<(GenderCurrent|Sex)>", content.decode())) for content in again) == CHANGED_WITH_THE_YEAR
