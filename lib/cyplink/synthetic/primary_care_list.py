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
from cyplink.synthetic.mental_health import Care
from cyplink.synthetic.primary_care_events import events_of
from cyplink.synthetic.registrations import practice_history
from cyplink.synthetic.streams import Flags, Random, Texts, happens, pick, stream
from cyplink.synthetic.world import World

PERIOD, MADE_ON = "2026-03", "2026-04-09"
_EXTRACT_FROM = day("2025-04-01")
_REMEMBERED = round(3 * YEAR)
"""Days after which a practice has taken whoever left off its list."""


def deliveries(world: World, care: Care, addresses: pd.DataFrame, is_known: Flags) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """Each board's delivery with its truth rows (controller, local_id, person). `is_known`: who is on the spine."""
    history = practice_history(world, addresses)
    history = history[is_known[history["person"].to_numpy()] & history["la"].isin(world.las)].reset_index(drop=True)
    boards = {borough.la: borough.icb for borough in world.boroughs}
    for board in sorted(set(boards.values())):
        rng = stream(world.seed, "gp events", board)
        patients = _patients(world, _list_of(history[history["la"].map(boards) == board], world, rng), rng)
        tables = {"patient": patients, **events_of(world, care, patients, rng)}
        truth = pd.DataFrame(
            {"source": "gp_events", "controller": board, "local_id": patients["practice_code"] + "/" + patients["nhs_number"], "person": patients["person"]}
        )
        yield Delivery("gp_events", board, PERIOD, MADE_ON, {f"{kind}.csv": (kind, rows) for kind, rows in tables.items()}), truth


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
    home = _home_at(world, person, np.minimum(listed["effective_to"].to_numpy() - 1, REFERENCE_DAY))
    homes = world.homes.iloc[np.maximum(home, 0)]
    has_home = (home >= 0) & ~happens(rng, 0.004, size)
    nhs = ethnic_groups()["nhs"].to_numpy(dtype=object)[them["ethnic"].to_numpy()]
    ethnic = np.where(happens(rng, 0.1, size), pick(rng, ["Z", "99", ""], size, [0.5, 0.2, 0.3]), nhs)
    changed = (them["former_surname"] != "").to_numpy() & happens(rng, 0.5, size)
    middle = np.where(happens(rng, 0.25, size), "", written["middle"].to_numpy(dtype=object))
    ended = listed["has_ended"].to_numpy()
    died = them["died_on"].to_numpy() <= REFERENCE_DAY
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
