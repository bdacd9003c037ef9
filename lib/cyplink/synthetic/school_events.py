"""What a census says of its pupils beside who they are: registers, suspensions, needs, free meals and placements elsewhere, as its tables."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic import attendance
from cyplink.synthetic.days import OPEN, spell
from cyplink.synthetic.pupil_traits import Traits, needs_of
from cyplink.synthetic.school_terms import Census, attended
from cyplink.synthetic.streams import Flags, Floats, Ints, Random, Texts, happens, pick

_REASONS = {"DB": 0.45, "PP": 0.18, "VA": 0.15, "PA": 0.06, "VP": 0.05, "DA": 0.04, "DM": 0.03, "OW": 0.02, "SM": 0.01, "TH": 0.01}
_SUSPENDED = {"primary": 0.002, "secondary": 0.016}  # chance in a term: judgement, after the published rates of England
_EXCLUDED = 0.02  # of those who leave a secondary school in mid-year


@dataclass(frozen=True)
class Roll:
    """One borough's pupils on or off the roll at a census: the rows, their row identifiers, and what is decided of them."""

    rows: pd.DataFrame
    ids: Texts
    is_of_leavers: bool
    provision: Texts
    rate: Floats
    traits: Traits

    @property
    def name(self) -> str:
        return "offroll" if self.is_of_leavers else "onroll"

    @property
    def pupil_id(self) -> str:
        return "pupilnolongeronrolltableid" if self.is_of_leavers else "pupilonrolltableid"

    @property
    def person(self) -> Ints:
        return np.asarray(self.rows["person"].to_numpy())


def table(roll: Roll, name: str, row: Ints, **columns: object) -> pd.DataFrame:
    """Rows of a table about the pupils at the positions `row`, under the identifiers that the collection system gives every row."""
    order = np.arange(1, len(row) + 1).astype(str).astype(object)
    ids = {f"{name}tableid": order, "NativeId": order, f"{name}orderseqcolumn": order, "sourceid": "1", roll.pupil_id: roll.ids[row]}
    return pd.DataFrame(ids | columns).astype(object)


