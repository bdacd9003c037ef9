"""The whole synthetic London before anybody writes it down: people, their homes, care, schools and numbers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic import errors, schools
from cyplink.synthetic.calibration import Borough
from cyplink.synthetic.days import OPEN, REFERENCE_DAY
from cyplink.synthetic.identifiers import nhs_numbers
from cyplink.synthetic.population import make_population
from cyplink.synthetic.residences import home_on, residences
from cyplink.synthetic.streams import Floats, Ints, Texts, happens, stream


@dataclass
class World:
    """All tables are keyed by the person number, the row of `people` (columns: population.make_population, and nhs_number,
    superseded_nhs_number, mother_nhs_number, imd, upn, former_upn, is_in_care_now)."""

    boroughs: list[Borough]
    seed: int
    people: pd.DataFrame
    spells: pd.DataFrame
    stays: pd.DataFrame
    homes: pd.DataFrame
    enrolments: pd.DataFrame
    factor: Floats
    first_placement_home: int

    @property
    def las(self) -> list[str]:
        return [borough.la for borough in self.boroughs]

    def home_rows_of_placements(self, placement_home: Ints) -> Ints:
        """Rows of `homes` for the `home` numbers of spells; -1 where a spell has none (short breaks)."""
        return np.where(placement_home < 0, -1, placement_home + self.first_placement_home)

    def home_on(self, on: int | Ints) -> Ints:
        return home_on(self.stays, len(self.people), on)


def make_world(boroughs: list[Borough], sample: float, seed: int) -> World:
    """Everyone and everything true about them that a supplier could record."""
    population = make_population(boroughs, sample, seed)
    people = population.people
    stays, homes, first = residences(population, seed)
    rng = stream(seed, "numbers")
    home = home_on(stays, len(people), REFERENCE_DAY)
    people["imd"] = homes["imd"].to_numpy()[home]
    people["is_in_care_now"] = in_care(population.episodes, len(people), REFERENCE_DAY)
    _number(people, rng)
    moves = np.bincount(stays["person"], minlength=len(people))
    factor = errors.person_factor(people, moves, people["imd"].to_numpy(), rng)
    world = World(boroughs, seed, people, population.episodes, stays, homes, pd.DataFrame(), factor, first)
    world.enrolments = schools.enrolments(world)
    people["upn"], people["former_upn"] = schools.allocate_upns(world)
    return world


def in_care(spells: pd.DataFrame, people: int, on: int) -> np.ndarray:
    """Whether each person is looked after on a day, short breaks (V3) aside."""
    there = spells[(spells["decom"] <= on) & (spells["dec"] > on) & (spells["ls"] != "V3")]
    inside = np.zeros(people, dtype=bool)
    inside[there["child"].to_numpy()] = True
    return inside


def _number(people: pd.DataFrame, rng: np.random.Generator) -> None:
    """NHS numbers for children, for their mothers, and old ones for the half percent whose number was replaced."""
    size = len(people)
    _, of_family = np.unique(people["family"].to_numpy(), return_inverse=True)
    families = int(of_family.max()) + 1
    replaced = np.flatnonzero(happens(rng, 0.005, size))
    issued = nhs_numbers(size + families + len(replaced), rng)
    people["nhs_number"] = issued[:size]
    people["mother_number"] = of_family
    people["mother_nhs_number"] = issued[size : size + families][of_family]
    superseded: Texts = np.full(size, "", dtype=object)
    superseded[replaced] = issued[size + families :]
    people["superseded_nhs_number"] = superseded
    people["merged_on"] = np.where(superseded != "", REFERENCE_DAY - rng.integers(30, 1500, size), OPEN)
