"""The smaller files of SSDA903: care leavers, adoptions and the decisions before them, orders before care, times missing, social workers.

Shares are those published where there are any (missing: DfE LAIT by borough), else judgement.
"""

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import Borough
from cyplink.synthetic.care import YEAR_ENDS
from cyplink.synthetic.days import OPEN, birthday, spell
from cyplink.synthetic.streams import Ints, Random, happens, pick

_LEAVERS_TURN = range(17, 22)
_ACTIVITIES = {"F1": 0.08, "F2": 0.33, "F4": 0.04, "F5": 0.15, "P5": 0.05, "G4": 0.07, "G5": 0.25, "G6": 0.03}
_HOMES = {"B1": 0.12, "D1": 0.22, "E1": 0.08, "K1": 0.08, "U1": 0.33, "Z1": 0.09, "X2": 0.03, "Y1": 0.05}
_ADOPTERS = {"MF L11": 0.62, "MF L3": 0.12, "MM L12": 0.08, "FF L12": 0.08, "F1 L0": 0.09, "M1 L0": 0.01}
_ORDERS = {"Z1": 0.94, "P1": 0.02, "P2": 0.03, "P4": 0.01}
_CHANGES = {"LEFTRL": 0.45, "TSPROC": 0.25, "CHCHAN": 0.1, "ORGRST": 0.1, "MANAGE": 0.1}
_DAYS_OF_A_WORKER = 330.0
_TIMES_MISSING = 4.0  # a year, of a child who is at all
_OLD_ENOUGH = 10


def leavers(spells: pd.DataFrame, born: "pd.Series[int]", year: int) -> Ints:
    """Who left care at 16 or over, is not in care at the year's end and turned 17 to 21 in the year: person numbers."""
    begun = spells[(spells["period"] >= 0) & (spells["decom"] <= YEAR_ENDS[year])]
    last = begun.sort_values(["child", "dec"], kind="stable").groupby("child").tail(1)
    last = last[last["child"].isin(born.index) & (last["dec"] <= YEAR_ENDS[year]) & ~last["rec"].isin(["E2", "E11", "E12"])]
    dob: Ints = np.asarray(born.loc[last["child"]], dtype=np.int64)
    turned = np.zeros(len(last), dtype=bool)
    for age in _LEAVERS_TURN:
        turned |= (birthday(dob, age) > YEAR_ENDS[year - 1]) & (birthday(dob, age) <= YEAR_ENDS[year])
    return np.sort(last["child"].to_numpy()[turned & (last["dec"].to_numpy() >= birthday(dob, 16))])