def sessions_and_exclusions(roll: Roll, census: Census, rng: Random) -> tuple[list[Texts], dict[str, pd.DataFrame]]:
    """Sessions possible of each part of the term collected, as text, and the tables of registers and exclusions."""
    group, share = attended(roll.rows, census, roll.is_of_leavers)
    is_collected = (group >= 0) & (group <= 11) & (roll.rows["status"] != "S").to_numpy()
    excluded, suspended = _exclusions(roll, census, group, is_collected & (share > 0), rng)
    tables, possible = {f"termlyexclusions{roll.name}": excluded}, []
    for number, (_, _, sessions) in enumerate(census.parts):
        could = np.where(is_collected, (sessions - rng.integers(0, 3, len(share))) * share // 1000, 0)
        found = attendance.registers(could, roll.rate, suspended if number == 0 else np.zeros_like(suspended), rng)
        name = f"{('termly', 'summerhalfterm2')[number]}sessiondetails{roll.name}"
        counts = np.char.mod("%d", found["sessions"].to_numpy()).astype(object)
        tables[name] = table(roll, name, found["row"].to_numpy(), sessions=counts, attendancereason=found["code"].to_numpy())
        possible.append(np.where((group >= 0) & (group <= 11), could.astype(str), "").astype(object))
    return possible, tables


def _exclusions(roll: Roll, census: Census, group: Ints, were_there: Flags, rng: Random) -> tuple[pd.DataFrame, Ints]:
    """Suspensions in the term, and permanent exclusions of leavers; and the sessions each pupil was suspended for."""
    size = len(group)
    chance = np.where(group >= 7, _SUSPENDED["secondary"], _SUSPENDED["primary"]) * roll.traits.unruly[roll.person]
    chance = chance * np.where(roll.provision == "N", 0.8, 2.0)
    hit = np.flatnonzero(happens(rng, np.minimum(chance, 0.4), size) & were_there)
    first, last = np.maximum(roll.rows["entry"].to_numpy(), census.days[0]), np.minimum(roll.rows["leaving"].to_numpy(), census.days[1])
    started = (first + (rng.random(size) * (last - first + 1)).astype(np.int64))[hit]
    sessions = rng.integers(1, 8, len(hit)) * 2
    expelled = np.flatnonzero(_is_expelled(roll, census, group, rng))
    row = np.append(hit, expelled)
    category = np.repeat(np.array(["SUSP", "PERM"], dtype=object), [len(hit), len(expelled)])
    day = np.append(started, roll.rows["leaving"].to_numpy()[expelled] - 7)
    second = np.where(happens(rng, 0.15, len(row)), pick(rng, ["BU", "RA", "LG", "MT"], len(row)), "")
    name = f"termlyexclusions{roll.name}"
    found = table(
        roll, name, row, startdate=spell(day, "census"), sessions=np.append(sessions.astype(str), [""] * len(expelled)), category=category,
        senprovision=roll.provision[row], reason1=pick(rng, list(_REASONS), len(row), list(_REASONS.values())), reason2=second,
    )  # fmt: skip
    return found, np.bincount(hit, weights=sessions, minlength=size).astype(np.int64)


def _is_expelled(roll: Roll, census: Census, group: Ints, rng: Random) -> Flags:
    leaving = roll.rows["leaving"].to_numpy()
    within = (leaving - 7 > np.maximum(census.days[0], roll.rows["entry"].to_numpy())) & (leaving < census.on) & (group >= 7) & (group <= 11)
    in_summer = leaving == census.days[1]
    return np.asarray(happens(rng, _EXCLUDED, len(group)) & within & ~in_summer & roll.is_of_leavers)


def needs(roll: Roll, need: Floats) -> pd.DataFrame:
    """Types of special educational need; `need`: of each person of the world, standard normal."""
    found = needs_of(need, roll.traits, roll.person, roll.provision)
    return table(roll, "senneeds", found["row"].to_numpy(), sentyperank=found["rank"].astype(str), sentype=found["need"])


def meals(roll: Roll, census: Census, eligible: Flags) -> pd.DataFrame:
    """Periods of free meals that were open after the census before."""
    start, end = roll.traits.meals_from[roll.person], roll.traits.meals_to[roll.person]
    row = np.flatnonzero(eligible & (end > census.before))
    ended = np.where(end[row] < census.on, end[row], OPEN)
    name = "fsmperiodsonroll" if census.term == "autumn" else "fsmperiod"
    return table(roll, name, row, fsmstartdate=spell(start[row], "census"), fsmenddate=spell(ended, "census"), ukcountry="ENG")


def placements(roll: Roll, census: Census, rng: Random) -> pd.DataFrame:
    """Alternative provision that the school arranged, at any time since the census before."""
    traits, person = roll.traits, roll.person
    group, entry = roll.rows["ncyear"].to_numpy(), roll.rows["entry"].to_numpy()
    start = np.maximum(traits.placed_from[person], entry)
    row = np.flatnonzero((group >= 5) & (group <= 11) & (start < census.on) & (traits.placed_to[person] > np.maximum(census.before, start)))
    end = traits.placed_to[person[row]]
    size = len(row)
    return table(
        roll, "schoolarrangedapdetailonroll", row, urn=np.where(happens(rng, 0.6, size), "149001", ""), entrydate=spell(start[row], "census"),
        leavingdate=spell(np.where(end < census.on, end, OPEN), "census"), apsessionsperweek=pick(rng, ["2", "4", "6", "10"], size),
        apsettingtype=pick(rng, ["OTH", "OOT", "WBP", "NFE"], size, [0.5, 0.3, 0.1, 0.1]), placementreason=traits.placed_why[person[row]],
        senprovisionentry=roll.provision[row], apattendancepattern=pick(rng, ["FT", "PT"], size, [0.4, 0.6]),
    )  # fmt: skip
