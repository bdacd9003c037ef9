"""The whole synthetic London before anybody writes it down: people, their homes, care, schools and numbers."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from cyplink.synthetic import errors, schools, support
from cyplink.synthetic.calibration import Borough
from cyplink.synthetic.care import in_care
from cyplink.synthetic.days import OPEN, REFERENCE_DAY
from cyplink.synthetic.identifiers import nhs_numbers
from cyplink.synthetic.period import FIRST, Period
from cyplink.synthetic.population import make_population
from cyplink.synthetic.residences import home_of, residences, stay_keys
from cyplink.synthetic.streams import Floats, Ints, Texts, happens, numbered, rows_by, stream


@dataclass
class World:
    """All tables are keyed by the person number, the row of `people` (columns: population.make_population, and nhs_number,
    superseded_nhs_number, mother_nhs_number, imd, upn, former_upn, is_in_care_now). `period`: what is new when suppliers deliver."""

    boroughs: list[Borough]
    seed: int
    people: pd.DataFrame
    spells: pd.DataFrame
    stays: pd.DataFrame
    homes: pd.DataFrame
    enrolments: pd.DataFrame
    factor: Floats
    first_placement_home: int
    period: Period = FIRST

    @property
    def las(self) -> list[str]:
        return [borough.la for borough in self.boroughs]

    def home_rows_of_placements(self, placement_home: Ints) -> Ints:
        """Rows of `homes` for the `home` numbers of spells; -1 where a spell has none (short breaks)."""
        return np.where(placement_home < 0, -1, placement_home + self.first_placement_home)

    @cached_property
    def spells_of(self) -> dict[str, pd.DataFrame]:
        """Each authority's episodes, by its DfE LA number."""
        at = self.spells.groupby("la", sort=True).indices
        return {la: self.spells.iloc[at.get(la, np.array([], dtype=np.int64))] for la in self.las}

    @cached_property
    def postcodes(self) -> Texts:
        """The postcode of each home, and a blank at -1 for those who have none."""
        return np.append(self.homes["postcode"].to_numpy(dtype=object), "")

    @cached_property
    def tight_postcodes(self) -> Texts:
        """`postcodes` without their space."""
        known, which = numbered(self.postcodes)
        return np.array([text.replace(" ", "") for text in known], dtype=object)[which]

    @cached_property
    def la_number(self) -> Ints:
        """The authority each person lives in, as a number: what `people["la"]` says, quick to compare."""
        return np.asarray(self.people["la"].astype(int), dtype=np.int64)

    @cached_property
    def responsible_number(self) -> Ints:
        """The authority that looks after each person, as a number; 0 where none does."""
        return np.asarray(self.people["responsible_la"].replace("", "0").astype(int), dtype=np.int64)

    @cached_property
    def lived_in(self) -> dict[int, Ints]:
        """People who have had a home of their family's in each authority, by its number."""
        stays = self.stays[self.stays["kind"] == "home"]
        las, of_la = numbered(self.homes["la"].to_numpy(dtype=object))
        rows = rows_by(of_la[stays["home"].to_numpy()])
        person = stays["person"].to_numpy()
        return {int(las[number]): np.unique(person[there]) for number, there in rows.items()}

    def home_on(self, on: int | Ints) -> Ints:
        """Home row of everybody on a day (one day, or one per person); -1 where they had none yet."""
        return self.home_of(np.arange(len(self.people)), on)

    def home_of(self, person: Ints, on: int | Ints) -> Ints:
        """The same for some people only: cheap beside `home_on` where they are few."""
        return home_of(self.stays, self.stay_keys, person, on)

    @cached_property
    def stay_keys(self) -> Ints:
        return stay_keys(self.stays)


def make_world(boroughs: list[Borough], sample: float, seed: int, errors_factor: float = 1.0) -> World:
    """Everyone and everything true about them that a supplier could record; `errors_factor` multiplies all error rates."""
    population = make_population(boroughs, sample, seed)
    population.people["is_in_care_now"] = in_care(population.episodes, len(population.people), REFERENCE_DAY)
    people = support.with_support(boroughs, population.people, population.episodes, seed)
    population = replace(population, people=people, episodes=support.with_fewer_moves(population.episodes, people, seed))
    stays, homes, first = residences(population, seed)
    # A family that came later cannot have had it. (Its few looked-after children may have lost a move to it already.)
    people["is_supported"] &= stays.groupby("person")["start"].min().reindex(people.index).to_numpy() < support.FIRST_DAY - 5
    rng = stream(seed, "numbers")
    home = home_of(stays, stay_keys(stays), np.arange(len(people)), REFERENCE_DAY)
    people["imd"] = homes["imd"].to_numpy()[home]
    _number(people, rng)
    moves = np.bincount(stays["person"], minlength=len(people))
    factor = errors.person_factor(people, moves, people["imd"].to_numpy(), rng) * errors_factor
    world = World(boroughs, seed, people, population.episodes, stays, homes, pd.DataFrame(), factor, first)
    world.enrolments = schools.enrolments(world)
    people["upn"], people["former_upn"] = schools.allocate_upns(world)
    return world


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
