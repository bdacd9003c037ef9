"""Who was referred to and seen by mental-health services, April 2025 to March 2026: the truth, before any provider records it.

Looked-after children are seen at 18-25 % a year by borough, others at 3-4.5 % (aged 5-17). Need of support raises both SDQ and
contact. Children placed away are mostly seen by providers that deliver nothing here.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import NORTH_WEST_LONDON, ethnic_groups
from cyplink.synthetic.days import OPEN, REFERENCE_DAY, YEAR, day
from cyplink.synthetic.homes import icb_of
from cyplink.synthetic.streams import Flags, Floats, Ints, Random, Texts, happens, happens_evenly, pick, stream
from cyplink.synthetic.world import World, in_care

FIRST_DAY = day("2025-04-01")
ELSEWHERE = ""
_PROVIDERS = {
    "304": "RV3",
    "310": "RV3",
    "312": "RV3",
    "207": "RV3",
    "213": "RV3",
    "307": "RKL",
    "205": "RKL",
    "313": "RKL",
}
_ALSO_REFERRED = 0.35  # referred and never seen, per child seen
_GROUP_ACCESS = {
    "WBRI": 1.2,
    "WIRI": 1.15,
    "MWBC": 1.15,
    "MWAS": 1.1,
    "AIND": 0.7,
    "ABAN": 0.75,
    "APKN": 0.75,
    "CHNE": 0.75,
}


@dataclass(frozen=True)
class Care:
    """referrals (person, provider, received, discharged, rejected, is_care_team), contacts and indirect activity (referral row,
    on, status), and whether each person had a contact (direct attended, or indirect) with anyone in the year."""

    referrals: pd.DataFrame
    contacts: pd.DataFrame
    indirect: pd.DataFrame
    had_contact: Flags


def mental_health(world: World) -> Care:
    """Referrals of the year with their contacts, to every provider; provider is blank where it delivers nothing here."""
    rng = stream(world.seed, "mental health")
    seen_chance, stratum = _to_rates(world, _chance(world))
    seen = happens_evenly(rng, seen_chance, stratum)
    only_referred = ~seen & happens(rng, np.minimum(_ALSO_REFERRED * seen_chance, 0.5), len(world.people))
    person = np.append(np.flatnonzero(seen), np.flatnonzero(only_referred))
    again = person[happens(rng, 0.10, len(person))]
    referrals = pd.DataFrame({"person": np.append(person, again)})
    referrals["is_seen"] = seen[referrals["person"].to_numpy()]
    referrals = _dated(world, referrals, rng)
    referrals["provider"] = _providers(world, referrals, rng)
    contacts = _contacts(referrals, rng)
    indirect = _indirect(referrals, rng)
    referrals["discharged"] = _discharges(referrals, contacts, rng)
    attended = contacts[contacts["status"].isin(["5", "6"])]
    had_contact = np.zeros(len(world.people), dtype=bool)
    for events in (attended, indirect):
        had_contact[referrals["person"].to_numpy()[events["referral"].to_numpy()]] = True
    return Care(referrals, contacts, indirect, had_contact)


def _chance(world: World) -> Floats:
    people = world.people
    age = (FIRST_DAY + 182 - people["dob"].to_numpy()) / YEAR
    by_age = np.select([age < 0.2, age < 5, age < 11, age < 18], [0.0, 0.08, 0.8, 1.2], 0.0)
    la = np.where(people["responsible_la"] == "", people["la"], people["responsible_la"])
    rates = {b.la: b.mental_health for b in world.boroughs}
    now = people["is_in_care_now"].to_numpy() | in_care(world.spells, len(people), FIRST_DAY + 120)
    cared_rate = np.array([rates[a][0] for a in la])
    rate = np.where(now, cared_rate, np.array([rates[a][1] for a in la]))
    before = people["is_looked_after"].to_numpy() & ~now
    rate = np.where(before | (people["former_number"].to_numpy() >= 0), 0.55 * cared_rate, rate)
    groups = np.array([_GROUP_ACCESS.get(code, 1.0) for code in ethnic_groups()["ethnic"]])
    need = np.exp(0.55 * people["need"].to_numpy() - 0.15)
    present = (people["identity_to"].to_numpy() > REFERENCE_DAY) & (people["died_on"].to_numpy() > REFERENCE_DAY)
    spread = np.where(now, np.where(by_age > 0.5, 1.0, by_age), by_age)
    return np.asarray(np.minimum(rate * spread * groups[people["ethnic"].to_numpy()] * need, 0.9) * present)


def _to_rates(world: World, chance: Floats) -> tuple[Floats, Ints]:
    """The chances scaled so that the borough's rates hold among those aged 5-17, looked after and others; and the strata:
    authority, in care or not, of that age or not."""
    people = world.people
    la = np.where(world.responsible_number > 0, world.responsible_number, world.la_number)
    cared = people["is_in_care_now"].to_numpy(dtype=bool)
    ever = people["is_looked_after"].to_numpy(dtype=bool)
    age = (REFERENCE_DAY - people["dob"].to_numpy()) / YEAR
    of_age = (age >= 5) & (age < 18) & (people["identity_to"].to_numpy() > REFERENCE_DAY)
    scaled = chance.copy()
    for borough in world.boroughs:
        here = la == int(borough.la)
        for everyone, rate in ((here & cared, borough.mental_health[0]), (here & ~ever, borough.mental_health[1])):
            expected = float(chance[everyone & of_age].sum())
            if expected > 0:
                scaled[everyone] *= rate * (everyone & of_age).sum() / expected
    return np.minimum(scaled, 0.95), 8 * la + 4 * ever + 2 * cared + of_age


def _dated(world: World, referrals: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Received in the year or up to eighteen months before it, not before birth or arrival."""
    size, person = len(referrals), referrals["person"].to_numpy()
    begun = np.maximum(
        world.people["identity_from"].to_numpy(), world.stays.groupby("person")["start"].min().to_numpy()
    )[person]
    before = happens(rng, 0.45, size)
    received = np.where(before, FIRST_DAY - rng.integers(1, 540, size), FIRST_DAY + rng.integers(0, 330, size))
    received = np.minimum(np.maximum(received, begun + 5), REFERENCE_DAY - 5)
    refused = ~referrals["is_seen"].to_numpy() & happens(rng, 0.5, size)
    rejected = np.where(refused, np.minimum(received + rng.integers(2, 25, size), REFERENCE_DAY), OPEN)
    rejected = np.where(rejected < FIRST_DAY, FIRST_DAY + rng.integers(0, 30, size), rejected)
    return referrals.assign(received=received, rejected=rejected)


