"""Attainment at five, eleven and sixteen, of the years that ended in 2024 and 2025, as the pupils' schools wrote the pupils down.

One ability of each child, lower with deprivation, need, absence of a home language and special educational needs, and lower again in
care; scores about the published means. The gradients are judgement.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cyplink.synthetic.care import in_care
from cyplink.synthetic.days import spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.pupil_traits import pupil_traits, sen_provision
from cyplink.synthetic.school_census import truth_rows
from cyplink.synthetic.schools import CENSUS_DAYS
from cyplink.synthetic.streams import Floats, Random, Texts, happens, stream
from cyplink.synthetic.world import World

_YEARS = (2024, 2025)
_STAGES = {"eyfsp": (0, "R"), "ks2": (6, "6"), "ks4": (11, "11")}
_SEN = {"E": -1.5, "K": -0.7, "N": 0.15}


def deliveries(world: World, recorded: pd.DataFrame) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """One delivery per authority and academic year with its truth rows; `recorded`: rows of school_census.as_recorded."""
    roll = recorded[(recorded["status"] != "S") & recorded["year"].isin(_YEARS) & recorded["ncyear"].isin([group for group, _ in _STAGES.values()])]
    roll = roll.assign(ability=_ability(world, roll, stream(world.seed, "ability")))
    for year in _YEARS:
        cared = in_care(world.spells, len(world.people), CENSUS_DAYS[year])
        for borough in world.boroughs:
            files, truth = {}, []
            rng = stream(world.seed, "attainment", year, borough.la)
            for stage, (group, label) in _STAGES.items():
                mine = roll[(roll["year"] == year) & (roll["la"] == borough.la) & (roll["ncyear"] == group)].reset_index(drop=True)
                rows = _identity(mine, year, label).assign(**_results(stage, mine["ability"].to_numpy(), cared[mine["person"]], rng)).astype(object)
                files[f"{stage}.csv"] = (stage, rows)
                truth.append(truth_rows("attainment", rows.rename(columns={"UPN": "upn", "Forename": "forename", "Surname": "surname"}), mine))
            yield Delivery("attainment", borough.la, f"{year - 1}-{year % 100}", f"{year}-10-20", files), pd.concat(truth, ignore_index=True)


def _ability(world: World, roll: pd.DataFrame, rng: Random) -> Floats:
    """About standard normal, of each row's person."""
    people = world.people
    _, of_family = np.unique(people["family"].to_numpy(), return_inverse=True)
    shared = rng.normal(size=int(of_family.max()) + 1)[of_family]
    ability = 0.45 * shared + 0.75 * rng.normal(size=len(people)) - 0.2 * people["need"].to_numpy()
    ability += 0.14 * (people["imd"].to_numpy() - 3) - 0.5 * people["is_looked_after"].to_numpy()
    provision = sen_provision(world, pupil_traits(world), roll)
    return np.asarray(ability[roll["person"]] + np.select([provision == kind for kind in _SEN], list(_SEN.values())))


def _identity(mine: pd.DataFrame, year: int, label: str) -> pd.DataFrame:
    estab = mine["estab"].astype(str)
    return pd.DataFrame(
        {
            "AcademicYear": f"{year - 1}/{year % 100}", "LA": mine["la"], "Estab": estab, "LAEstab": mine["la"].astype(str) + estab, "UPN": mine["upn"],
            "Surname": mine["surname"], "Forename": mine["forename"], "MiddleNames": mine["middle"], "Sex": mine["sex"],
            "DOB": spell(mine["dob"].to_numpy(), "iso"), "NCyearActual": label,
        }
    )  # fmt: skip


def _results(stage: str, ability: Floats, cared: np.ndarray, rng: Random) -> dict[str, Texts]:
    def flag(is_so: np.ndarray) -> Texts:
        return np.where(is_so, "1", "0").astype(object)

    size = len(ability)
    if stage == "eyfsp":
        return {"FSP_GLD": flag(ability + 0.4 * rng.normal(size=size) > -0.6)}
    care = {"CLA_PP_1_DAY": flag(cared), "CLA_6_MONTHS": flag(cared & happens(rng, 0.8, size))}
    if stage == "ks2":
        scores = [np.clip(np.rint(mean + 6.5 * ability + 3.5 * rng.normal(size=size)), 80, 120) for mean in (106, 106, 107)]
        texts = [score.astype(np.int64).astype(str).astype(object) for score in scores]
        both = np.minimum(scores[0], scores[1])
        return dict(zip(("READSCORE", "MATSCORE", "GPSSCORE"), texts, strict=True)) | {
            "RWMEXP": flag((both >= 100) & happens(rng, 0.93, size)), "RWMHIGH": flag((both >= 110) & happens(rng, 0.5, size)), **care,
        }  # fmt: skip
    points = np.clip(50 + 15 * ability + 6 * rng.normal(size=size), 0, 90)
    return {
        "KS4_ATT8": np.char.mod("%.1f", points).astype(object), "KS4_P8SCORE": np.char.mod("%.2f", np.clip(0.2 + 0.7 * ability + rng.normal(0, 0.8, size), -6, 4)).astype(object),
        "KS4_L2BASICS_94": flag(points >= 42), "KS4_L2BASICS_95": flag(points >= 52), **care,
    }  # fmt: skip
