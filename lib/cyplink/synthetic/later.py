"""What happens to the people of the first period in the quarter after it, before anybody writes it down.

Families move as often as they did, a quarter's children are born to mothers who have one, a few people die, are found under two NHS numbers, are protected, opt
out or withdraw. Nobody's number in the tables changes: those who are born come after the others.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cyplink.synthetic import errors, names
from cyplink.synthetic.calibration import borough_list
from cyplink.synthetic.days import OPEN, YEAR
from cyplink.synthetic.homes import make_homes
from cyplink.synthetic.identifiers import nhs_numbers
from cyplink.synthetic.period import SECOND
from cyplink.synthetic.residences import FAR, MOVES, MOVES_IN_CARE_FAMILIES, MOVES_WITHIN, WINDOW
from cyplink.synthetic.streams import Flags, Ints, Random, Texts, happens, pick
from cyplink.synthetic.world import World

_UPRNS_AFTER = 50_000_000  # clear of those given in the first period
_TWINS = 0.016  # of births
_DEATHS = 0.0006 / 700  # a day and person, as in the first period
_MERGED = 0.005 / 1470  # a day and person: numbers replaced since, as in the first period
_PROTECTED = 0.0002
_OPT_OUTS, _OPT_INS = 0.003, 0.01  # of all people; of those who have opted out


@dataclass(frozen=True)
class Later:
    """The world `before` and `after` the quarter, with `stays` that begin in it, and the people (numbers, rising) to whom something happened. `moves`: person, on,
    from_la, to_la."""

    before: World
    after: World
    stays: pd.DataFrame
    moves: pd.DataFrame
    born: Ints
    died: Ints
    renumbered: Ints
    protected: Ints
    opted_out: Ints
    opted_in: Ints

    def stream(self, *names: object) -> Random:
        """A stream of the period."""
        return self.after.period.stream(self.before.seed, *names)


def later(before: World, is_known: Flags, had_opted_out: Flags, returned_late: dict[str, int], error_factor: float = 1.0) -> Later:
    """The quarter. `is_known`: who is on the spine; `had_opted_out`: of the national data opt-out; `returned_late`: by authority, who was in care already and is
    returned only now; `error_factor` multiplies all error rates."""
    rng = SECOND.stream(before.seed, "what happens")
    families = _families(before)
    moved = _moves(before, families, rng)
    homes = pd.concat([before.homes, _new_homes(before, moved)], ignore_index=True)
    people = before.people.copy()
    there = (people["died_on"] == OPEN).to_numpy() & (people["identity_to"] == OPEN).to_numpy()
    there[list(returned_late.values())] = False
    plain = there & ~people["is_looked_after"].to_numpy(dtype=bool) & ~people["is_withheld"].to_numpy(dtype=bool) & is_known
    stays = _of_movers(before, moved)
    died = _some(plain & ~np.isin(np.arange(len(people)), stays["person"]), _DEATHS * SECOND.days * len(people), rng)
    people.loc[died, "died_on"] = SECOND.first_day + rng.integers(0, SECOND.days, len(died))
    alive = plain & (people["died_on"] == OPEN).to_numpy()
    renumbered = _some(alive & (people["superseded_nhs_number"] == "").to_numpy(), _MERGED * SECOND.days * len(people), rng)
    protected = _some(alive, _PROTECTED * len(people), rng)
    people.loc[protected, "is_withheld"] = True
    outs = _some(there & ~had_opted_out, _OPT_OUTS * len(people), rng)
    back = _some(had_opted_out, _OPT_INS * had_opted_out.sum(), rng)
    for la, person in returned_late.items():
        people.loc[person, "is_looked_after"] = True
        people.loc[person, "responsible_la"] = la
    babies = _babies(before, families, rng)
    new_numbers = _numbers_beside(before, len(renumbered) + len(babies), rng)
    _renumber(people, renumbered, new_numbers[: len(renumbered)], rng)
    babies["nhs_number"] = new_numbers[len(renumbered) :]
    first = len(people)
    stays = pd.concat([stays, _of_babies(babies, families, moved, first)], ignore_index=True)
    both = _together(before.stays, stays)
    people = pd.concat([people, babies.drop(columns="home")], ignore_index=True)[people.columns].astype(people.dtypes)
    moves = _moved_between(before, homes, stays, first)
    last = both.drop_duplicates("person", keep="last").set_index("person")["home"]
    concerned = np.append(moves["person"].to_numpy(), np.arange(first, len(people)))
    people.loc[concerned, "la"] = homes["la"].to_numpy(dtype=object)[last.loc[concerned]]
    people.loc[concerned, "imd"] = homes["imd"].to_numpy()[last.loc[concerned]]
    factor = errors.person_factor(people.iloc[first:], np.ones(len(babies), dtype=np.int64), people["imd"].to_numpy()[first:], rng) * error_factor
    after = replace(before, people=people, stays=both, homes=homes, factor=np.append(before.factor, factor), period=SECOND)
    return Later(before, after, stays, moves, np.arange(first, len(people)), died, renumbered, protected, outs, back)


def _some(able: Flags, wanted: float, rng: Random) -> Ints:
    """About so many people of those who are able; two at least where there are, so that in a small population too it happens."""
    pool = np.flatnonzero(able)
    return np.asarray(np.sort(rng.permutation(pool)[: max(round(wanted), 2)]), dtype=np.int64)


def _families(before: World) -> pd.DataFrame:
    """Families with a home of their own in one of the authorities: family, home, la, is_looked_after (any of its children ever was), youngest (person), last_born."""
    people, stays = before.people, before.stays
    now = stays[(stays["end"] == OPEN) & (stays["kind"] == "home")]
    here = people.iloc[now["person"]].assign(person=now["person"].to_numpy(), home=now["home"].to_numpy())
    here = here[(here["died_on"] == OPEN) & (here["identity_to"] == OPEN) & ~here["is_hosted"].astype(bool) & (here["former_number"] < 0)]
    here = here.sort_values(["family", "dob"], kind="stable")
    found = here.groupby("family").agg(home=("home", "last"), youngest=("person", "last"), last_born=("dob", "last"), is_looked_after=("is_looked_after", "max"))
    found["la"] = before.homes["la"].to_numpy(dtype=object)[found["home"]]
    return found[found["la"].isin(before.las)].reset_index()


def _moves(before: World, families: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Families that move: family, home (the one they leave), on, la (of the one they come to), new_home (row of the homes)."""
    pace = np.where(families["is_looked_after"], MOVES_IN_CARE_FAMILIES, MOVES) * SECOND.days / WINDOW
    chosen = np.flatnonzero(happens(rng, pace, len(families)))
    size = len(chosen)
    london = borough_list()["la"].to_list()
    elsewhere = np.where(happens(rng, 0.6, size), pick(rng, london, size), pick(rng, FAR, size))
    la = np.where(happens(rng, MOVES_WITHIN, size), families["la"].to_numpy(dtype=object)[chosen], elsewhere).astype(object)
    made = families.iloc[chosen][["family", "home"]].reset_index(drop=True)
    return made.assign(on=SECOND.first_day + rng.integers(0, SECOND.days, size), la=la, new_home=len(before.homes) + np.arange(size))


