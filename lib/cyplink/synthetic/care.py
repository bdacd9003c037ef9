"""Who comes into care and leaves it: one row per child and one per period of care, by borough, April 2023 to March 2026.

The stock on each 31 March is the published one exactly; starts are met unless too few children are left to keep the stock.
Age bands, UASC, sex and ethnic group follow the borough's 2025 composition.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import Borough, ethnic_groups
from cyplink.synthetic.days import OPEN, birthday, day, month_start
from cyplink.synthetic.quotas import COUNTED_ON, to_quota, wanted
from cyplink.synthetic.streams import Flags, Floats, Ints, Random, apportion, draw_index, happens

YEAR_ENDS = {year: day(f"{year}-03-31") for year in (2023, 2024, 2025, 2026)}
_BANDS = ("Under 1 year", "1 to 4 years", "5 to 9 years", "10 to 15 years", "16 years and over")
_UASC = 5  # the sixth cell, after the five age bands
_AGE_DAYS = np.array([[8, 360], [370, 1820], [1830, 3645], [3660, 5835], [5850, 6570], [5500, 6570]])
_SHORT_STAY_MIX = np.array([0.08, 0.12, 0.15, 0.30, 0.20, 0.15])
_SHORT_STAY_SHARE = 0.2  # of starts that also cease within the year: judgement
_RETURN_SHARE = 0.05  # of starts by children who were in care before: judgement
_UASC_ETHNIC = {"BAFR": 0.42, "OOTH": 0.40, "AOTH": 0.12, "WOTH": 0.06}


def in_care(spells: pd.DataFrame, people: int, on: int) -> Flags:
    """Whether each person is looked after on a day, short breaks (V3) aside."""
    there = spells[(spells["decom"] <= on) & (spells["dec"] > on) & (spells["ls"] != "V3")]
    inside = np.zeros(people, dtype=bool)
    inside[there["child"].to_numpy()] = True
    return inside


@dataclass
class Roster:
    """Children of one borough (dob, is_uasc by child number) and their periods (child, start, end)."""

    dob: Ints
    is_uasc: Flags
    child: Ints
    start: Ints
    end: Ints

    def add(self, dob: Ints, is_uasc: Flags, start: Ints, end: Ints) -> None:
        first = len(self.dob)
        self.dob, self.is_uasc = np.append(self.dob, dob), np.append(self.is_uasc, is_uasc)
        self.add_periods(np.arange(first, first + len(dob)), start, end)

    def add_periods(self, child: Ints, start: Ints, end: Ints) -> None:
        self.child = np.append(self.child, child)
        self.start, self.end = np.append(self.start, start), np.append(self.end, end)


def care_population(borough: Borough, rng: Random) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Children (la, dob, sex, ethnic, is_uasc) and periods (child, start, end; end OPEN while in care)."""
    none = np.array([], dtype=np.int64)
    roster = Roster(none, none.astype(bool), none, none, none)
    _first_stock(roster, borough, rng)
    for year in (2024, 2025, 2026):
        _one_year(roster, borough, year, rng)
    # a day of birth that is not known is recorded as the 15th (DfE guidance)
    fifteenth = happens(rng, 0.4, len(roster.dob)) & roster.is_uasc
    roster.dob = np.where(fifteenth, month_start(roster.dob) + 14, roster.dob)
    children = pd.DataFrame({"la": borough.la, "dob": roster.dob, "is_uasc": roster.is_uasc})
    counted = np.unique(roster.child[(roster.start <= COUNTED_ON) & (roster.end > COUNTED_ON)])
    children["sex"] = _sexes(roster, borough, counted, rng)
    children["ethnic"] = _ethnic(roster, borough, counted, rng)
    periods = pd.DataFrame({"child": roster.child, "start": roster.start, "end": roster.end})
    return children, periods.sort_values(["child", "start"], kind="stable", ignore_index=True)