def oc3(about: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """One row per care leaver of `about`."""
    size = len(about)
    touch = pick(rng, ["YES", "NO", "REFU"], size, [0.92, 0.05, 0.03])
    activity, home = (pick(rng, list(codes), size, list(codes.values())) for codes in (_ACTIVITIES, _HOMES))
    known = touch == "YES"
    return pd.DataFrame(
        {"CHILD": about["return_id"].to_numpy(), "DOB": spell(about["dob"].to_numpy(), "uk"), "IN_TOUCH": touch,
         "ACTIV": np.where(known, activity, "0"), "ACCOM": np.where(known, home, "0")}
    ).astype(object)  # fmt: skip


def adoptions(rows: pd.DataFrame, spells: pd.DataFrame, about: pd.DataFrame, year: int, rng: Random) -> dict[str, pd.DataFrame]:
    """AD1 of children adopted in the year, and the decision that they, and others with a placement order, should be placed for adoption."""
    ordered = spells[spells["ls"].eq("E1") | spells["place"].str.startswith("A")].groupby("child")["decom"].min()
    decided = ordered.reindex(about.index).dropna().astype(np.int64)
    dob = about["dob"].loc[decided.index].to_numpy()
    on = pd.Series(np.maximum(decided.to_numpy() - 30, dob + 1), index=decided.index)
    child = on.index[(on <= YEAR_ENDS[year]) & on.index.isin(rows["child"])]
    placed = pd.DataFrame(
        {"CHILD": about["return_id"].loc[child].to_numpy(), "DOB": spell(about["dob"].loc[child].to_numpy(), "uk"),
         "DATE_PLACED": spell(on.loc[child].to_numpy(), "uk"), "DATE_PLACED_CEASED": "", "REASON_PLACED_CEASED": ""}
    ).astype(object)  # fmt: skip
    adopted = rows[rows["rec"].isin(["E11", "E12"]) & (rows["dec"] <= YEAR_ENDS[year])].drop_duplicates("child")
    adopted = adopted[adopted["child"].isin(child)]
    who = adopted["child"].to_numpy()
    adopters = pick(rng, list(_ADOPTERS), len(who), list(_ADOPTERS.values()))
    sexes, status = ([text.split()[place] for text in adopters] for place in (0, 1))
    matched = np.maximum(on.loc[who].to_numpy(), adopted["decom"].to_numpy() - 14)
    ad1 = pd.DataFrame(
        {"CHILD": about["return_id"].loc[who].to_numpy(), "DOB": spell(about["dob"].loc[who].to_numpy(), "uk"),
         "DATE_INT": spell(on.loc[who].to_numpy(), "uk"), "DATE_MATCH": spell(matched, "uk"),
         "FOSTER_CARE": np.where(adopted["place"].isin(["A3", "A5"]), "1", "0"),
         "NB_ADOPTR": ["1" if sex in ("M1", "F1") else "2" for sex in sexes], "SEX_ADOPTR": sexes, "LS_ADOPTR": status}
    ).astype(object)  # fmt: skip
    return {"ad1": ad1, "placed_adoption": placed}


def prev_perm(rows: pd.DataFrame, about: pd.DataFrame, year: int, rng: Random) -> pd.DataFrame:
    """Children whose care began in the year: whether an adoption or another order had been made of them, and when, in part."""
    began = rows[(rows["rne"] == "S") & (rows["period"] >= 0) & (rows["decom"] > YEAR_ENDS[year - 1])].drop_duplicates("child")
    them = about.loc[began["child"]]
    order = pick(rng, list(_ORDERS), len(them), list(_ORDERS.values()))
    made = them["dob"].to_numpy() + ((began["decom"].to_numpy() - them["dob"].to_numpy()) * rng.uniform(0.2, 0.9, len(them))).astype(np.int64)
    whole = spell(made, "uk")
    known = pick(rng, ["day", "month", "year", "nothing"], len(them), [0.5, 0.2, 0.2, 0.1])
    in_part = {"day": "{0}/{1}/{2}", "month": "zz/{1}/{2}", "year": "zz/zz/{2}", "nothing": "zz/zz/zzzz"}
    dates = ["" if code == "Z1" else in_part[part].format(*text.split("/")) for code, part, text in zip(order, known, whole, strict=True)]
    return pd.DataFrame(
        {"CHILD": them["return_id"].to_numpy(), "DOB": spell(them["dob"].to_numpy(), "uk"), "PREV_PERM": order, "LA_PERM": "", "DATE_PERM": dates}
    ).astype(object)  # fmt: skip


def missing(rows: pd.DataFrame, about: pd.DataFrame, borough: Borough, year: int, rng: Random) -> pd.DataFrame:
    """Times missing or away: the borough's share of children, all of ten or over, who go up to some times in the year."""
    first, last = YEAR_ENDS[year - 1] + 1, YEAR_ENDS[year]
    inside = rows[rows["period"] >= 0].groupby("child").agg(start=("decom", "max"), end=("dec", "max"))
    start, end = np.maximum(inside["start"].to_numpy(), first), np.minimum(inside["end"].to_numpy() - 1, last)
    able = (birthday(about["dob"].loc[inside.index].to_numpy(), _OLD_ENOUGH) <= start) & (end - start >= 20)
    share = borough.indicators.get("Children_missing", 16.0) / 100 * len(inside) / max(int(able.sum()), 1)
    went = able & happens(rng, min(share, 0.9), len(inside))
    span = (end - start)[went]
    times = np.minimum(rng.geometric(1 / _TIMES_MISSING, int(went.sum())), span // 10)
    row = np.repeat(np.arange(len(times)), times)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    gap = span[row] // times[row]
    on = start[went][row] + nth * gap + (rng.random(len(row)) * (gap - 6)).astype(np.int64)
    back = np.minimum(on + rng.integers(0, 5, len(row)), last)
    them = about.loc[inside.index[went].to_numpy()[row]]
    return pd.DataFrame(
        {"CHILD": them["return_id"].to_numpy(), "DOB": spell(them["dob"].to_numpy(), "uk"), "MISSING": pick(rng, ["M", "A"], len(row), [0.8, 0.2]),
         "MIS_START": spell(on, "uk"), "MIS_END": spell(back, "uk")}
    ).astype(object)  # fmt: skip


def workers(spells: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Every social worker of every period of care: child, worker, start, end, reason."""
    periods = spells[spells["period"] >= 0].groupby(["child", "period"]).agg(start=("decom", "min"), end=("dec", "max")).reset_index()
    until = np.minimum(periods["end"].to_numpy(), YEAR_ENDS[2026] + 1)
    length = np.maximum(until - periods["start"].to_numpy(), 1)
    count = np.minimum(1 + rng.poisson(length / _DAYS_OF_A_WORKER), 1 + length // 15)
    row = np.repeat(np.arange(len(periods)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    start = periods["start"].to_numpy()[row] + nth * length[row] // count[row]
    is_last = nth == count[row] - 1
    end = np.where(is_last, periods["end"].to_numpy()[row], np.append(start[1:], OPEN))
    worker = np.array([f"SW{n:07d}" for n in rng.integers(1_000_000, 1_000_000 + max(len(periods) // 15, 1) + 1, len(row))], dtype=object)
    reason = np.where(nth == 0, "FCONTA", pick(rng, list(_CHANGES), len(row), list(_CHANGES.values())))
    return pd.DataFrame({"child": periods["child"].to_numpy()[row], "worker": worker, "start": start, "end": end, "reason": reason})


def sw_episodes(every: pd.DataFrame, about: pd.DataFrame, year: int) -> pd.DataFrame:
    """The social workers of the year, as known at its end."""
    rows = every[(every["start"] <= YEAR_ENDS[year]) & (every["end"] > YEAR_ENDS[year - 1]) & every["child"].isin(about.index)]
    them = about.loc[rows["child"]]
    return pd.DataFrame(
        {"CHILD": them["return_id"].to_numpy(), "DOB": spell(them["dob"].to_numpy(), "uk"), "SW_ID": rows["worker"].to_numpy(),
         "SW_DECOM": spell(rows["start"].to_numpy(), "uk"), "SW_DEC": spell(np.where(rows["end"] <= YEAR_ENDS[year], rows["end"], OPEN), "uk"),
         "SW_REASON": rows["reason"].to_numpy()}
    ).astype(object)  # fmt: skip
