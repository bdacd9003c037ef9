"""Practice lists and a year of events: one delivery per integrated care board, period 2026-03 (project layout).

The spine is the truth of who is registered where; lists lag. Some who left a practice are still on its list (list inflation), others have
an end of registration. Rates of events: conf/calibration/primary_care.csv, mostly judgement.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd

from cyplink.synthetic import errors
from cyplink.synthetic.calibration import CALIBRATION, ethnic_groups
from cyplink.synthetic.days import OPEN, REFERENCE_DAY, YEAR, day, spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.later import Later
from cyplink.synthetic.mental_health import Care
from cyplink.synthetic.primary_care_events import events_of
from cyplink.synthetic.registrations import practice_history
from cyplink.synthetic.streams import Flags, Random, Texts, happens, pick, stream
from cyplink.synthetic.world import World

PERIOD, MADE_ON = "2026-03", "2026-04-09"
_EXTRACT_FROM = day("2025-04-01")
_REMEMBERED = round(3 * YEAR)
"""Days after which a practice has taken whoever left off its list."""
_UNNOTICED = 0.4  # of registrations that ended in the quarter, those still on the list: judgement


def deliveries(world: World, care: Care, addresses: pd.DataFrame, is_known: Flags) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """Each board's delivery with its truth rows (controller, local_id, person). `is_known`: who is on the spine."""
    history = _history(world, addresses, is_known)
    for board in _boards(world):
        rng = stream(world.seed, "gp events", board)
        patients = _listed_at_first(world, history, board, rng)
        yield _delivery(board, PERIOD, MADE_ON, {"patient": patients, **events_of(world, care, patients, rng)})


def deliveries_later(then: Later, care: Care, addresses: tuple[pd.DataFrame, pd.DataFrame], is_known: tuple[Flags, Flags]) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """The same of June 2026, with the events of the quarter. `care`: of the quarter; `addresses` and `is_known`: of then and now."""
    before, now = _history(then.before, addresses[0], is_known[0]), _history(then.after, addresses[1], is_known[1])
    for board in _boards(then.before):
        rng = then.stream("gp events", board)
        patients = _listed_later(then, _listed_at_first(then.before, before, board, stream(then.before.seed, "gp events", board)), now[now["board"] == board], rng)
        yield _delivery(board, "2026-06", "2026-07-09", {"patient": patients, **events_of(then.after, care, patients, rng)})


def _boards(world: World) -> list[str]:
    return sorted({borough.icb for borough in world.boroughs})


def _history(world: World, addresses: pd.DataFrame, is_known: Flags) -> pd.DataFrame:
    """Registrations in the authorities made of those on the spine, with the `board` of each."""
    history = practice_history(world, addresses)
    history = history[is_known[history["person"].to_numpy()] & history["la"].isin(world.las)].reset_index(drop=True)
    return pd.DataFrame(history).assign(board=history["la"].map({borough.la: borough.icb for borough in world.boroughs}))


def _listed_at_first(world: World, history: pd.DataFrame, board: str, rng: Random) -> pd.DataFrame:
    return _patients(world, _list_of(history[history["board"] == board], world, rng), rng)


