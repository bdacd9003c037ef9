"""What stays with a pupil over the terms, whichever school writes it down: needs, language, free meals, suspensions, placements elsewhere.

Special educational needs and free school meals follow the borough's published shares; the rest is judgement.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic import names
from cyplink.synthetic.calibration import HERE
from cyplink.synthetic.days import day
from cyplink.synthetic.streams import Flags, Floats, Ints, Random, Texts, happens, pick, stream
from cyplink.synthetic.world import World

_NEEDS = ["SLCN", "SEMH", "ASD", "SPLD", "MLD", "PD", "HI", "VI", "OTH", "SLD"]
_NEED_SHARES = {"E": [0.2, 0.14, 0.36, 0.04, 0.08, 0.05, 0.02, 0.01, 0.03, 0.07], "K": [0.32, 0.2, 0.09, 0.15, 0.12, 0.03, 0.02, 0.01, 0.06, 0.0]}
_NEEDY = 0.8  # need above which social, emotional and mental health is named more often


@dataclass(frozen=True)
class Traits:
    """One value per person of the world. `sen`, `first_need` and `second_need` are places in 0-1; `poverty` orders pupils by how likely free
    meals are; `unruly` multiplies the chance of a suspension; days are OPEN-like (2099) where nothing happens."""

    sen: Floats
    poverty: Floats
    language: Texts
    is_service_child: Flags
    is_young_carer: Flags
    is_adopted: Flags
    meals_from: Ints
    meals_to: Ints
    unruly: Floats
    placed_from: Ints
    placed_to: Ints
    placed_why: Texts
    first_need: Floats
    second_need: Floats


def pupil_traits(world: World) -> Traits:
    """Drawn from streams of their own, so that a school's records stay as they were."""
    people, rng = world.people, stream(world.seed, "pupil traits")
    size, need, cared = len(people), people["need"].to_numpy(), people["is_looked_after"].to_numpy()
    _, of_family = np.unique(people["family"].to_numpy(), return_inverse=True)
    shared = rng.normal(size=int(of_family.max()) + 1)[of_family]
    placed = day("2024-10-01") + rng.integers(0, 430, size)
    is_placed = happens(rng, np.minimum(0.006 * np.exp(0.8 * need) * np.where(cared, 2.5, 1.0), 0.5), size)
    health = np.minimum(0.14 + 0.16 * (need > _NEEDY) + 0.06 * cared, 1)
    why = np.where(happens(rng, health, size), "MHN", pick(rng, ["BHS", "OTH", "SUS", "EXR", "PHN"], size, [0.5, 0.2, 0.12, 0.1, 0.08]))
    ends = happens(rng, 0.05, size)
    return Traits(
        sen=rng.random(size),
        poverty=shared - 0.45 * (people["imd"].to_numpy() - 3) + 0.3 * rng.normal(size=size),
        language=_language(people["community"].to_numpy(), rng),
        is_service_child=happens(rng, 0.003, size),
        is_young_carer=happens(rng, 0.006, size),
        is_adopted=(people["former_number"].to_numpy() >= 0) & happens(rng, 0.7, size),
        meals_from=day("2023-09-01") - rng.integers(0, 900, size),
        meals_to=np.where(ends, day("2024-11-01") + rng.integers(0, 420, size), day("2099-01-01")),
        unruly=np.exp(0.5 * need + 0.5 * rng.normal(size=size)) * np.where(people["sex"] == "M", 1.25, 0.7) * np.where(cared, 2.5, 1.0),
        placed_from=np.where(is_placed, placed, day("2099-01-01")),
        placed_to=placed + rng.integers(40, 330, size),
        placed_why=why.astype(object),
        first_need=rng.random(size), second_need=rng.random(size),
    )


