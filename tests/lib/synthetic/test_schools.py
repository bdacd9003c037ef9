"""The synthetic schools over three terms: one record of a pupil, absence as published, and returns that break only what is planted."""

from collections import Counter

import duckdb
import numpy as np
import pandas as pd
import pytest

from cyplink.returns import broken, view
from cyplink.sources import SOURCES
from cyplink.sources.calendar import days_of
from cyplink.synthetic import attainment_files, school_census, social_care
from cyplink.synthetic.attendance import published
from cyplink.synthetic.calibration import load
from cyplink.synthetic.deliveries import Delivery, layout
from cyplink.synthetic.school_terms import CENSUSES, no_longer_on_roll, on_roll, with_stays
from cyplink.synthetic.world import World, make_world

BRENT = "304"
PLANTED = {"1500", "2355"}  # a UPN or an address that the school does not have
BY_CHANCE = {"2500", "2510", "2560", "1510", "1520", "1940", "2080"}  # misrecorded birth dates and UPNs, and children ill for long


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(load([BRENT]), 0.03, seed=3)


@pytest.fixture(scope="module")
def recorded(world: World) -> pd.DataFrame:
    return school_census.as_recorded(world)


@pytest.fixture(scope="module")
def sent(world: World, recorded: pd.DataFrame) -> list[tuple[Delivery, pd.DataFrame]]:
    in_need = social_care.in_need(social_care.register(world), len(world.people))
    return list(school_census.deliveries(world, school_census.pupils_of(world, recorded, in_need)))


def file(delivery: Delivery, kind: str) -> pd.DataFrame:
    return next((rows for name, rows in delivery.files.values() if name == kind), pd.DataFrame())


def test_a_census_day_is_the_one_its_period_says() -> None:
    assert [(days_of(census.period)[0] - days_of("2024-spring")[0]).days for census in CENSUSES] == [census.on - CENSUSES[0].on for census in CENSUSES]


def test_nobody_is_on_two_main_rolls_and_leavers_are_on_none(recorded: pd.DataFrame) -> None:
    stays = with_stays(recorded)
    left_sometimes = 0
    for census in CENSUSES:
        on = on_roll(stays, census)
        left = no_longer_on_roll(stays, on, census)
        assert not on[on["status"] != "S"]["person"].duplicated().any()
        assert (on["entry"] <= census.on).all() and (left["leaving"] < census.on).all()
        assert not set(map(tuple, left[["person", "estab"]].to_numpy())) & set(map(tuple, on[["person", "estab"]].to_numpy()))
        left_sometimes += len(left)
    assert left_sometimes > 50


def test_the_files_have_the_columns_of_their_term(sent: list[tuple[Delivery, pd.DataFrame]]) -> None:
    for delivery, _ in sent:
        for kind, _ in delivery.files.values():
            declared = set(SOURCES["school_census"].kind(kind).header_in(delivery.period))
            assert set(layout("school_census", kind, delivery.period)) >= declared, (delivery.period, kind)


def test_absence_over_the_academic_year_is_about_the_published_one(world: World, sent: list[tuple[Delivery, pd.DataFrame]]) -> None:
    possible, missed = Counter[int](), Counter[int]()
    for delivery, truth in sent:
        if delivery.period not in ("2025-spring", "2025-summer", "2025-autumn"):
            continue
        pupils, leavers = file(delivery, "pupilonroll"), file(delivery, "pupilnolongeronroll")
        ids = [*pupils["pupilonrolltableid"], *leavers["pupilnolongeronrolltableid"]]
        person_of = dict(zip(ids, truth["person"], strict=True))
        for rows in (pupils, leavers):
            for column in {"termlysessionspossible", "summerhalfterm2sessionspossible"} & set(rows.columns):
                for row, sessions in zip(rows.iloc[:, 0], rows[column], strict=True):
                    possible[person_of[row]] += int(sessions or 0)
        for kind, rows in delivery.files.values():
            if "sessiondetails" in kind:
                absent = rows[~rows["attendancereason"].isin(["/", "\\", "L"])]
                for row, sessions in zip(absent.filter(like="rolltableid").iloc[:, -1], absent["sessions"], strict=True):
                    missed[person_of[row]] += int(sessions)
    person = np.array([p for p, n in possible.items() if n > 0])
    could, did = (np.array([counts[p] for p in person]) for counts in (possible, missed))
    weight = world.people["weight"].to_numpy()[person]
    absence, persistent = published(BRENT)["all"]
    assert abs((weight * did).sum() / (weight * could).sum() - absence) < 0.008
    assert abs((weight * (did / could >= 0.1)).sum() / weight.sum() - persistent) < 0.04
    cared = world.people["is_looked_after"].to_numpy()[person]
    assert (did / could >= 0.1)[cared].mean() > persistent


def test_a_return_breaks_only_the_rules_that_are_planted(sent: list[tuple[Delivery, pd.DataFrame]]) -> None:
    source, checked = SOURCES["school_census"], 0
    for delivery, _ in sent:
        if delivery.period not in ("2025-autumn", "2026-spring"):
            continue
        with duckdb.connect() as connection:
            first, last = days_of(delivery.period)
            connection.execute(f"create macro first_day() as date '{first}'; create macro last_day() as date '{last}'")
            for kind, rows in delivery.files.values():
                declared = source.kind(kind)
                whole = rows.reindex(columns=list(declared.header), fill_value="").astype(str).assign(source_row=range(1, len(rows) + 1))
                connection.register(f"b_{kind}", whole)
                connection.execute(view(declared, kind, f"b_{kind}"))
            found = Counter(rule.number for rule, _ in broken(connection, source, delivery.period, {kind for kind, _ in delivery.files.values()}))
        checked += 1
        assert set(found) - PLANTED - BY_CHANCE == set()
        assert found["1500"] > 0 and sum(found[number] for number in BY_CHANCE) < 0.02 * len(file(delivery, "pupilonroll"))
    assert checked == 2


def test_looked_after_pupils_attain_less(world: World, recorded: pd.DataFrame) -> None:
    sent = list(attainment_files.deliveries(world, recorded))
    rows = pd.concat([file(delivery, "ks4") for delivery, _ in sent])
    points = rows["KS4_ATT8"].astype(float)
    cared = rows["CLA_PP_1_DAY"] == "1"
    assert points[cared].mean() + 5 < points[~cared].mean() < 65
