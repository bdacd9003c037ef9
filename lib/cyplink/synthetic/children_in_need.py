"""Children in need of each council: episodes of need, assessments, section 47 enquiries and plans, April 2023 to March 2026.

The stock on 31 March and the number on protection plans follow the borough's published counts, those of children not looked after scaled by the
sample. Looked-after children are in need before, during and a little after their care. Everything else is judgement.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import Borough
from cyplink.synthetic.care import YEAR_ENDS
from cyplink.synthetic.days import OPEN, birthday
from cyplink.synthetic.streams import Flags, Floats, Ints, Random, Texts, happens, pick
from cyplink.synthetic.world import World

_CLOSED_A_YEAR = 0.48  # of the children in need when the year begins
_SHORT = 0.55  # referred, assessed and closed within the year, per child in need
_NO_FURTHER_ACTION = 0.10  # referrals, per child in need
_PLAN_YEARS = 0.36  # protection plans open per staying referral of a year, per plan begun
_SOURCES = {
    "1A": 8, "1B": 2, "1C": 0.5, "1D": 2, "2A": 20, "2B": 2, "3A": 3, "3B": 3, "3C": 1, "3D": 3, "3E": 5, "3F": 6, "4": 2, "5A": 3, "5B": 6,
    "5C": 5, "5D": 3, "6": 29, "7": 4, "8": 6, "9": 1, "10": 1,
}  # fmt: skip
_NEEDS = {"N1": 56, "N2": 7, "N3": 4, "N4": 12, "N5": 14, "N6": 3, "N7": 1, "N8": 2, "N9": 1}
_REASONS = {"RC7": 0.84, "RC5": 0.08, "RC3": 0.05, "RC4": 0.03}
_CARE_ENDED = {"E11": "RC1", "E12": "RC1", "E45": "RC4", "E46": "RC4", "E47": "RC4", "E48": "RC4", "E41": "RC3", "E7": "RC6"}


@dataclass(frozen=True)
class InNeed:
    """One council's `episodes` (record: row of its register, start, end, is_forward, reason, source, need, kind: cared, staying, short or
    nothing), and by episode `assessments` (start, authorised, is_first), `enquiries` (start, due, conference), `protection_plans` (start, end) and
    `plans` (start, end). Days; OPEN where an end has not come or there is no conference."""

    episodes: pd.DataFrame
    assessments: pd.DataFrame
    enquiries: pd.DataFrame
    protection_plans: pd.DataFrame
    plans: pd.DataFrame


def children_in_need(world: World, borough: Borough, mine: pd.DataFrame, rng: Random) -> InNeed:
    """`mine` is the council's register, numbered from 0."""
    of_care = _of_care(world, borough, mine, rng)
    others = _of_others(world, borough, mine, rng)
    episodes = pd.concat([of_care, others], ignore_index=True).sort_values(["record", "start"], kind="stable", ignore_index=True)
    size = len(episodes)
    forward = episodes["is_forward"].to_numpy(dtype=bool)
    need = np.where(episodes["need"] == "", pick(rng, list(_NEEDS), size, list(_NEEDS.values())), episodes["need"])
    episodes["need"] = np.where(forward, need, "")
    episodes["source"] = pick(rng, list(_SOURCES), size, list(_SOURCES.values()))
    staying = max(int((episodes["kind"] == "staying").sum()) / 5, 1)
    share = min(borough.on_protection_plans * _sample(world) / (staying * 2 * _PLAN_YEARS), 0.8)
    planned = (episodes["kind"] == "staying").to_numpy() & happens(rng, share, size)
    assessments = _assessments(episodes, rng)
    enquiries = _enquiries(episodes, assessments, planned, rng)
    protection = _protection_plans(episodes, enquiries, planned, rng)
    return InNeed(episodes, assessments, enquiries, protection, _plans(episodes, assessments, protection, rng))


def _sample(world: World) -> float:
    """The share of children not looked after who are in the synthetic London."""
    weight = world.people["weight"].to_numpy()
    return float(1 / weight.max()) if len(weight) else 1.0


