"""Who is on roll, and who has left since the census before, at each of the censuses delivered: three terms from one roll a year.

The roll of a year is that of its spring census. Pupils who change schools leave one and enter the other on following days; those who
change phase, or leave school, do so in the summer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic.days import OPEN, day
from cyplink.synthetic.schools import CENSUS_DAYS
from cyplink.synthetic.streams import Ints

_HERE = ["person", "la", "estab"]


@dataclass(frozen=True)
class Census:
    """A census: its period and day, the year whose spring roll it is near, the day of the census before, and the days and half-day sessions of
    the term whose attendance it collects (the summer term in two parts)."""

    period: str
    on: int
    year: int
    before: int
    parts: tuple[tuple[int, int, int], ...]

    @property
    def term(self) -> str:
        return self.period.split("-")[-1]

    @property
    def days(self) -> tuple[int, int]:
        """First and last day of the term collected."""
        return self.parts[0][0], self.parts[-1][1]


def _part(first: str, last: str, sessions: int) -> tuple[int, int, int]:
    return day(first), day(last), sessions


CENSUSES = (
    Census("2024-spring", CENSUS_DAYS[2024], 2024, day("2023-10-05"), (_part("2023-09-04", "2023-12-21", 140),)),
    Census("2025-spring", CENSUS_DAYS[2025], 2025, day("2024-10-03"), (_part("2024-09-02", "2024-12-20", 140),)),
    Census("2025-summer", day("2025-05-15"), 2025, CENSUS_DAYS[2025], (_part("2025-01-06", "2025-04-04", 116),)),
    Census("2025-autumn", day("2025-10-02"), 2026, day("2025-05-15"), (_part("2025-04-22", "2025-05-23", 46), _part("2025-06-02", "2025-07-22", 72))),
    Census("2026-spring", CENSUS_DAYS[2026], 2026, day("2025-10-02"), (_part("2025-09-01", "2025-12-19", 140),)),
)

NEXT_CENSUS = Census("2026-summer", day("2026-05-21"), 2026, CENSUS_DAYS[2026], (_part("2026-01-05", "2026-03-27", 110),))
"""The census of the quarter after those."""


def with_stays(roll: pd.DataFrame) -> pd.DataFrame:
    """The rolls of all years with `entry` the same at one school over the years, and `leaving`: the day the pupil left it, or OPEN."""
    roll = roll.sort_values(["year", *_HERE], kind="stable", ignore_index=True)
    roll["entry"] = roll.groupby(_HERE)["entry"].transform("first")
    beside = _next_to(roll, -1)
    is_new = (roll["year"] > min(CENSUS_DAYS)).to_numpy() & ~_same(roll, beside)
    census_before = np.array([CENSUS_DAYS.get(year - 1, 0) for year in roll["year"]])
    september = np.array([day(f"{year - 1}-09-04") for year in roll["year"]])
    too_early = is_new & (roll["entry"].to_numpy() <= census_before)
    roll["entry"] = np.where(too_early, september, roll["entry"])
    return roll.assign(leaving=_leaving(roll))


def _next_to(roll: pd.DataFrame, years: int) -> pd.DataFrame:
    """For each row the pupil's main enrolment so many years on: la, estab and entry, missing where there is none."""
    main = roll.loc[roll["status"] != "S", ["person", "year", "la", "estab", "entry"]].drop_duplicates(["person", "year"])
    main = main.assign(year=main["year"] - years)
    return roll[["person", "year"]].merge(main, on=["person", "year"], how="left")


def _same(roll: pd.DataFrame, beside: pd.DataFrame) -> np.ndarray:
    return ((roll["la"] == beside["la"]) & (roll["estab"] == beside["estab"])).to_numpy()


def _leaving(roll: pd.DataFrame) -> Ints:
    after = _next_to(roll, 1)
    summer = np.array([day(f"{year}-07-22") for year in roll["year"]])
    entry = after["entry"].fillna(OPEN).to_numpy().astype(np.int64)
    leaving = np.where((entry > summer) & (entry <= summer + 50), summer, entry - 1)
    leaving = np.where(after["estab"].isna(), summer, leaving)
    stays = _same(roll, after) | (roll["year"] == max(CENSUS_DAYS)).to_numpy() | (roll["status"] == "S").to_numpy()
    return np.where(stays, OPEN, leaving)


def on_roll(stays: pd.DataFrame, census: Census) -> pd.DataFrame:
    """One row per pupil and school on the day: `stays` of the year, those who left since, and those who came before its spring."""
    there = (stays["entry"] <= census.on) & (stays["leaving"] > census.on)
    main = stays["status"] != "S"
    own = stays[there & (stays["year"] == census.year)]
    late = stays[there & main & (stays["year"] == census.year - 1) & (stays["leaving"] != OPEN)] if census.term == "autumn" else stays.iloc[:0]
    early = stays[there & main & (stays["year"] == census.year + 1)] if census.term == "summer" else stays.iloc[:0]
    others = pd.concat([late.assign(ncyear=late["ncyear"] + 1, status="C"), early.assign(ncyear=early["ncyear"] - 1, status="C")])
    others = others[~others["person"].isin(own["person"])]
    return pd.concat([own, others]).sort_values(["la", "estab", "person"], kind="stable", ignore_index=True)


def no_longer_on_roll(stays: pd.DataFrame, on: pd.DataFrame, census: Census) -> pd.DataFrame:
    """One row per pupil and school left since the census before, `ncyear` the year group on leaving."""
    left = stays[(stays["leaving"] > census.before) & (stays["leaving"] < census.on) & (stays["entry"] < stays["leaving"])]
    left = left.drop_duplicates(_HERE).merge(on[_HERE].assign(is_there=True), on=_HERE, how="left")
    left = left[left["is_there"].isna()].drop(columns="is_there")
    return left.sort_values(["la", "estab", "person"], kind="stable", ignore_index=True)


def attended(rows: pd.DataFrame, census: Census, are_leavers: bool) -> tuple[Ints, Ints]:
    """Year group each pupil was in during the term collected, and the share of it, in thousandths, that the pupil was on the school's roll."""
    group = rows["ncyear"].to_numpy() - (0 if are_leavers or census.term != "autumn" else 1)
    first, last = census.days
    span = np.minimum(rows["leaving"].to_numpy(), last) - np.maximum(rows["entry"].to_numpy(), first) + 1
    share = np.clip(span * 1000 // (last - first + 1), 0, 1000)
    return group, np.where(rows["entry"].to_numpy() <= first + 5, np.where(rows["leaving"].to_numpy() >= last, 1000, share), share)
