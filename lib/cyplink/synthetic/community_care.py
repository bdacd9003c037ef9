"""Who was referred to and seen by community health services in a period: the truth, before any provider records it.

Health visiting and school nursing see nearly every child at set ages, therapies some children for months, the looked-after children's
team every looked-after child. Rates: conf/calibration/community_care.csv, mostly judgement.
"""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import CALIBRATION
from cyplink.synthetic.care import in_care
from cyplink.synthetic.days import OPEN, YEAR
from cyplink.synthetic.streams import Flags, Ints, Random, Texts, happens, pick
from cyplink.synthetic.world import World

ELSEWHERE = ""
_ATTENDANCE = {"5": 0.74, "6": 0.06, "7": 0.02, "3": 0.10, "2": 0.05, "4": 0.03}


@cache
def services() -> pd.DataFrame:
    """What is offered, to whom, at what age or rate: conf/calibration/community_care.csv."""
    return pd.read_csv(CALIBRATION / "community_care.csv")


def _providers(las: list[str]) -> dict[str, str]:
    """Provider by authority: those listed, a code that does not exist for any other; none for authorities that are not made."""
    table = pd.read_csv(CALIBRATION / "community_providers.csv", dtype=str)
    listed = dict(zip(table["la"], table["provider"], strict=True))
    return {la: listed.get(la, f"ZC{la}") for la in las}


def community_care(world: World) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Referrals of the period (person, service, provider, received, discharged) and their contacts (referral: a row of it, on, status)."""
    parts, firsts = [], []
    for number in range(len(services())):
        offered = services().iloc[number]
        rng = world.period.stream(world.seed, "community care", offered["name"])
        person, first = _scheduled(world, offered, rng) if offered["age_days"] > 0 else _wanted(world, offered, rng)
        parts.append(pd.DataFrame({"person": person, "service": number}))
        firsts.append(first)
    referrals, first = pd.concat(parts, ignore_index=True), np.concatenate(firsts)
    there = _is_there(world, referrals["person"].to_numpy(), first)
    referrals, first = referrals[there].reset_index(drop=True), first[there]
    rng = world.period.stream(world.seed, "community contacts")
    contacts = _contacts(referrals, first, world.period.last_day, rng)
    last = contacts.groupby("referral")["on"].max().reindex(np.arange(len(referrals))).to_numpy(dtype=np.int64)
    is_single = (services()["contacts"].to_numpy() == 1)[referrals["service"]]
    ends = last + np.where(is_single, 0, rng.integers(7, 60, len(referrals)))
    referrals["received"] = first - np.where(is_single, 0, rng.integers(14, 120, len(referrals)))
    referrals["discharged"] = np.where(ends <= world.period.last_day, ends, OPEN)
    referrals["provider"] = provider_on(world, referrals["person"].to_numpy(), first)
    return referrals, contacts


def carried_on(world: World, referrals: pd.DataFrame, contacts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same a period later: the referrals of before, some of which now end, then the period's own (`is_new`); and the period's contacts. `contacts`: those
    of before."""
    rng, period = world.period.stream(world.seed, "community care goes on"), world.period
    new, of_new = community_care(world)
    goes_on = ((referrals["discharged"] == OPEN) & (world.people["died_on"].to_numpy()[referrals["person"]] == OPEN)).to_numpy()
    count = rng.poisson(1.5, len(referrals)) * goes_on
    row = np.repeat(np.arange(len(referrals)), count)
    on = period.first_day + rng.integers(0, period.days, len(row))
    status = pick(rng, list(_ATTENDANCE), len(row), list(_ATTENDANCE.values()))
    more = pd.DataFrame({"referral": row, "on": on, "status": status}).sort_values(["referral", "on"], kind="stable")
    last = pd.concat([contacts, more]).groupby("referral")["on"].max().reindex(np.arange(len(referrals))).to_numpy(dtype=np.int64)
    ends = np.maximum(last + rng.integers(7, 60, len(referrals)), period.first_day)
    ended = np.where(goes_on & (ends <= period.last_day), ends, referrals["discharged"])
    together = pd.concat([referrals.assign(discharged=ended, is_new=False), new.assign(is_new=True)], ignore_index=True)
    return together, pd.concat([more, of_new.assign(referral=of_new["referral"] + len(referrals))], ignore_index=True)


