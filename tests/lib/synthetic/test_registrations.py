"""Who is on the spine and how late it hears of a move, as published; hospitals have the spine's birth date and sex."""

import numpy as np
import pandas as pd
import pytest

from cyplink.synthetic import hospital_return, registrations
from cyplink.synthetic.calibration import ethnic_groups, load
from cyplink.synthetic.days import REFERENCE_DAY, YEAR, spell
from cyplink.synthetic.hospitals import Hospitals, hospitals
from cyplink.synthetic.streams import Flags
from cyplink.synthetic.world import World, make_world


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(load(["304", "313"]), 0.2, seed=3)


@pytest.fixture(scope="module")
def seen(world: World) -> Hospitals:
    return hospitals(world)


@pytest.fixture(scope="module")
def treated(world: World, seen: Hospitals) -> Flags:
    return np.isin(np.arange(len(world.people)), np.concatenate([rows["person"] for rows in vars(seen).values()]))


def test_four_in_ten_moves_are_not_on_the_spine_after_six_months(world: World) -> None:
    person, start = (world.stays[column].to_numpy() for column in ("person", "start"))
    moved = np.append(False, person[1:] == person[:-1]) & (world.stays["kind"] == "home").to_numpy() & (start < REFERENCE_DAY - 183)
    told = world.stays[moved].merge(registrations.spine_addresses(world), on=["person", "home"], how="left")
    late = ~(told["effective_from"] <= told["start"] + 183)
    assert 0.36 < late.mean() < 0.44  # 40 %: Millett and others 2005, quoted in PMC4545352


def test_who_is_missing_from_the_spine_came_from_abroad_and_was_never_treated(world: World, treated: Flags) -> None:
    people, missing = world.people, ~registrations.known_to_nhs(world, treated)
    assert not (missing & treated).any()
    assert ((REFERENCE_DAY - people.loc[missing, "dob"]) > YEAR - 2).all(), "whoever was born here has a number"
    adopted = people["former_number"].to_numpy()
    assert not missing[adopted >= 0].any() and not missing[adopted[adopted >= 0]].any(), "the old number and the new one both exist"
    of_group = pd.Series(missing).groupby(ethnic_groups()["ethnic"].to_numpy()[people["ethnic"].to_numpy()]).mean()
    assert of_group["WBRI"] < 0.01
    assert 0.015 < of_group.drop("WBRI").mean() < 0.05
    assert missing[people["imd"].to_numpy() <= 2].mean() > missing[people["imd"].to_numpy() >= 4].mean()


def test_hospitals_have_the_spines_birth_date_and_sex(world: World, seen: Hospitals) -> None:
    on_spine = registrations.as_recorded(world)
    made = hospital_return.deliveries(world, seen, registrations.spine_addresses(world), on_spine)
    rows = pd.concat([delivery.files[hospital_return.FILES["spell"]][1] for delivery, _ in made])
    rows = rows[~rows["is_anonymous"].to_numpy(dtype=bool)]
    spine = on_spine.iloc[rows["person"]]
    same_date = rows["spell.patient.identity.birth_date"].to_numpy() == spell(spine["dob"].to_numpy(), "iso")
    same_sex = rows["spell.patient.identity.gender"].to_numpy() == np.where(spine["sex"] == "M", "1", "2")
    assert 0 < 1 - (same_date & same_sex).mean() < 0.004  # 0.11 %: Harron and others 2017