def _target_cells(borough: Borough, total: int) -> Ints:
    bands = borough.composition.get("Age group", {})
    share = np.array([bands.get(band, 0.2) for band in _BANDS] + [0.0])
    uasc = borough.composition.get("Unaccompanied asylum-seeking children", {}).get("UASC", 0.12)
    share[_UASC] = uasc
    share[4], share[3] = max(share[4] - 0.85 * uasc, 0.02), max(share[3] - 0.15 * uasc, 0.02)
    return apportion(total, share)


def _births(cells: Ints, on: int, rng: Random) -> Ints:
    low, high = _AGE_DAYS[cells, 0], _AGE_DAYS[cells, 1]
    return np.asarray(on - rng.integers(low, high + 1), dtype=np.int64)


def _cell_of(roster: Roster, rows: Ints, on: int) -> Ints:
    children = roster.child[rows]
    age = on - roster.dob[children]
    band = np.searchsorted(_AGE_DAYS[:5, 1] + 3, age, side="right").clip(0, 4)
    return np.asarray(np.where(roster.is_uasc[children], _UASC, band), dtype=np.int64)


def _first_stock(roster: Roster, borough: Borough, rng: Random) -> None:
    cells = np.repeat(np.arange(6), _target_cells(borough, borough.stock[2023]))
    on = YEAR_ENDS[2023]
    dob = _births(cells, on, rng)
    mean_stay = np.where(cells == _UASC, 330, 950)
    stay = np.minimum(10 + rng.exponential(mean_stay), 0.97 * (on - dob) - 2).astype(np.int64)
    stay = np.where(cells == _UASC, np.minimum(stay, 900), stay)
    roster.add(dob, cells == _UASC, on - np.maximum(stay, 1), np.full(len(cells), OPEN))


def _one_year(roster: Roster, borough: Borough, year: int, rng: Random) -> None:
    short = round(_SHORT_STAY_SHARE * borough.starts[year])
    open_rows = np.flatnonzero(roster.end == OPEN)
    stay_on = borough.stock[year] - (borough.starts[year] - short)
    _leave(roster, open_rows, stay_on, year, rng)
    remaining = np.flatnonzero(roster.end == OPEN)
    needed = max(borough.stock[year] - len(remaining), 0)
    needed -= _return_to_care(roster, round(_RETURN_SHARE * needed), year, rng)
    on = YEAR_ENDS[year]
    have = np.bincount(_cell_of(roster, np.flatnonzero(roster.end == OPEN), on), minlength=6)
    wanted = np.maximum(_target_cells(borough, borough.stock[year]) - have, 0) + 0.3
    cells = np.repeat(np.arange(6), apportion(needed, wanted.astype(float)))
    _enter(roster, cells, year, rng, stays=True)
    _enter(roster, np.repeat(np.arange(6), apportion(short, _SHORT_STAY_MIX)), year, rng, stays=False)


def _leave(roster: Roster, rows: Ints, stay_on: int, year: int, rng: Random) -> None:
    """At 18 everyone; before that those with the shortest stays most often, until `stay_on` are left."""
    first, last = YEAR_ENDS[year - 1] + 1, YEAR_ENDS[year]
    adult_on = birthday(roster.dob[roster.child[rows]], 18)
    of_age = adult_on <= last
    roster.end[rows[of_age]] = np.maximum(adult_on[of_age], first)
    rest = rows[~of_age]
    leaving = max(len(rest) - stay_on, 0)
    stay = first - roster.start[rest]
    weight = np.log(np.exp(-stay / 600) + 0.25) + rng.gumbel(size=len(rest))
    gone = rest[np.argsort(-weight, kind="stable")[:leaving]]
    latest = np.minimum(last, adult_on[~of_age][np.argsort(-weight, kind="stable")[:leaving]] - 1)
    roster.end[gone] = first + (rng.random(len(gone)) * (latest - first)).astype(np.int64)


def _return_to_care(roster: Roster, wanted: int, year: int, rng: Random) -> int:
    """Second periods of care for children who left at least a month before; returns how many came back."""
    first, last = YEAR_ENDS[year - 1] + 1, YEAR_ENDS[year]
    latest = pd.Series(roster.end).groupby(roster.child).max()
    able = latest.index.to_numpy()[(latest.to_numpy() < first) & (last - roster.dob[latest.index] < 6200)]
    able = able[~roster.is_uasc[able]]
    back = rng.permutation(able)[:wanted]
    earliest = np.maximum(first, latest.loc[back].to_numpy() + 30)
    start = earliest + (rng.random(len(back)) * (last - earliest)).astype(np.int64)
    roster.add_periods(back, start, np.full(len(back), OPEN))
    return len(back)


