"""Legal status along a period of care, and how the period ends: one row per period.

Proportions by borough from the 2025 composition; time between orders is judgement fitted to the share on interim orders.
"""

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import Borough
from cyplink.synthetic.days import OPEN, REFERENCE_DAY, YEAR, birthday
from cyplink.synthetic.quotas import COUNTED_ON, to_quota, wanted
from cyplink.synthetic.streams import Flags, Ints, Random, Texts, happens, pick

_LEAVING = {
    "E4A": 0.36, "E4B": 0.10, "E41": 0.07, "E45": 0.07, "E46": 0.02, "E47": 0.05, "E48": 0.08, "E13": 0.06,
    "E3": 0.03, "E8": 0.14, "E9": 0.01, "E16": 0.01,
}  # fmt: skip
_LEAVING_ALONE = {"E15": 0.35, "E8": 0.35, "E13": 0.12, "E3": 0.08, "E16": 0.05, "E4A": 0.05}
_LEAVING_ADULT = {"E5": 0.27, "E6": 0.12, "E17": 0.30, "E7": 0.03, "E8": 0.28}
_NEEDS = {
    "N1": "N1. Abuse or neglect", "N2": "N2. Child's disability", "N3": "N3. Parental illness or disability",
    "N4": "N4. Family in acute stress", "N5": "N5. Family dysfunction", "N6": "N6. Socially unacceptable behaviour",
    "N7": "N7. Low income",
}  # fmt: skip


_STATUSES = {
    "V2": "Voluntary agreements", "C1": "Interim care order", "C2": "Full care order", "E1": "Placement order granted",
    "J1": "Youth justice", "L2": "Detained for child protection",
}  # fmt: skip


def with_legal_course(periods: pd.DataFrame, borough: Borough, rng: Random) -> pd.DataFrame:
    """Adds to periods (start, end, dob, is_uasc): cin, start_ls, c1_day, c2_day, e1_day, to_adopters (placed with
    them at the end), rec."""
    size = len(periods)
    start, until = periods["start"].to_numpy(), np.minimum(periods["end"].to_numpy(), REFERENCE_DAY + 1)
    age = (start - periods["dob"].to_numpy()) / YEAR
    alone = periods["is_uasc"].to_numpy()
    on_order = happens(rng, _order_share(borough), size) & ~alone & (age < 16.8)
    first = pick(rng, ["C1", "V2", "L2"], size, [0.66, 0.26, 0.08])
    youth = (age > 11) & ~alone & ~on_order & happens(rng, 0.05, size)
    legal = np.where(on_order, first, np.where(youth, "J1", "V2"))
    wait = np.where(legal == "L2", rng.integers(4, 19, size), rng.integers(30, 180, size))
    c1_day = np.where(np.isin(legal, ["V2", "L2"]) & on_order, start + wait, OPEN)
    begun = np.where(c1_day < OPEN, c1_day, start)
    c2_day = np.where(on_order, begun + 170 + rng.exponential(110, size).astype(np.int64), OPEN)
    for_adoption = on_order & (age < 6) & happens(rng, np.where(age < 2, 0.6, 0.25), size)
    e1_day = np.where(for_adoption, c2_day + rng.integers(20, 150, size), OPEN)
    stages = {"c1_day": c1_day, "c2_day": c2_day, "e1_day": e1_day}
    counted = np.flatnonzero((start <= COUNTED_ON) & (periods["end"].to_numpy() > COUNTED_ON))
    made = periods.assign(cin=_needs(alone, counted, borough, rng), start_ls=legal.astype(object), **stages)
    made = _as_published(made, counted, borough, rng)
    made = made.assign(**{name: np.where(made[name] < until - 1, made[name], OPEN) for name in stages})
    adopted = (made["e1_day"] + 100 < made["end"]) & (made["end"] < OPEN)
    made["ends_in_adoption"] = adopted & happens(rng, 0.85, size) & (made["end"] - made["dob"] < 9 * YEAR)
    waiting = (made["e1_day"] + 60 < REFERENCE_DAY) & (made["end"] == OPEN) & happens(rng, 0.6, size)
    made["to_adopters"] = made["ends_in_adoption"] | waiting
    made["rec"] = _ends(made, alone, rng)
    return made


