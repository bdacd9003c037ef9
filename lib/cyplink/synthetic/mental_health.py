"""Who was referred to and seen by mental-health services, April 2025 to March 2026: the truth, before any provider records it.

Looked-after children are seen at 18-25 % a year by borough, others at 3-4.5 % (aged 5-17). Who is, and who before September, is drawn in
support.py, for it changes what follows. Children placed away are mostly seen by providers that deliver nothing here.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import NORTH_WEST_LONDON, places
from cyplink.synthetic.days import OPEN, REFERENCE_DAY
from cyplink.synthetic.homes import icb_of
from cyplink.synthetic.streams import Flags, Ints, Random, Texts, happens, pick, stream
from cyplink.synthetic.support import FIRST_DAY, SINCE
from cyplink.synthetic.world import World

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
_MADE_UP = "ZM"
"""With a board's code: the one made-up provider that stands for those of a London board other than North West London's."""
_LAST_EARLY_REFERRAL = 80  # days into the year: a first contact comes at most 70 days later, before support counts as late
_ATTENDANCE = {"5": 0.70, "6": 0.07, "7": 0.03, "3": 0.11, "2": 0.05, "4": 0.04}
_ALSO_REFERRED = 0.35  # referred and never seen, per child seen


@dataclass(frozen=True)
class Care:
    """referrals (person, provider, received, discharged, rejected, is_care_team), contacts and indirect activity (referral row,
    on, status), and whether each person had a contact (direct attended, or indirect) with anyone in the period. `is_new` (of a later period): referred in it."""

    referrals: pd.DataFrame
    contacts: pd.DataFrame
    indirect: pd.DataFrame
    had_contact: Flags


def mental_health(world: World) -> Care:
    """Referrals of the year with their contacts, to every provider; provider is blank where it delivers nothing here."""
    rng = stream(world.seed, "mental health")
    seen = world.people["is_seen"].to_numpy(dtype=bool)
    only_referred = ~seen & happens(rng, np.minimum(_ALSO_REFERRED * world.people["referral_chance"].to_numpy(), 0.5), len(world.people))
    person = np.append(np.flatnonzero(seen), np.flatnonzero(only_referred))
    again = person[happens(rng, 0.10, len(person))]
    referrals = pd.DataFrame({"person": np.append(person, again)})
    referrals["is_seen"] = seen[referrals["person"].to_numpy()]
    referrals["is_late"] = referrals["is_seen"] & ~world.people["is_supported"].to_numpy(dtype=bool)[referrals["person"].to_numpy()]
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


def carried_on(world: World, care: Care) -> Care:
    """Care in a period after the first: the referrals of before (`is_new` False) with who is discharged now, those that are new, and the period's
    contacts and indirect activity. `had_contact` is of the period alone."""
    rng, period, people = world.period.stream(world.seed, "mental health"), world.period, world.people
    open_now = ((care.referrals["discharged"] == OPEN) & (care.referrals["rejected"] == OPEN)).to_numpy()
    new = _new_referrals(world, care.referrals.loc[open_now, "person"].to_numpy(), rng)
    new["provider"] = np.where(np.isin(providers := _providers(world, new, rng), care.referrals["provider"]), providers, ELSEWHERE)
    referrals = pd.concat([care.referrals.assign(is_new=False), new], ignore_index=True)
    goes_on = np.append(open_now, np.ones(len(new), dtype=bool)) & (people["died_on"].to_numpy()[referrals["person"]] == OPEN)
    was_seen = np.isin(np.arange(len(referrals)), care.contacts["referral"])
    begins = np.maximum(referrals["received"].to_numpy() + rng.integers(3, 70, len(referrals)), period.first_day + rng.integers(0, np.where(was_seen, 25, 60)))
    seen = referrals["is_seen"].to_numpy(dtype=bool) & goes_on & (referrals["rejected"] == OPEN).to_numpy()
    contacts = _contacts_from(begins, seen, period.last_day, rng)
    indirect = np.flatnonzero(seen & happens(rng, 0.25, len(referrals)))
    since = np.maximum(referrals["received"].to_numpy(), period.first_day)[indirect]
    on = since + (rng.random(len(indirect)) * (period.last_day - since)).astype(np.int64)
    last = contacts.groupby("referral")["on"].max().reindex(np.arange(len(referrals))).to_numpy(dtype=float)
    ends = np.nan_to_num(np.where(np.isnan(last), period.first_day, last)).astype(np.int64) + rng.integers(5, 60, len(referrals))
    closed = goes_on & ~referrals["is_new"].to_numpy(dtype=bool) & happens(rng, 0.45, len(referrals)) & (ends <= period.last_day)
    referrals["discharged"] = np.where(closed, ends, referrals["discharged"])
    had_contact = np.zeros(len(people), dtype=bool)
    of = np.append(contacts.loc[contacts["status"].isin(["5", "6"]), "referral"], indirect)
    had_contact[referrals["person"].to_numpy()[of]] = True
    return Care(referrals, contacts, pd.DataFrame({"referral": indirect, "on": on}), had_contact)


def _new_referrals(world: World, referred: Ints, rng: Random) -> pd.DataFrame:
    """Referrals of people who have none that is open (`referred`), as often as in the first period; half of those who will not be seen are refused."""
    people, period = world.people, world.period
    able = (people["died_on"] == OPEN).to_numpy() & (people["identity_to"] == OPEN).to_numpy()
    able[referred] = False
    person = np.flatnonzero(able & happens(rng, np.minimum((1 + _ALSO_REFERRED) * period.years * people["referral_chance"].to_numpy(), 0.5), len(people)))
    size = len(person)
    received = period.first_day + rng.integers(0, period.days - 5, size)
    seen = happens(rng, 1 / (1 + _ALSO_REFERRED), size)
    answered = received + rng.integers(2, 25, size)
    rejected = np.where(~seen & happens(rng, 0.5, size) & (answered <= period.last_day), answered, OPEN)
    return pd.DataFrame({"person": person, "is_seen": seen, "is_late": seen, "received": received, "rejected": rejected, "discharged": OPEN, "is_new": True})


def _contacts_from(begins: Ints, seen: Flags, last_day: int, rng: Random) -> pd.DataFrame:
    """Contacts of those who are seen from a day on, two to five weeks apart, up to the last day."""
    apart = rng.integers(10, 32, len(begins))
    count = np.where(seen, np.maximum((last_day - begins) // apart + 1, 0), 0)
    row = np.repeat(np.arange(len(begins)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return pd.DataFrame({"referral": row, "on": begins[row] + nth * apart[row], "status": pick(rng, list(_ATTENDANCE), len(row), list(_ATTENDANCE.values()))})


def _dated(world: World, referrals: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Received in the year or up to eighteen months before it, not before birth or arrival."""
    size, person = len(referrals), referrals["person"].to_numpy()
    begun = np.maximum(
        world.people["identity_from"].to_numpy(), world.stays.groupby("person")["start"].min().to_numpy()
    )[person]
    late = referrals["is_late"].to_numpy(dtype=bool)
    early = referrals["is_seen"].to_numpy(dtype=bool) & ~late
    before = happens(rng, np.select([early, late], [0.65, 0.25], 0.45), size)
    days = rng.integers(np.where(late, 100, 0), np.where(early, _LAST_EARLY_REFERRAL, 330))
    received = np.where(before, FIRST_DAY - rng.integers(1, 540, size), FIRST_DAY + days)
    received = np.minimum(np.maximum(received, begun + 5), REFERENCE_DAY - 5)
    refused = ~referrals["is_seen"].to_numpy() & happens(rng, 0.5, size)
    rejected = np.where(refused, np.minimum(received + rng.integers(2, 25, size), REFERENCE_DAY), OPEN)
    rejected = np.where(rejected < FIRST_DAY, FIRST_DAY + rng.integers(0, 30, size), rejected)
    return referrals.assign(received=received, rejected=rejected)