def _language(community: Ints, rng: Random) -> Texts:
    table = pd.read_csv(HERE / "languages.csv")
    of_community = dict(zip(table["community"], table["school"], strict=True))
    spoken = np.array([of_community.get(name, "ENG") for name in names.communities()["community"]], dtype=object)
    at_home = np.where(happens(rng, 0.68, len(community)), spoken[community], "ENG")
    return np.where(
        happens(rng, 0.02, len(community)), pick(rng, ["ENB", "OTB", "NOT"], len(community)), at_home
    ).astype(object)


def sen_provision(world: World, traits: Traits, rows: pd.DataFrame) -> Texts:
    """E, K or N of each row of a roll: the borough's shares; more of looked-after children; every pupil of a special school."""
    person = rows["person"].to_numpy()
    place, cared = traits.sen[person], world.people["is_looked_after"].to_numpy()[person]
    plan, support = np.full(len(rows), 0.052), np.full(len(rows), 0.13)
    for borough in world.boroughs:
        mine = (rows["la"] == borough.la).to_numpy()
        plan[mine] = borough.indicators.get("SEN_TotStat", 5.2) / 100
        support[mine] = borough.indicators.get("SEN_TotSENSuP", 13.0) / 100
    plan, support = np.where(cared, 0.27, plan), np.where(cared, 0.26, support)
    provision = np.where(place < plan, "E", np.where(place < plan + support, "K", "N"))
    is_special = rows["estab"].to_numpy() >= 7000
    return np.where(is_special, np.where(place < 0.03, "K", "E"), provision).astype(object)


def needs_of(need: Floats, traits: Traits, person: Ints, provision: Texts) -> pd.DataFrame:
    """Types of need of the pupils with provision E or K: columns row (position), rank, need."""
    parts = []
    needy = need[person] > _NEEDY
    types = np.array(_NEEDS, dtype=object)
    for kind, shares in _NEED_SHARES.items():
        for is_needy in (False, True):
            rows = np.flatnonzero((provision == kind) & (needy == is_needy))
            weights = np.array(shares) * np.where(types == "SEMH", 3.0 if is_needy else 0.8, 1.0)
            cumulative = np.cumsum(weights / weights.sum())
            first = np.searchsorted(cumulative, traits.first_need[person[rows]], side="right").clip(0, len(types) - 1)
            parts.append(pd.DataFrame({"row": rows, "rank": 1, "need": types[first]}))
            again = np.flatnonzero(traits.second_need[person[rows]] < 0.35)
            other = (first[again] + 1 + (traits.second_need[person[rows[again]]] / 0.35 * (len(types) - 1)).astype(np.int64)) % len(types)
            parts.append(pd.DataFrame({"row": rows[again], "rank": 2, "need": types[other]}))
    return pd.concat(parts).sort_values(["row", "rank"], kind="stable", ignore_index=True)


def meals_thresholds(world: World, traits: Traits, roll: pd.DataFrame) -> dict[tuple[str, bool], float]:
    """Poverty above which pupils of an authority have free meals, by (la, is secondary): the borough's published shares of its roll."""
    person = roll["person"].to_numpy()
    found = {}
    for borough in world.boroughs:
        for is_secondary, measure in ((False, "PriFSM"), (True, "SecFSM")):
            rows = ((roll["la"] == borough.la) & ((roll["ncyear"] >= 7) == is_secondary)).to_numpy()
            share = borough.indicators.get(measure, 25.4) / 100
            scores = traits.poverty[person[rows]]
            found[(borough.la, is_secondary)] = float(np.quantile(scores, 1 - share)) if len(scores) else np.inf
    return found


def has_free_meals(traits: Traits, rows: pd.DataFrame, thresholds: dict[tuple[str, bool], float]) -> Flags:
    """Whether each pupil is, or was, eligible at this school's phase."""
    person, secondary = rows["person"].to_numpy(), (rows["ncyear"] >= 7).to_numpy()
    level = np.full(len(rows), np.inf)
    for (la, is_secondary), threshold in thresholds.items():
        level[(rows["la"] == la).to_numpy() & (secondary == is_secondary)] = threshold
    return np.asarray((traits.poverty[person] >= level) & (rows["ncyear"] >= 0).to_numpy() & ~traits.is_service_child[person])
