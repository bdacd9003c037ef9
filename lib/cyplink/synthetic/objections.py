"""Objections deliveries: who opted out, objected or withdrew, a seal for every adoption, and a few orders never to link.

Everything is drawn from streams of its own, so that nobody else's draws change: the same people, some of whom say no.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cyplink.synthetic.days import REFERENCE_DAY, spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.later import Later
from cyplink.synthetic.mental_health_return import patient_ids
from cyplink.synthetic.streams import Flags, Ints, Random, Texts, happens, pick, stream
from cyplink.synthetic.world import World

_BOARD = "X26"
_FIRST, _LATER = ("2026-03", "2026-04-09"), ("2026-06", "2026-07-09")  # period, and when it was made
_OPTED_OUT = (0.02, 0.04)  # share of people, by borough; about 3 % together
_UNDER_OLD_NUMBER = 0.3  # of those who opted out and whose number was replaced since
_OBJECTIONS_OF_COUNCIL = 3
_OBJECTIONS_OF_PROVIDER = 4
_WITHDRAWALS = 3
_ORDERS_OF_COUNCIL = 2


def opted_out(world: World) -> Flags:
    """Whether each person has a national data opt-out: a share that differs by borough."""
    rng = stream(world.seed, "national data opt-out")
    las, of_la = np.unique(world.people["la"].to_numpy(dtype=str), return_inverse=True)
    share = rng.uniform(*_OPTED_OUT, len(las))
    return happens(rng, share[of_la], len(world.people))


def _withdrawn(world: World, records: pd.DataFrame) -> pd.DataFrame:
    """Council records (person, la, person_id, nhs_number) of the few people who withdrew."""
    rng = stream(world.seed, "withdrawals")
    plain = records[~records["is_duplicate"].to_numpy(dtype=bool)]
    return plain.iloc[_some(rng, len(plain), _WITHDRAWALS)].reset_index(drop=True)


def deliveries(world: World, records: pd.DataFrame, referred: pd.DataFrame) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """The board's lists, each council's objections, seals and orders, each provider's objections; they hold no records of people.

    `records`: social_care.register; `referred`: referrals with `provider` and `person`.
    """
    board = {
        "national_data_opt_out.csv": ("national_data_opt_out", _opt_outs(world)),
        "withdrawal_request.csv": ("withdrawal_request", _withdrawals(world, records)),
    }
    yield _delivery(_BOARD, board)
    for borough in world.boroughs:
        mine = records[records["la"] == borough.la].reset_index(drop=True)
        rng = stream(world.seed, "objections", borough.la)
        objecting = mine["person_id"].to_numpy(dtype=object)[_some(rng, len(mine), _OBJECTIONS_OF_COUNCIL)]
        files = {
            "local_objection.csv": ("local_objection", _local(objecting, rng)),
            "adoption_seal.csv": ("adoption_seal", _seals(world, borough.la, mine)),
            "never_link_order.csv": ("never_link_order", _orders(world, mine, rng)),
        }
        yield _delivery(borough.la, files)
    for provider in sorted({p for p in referred["provider"] if p}):
        person = np.unique(referred.loc[referred["provider"] == provider, "person"].to_numpy())
        rng = stream(world.seed, "objections", provider)
        patients = patient_ids(provider, person[_some(rng, len(person), _OBJECTIONS_OF_PROVIDER)])
        yield _delivery(provider, {"local_objection.csv": ("local_objection", _local(patients, rng))})


def deliveries_later(then: Later, has_opted_out: Flags, withdrawn: pd.DataFrame, records: pd.DataFrame) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """What is said in the quarter: the board's list of opt-outs, whole again, with those who have since opted out and without those who have opted in; new withdrawals;
    an objection to a council and an order of each. `has_opted_out`: `opted_out_later`; `withdrawn`: council records of who withdraws (`withdrawn_later`); `records`: the register."""
    world, rng = then.after, then.stream("objections")
    number = world.people["nhs_number"].to_numpy(dtype=object)[has_opted_out]
    board = {
        "national_data_opt_out.csv": ("national_data_opt_out", pd.DataFrame({"nhs_number": number[rng.permutation(len(number))]})),
        "withdrawal_request.csv": ("withdrawal_request", _requests(world, withdrawn, world.period.last_day - 20)),
    }
    yield _delivery(_BOARD, board, _LATER)
    for la in world.las:
        mine = records[records["la"] == la].reset_index(drop=True)
        rng = then.stream("objections", la)
        objecting = mine["person_id"].to_numpy(dtype=object)[_some(rng, len(mine), 1)]
        orders = _orders(world, mine, rng).iloc[:1]
        files = {"local_objection.csv": ("local_objection", _local(objecting, rng, world.period.last_day)), "never_link_order.csv": ("never_link_order", orders)}
        yield _delivery(la, files, _LATER)


def opted_out_later(then: Later, before: Flags) -> Flags:
    """Whether each person has a national data opt-out when the quarter ends; `before`: when it began."""
    out = np.append(before, np.zeros(len(then.born), dtype=bool))
    out[then.opted_out], out[then.opted_in] = True, False
    return out


def withdrawn_later(then: Later, records: pd.DataFrame) -> pd.DataFrame:
    """Council records of the few people who withdraw in the quarter; nobody who is returned late, so that the correction that adds them is seen."""
    rng = then.stream("withdrawals")
    able = ~records["is_duplicate"].to_numpy(dtype=bool) & ~records["person"].isin(_withdrawn(then.before, records)["person"]).to_numpy()
    able &= (then.after.people["is_looked_after"].to_numpy()[records["person"]] == then.before.people["is_looked_after"].to_numpy()[records["person"]])
    plain = records[able]
    return plain.iloc[_some(rng, len(plain), _WITHDRAWALS)].reset_index(drop=True)


def _delivery(controller: str, files: dict[str, tuple[str, pd.DataFrame]], when: tuple[str, str] = _FIRST) -> tuple[Delivery, pd.DataFrame]:
    nobody = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in (("source", object), ("controller", object), ("local_id", object), ("person", "int64"))})
    return Delivery("objections", controller, *when, files), nobody


def _opt_outs(world: World) -> pd.DataFrame:
    rng = stream(world.seed, "opt-out numbers")
    them = world.people[opted_out(world)]
    old = (them["superseded_nhs_number"] != "").to_numpy() & happens(rng, _UNDER_OLD_NUMBER, len(them))
    number = np.where(old, them["superseded_nhs_number"], them["nhs_number"]).astype(object)
    return pd.DataFrame({"nhs_number": number[rng.permutation(len(number))]})


def _withdrawals(world: World, records: pd.DataFrame) -> pd.DataFrame:
    return _requests(world, _withdrawn(world, records), REFERENCE_DAY - 20)


def _requests(world: World, them: pd.DataFrame, on: int) -> pd.DataFrame:
    people = world.people.iloc[them["person"]]
    return pd.DataFrame(
        {
            "nhs_number": people["nhs_number"].to_numpy(), "upn": people["upn"].to_numpy(), "held_by": them["la"],
            "local_person_id": them["person_id"], "withdrawn_on": spell(np.full(len(them), on), "iso"),
        }
    )  # fmt: skip


def _local(ids: Texts, rng: Random, until: int = REFERENCE_DAY) -> pd.DataFrame:
    """Objections under the controller's own ids; the last of several taken back since."""
    size = len(ids)
    ended = (np.arange(size) == size - 1) & (size > 1)
    day = until - rng.integers(60, 400, size)
    return pd.DataFrame(
        {
            "local_person_id": ids, "scope": pick(rng, ["EVERYTHING", "OWN_RECORDS", ""], size, [0.5, 0.3, 0.2]),
            "objected_on": spell(day, "iso"), "ended_on": np.where(ended, spell(day + 30, "iso"), ""),
        }
    )  # fmt: skip