def _enter(roster: Roster, cells: Ints, year: int, rng: Random, stays: bool) -> None:
    first, last = YEAR_ENDS[year - 1] + 1, YEAR_ENDS[year]
    dob = _births(cells, last, rng)
    start = rng.integers(first, last - 7, len(cells))
    start = np.maximum(start, np.minimum(dob + rng.integers(1, 7, len(cells)), last - 1))
    # not before 14 for those who come alone
    start = np.where(cells == _UASC, np.maximum(start, dob + 5150), start)
    end = np.full(len(cells), OPEN)
    if not stays:
        length = 2 + rng.exponential(45, len(cells)).astype(np.int64)
        end = np.minimum(np.minimum(start + length, last - 1), birthday(dob, 18) - 1)
        start = np.minimum(start, end - 1)
        dob = np.minimum(dob, start)
    roster.add(dob, cells == _UASC, start, end)


def _sexes(roster: Roster, borough: Borough, counted: Ints, rng: Random) -> np.ndarray:
    male = borough.composition.get("Sex", {}).get("Male", 0.56)
    uasc = roster.is_uasc.mean() if len(roster.is_uasc) else 0.0
    others = np.clip((male - 0.9 * uasc) / max(1 - uasc, 0.01), 0.4, 0.6)
    is_boy = happens(rng, np.where(roster.is_uasc, 0.9, others), len(roster.dob))
    able = np.repeat(~roster.is_uasc[counted, None], 2, axis=1)
    quota = wanted(borough, "Sex", [("Female",), ("Male",)], len(counted))
    is_boy[counted] = to_quota(is_boy[counted].astype(np.int64), quota, able, rng) == 1
    return np.where(is_boy, "M", "F").astype(object)


def _ethnic(roster: Roster, borough: Borough, counted: Ints, rng: Random) -> Ints:
    """Ethnic group number; within a broad group by the borough's own children, UASC by country of origin (judgement)."""
    groups = ethnic_groups()
    codes = groups["ethnic"].to_list()
    alone = np.array([_UASC_ETHNIC.get(code, 0.0) for code in codes])
    drawn = draw_index(rng, np.cumsum(_care_mix(borough, groups, alone)), len(roster.dob))
    ethnic = np.where(roster.is_uasc, draw_index(rng, np.cumsum(alone), len(roster.dob)), drawn)
    broad = list(dict.fromkeys(groups["broad"]))
    number = np.array([broad.index(name) for name in groups["broad"]])
    quota = wanted(borough, "Ethnicity", [(name,) for name in broad], len(counted))
    able = np.repeat(~roster.is_uasc[counted, None], len(broad), axis=1)
    cell = to_quota(number[ethnic[counted]], quota, able, rng)
    # where too many came alone for the published mix, some of them came from elsewhere
    cell = to_quota(cell, quota, np.ones_like(able), rng)
    for at in range(len(broad)):
        moved = counted[(cell == at) & (number[ethnic[counted]] != at)]
        ethnic[moved] = draw_index(rng, np.cumsum(borough.ethnic_share * (number == at)), len(moved))
    return ethnic


def _care_mix(borough: Borough, groups: pd.DataFrame, alone: Floats) -> Floats:
    published = borough.composition.get("Ethnicity", {})
    uasc = borough.composition.get("Unaccompanied asylum-seeking children", {}).get("UASC", 0.12)
    mix = np.zeros(len(groups))
    for broad in groups["broad"].unique():
        here = (groups["broad"] == broad).to_numpy()
        wanted = sum(share for label, share in published.items() if label.startswith(str(broad)))
        wanted = max(wanted - uasc * alone[here].sum(), 0.01)
        mix[here] = wanted * borough.ethnic_share[here] / borough.ethnic_share[here].sum()
    return mix