def provider_on(world: World, person: Ints, on: Ints) -> Texts:
    """The community provider of each person's home on a day; blank where the home is elsewhere, whose providers deliver nothing here."""
    providers = _providers(world.las)
    stays = world.stays
    order = np.lexsort((stays["start"].to_numpy(), stays["person"].to_numpy()))
    key = stays["person"].to_numpy()[order] * np.int64(1 << 20) + stays["start"].to_numpy()[order]
    place = np.searchsorted(key, person * np.int64(1 << 20) + on, side="right") - 1
    home = stays["home"].to_numpy()[order][np.maximum(place, 0)]
    la = world.homes["la"].to_numpy(dtype=object)[home]
    known, code = np.unique(la.astype(str), return_inverse=True)
    provider = np.array([providers.get(name, ELSEWHERE) for name in known], dtype=object)[code]
    return np.where((place >= 0) & (stays["person"].to_numpy()[order][np.maximum(place, 0)] == person), provider, ELSEWHERE).astype(object)


def _scheduled(world: World, offered: Any, rng: Random) -> tuple[Ints, Ints]:
    """Those who come to the age in the period and are seen: person and day."""
    size = len(world.people)
    on = world.people["dob"].to_numpy() + int(offered["age_days"]) + rng.integers(-offered["spread_days"], offered["spread_days"] + 1, size).clip(-9)
    due = (on >= world.period.first_day) & (on <= world.period.last_day) & happens(rng, float(offered["coverage"]), size)
    person = np.flatnonzero(due)
    return person, on[person].astype(np.int64)


def _wanted(world: World, offered: Any, rng: Random) -> tuple[Ints, Ints]:
    """Those referred in the period by yearly rate and age; looked-after children by the share assessed in a year."""
    size, people, period = len(world.people), world.people, world.period
    on = period.first_day + rng.integers(0, period.days, size)
    age = (on - people["dob"].to_numpy()) / YEAR
    of_age = (age >= offered["from_age"]) & (age < offered["to_age"])
    cared = in_care(world.spells, size, period.middle)
    who: Flags = cared if offered["who"] == "looked_after" else np.ones(size, dtype=bool)
    rate = np.minimum(period.years * float(offered["rate"]) * np.where(offered["who"] == "all", np.exp(0.4 * people["need"].to_numpy() - 0.08), 1.0), 0.95)
    person = np.flatnonzero(of_age & who & happens(rng, rate, size))
    return person, on[person].astype(np.int64)


def _is_there(world: World, person: Ints, on: Ints) -> Flags:
    """Whether the identity exists on the day and the person lives."""
    people = world.people.iloc[person]
    end = np.minimum(people["identity_to"].to_numpy(), people["died_on"].to_numpy())
    return np.asarray((people["identity_from"].to_numpy() <= on) & (on < end) & (people["dob"].to_numpy() <= on))


def _contacts(referrals: pd.DataFrame, first: Ints, last_day: int, rng: Random) -> pd.DataFrame:
    """Contacts of each referral, the first on its day and attended, three weeks or so between them."""
    usual = services()["contacts"].to_numpy(dtype=float)[referrals["service"]]
    count = np.where(usual == 1, 1, 1 + rng.poisson(usual - 1))
    row = np.repeat(np.arange(len(referrals)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    on = first[row] + nth * rng.integers(12, 35, len(referrals))[row]
    status = np.where(nth == 0, "5", pick(rng, list(_ATTENDANCE), len(row), list(_ATTENDANCE.values())))
    made = pd.DataFrame({"referral": row, "on": on, "status": status.astype(object)})
    return pd.DataFrame(made[on <= last_day].reset_index(drop=True))