def _seals(world: World, la: str, mine: pd.DataFrame) -> pd.DataFrame:
    """One per child whose former identity the council was responsible for, under the id it returned the child by."""
    people = world.people
    new = people[people["former_number"] >= 0]
    former = new["former_number"].to_numpy()
    own = (people["responsible_la"].to_numpy()[former] == la)
    new, former = new[own], former[own]
    returned = mine[mine["return_id"] != ""].drop_duplicates("person").set_index("person")["return_id"]
    return pd.DataFrame(
        {
            "child_id": returned.reindex(former).fillna("").to_numpy(dtype=object),
            "former_nhs_number": people["nhs_number"].to_numpy(dtype=object)[former], "new_nhs_number": new["nhs_number"].to_numpy(dtype=object),
            "ordered_on": spell(new["identity_from"].to_numpy(), "iso"),
        }
    )  # fmt: skip


def _orders(world: World, mine: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Orders about two children of one family whom the council knows: the likeliest to be taken for one."""
    family = world.people["family"].to_numpy()[mine["person"].to_numpy()]
    known = mine.assign(family=family).sort_values(["family", "person"], kind="stable")
    following = known.shift(-1)
    siblings = ((known["family"] == following["family"]) & (known["person"] != following["person"])).to_numpy()
    chosen = np.flatnonzero(siblings)[_some(rng, int(siblings.sum()), _ORDERS_OF_COUNCIL)]
    size, la = len(chosen), mine["la"].iloc[0] if len(mine) else ""
    return pd.DataFrame(
        {
            "source_1": "case_management", "controller_1": la, "local_person_id_1": known["person_id"].to_numpy(dtype=object)[chosen],
            "source_2": "case_management", "controller_2": la, "local_person_id_2": following["person_id"].to_numpy(dtype=object)[chosen],
            "reason": pick(rng, ["TWO_PEOPLE", "PROTECTION", "COURT"], size, [0.7, 0.2, 0.1]),
            "ordered_on": spell(world.period.last_day - rng.integers(10, 900, size), "iso"),
        }
    )  # fmt: skip


def _some(rng: Random, size: int, most: int) -> Ints:
    """Up to `most` places of `size`, in order."""
    return np.sort(rng.permutation(size)[: min(most, size)])