def _new_homes(before: World, moved: pd.DataFrame) -> pd.DataFrame:
    homes = make_homes(moved["la"].to_numpy(dtype=object), before.seed, f"all {SECOND.name}")
    return homes.assign(uprn=homes["uprn"] + _UPRNS_AFTER, urn="")


def _of_movers(before: World, moved: pd.DataFrame) -> pd.DataFrame:
    """Stays of all children who lived in the homes that are left."""
    now = before.stays[before.stays["end"] == OPEN]
    going = now[["person", "home"]].merge(moved, on="home", how="inner")
    going = going[before.people["family"].to_numpy()[going["person"]] == going["family"].to_numpy()].sort_values("person", kind="stable")
    return pd.DataFrame({"person": going["person"], "home": going["new_home"], "start": going["on"], "kind": "home"}).reset_index(drop=True)


def _babies(before: World, families: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """The rows of those who are born, in the order of `people`, and `home` (the family's before it moved)."""
    people = before.people
    quarter = (people["dob"] > SECOND.first_day - SECOND.days) & (people["former_number"] < 0) & ~people["is_uasc"].astype(bool) & ~people["is_looked_after"].astype(bool)
    on = SECOND.first_day + rng.integers(0, SECOND.days, len(families))
    gap = on - families["last_born"].to_numpy()
    able = np.flatnonzero((gap > 300) & (gap < 7 * YEAR) & ~families["is_looked_after"].to_numpy(dtype=bool))
    mothers = np.sort(rng.permutation(able)[: max(int(quarter.sum()), 2)])
    births = np.repeat(mothers, 1 + happens(rng, _TWINS, len(mothers)))
    order = 1 + pd.Series(births).groupby(births).cumcount().to_numpy()
    several = np.isin(births, births[order > 1])
    made: pd.DataFrame = people.iloc[families["youngest"].to_numpy()[births]].reset_index(drop=True)
    size = len(made)
    sex = np.where((made["custom"] != "family") | happens(rng, 0.5, size), made["sex"], np.where(made["sex"] == "F", "M", "F")).astype(object)
    forename = _forenames(people, made, sex, rng)
    middle = names.draw_forenames(made["community"].to_numpy(), sex, rng)
    nothing: dict[str, Any] = {"former_surname": "", "responsible_la": "", "superseded_nhs_number": "", "upn": "", "former_upn": "", "former_number": -1}
    return made.assign(
        dob=on[births], sex=sex, birth_order=order, multiple=np.where(several, made["family"] * 4 + 3, -1), forename=forename,
        middle=np.where(happens(rng, 0.55, size) & (middle != forename), middle, ""), identity_from=on[births], identity_to=OPEN, died_on=OPEN, merged_on=OPEN,
        need=rng.normal(size=size), referral_chance=0.0, home=families["home"].to_numpy()[births], **nothing,
        **dict.fromkeys(("is_looked_after", "is_uasc", "is_withheld", "is_hosted", "is_in_care_now", "is_seen", "is_supported"), False),
    )  # fmt: skip


def _forenames(people: pd.DataFrame, made: pd.DataFrame, sex: Texts, rng: Random) -> Texts:
    """Forenames that no brother or sister has."""
    taken = set(zip(people["family"].to_numpy(), people["forename"].to_numpy(), strict=True))
    forename = names.draw_forenames(made["community"].to_numpy(), sex, rng)
    for _ in range(6):
        again = np.array([(family, name) in taken for family, name in zip(made["family"], forename, strict=True)], dtype=bool)
        again |= pd.DataFrame({"family": made["family"], "name": forename}).duplicated().to_numpy()
        forename[again] = names.draw_forenames(made["community"].to_numpy()[again], sex[again], rng)
    return forename


def _numbers_beside(before: World, count: int, rng: Random) -> Texts:
    """NHS numbers that nobody of the first period has, nor their mothers, nor had."""
    people = before.people
    taken = set().union(*(people[name] for name in ("nhs_number", "mother_nhs_number", "superseded_nhs_number")))
    free = [number for number in nhs_numbers(len(taken) + count, rng) if number not in taken]
    return np.array(free[:count], dtype=object)


def _renumber(people: pd.DataFrame, who: Ints, number: Texts, rng: Random) -> None:
    """The number everybody knows these people by is superseded by one of a second record of theirs."""
    people.loc[who, "superseded_nhs_number"] = people.loc[who, "nhs_number"]
    people.loc[who, "nhs_number"] = number
    people.loc[who, "merged_on"] = SECOND.first_day + rng.integers(0, SECOND.days, len(who))


def _of_babies(babies: pd.DataFrame, families: pd.DataFrame, moved: pd.DataFrame, first: int) -> pd.DataFrame:
    """Stays from birth on, and the family's next home where it moves afterwards."""
    of = babies[["family", "home", "dob"]].assign(person=first + np.arange(len(babies))).merge(moved[["family", "on", "new_home"]], on="family", how="left")
    came_to = (of["on"] <= of["dob"]).to_numpy()
    born = pd.DataFrame({"person": of["person"], "home": np.where(came_to, of["new_home"].fillna(-1), of["home"]).astype(np.int64), "start": of["dob"], "kind": "home"})
    goes = of[(of["on"] > of["dob"]).to_numpy()]
    then = pd.DataFrame({"person": goes["person"], "home": goes["new_home"].astype(np.int64), "start": goes["on"].astype(np.int64), "kind": "home"})
    return pd.concat([born, then], ignore_index=True).sort_values(["person", "start"], kind="stable", ignore_index=True)


def _together(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """All stays in order of person and time, each ending where the next begins."""
    both = pd.concat([old.drop(columns="end"), new], ignore_index=True).sort_values(["person", "start"], kind="stable", ignore_index=True)
    person, start = both["person"].to_numpy(), both["start"].to_numpy()
    both["end"] = np.where(np.append(person[1:] == person[:-1], False), np.append(start[1:], OPEN), OPEN)
    return both[old.columns]


def _moved_between(before: World, homes: pd.DataFrame, stays: pd.DataFrame, first: int) -> pd.DataFrame:
    movers = stays[stays["person"] < first].reset_index(drop=True)
    la = homes["la"].to_numpy(dtype=object)
    left = before.home_of(movers["person"].to_numpy(), before.period.last_day)
    return pd.DataFrame({"person": movers["person"], "on": movers["start"], "from_la": la[left], "to_la": la[movers["home"]]})