def _as_published(periods: pd.DataFrame, counted: Ints, borough: Borough, rng: Random) -> pd.DataFrame:
    """The course changed for some of those in care on the day of the published table, so that its legal statuses are met."""
    them = periods.iloc[counted]
    start, dob, alone = (them[name].to_numpy() for name in ("start", "dob", "is_uasc"))
    stayed, size = COUNTED_ON - start, len(counted)
    young = (COUNTED_ON - dob < 6 * YEAR) & (stayed >= 150)
    able = np.column_stack(
        [
            np.ones(size, dtype=bool), ~alone & (stayed >= 5), ~alone & (stayed >= 120) & (start - dob < 16.8 * YEAR),
            ~alone & young, ~alone & (start - dob > 11 * YEAR), ~alone & (stayed <= 18),
        ]
    )  # fmt: skip
    quota = wanted(borough, "Legal status", [(label,) for label in _STATUSES.values()], size)
    codes = list(_STATUSES)
    before = np.array([codes.index(code) for code in status_on(them, np.full(size, COUNTED_ON))], dtype=np.int64)
    after = to_quota(before, quota, able, rng)
    changed = after != before
    code = np.array(codes, dtype=object)[after]
    share = rng.random(size)
    later = COUNTED_ON + 20 + rng.integers(0, 150, size)
    ordered = np.select([code == "C2", code == "E1", code == "C1", code == "L2"], [
        start + 60 + (share * (stayed - 60)).astype(np.int64), start + (0.5 * stayed).astype(np.int64), later, later + 150], OPEN)  # fmt: skip
    course = {
        "start_ls": np.where(np.isin(code, ["C2", "E1"]), "C1", code), "c1_day": np.where(code == "L2", start + 20, OPEN),
        "c2_day": ordered, "e1_day": np.where(code == "E1", start + (0.8 * stayed).astype(np.int64), OPEN),
    }  # fmt: skip
    made = periods.copy()
    for name, values in course.items():
        column = made[name].to_numpy().copy()
        column[counted[changed]] = values[changed]
        made[name] = column
    return made


def _order_share(borough: Borough) -> float:
    status = borough.composition.get("Legal status", {})
    orders = sum(
        v for k, v in status.items() if k in ("Full care order", "Interim care order", "Placement order granted")
    )
    uasc = borough.composition.get("Unaccompanied asylum-seeking children", {}).get("UASC", 0.12)
    # children on orders stay longer, so fewer start on one than are found on one
    return float(np.clip(1.05 * orders / max(1 - uasc, 0.3), 0.2, 0.95))


def _needs(alone: Flags, counted: Ints, borough: Borough, rng: Random) -> Texts:
    published = borough.composition.get("Category of need", {})
    share = np.array([max(published.get(label, 0.0), 0.004) for label in _NEEDS.values()])
    absent = max(published.get("N8. Absent parenting", 0.12) - 0.95 * float(alone.mean()), 0.01)
    drawn = pick(rng, [*_NEEDS, "N8"], len(alone), np.append(share, absent))
    drawn = np.where(alone & happens(rng, 0.96, len(alone)), "N8", drawn).astype(object)
    codes = [*_NEEDS, "N8"]
    number = np.array([codes.index(code) for code in drawn[counted]], dtype=np.int64)
    quota = wanted(borough, "Category of need", [(f"{code}.",) for code in codes], len(counted))
    able = np.repeat(~alone[counted, None], len(codes), axis=1)
    number = to_quota(to_quota(number, quota, able, rng), quota, np.ones_like(able), rng)
    drawn[counted] = np.array(codes, dtype=object)[number]
    return np.asarray(drawn, dtype=object)


def _ends(periods: pd.DataFrame, alone: Flags, rng: Random) -> Texts:
    size, end = len(periods), periods["end"].to_numpy()
    reason = pick(rng, list(_LEAVING), size, list(_LEAVING.values()))
    reason = np.where(alone, pick(rng, list(_LEAVING_ALONE), size, list(_LEAVING_ALONE.values())), reason)
    reason = np.where(periods["start_ls"] == "J1", pick(rng, ["E14", "E9", "E4A"], size, [0.6, 0.2, 0.2]), reason)
    reason = np.where(happens(rng, 0.003, size), "E2", reason)
    adopted = pick(rng, ["E11", "E12"], size, [0.35, 0.65])
    reason = np.where(periods["ends_in_adoption"], adopted, reason)
    of_age = end >= birthday(periods["dob"].to_numpy(), 18)
    reason = np.where(of_age, pick(rng, list(_LEAVING_ADULT), size, list(_LEAVING_ADULT.values())), reason)
    return np.asarray(np.where(end == OPEN, "", reason), dtype=object)


def status_on(periods: pd.DataFrame, on: Ints) -> Texts:
    """Legal status of each period on a day."""
    legal = periods["start_ls"].to_numpy(dtype=object)
    for code, column in (("C1", "c1_day"), ("C2", "c2_day"), ("E1", "e1_day")):
        legal = np.where(periods[column].to_numpy() <= on, code, legal)
    return np.asarray(legal, dtype=object)
