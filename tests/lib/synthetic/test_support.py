"""The effect of earlier support is there to be found, by those who reckon with need and borough and not by those who do not."""

import numpy as np
import pandas as pd
import pytest

from cyplink.synthetic import boroughs, looked_after_return, social_care, support
from cyplink.synthetic.calibration import load
from cyplink.synthetic.care import in_care
from cyplink.synthetic.days import REFERENCE_DAY
from cyplink.synthetic.mental_health import mental_health
from cyplink.synthetic.population import make_population
from cyplink.synthetic.school_terms import CENSUSES
from cyplink.synthetic.streams import Flags, Ints
from cyplink.synthetic.world import World, make_world

SAMPLE, SEED = 0.004, 5


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(load(boroughs("nwl")), SAMPLE, SEED)


def _supported(world: World, among: Ints | None = None) -> Flags:
    flags = world.people["is_supported"].to_numpy(dtype=bool)
    return flags if among is None else flags[among]


def test_support_is_a_contact_that_took_place_from_april_to_august(world: World) -> None:
    care = mental_health(world)
    attended = care.contacts[care.contacts["status"].isin(["5", "6"])]
    events = pd.concat([attended[["referral", "on"]], care.indirect[["referral", "on"]]])
    early = events[(events["on"] >= support.FIRST_DAY) & (events["on"] < support.SINCE)]
    people = np.unique(care.referrals["person"].to_numpy()[early["referral"].to_numpy()])
    assert np.array_equal(people, np.flatnonzero(_supported(world)))
    assert 0.4 < _supported(world)[care.had_contact].mean() < 0.7


def test_sdq_is_lower_after_support_and_looks_higher_to_those_who_compare_children_as_they_are(world: World) -> None:
    scores = _scores_of(world, "2025-26")
    person = scores["person"].to_numpy()
    helped = _supported(world, person).astype(float)
    score, need = scores["score"].to_numpy(dtype=float), world.people["need"].to_numpy()[person]
    of_borough = pd.get_dummies(scores["la"]).to_numpy(dtype=float)
    design = np.column_stack([helped, need, of_borough])
    found, *_ = np.linalg.lstsq(design, score, rcond=None)
    left = score - design @ found
    error = float(np.sqrt(np.linalg.inv(design.T @ design)[0, 0] * left.var()))
    assert abs(found[0] - support.SDQ_POINTS) < 3 * error < 2
    assert score[helped == 1].mean() - score[helped == 0].mean() > support.SDQ_POINTS + 3 * error


def _scores_of(world: World, period: str) -> pd.DataFrame:
    made = []
    for delivery, truth in looked_after_return.deliveries(world, social_care.register(world)):
        if delivery.period == period:
            oc2 = delivery.files["oc2.csv"][1]
            mine = oc2[oc2["SDQ_SCORE"] != ""].merge(truth, left_on="CHILD", right_on="local_id")
            made.append(pd.DataFrame({"person": mine["person"], "la": delivery.controller, "score": mine["SDQ_SCORE"].astype(int)}))
    return pd.concat(made, ignore_index=True)


def test_supported_children_move_less_afterwards(world: World) -> None:
    before = _population(world)
    kept, were = _later_moves(world.spells), _later_moves(before)
    helped, others = (np.isin(were["child"], np.flatnonzero(flags)) for flags in (_supported(world), ~_supported(world)))
    is_kept = were.merge(kept, how="left", indicator=True)["_merge"].eq("both").to_numpy()
    ratio = is_kept[helped].mean() / is_kept[others].mean()
    assert helped.sum() > 40
    assert ratio < 0.9


def test_no_other_thing_of_a_period_of_care_changes(world: World) -> None:
    before, after = _population(world), world.spells
    spans = [rows.groupby(["la", "child", "period"]).agg(first=("decom", "min"), last=("dec", "max"), ended=("rec", "last")) for rows in (before, after)]
    pd.testing.assert_frame_equal(*spans)
    assert len(after) < len(before)
    earlier = [rows.loc[rows["dec"] < support.SINCE].reset_index(drop=True) for rows in (before, after)]
    pd.testing.assert_frame_equal(*earlier)
    goes_on = (after["la"].shift(-1) == after["la"]) & (after["child"].shift(-1) == after["child"]) & (after["period"].shift(-1) == after["period"]) & (after["move"] >= 0)
    assert (after["dec"][goes_on] == after["decom"].shift(-1)[goes_on]).all()
    assert (after["rec"][goes_on] == "X1").all()
    moved = goes_on & (after["rne"].shift(-1) == "P")
    assert (after["move"][moved] != after["move"].shift(-1)[moved]).all()
    stayed = goes_on & (after["rne"].shift(-1) == "L")
    assert (after["home"][stayed] == after["home"].shift(-1)[stayed]).all()


def _population(world: World) -> pd.DataFrame:
    return make_population(world.boroughs, SAMPLE, SEED).episodes


def _later_moves(spells: pd.DataFrame) -> pd.DataFrame:
    later = (spells["rne"] == "P") & (spells["decom"] >= support.SINCE) & (spells["decom"] <= REFERENCE_DAY) & ~spells["place"].str[:1].isin(["A", "P", "Z"])
    return spells.loc[later, ["la", "child", "decom"]].reset_index(drop=True)


def test_absence_falls_in_terms_that_begin_after_the_support_and_for_children_in_care_only(world: World) -> None:
    by_term = {census.period: support.on_absence(world.people, census.days[0]) for census in CENSUSES}
    cared = world.people["is_looked_after"].to_numpy(dtype=bool)
    assert set(by_term["2026-spring"][_supported(world) & cared]) == {support.ABSENCE_RATIO}
    assert set(by_term["2026-spring"][~(_supported(world) & cared)]) == {1.0}
    assert set(np.concatenate([by_term[period] for period in by_term if period != "2026-spring"])) == {1.0}


def test_the_published_number_in_care_is_not_touched(world: World) -> None:
    for borough in world.boroughs:
        assert in_care(world.spells_of[borough.la], len(world.people), REFERENCE_DAY).sum() == borough.stock[2026]