def _listed_later(then: Later, sent: pd.DataFrame, history: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """The lists a period later: those whose registration has ended since are told to have left, or stay unnoticed; who was told to have left is gone; who
    registered since is new. `sent`: rows of `_patients`."""
    world, people = then.after, then.after.people
    kept = sent[sent["reg_end"] == ""].merge(
        history[["person", "practice", "effective_from", "effective_to"]].rename(columns={"practice": "practice_code", "effective_from": "from_day"}),
        on=["person", "practice_code", "from_day"], how="left",
    )  # fmt: skip
    person, size = kept["person"].to_numpy(), len(kept)
    until = kept["effective_to"].fillna(OPEN).to_numpy().astype(np.int64)
    left = kept["is_current"].to_numpy() & (until <= world.period.last_day)
    died = (people["died_on"].to_numpy()[person] <= world.period.last_day) & left
    told = left & (died | ~happens(rng, _UNNOTICED, size))
    home = np.where(left, -1, world.home_of(person, world.period.last_day))
    moved = (home >= 0) & (home != then.before.home_of(person, then.before.period.last_day)) & kept["is_current"].to_numpy()
    homes = world.homes.iloc[np.maximum(home, 0)]
    is_renumbered = np.isin(person, then.renumbered) & (kept["nhs_number"] == people["superseded_nhs_number"].to_numpy()[person]).to_numpy() & happens(rng, 0.7, size)
    kept = kept.assign(
        is_current=kept["is_current"].to_numpy() & ~left, nhs_number=np.where(is_renumbered, people["nhs_number"].to_numpy()[person], kept["nhs_number"]),
        postcode=np.where(moved & (kept["postcode"] != ""), homes["postcode"], kept["postcode"]), uprn=np.where(moved & (kept["uprn"] != ""), homes["uprn"].astype(str), kept["uprn"]),
        reg_end=spell(np.where(told, until, OPEN), "iso"), removal_reason=np.where(told, np.where(died, "DEA", pick(rng, ["TRA", "LEA", "OTH"], size, [0.7, 0.2, 0.1])), ""),
        s_flag=np.where(np.isin(person, then.protected), "Y", kept["s_flag"]),
    ).drop(columns="effective_to")  # fmt: skip
    new = history[history["effective_from"] > then.before.period.last_day]
    new = new.assign(is_current=new["effective_to"] > world.period.last_day, has_ended=False).reset_index(drop=True)
    both = pd.concat([kept, _patients(world, new, rng)], ignore_index=True)
    return pd.DataFrame(both.drop_duplicates(["practice_code", "nhs_number"]).reset_index(drop=True))


def _delivery(board: str, period: str, made_on: str, tables: dict[str, pd.DataFrame]) -> tuple[Delivery, pd.DataFrame]:
    patients = tables["patient"]
    truth = pd.DataFrame({"source": "gp_events", "controller": board, "local_id": patients["practice_code"] + "/" + patients["nhs_number"], "person": patients["person"]})
    return Delivery("gp_events", board, period, made_on, {f"{kind}.csv": (kind, rows) for kind, rows in tables.items()}), truth


@cache
def list_inflation() -> float:
    """Share of a list that has left: conf/calibration/primary_care.csv."""
    table = pd.read_csv(CALIBRATION / "primary_care.csv")
    return float(table.loc[table["kind"] == "list", "coverage"].iloc[0])


def _list_of(history: pd.DataFrame, world: World, rng: Random) -> pd.DataFrame:
    """Registrations on the lists: those that last, those that ended in the year, and some that ended unnoticed (never one that an
    adoption ended: its record is closed with the old number)."""
    ended_on = history["effective_to"].to_numpy()
    current = ended_on > REFERENCE_DAY
    is_same_identity = world.people["identity_to"].to_numpy()[history["person"].to_numpy()] == OPEN
    left = ~current & (ended_on > REFERENCE_DAY - _REMEMBERED) & is_same_identity
    is_kept = left & happens(rng, min(list_inflation() * current.sum() / max(left.sum(), 1), 1.0), len(history))
    is_ended = left & ~is_kept & (ended_on >= _EXTRACT_FROM)
    rows = history.assign(is_current=current, has_ended=is_ended)[current | is_kept | is_ended]
    return pd.DataFrame(rows.drop_duplicates(["person", "practice"], keep="last").reset_index(drop=True))


def _patients(world: World, listed: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """The patient table: names and home as the practice holds them, and helper columns person, is_current, from_day, to_day."""
    person, size = listed["person"].to_numpy(), len(listed)
    them = world.people.iloc[person].reset_index(drop=True)
    written = errors.written_down(them, world.factor[person], "spine", rng)
    home = _home_at(world, person, np.minimum(listed["effective_to"].to_numpy() - 1, world.period.last_day))
    homes = world.homes.iloc[np.maximum(home, 0)]
    has_home = (home >= 0) & ~happens(rng, 0.004, size)
    nhs = ethnic_groups()["nhs"].to_numpy(dtype=object)[them["ethnic"].to_numpy()]
    ethnic = np.where(happens(rng, 0.1, size), pick(rng, ["Z", "99", ""], size, [0.5, 0.2, 0.3]), nhs)
    changed = (them["former_surname"] != "").to_numpy() & happens(rng, 0.5, size)
    middle = np.where(happens(rng, 0.25, size), "", written["middle"].to_numpy(dtype=object))
    ended = listed["has_ended"].to_numpy()
    died = them["died_on"].to_numpy() <= world.period.last_day
    made = pd.DataFrame(
        {
            "person": person, "is_current": listed["is_current"].to_numpy(), "from_day": listed["effective_from"].to_numpy(),
            "nhs_number": _numbers(world, person, rng), "surname": written["surname"],
            "forenames": np.char.strip((written["forename"] + " " + middle).to_numpy(dtype=str)).astype(object),
            "previous_surname": np.where(changed, them["former_surname"], ""), "dob": spell(written["dob"].to_numpy(), "iso"),
            "sex": np.where(written["sex"] == "M", "1", "2"), "ethnic_category": ethnic,
            "postcode": np.where(has_home, homes["postcode"], ""), "uprn": np.where(has_home & ~happens(rng, 0.08, size), homes["uprn"].astype(str), ""),
            "practice_code": listed["practice"], "reg_start": spell(listed["effective_from"].to_numpy(), "iso"),
            "reg_end": spell(np.where(ended, listed["effective_to"], OPEN), "iso"),
            "removal_reason": np.where(ended, np.where(died, "DEA", pick(rng, ["TRA", "LEA", "OTH"], size, [0.7, 0.2, 0.1])), ""),
            "s_flag": np.where(them["is_withheld"], "Y", "N"),
        }
    )  # fmt: skip
    return pd.DataFrame(made.drop_duplicates(["practice_code", "nhs_number"]).reset_index(drop=True))


def _home_at(world: World, person: np.ndarray, on: np.ndarray) -> np.ndarray:
    """Home row of each (person, day); -1 where there is none."""
    stays = world.stays.sort_values(["person", "start"], kind="stable")
    owner, step = stays["person"].to_numpy(), np.int64(1 << 20)
    place = np.searchsorted(owner * step + stays["start"].to_numpy(), person * step + on, side="right") - 1
    there = np.maximum(place, 0)
    return np.where((place >= 0) & (owner[there] == person), stays["home"].to_numpy()[there], -1)


def _numbers(world: World, person: np.ndarray, rng: Random) -> Texts:
    """NHS numbers, mostly right: a few superseded, a few a brother's or sister's, a few mistyped. A withheld person's are right."""
    size, them = len(person), world.people.iloc[person]
    number, old = them["nhs_number"].to_numpy(dtype=object), them["superseded_nhs_number"].to_numpy(dtype=object)
    number = np.where((old != "") & happens(rng, 0.3, size), old, number)
    open_to_error = ~them["is_withheld"].to_numpy(dtype=bool)
    sibling = world.people.groupby("family")["nhs_number"].shift(1).fillna("").to_numpy(dtype=object)[person]
    number = np.where(open_to_error & (sibling != "") & happens(rng, 0.002, size), sibling, number)
    slipped = np.flatnonzero(open_to_error & happens(rng, 0.001, size))
    for row in slipped:  # one in a thousand
        text = str(number[row])
        number[row] = text[:4] + text[5] + text[4] + text[6:]
    return number
