"""Who went to hospital in a period, by month: births, spells, out-patient appointments, emergency attendances; the truth of it.

Rates by age are conf/calibration/secondary_care.csv, mental-health admissions by borough those published; self-harm and mental health follow a
child's need of support. Everyone goes to the trust nearby, sometimes to another; elsewhere in London one made-up provider stands for the board's.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import CALIBRATION, HERE
from cyplink.synthetic.care import in_care
from cyplink.synthetic.days import OPEN, YEAR, age_at
from cyplink.synthetic.homes import icb_of
from cyplink.synthetic.streams import Flags, Floats, Ints, Random, Texts, happens, pick
from cyplink.synthetic.world import World

ELSEWHERE = ""
_OTHER_TRUST = 0.14
_SELF_HARM = 0.0035  # admissions a year and child of 10-17, judgement from published rates
_IN_CARE = 3.0


@dataclass(frozen=True)
class Hospitals:
    """spells (person, provider, kind, on, discharged, age), appointments (person, provider, on) and attendances (person, provider, on,
    is_self_harm); and births: rows of people born in the period, with `provider`."""

    spells: pd.DataFrame
    appointments: pd.DataFrame
    attendances: pd.DataFrame
    births: pd.DataFrame


@dataclass(frozen=True)
class _Presence:
    """What every draw needs to know of each person: from when to when they are here, where they go, how old they are."""

    begins: Ints
    ends: Ints
    age: Ints
    trust: Texts
    other: Texts
    severity: Floats

    @property
    def share(self) -> Floats:
        """Of a year."""
        return np.asarray(np.maximum(self.ends - self.begins + 1, 0) / YEAR)


def hospitals(world: World) -> Hospitals:
    """Hospital care of the period, at providers that deliver here and no others."""
    rng = world.period.stream(world.seed, "hospitals")
    year = _year(world, rng)
    rates = _rates(year.age)
    harmed = _drawn(year, _self_harm(world, year), rng).assign(kind="self_harm")
    ill = _drawn(year, _mental(world, year), rng).assign(kind="mental")
    usual = _drawn(year, rates["spells"], rng)
    usual["kind"] = pick(rng, ["acute", "elective"], len(usual), [0.62, 0.38])
    births = _births(world, year)
    born = births[["person", "provider"]].assign(on=world.people["dob"].to_numpy()[births["person"]], kind="newborn")
    spells = _stayed(world, pd.concat([usual, harmed, ill, born], ignore_index=True), rng)
    attended = [_drawn(year, rates["attendances"], rng).assign(is_self_harm=False), harmed[["person", "provider", "on"]].assign(is_self_harm=True)]
    attended.append(_drawn(year, 0.6 * _self_harm(world, year), rng).assign(is_self_harm=True))
    return Hospitals(spells, _drawn(year, rates["appointments"], rng), pd.concat(attended, ignore_index=True), births)


@cache
def codes(kind: str) -> tuple[Texts, Floats]:
    """Codes of a kind (hospital_codes.csv) and their weights, adding up to 1."""
    table = pd.read_csv(HERE / "hospital_codes.csv", dtype=str)
    table = table[table["kind"] == kind]
    weights = table["weight"].to_numpy(dtype=float)
    return table["code"].to_numpy(dtype=object), weights / weights.sum()


def draw(rng: Random, kind: str, size: int) -> Texts:
    """Codes of a kind, by their weights."""
    choices, weights = codes(kind)
    return pick(rng, choices, size, weights)


def _year(world: World, rng: Random) -> _Presence:
    people, first, last = world.people, world.period.first_day, world.period.last_day
    arrived = world.stays.groupby("person")["start"].min().reindex(np.arange(len(people))).fillna(OPEN).to_numpy(dtype=np.int64)
    begins = np.maximum(np.maximum(people["identity_from"].to_numpy(), arrived), first)
    ends = np.minimum(np.minimum(people["identity_to"].to_numpy(), people["died_on"].to_numpy()) - 1, last)
    middle = np.clip((begins + ends) // 2, first, last)
    home = world.home_on(middle)
    la = np.append(world.homes["la"].to_numpy(dtype=object), "")[home]
    trust, other = trusts_of(la, world.las)
    cared = in_care(world.spells, len(people), min(first + 180, last))
    severity = np.exp(0.9 * people["need"].to_numpy() - 0.405) * np.where(cared, _IN_CARE, 1.0)
    here = (trust != ELSEWHERE) & (ends >= begins)
    return _Presence(begins, np.where(here, ends, begins - 1), age_at(people["dob"].to_numpy(), middle), trust, other, severity)


def trusts_of(la: Texts, las: list[str]) -> tuple[Texts, Texts]:
    """The provider near each home and another; blank where nobody delivers: boards that none of the authorities `las` belongs to."""
    near = pd.read_csv(HERE / "acute_trusts.csv", dtype=str).set_index("la")
    known = {code: (near["provider"][code], near["other"][code]) for code in near.index}
    places = sorted({code for code in la if code})
    boards = dict(zip(places, icb_of(np.array(places, dtype=object)), strict=True)) if places else {}
    served = set(icb_of(np.array(las, dtype=object)))
    for code in places:
        made_up = f"Z{boards[code]}"
        known.setdefault(code, (made_up, made_up) if boards[code] in served else (ELSEWHERE, ELSEWHERE))
    known[""] = (ELSEWHERE, ELSEWHERE)
    codes_of, place = np.unique(la.astype(str), return_inverse=True)
    both = np.array([known[code] for code in codes_of], dtype=object)
    return both[place, 0], both[place, 1]


def _rates(age: Ints) -> dict[str, Floats]:
    table = pd.read_csv(CALIBRATION / "secondary_care.csv")
    found = {name: np.zeros(len(age)) for name in ("spells", "appointments", "attendances")}
    for first, last, *values in table[["age_from", "age_to", *found]].to_numpy(dtype=float).tolist():
        for rate, value in zip(found.values(), values, strict=True):
            rate[(age >= first) & (age <= last)] = value
    return found


def _self_harm(world: World, year: _Presence) -> Floats:
    girls = np.where(world.people["sex"].to_numpy() == "F", 1.6, 0.45)
    return _SELF_HARM * np.select([year.age < 10, year.age < 15], [0.0, 0.7], 1.5) * girls * year.severity


def _mental(world: World, year: _Presence) -> Floats:
    table = pd.read_csv(CALIBRATION / "mental_health_admissions.csv", dtype={"la": str})
    published = dict(zip(table["la"], table["per_100000"] / 100_000, strict=True))
    rate = np.array([published.get(la, 0.0) for la in world.people["la"]])
    return np.asarray(rate * np.select([year.age < 10, year.age < 15], [0.2, 1.2], 3.0) * year.severity)


def _drawn(year: _Presence, rate: Floats, rng: Random) -> pd.DataFrame:
    """Events at a yearly rate per person: person, provider, on."""
    count = rng.poisson(np.minimum(rate, 20.0) * year.share)
    person = np.repeat(np.arange(len(count)), count)
    on = year.begins[person] + (rng.random(len(person)) * (year.ends - year.begins + 1)[person]).astype(np.int64)
    elsewhere: Flags = happens(rng, _OTHER_TRUST, len(person))
    return pd.DataFrame({"person": person, "provider": np.where(elsewhere, year.other[person], year.trust[person]), "on": on})


def _births(world: World, year: _Presence) -> pd.DataFrame:
    people = world.people
    born = (people["dob"].to_numpy() >= world.period.first_day) & (people["dob"].to_numpy() <= world.period.last_day)
    here = born & (people["former_number"].to_numpy() < 0) & (year.trust != ELSEWHERE) & ~people["is_uasc"].to_numpy(dtype=bool)
    person = np.flatnonzero(here)
    return pd.DataFrame({"person": person, "provider": year.trust[person]})


def _stayed(world: World, spells: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """With the day of discharge and the age on admission; who is still in hospital at its end is not delivered yet."""
    days = {"acute": 1.6, "elective": 0.4, "self_harm": 1.2, "mental": 12.0, "newborn": 1.8}
    stay = rng.exponential(spells["kind"].map(days).to_numpy()).astype(np.int64)
    spells = spells.assign(discharged=spells["on"] + stay, age=age_at(world.people["dob"].to_numpy()[spells["person"]], spells["on"].to_numpy()))
    return spells[spells["discharged"] <= world.period.last_day].sort_values(["provider", "discharged", "person", "kind"], kind="stable").reset_index(drop=True)