def _of_care(world: World, borough: Borough, mine: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """One episode around each period of care; those that touch are one. Children with short breaks are in need throughout."""
    row_of = mine[mine["return_id"] != ""].reset_index().set_index("person")["index"]
    spells = world.spells[(world.spells["la"] == borough.la) & world.spells["child"].isin(row_of.index)].sort_values(["child", "decom"], kind="stable")
    periods = spells.groupby(["child", "period"]).agg(
        start=("decom", "min"), end=("dec", "max"), rec=("rec", "last"), need=("cin", "first"), ls=("ls", "first"), alone=("is_uasc", "first")
    ).reset_index()  # fmt: skip
    record = row_of.loc[periods["child"]].to_numpy()
    respite = (periods["ls"] == "V3").to_numpy()
    dob = mine["dob"].to_numpy()[record]
    before = np.where(periods["alone"].to_numpy(dtype=bool), rng.integers(0, 4, len(periods)), 8 + np.minimum(rng.exponential(110, len(periods)), 500))
    start = np.maximum(periods["start"].to_numpy() - before.astype(np.int64), dob - 100)
    ended = periods["end"].to_numpy()
    after = np.where(ended >= birthday(dob, 18) - 1, 0, rng.integers(0, 90, len(periods)))
    end = np.where(respite | (ended >= OPEN), OPEN, np.maximum(ended + after, start + 30))
    reason = np.where(end == OPEN, "", [_CARE_ENDED.get(rec, "RC7") for rec in periods["rec"]])
    made = pd.DataFrame({"record": record, "start": start, "end": end, "reason": reason, "need": periods["need"]})
    made = made.sort_values(["record", "start"], kind="stable", ignore_index=True)
    until = made.groupby("record")["end"].cummax().groupby(made["record"]).shift(fill_value=-1).to_numpy()
    made["whole"] = np.cumsum(made["start"].to_numpy() > until)
    last = made.sort_values(["whole", "end"], kind="stable").groupby("whole")["reason"].last()
    whole = made.groupby("whole").agg(record=("record", "first"), start=("start", "first"), end=("end", "max"), need=("need", "first"))
    return whole.assign(reason=last, is_forward=True, kind="cared").reset_index(drop=True)


def _of_others(world: World, borough: Borough, mine: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Episodes of children who are not looked after: a stock on 31 March 2023, and each year who leaves and who comes."""
    them = world.people.iloc[mine["person"]].reset_index(drop=True)
    able = ~mine["is_duplicate"] & (mine["return_id"] == "") & (them["la"] == borough.la) & ~them["is_looked_after"] & (them["died_on"] == OPEN) & (them["identity_to"] == OPEN)
    record = np.flatnonzero(able)
    dob, need = mine["dob"].to_numpy()[record], them["need"].to_numpy()[record]
    adult_on = birthday(dob, 18)
    stock = min(round(max(borough.in_need - borough.stock[2025], 0) * _sample(world)), len(record) // 2)
    first_day = YEAR_ENDS[2023]
    there = _most_in_need(np.flatnonzero((dob < first_day - 60) & (adult_on > first_day + 40)), stock, need, rng)
    start = np.maximum(first_day - 25 - np.minimum(rng.exponential(300, len(there)), 2500).astype(np.int64), dob[there] - 60)
    open_now = pd.DataFrame({"child": there, "start": start})
    parts: list[pd.DataFrame] = []
    for year in (2024, 2025, 2026):
        staying, closed = _close(open_now, adult_on, year, rng)
        pool = np.flatnonzero((dob <= YEAR_ENDS[year] - 90) & (adult_on > YEAR_ENDS[year]) & ~np.isin(np.arange(len(record)), open_now["child"]))
        new = _open(pool, stock - len(staying), (round(_SHORT * stock), round(_NO_FURTHER_ACTION * stock)), (dob, need), year, rng)
        parts += [closed, new[new["kind"] != "staying"]]
        open_now = pd.concat([staying, new.loc[new["kind"] == "staying", ["child", "start"]]], ignore_index=True)
    parts.append(open_now.assign(end=OPEN, reason="", kind="staying"))
    made = pd.concat(parts, ignore_index=True)
    made["is_forward"] = made["kind"] != "nothing"
    return made.assign(record=record[made["child"]], need="").drop(columns="child")


def _most_in_need(pool: Ints, wanted: int, need: Floats, rng: Random) -> Ints:
    """Children drawn without replacement, those with more need of support more often."""
    order = np.argsort(-(0.5 * need[pool] + rng.gumbel(size=len(pool))), kind="stable")
    return pool[order[: max(wanted, 0)]]


def _close(open_now: pd.DataFrame, adult_on: Ints, year: int, rng: Random) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who is still in need when the year ends, and the episodes that ended in it; everybody's before the 18th birthday."""
    first, last = YEAR_ENDS[year - 1] + 1, YEAR_ENDS[year]
    adult = adult_on[open_now["child"]]
    start, size = open_now["start"].to_numpy(), len(open_now)
    earliest = np.maximum(first, start + 30)
    latest = np.minimum(last, adult - 1)
    end = earliest + (rng.random(size) * np.maximum(latest - earliest, 0)).astype(np.int64)
    grown = adult <= last
    ends = grown | (happens(rng, _CLOSED_A_YEAR, size) & (earliest < latest))
    end = np.where(grown, np.maximum(latest, earliest), end)
    ends &= end <= last
    reason = np.where(grown, pick(rng, ["RC6", "RC7"], size, [0.3, 0.7]), pick(rng, list(_REASONS), size, list(_REASONS.values())))
    closed = open_now.assign(end=end, reason=reason, kind="staying")[ends]
    return open_now[~ends], closed


def _open(pool: Ints, staying: int, within: tuple[int, int], who: tuple[Ints, Floats], year: int, rng: Random) -> pd.DataFrame:
    """Referrals of a year: those that stay, those closed within it, and those nothing follows (`within`: how many of these two)."""
    dob, need = who
    counts = np.array([max(staying, 0), *within])
    child = _most_in_need(pool, int(counts.sum()), need, rng)
    kind = np.repeat(np.array(["staying", "short", "nothing"], dtype=object), counts)[: len(child)]
    child = rng.permutation(child)
    first, last = YEAR_ENDS[year - 1] + 1, YEAR_ENDS[year]
    latest = np.where(kind == "short", last - 76, last - 5)
    start = np.maximum(first + (rng.random(len(child)) * (latest - first)).astype(np.int64), dob[child] - 60)
    end = np.where(kind == "short", start + rng.integers(32, 75, len(child)), OPEN)
    reason = np.where(kind == "short", pick(rng, ["RC8", "RC9", "RC7"], len(child), [0.55, 0.15, 0.30]), "")
    return pd.DataFrame({"child": child, "start": start, "end": end, "reason": reason, "kind": kind})


def _assessments(episodes: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """One when the episode begins, and about yearly after; authorised within 45 working days and before the episode ends."""
    forward = np.flatnonzero(episodes["is_forward"])
    start = episodes["start"].to_numpy()[forward]
    end = episodes["end"].to_numpy()[forward]
    length = np.minimum(end, YEAR_ENDS[2026]) - start
    count = 1 + np.clip((length - 70) // 320, 0, 9)
    row = np.repeat(np.arange(len(forward)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    kept = (nth == 0) | happens(rng, 0.7, len(row))
    begun = start[row] + np.where(nth == 0, rng.integers(0, 6, len(row)), 320 * nth - rng.integers(0, 40, len(row)))
    authorised = np.minimum(begun + rng.integers(25, 56, len(row)), end[row])
    made = pd.DataFrame({"episode": forward[row], "start": begun, "authorised": authorised, "is_first": nth == 0})
    return pd.DataFrame(made[kept].reset_index(drop=True))


def _enquiries(episodes: pd.DataFrame, assessments: pd.DataFrame, planned: Flags, rng: Random) -> pd.DataFrame:
    """Enquiries that go with an assessment; a conference follows within fifteen working days, or is not required."""
    of = assessments["episode"].to_numpy()
    reason, end = episodes["reason"].to_numpy()[of], episodes["end"].to_numpy()[of]
    first = assessments["is_first"].to_numpy(dtype=bool)
    chosen = (first & planned[of]) | happens(rng, np.where(first, 0.22, 0.07), len(of))
    chosen &= ~np.isin(reason, ["RC8", "RC9"])
    begun = assessments["start"].to_numpy() + rng.integers(1, 5, len(of))
    conference = _weekday(begun + rng.integers(10, 15, len(of)))
    held = ((first & planned[of]) | happens(rng, 0.2, len(of))) & (conference <= end)
    made = pd.DataFrame({"episode": of, "start": begun, "due": _weekday(begun + 21), "conference": np.where(held, conference, OPEN), "is_first": first})
    return pd.DataFrame(made[chosen & (begun <= end)].reset_index(drop=True))


def _weekday(days: Ints) -> Ints:
    """The day itself, or the Monday after it (1970-01-01 was a Thursday)."""
    of_week = (days + 3) % 7
    return np.asarray(days + np.where(of_week == 5, 2, np.where(of_week == 6, 1, 0)))


def _protection_plans(episodes: pd.DataFrame, enquiries: pd.DataFrame, planned: Flags, rng: Random) -> pd.DataFrame:
    """A plan from the day of the first conference, where one was planned, for some months and not beyond the episode."""
    begun = enquiries[enquiries["is_first"] & planned[enquiries["episode"]] & (enquiries["conference"] != OPEN)]
    start, until = begun["conference"].to_numpy(), episodes["end"].to_numpy()[begun["episode"]]
    end = np.minimum(start + 60 + np.minimum(rng.exponential(230, len(begun)), 700).astype(np.int64), until)
    size = len(begun)
    initial = pick(rng, ["NEG", "EMO", "PHY", "SAB", "MUL"], size, [0.40, 0.42, 0.10, 0.04, 0.04])
    latest = np.where(happens(rng, 0.1, size), pick(rng, ["NEG", "EMO"], size), initial)
    made = pd.DataFrame({"episode": begun["episode"].to_numpy(), "start": start, "end": end, "initial": initial, "latest": latest, "before": pick(rng, ["0", "1", "2"], size, [0.78, 0.17, 0.05])})
    return pd.DataFrame(made[end > start + 20].reset_index(drop=True))


def _plans(episodes: pd.DataFrame, assessments: pd.DataFrame, protection: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Child in need plans: after the first assessment of most who stay, or when a protection plan ends; to the end of the episode."""
    first = assessments[assessments["is_first"]]
    of = first["episode"].to_numpy()
    kind = episodes["kind"].to_numpy()[of]
    chosen = (kind == "staying") & ~np.isin(of, protection["episode"]) & happens(rng, 0.65, len(of))
    after = pd.DataFrame({"episode": of, "start": first["authorised"].to_numpy() + rng.integers(1, 10, len(of))})[chosen]
    down = protection[["episode", "end"]].rename(columns={"end": "start"})
    made = pd.concat([after, down], ignore_index=True)
    made["end"] = episodes["end"].to_numpy()[made["episode"]]
    return made[made["end"] > made["start"] + 10].reset_index(drop=True)


def disabilities(size: int, always: Flags, rng: Random) -> Texts:
    """Disability codes of each record, several with a semicolon between them; NONE for most. `always`: certainly disabled."""
    codes = {"AUT": 30, "LD": 24, "BEH": 16, "COMM": 12, "MOB": 9, "PC": 6, "HEAR": 4, "VIS": 4, "CON": 3, "INC": 3, "HAND": 2, "DDA": 10}
    one = pick(rng, list(codes), size, list(codes.values()))
    two = pick(rng, list(codes), size, list(codes.values()))
    both = np.where((one != two) & happens(rng, 0.35, size), one + ";" + two, one)
    return np.where(always | happens(rng, 0.13, size), both, "NONE").astype(object)
