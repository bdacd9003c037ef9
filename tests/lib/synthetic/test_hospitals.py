"""Hospitals and births of the synthetic London: rates, twins, numbers that are the mother's, truth of every record, files whose rows find each other."""

import numpy as np
import pandas as pd
import pytest

from cyplink.sources import SOURCES
from cyplink.synthetic import birth_notifications, hospital_return
from cyplink.synthetic.calibration import load
from cyplink.synthetic.deliveries import layout
from cyplink.synthetic.hospitals import Hospitals, hospitals
from cyplink.synthetic.registrations import as_recorded, spine_addresses
from cyplink.synthetic.world import World, make_world

Sent = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(load(["304", "203"]), 0.03, seed=3)


@pytest.fixture(scope="module")
def seen(world: World) -> Hospitals:
    return hospitals(world)


@pytest.fixture(scope="module")
def sent(world: World, seen: Hospitals) -> tuple[Sent, pd.DataFrame]:
    """Rows by file kind, with their controller, and the truth of all deliveries."""
    made = [*hospital_return.deliveries(world, seen, spine_addresses(world), as_recorded(world)), *birth_notifications.deliveries(world, seen)]
    parts: dict[str, list[pd.DataFrame]] = {}
    for delivery, _ in made:
        for kind, rows in delivery.files.values():
            parts.setdefault(kind, []).append(rows.assign(controller=delivery.controller))
    return {kind: pd.concat(rows, ignore_index=True) for kind, rows in parts.items()}, pd.concat([known for _, known in made], ignore_index=True)


def test_the_files_are_as_wide_as_they_are_declared() -> None:
    for source in ("sus", "birth_notifications"):
        assert {kind.name: layout(source, kind.name) for kind in SOURCES[source].file_kinds} == {kind.name: kind.header for kind in SOURCES[source].file_kinds}


def test_a_child_has_about_one_and_a_half_rows_a_year_and_need_drives_self_harm(world: World, seen: Hospitals, sent: tuple[Sent, pd.DataFrame]) -> None:
    files, _ = sent
    providers = set(seen.spells["provider"])
    assert {"R1K", "ZQKK"} <= providers and "" not in providers, "a trust, and one made-up provider where none is known"
    assert 0.8 < sum(len(files[kind]) for kind in hospital_return.FILES) / len(world.people) < 2
    harmed = seen.attendances.loc[seen.attendances["is_self_harm"], "person"].to_numpy()
    need = world.people["need"].to_numpy()
    assert need[harmed].mean() > need.mean() + 0.4


def test_files_below_a_spell_find_it(sent: tuple[Sent, pd.DataFrame]) -> None:
    files, _ = sent
    key = ["controller", "sent", "PRIMARYKEY_ID"]
    for kind, parent in (("episode", "spell"), ("diagnosis", "spell"), ("procedure", "spell"), ("attendance_diagnosis", "attendance")):
        found = files[kind].merge(files[parent][key].drop_duplicates(), on=key, how="left", indicator=True)
        assert (found["_merge"] == "both").all(), kind
    assert files["spell"].duplicated(["controller", "PRIMARYKEY_ID"]).any(), "some come again"


def test_every_row_but_the_anonymous_and_the_still_born_is_of_a_known_person(sent: tuple[Sent, pd.DataFrame]) -> None:
    files, truth = sent
    known = set(truth[["controller", "local_id"]].itertuples(index=False, name=None))
    for kind, names in hospital_return._NAMES.items():
        rows = files[kind]
        ids = rows[f"{names.who}.local_patient_identifier.value"]
        assert ((ids == "") == (rows[f"{names.who}.withheld_identity_reason"] != "")).all()
        assert set(zip(rows["controller"][ids != ""], ids[ids != ""], strict=True)) <= known
    alive = files["birth"][files["birth"]["live_or_still_birth"] == "L"]
    assert set(zip(alive["controller"], alive["notification_id"], strict=True)) <= known
    assert truth.groupby(["source", "controller", "local_id"])["person"].nunique().eq(1).all()


def test_births_are_those_of_the_year_twins_in_order_with_one_mother(world: World, sent: tuple[Sent, pd.DataFrame]) -> None:
    born = sent[0]["birth"]
    assert (born["birth_date"] >= "2025-04-01").all() and (born["birth_date"] <= "2026-03-31").all()
    assert (born["baby_nhs_number"] == born["mother_nhs_number"]).mean() < 0.02
    assert born["baby_forename"].str.match("BABY|INFANT OF|TWIN|$").mean() > 0.7
    age = (pd.to_datetime(born["birth_date"]) - pd.to_datetime(born["mother_birth_date"])).dt.days / 365.25
    assert age.between(15.9, 48).all()
    together = world.people.loc[born.loc[born["number_of_births"] != "1", "person"]]
    assert together.groupby("multiple").agg(mothers=("mother_number", "nunique"), days=("dob", "nunique")).eq(1).all(axis=None)
    assert np.unique(together["birth_order"]).tolist() in ([], [1, 2], [1, 2, 3])