def _providers(world: World, referrals: pd.DataFrame, rng: Random) -> Texts:
    person = referrals["person"].to_numpy()
    on = np.full(len(world.people), FIRST_DAY)
    on[person] = np.maximum(referrals["received"], FIRST_DAY + 60)
    home = world.home_on(np.minimum(on, REFERENCE_DAY))[person]
    la = world.homes["la"].to_numpy(dtype=object)[home]
    responsible = world.people["responsible_la"].to_numpy(dtype=object)[person]
    here = icb_of(la) == NORTH_WEST_LONDON
    local = np.array([_PROVIDERS.get(code, ELSEWHERE) for code in la], dtype=object)
    own = np.array([_PROVIDERS.get(code, ELSEWHERE) for code in responsible], dtype=object)
    kept = ~here & happens(rng, 0.12, len(person))
    provider = np.where(here, local, np.where(kept, own, ELSEWHERE))
    return np.where(happens(rng, 0.03, len(person)), ELSEWHERE, provider).astype(object)


def _contacts(referrals: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Contacts of the year: the first of a child who is seen is attended, others are sometimes missed or cancelled."""
    seen = referrals["is_seen"].to_numpy()
    open_to_contact = referrals["rejected"].to_numpy() == OPEN
    count = (
        np.where(seen, 1 + rng.geometric(1 / 6.5, len(referrals)), rng.integers(0, 2, len(referrals))) * open_to_contact
    )
    row = np.repeat(np.arange(len(referrals)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    first = np.maximum(
        referrals["received"].to_numpy() + rng.integers(3, 70, len(referrals)),
        FIRST_DAY + rng.integers(0, 60, len(referrals)),
    )
    first = np.minimum(first, REFERENCE_DAY - 2)
    on = first[row] + nth * rng.integers(10, 32, len(referrals))[row] + rng.integers(0, 3, len(row))
    status = pick(rng, ["5", "6", "7", "3", "2", "4"], len(row), [0.70, 0.07, 0.03, 0.11, 0.05, 0.04])
    status = np.where(nth == 0, "5", status)
    missed = pick(rng, ["3", "7", "2"], len(row), [0.7, 0.1, 0.2])
    status = np.where(seen[row], status, missed)
    made = pd.DataFrame({"referral": row, "on": on, "status": status})
    return pd.DataFrame(made[on <= REFERENCE_DAY].reset_index(drop=True))


def _indirect(referrals: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Work about a child without the child present: meetings with school, social worker, family."""
    able = referrals["is_seen"].to_numpy() & (referrals["rejected"].to_numpy() == OPEN)
    count = rng.poisson(1.1, len(referrals)) * able
    row = np.repeat(np.arange(len(referrals)), count)
    earliest = np.maximum(referrals["received"].to_numpy(), FIRST_DAY)[row]
    on = earliest + (rng.random(len(row)) * (REFERENCE_DAY - earliest)).astype(np.int64)
    return pd.DataFrame({"referral": row, "on": on})


def _discharges(referrals: pd.DataFrame, contacts: pd.DataFrame, rng: Random) -> np.ndarray:
    last = contacts.groupby("referral")["on"].max().reindex(np.arange(len(referrals))).to_numpy(dtype=float)
    basis = np.where(np.isnan(last), np.maximum(referrals["received"], FIRST_DAY), np.nan_to_num(last)).astype(np.int64)
    ends = basis + rng.integers(10, 90, len(referrals))
    closed = happens(rng, 0.6, len(referrals)) & (ends <= REFERENCE_DAY)
    return np.where(closed & (referrals["rejected"] == OPEN), ends, OPEN)