def _providers(world: World, referrals: pd.DataFrame, rng: Random) -> Texts:
    person = referrals["person"].to_numpy()
    on = np.full(len(world.people), world.period.first_day)
    on[person] = np.maximum(referrals["received"], world.period.first_day + 60)
    home = world.home_on(np.minimum(on, world.period.last_day))[person]
    la = world.homes["la"].to_numpy(dtype=object)[home]
    responsible = world.people["responsible_la"].to_numpy(dtype=object)[person]
    served = np.unique(icb_of(np.array(world.las, dtype=object)))
    here = np.isin(icb_of(la), served)
    local, own = (_near(code, served) for code in (la, responsible))
    kept = ~here & happens(rng, 0.12, len(person))
    provider = np.where(here, local, np.where(kept, own, ELSEWHERE))
    return np.where(happens(rng, 0.03, len(person)), ELSEWHERE, provider).astype(object)


def _near(la: Texts, served: Texts) -> Texts:
    """The provider of each authority; blank where none delivers here: outside the boards `served`."""
    boards = {code: str(board) for code, board in zip(places()["la"], places()["icb_ods"], strict=True) if board in set(served)}
    made_up = {code: _MADE_UP + board for code, board in boards.items() if board != NORTH_WEST_LONDON}
    return np.array([_PROVIDERS.get(code, made_up.get(code, ELSEWHERE)) for code in la], dtype=object)


def board_of(provider: str) -> str:
    """The integrated care board that commissions a provider."""
    return provider.removeprefix(_MADE_UP) if provider.startswith(_MADE_UP) else NORTH_WEST_LONDON


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
        np.where(referrals["is_late"], SINCE, FIRST_DAY) + rng.integers(0, 60, len(referrals)),
    )
    first = np.minimum(first, REFERENCE_DAY - 2)
    on = first[row] + nth * rng.integers(10, 32, len(referrals))[row] + rng.integers(0, 3, len(row))
    status = pick(rng, list(_ATTENDANCE), len(row), list(_ATTENDANCE.values()))
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
    earliest = np.maximum(referrals["received"].to_numpy(), np.where(referrals["is_late"], SINCE, FIRST_DAY))[row]
    on = earliest + (rng.random(len(row)) * (REFERENCE_DAY - earliest)).astype(np.int64)
    return pd.DataFrame({"referral": row, "on": on})


def _discharges(referrals: pd.DataFrame, contacts: pd.DataFrame, rng: Random) -> np.ndarray:
    last = contacts.groupby("referral")["on"].max().reindex(np.arange(len(referrals))).to_numpy(dtype=float)
    basis = np.where(np.isnan(last), np.maximum(referrals["received"], FIRST_DAY), np.nan_to_num(last)).astype(np.int64)
    ends = basis + rng.integers(10, 90, len(referrals))
    closed = happens(rng, 0.6, len(referrals)) & (ends <= REFERENCE_DAY)
    return np.where(closed & (referrals["rejected"] == OPEN), ends, OPEN)
