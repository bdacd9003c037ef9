"""Episodes of care as SSDA903 counts them: one row per episode, a new one at each change of legal status or placement.

They satisfy the integrity rules of the return: X1 links without gaps, RNE that agrees with what changed, minimum ages.
"""

import numpy as np
import pandas as pd

from cyplink.synthetic import legal, placements
from cyplink.synthetic.calibration import Borough
from cyplink.synthetic.days import OPEN, REFERENCE_DAY, YEAR, day
from cyplink.synthetic.quotas import COUNTED_ON
from cyplink.synthetic.streams import Flags, Ints, Random, Texts, happens, pick

_MOVES_PER_YEAR = 0.62  # new placements after the first, per child and year in care: London 2025
_SUPPORTED_CODED_SINCE = day("2024-04-01")  # K3; the same placements were H5 before
_WHY_MOVED = {
    "CARPL": 0.46, "CREQB": 0.12, "CREQO": 0.09, "CHILD": 0.06, "LAREQ": 0.05, "CLOSE": 0.03, "ALLEG": 0.02,
    "STAND": 0.02, "APPRR": 0.01, "OTHER": 0.14,
}  # fmt: skip


def episodes_of(
    borough: Borough, periods: pd.DataFrame, weights: dict[str, float], rng: Random
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Episodes and the shared homes of their placements.

    `periods` has child, start, end, dob, is_uasc. Episodes: child, period, move, decom, rne, ls, cin, place, provider, dec,
    rec, reason, place_la, home (row of the second table, la, kind, urn), urn, is_uasc.
    """
    periods = legal.with_legal_course(periods, borough, rng)
    events = _collapse(pd.concat([_starts(periods), _moves(periods, borough, rng), _legal_changes(periods, rng)]))
    moved = _placed(events, periods, borough, rng)
    counted = _counted(moved)
    code, is_uasc = moved["code"].to_numpy(dtype=object), moved["is_uasc"].to_numpy(dtype=bool)
    moved["place_la"] = placements.locations(code, counted, is_uasc, borough, weights, rng)
    moved["home"], homes = placements.shared_homes(
        code, moved["place_la"].to_numpy(dtype=object), rng
    )
    provider = placements.providers(code, borough, rng)
    moved["provider"], moved["code"] = placements.providers_as_published(provider, code, counted, borough, rng)
    events = _collapse(pd.concat([events, _status_changes(moved, rng)]))
    return _spelt_out(events, moved, periods, homes, rng), homes


def _rows(
    period: Ints, on: Ints, *, start: bool = False, move: bool = False, law: bool = False, status: bool = False
) -> pd.DataFrame:
    flags = {"is_start": start, "is_move": move, "is_legal": law, "is_status": status}
    return pd.DataFrame({"period": period, "day": on, **flags})


def _starts(periods: pd.DataFrame) -> pd.DataFrame:
    return _rows(np.arange(len(periods)), periods["start"].to_numpy(), start=True)


def _moves(periods: pd.DataFrame, borough: Borough, rng: Random) -> pd.DataFrame:
    start, until = periods["start"].to_numpy(), np.minimum(periods["end"].to_numpy(), REFERENCE_DAY)
    length = np.maximum(until - start - 14, 0)
    # a few children move a great deal
    pace = _MOVES_PER_YEAR * borough.indicators.get("LACStable_2016on", 10.0) / 10 * rng.gamma(1.2, 1 / 1.2, len(periods))
    period = np.repeat(np.arange(len(periods)), rng.poisson(pace * length / YEAR).clip(0, 14))
    on = start[period] + 7 + (rng.random(len(period)) ** 1.2 * length[period]).astype(np.int64)
    period, on = _often_moved_as_published(periods, period, on, borough, rng)
    to_adopters = periods["to_adopters"].to_numpy()
    adopting = np.flatnonzero(to_adopters)
    e1, end = periods["e1_day"].to_numpy()[adopting], until[adopting]
    # no move after a child has gone to the adopters
    settled = np.full(len(periods), OPEN)
    settled[adopting] = e1 + np.maximum((end - e1) // 4, 10)
    keep = on < settled[period]
    period, on = np.append(period[keep], adopting), np.append(on[keep], settled[adopting])
    return _rows(period, on, move=True)


def _often_moved_as_published(
    periods: pd.DataFrame, period: Ints, on: Ints, borough: Borough, rng: Random
) -> tuple[Ints, Ints]:
    """Moves of the year to 31 March 2025 taken away or added until the published share had three placements or more."""
    start, year = periods["start"].to_numpy(), COUNTED_ON - 365
    counted = (start <= COUNTED_ON) & (periods["end"].to_numpy() > COUNTED_ON)
    in_year = (on > year) & (on <= COUNTED_ON)
    moves = np.bincount(period[in_year], minlength=len(periods))
    often = rng.permutation(np.flatnonzero(counted & (moves >= 2)))
    surplus = len(often) - round(borough.indicators.get("LACStable_2016on", 10.0) / 100 * int(counted.sum()))
    if surplus >= 0:
        fewer = np.isin(period, often[:surplus]) & in_year
        return period[~fewer], on[~fewer]
    able = counted & (moves < 2) & (start < COUNTED_ON - 60) & ~periods["to_adopters"].to_numpy()
    more = np.repeat(rng.permutation(np.flatnonzero(able))[:-surplus], 2)
    first = np.maximum(start[more] + 7, year + 1)
    days = first + (rng.random(len(more)) * (COUNTED_ON - first)).astype(np.int64)
    return np.append(period, more), np.append(on, days)


def _legal_changes(periods: pd.DataFrame, rng: Random) -> pd.DataFrame:
    parts = []
    for column in ("c1_day", "c2_day", "e1_day"):
        changed = np.flatnonzero(periods[column].to_numpy() < OPEN)
        on = periods[column].to_numpy()[changed]
        moves_too = happens(rng, 0.12, len(changed))
        parts += [_rows(changed, on, law=True), _rows(changed[moves_too], on[moves_too], move=True)]
    return pd.concat(parts)


def _collapse(events: pd.DataFrame) -> pd.DataFrame:
    """One row per period and day; a start outranks whatever else falls on its day."""
    merged = events.groupby(["period", "day"], sort=True, as_index=False).max()
    for other in ("is_move", "is_legal", "is_status"):
        merged[other] &= ~merged["is_start"]
    merged["move"] = np.cumsum((merged["is_start"] | merged["is_move"]).to_numpy()) - 1
    return merged


def _placed(events: pd.DataFrame, periods: pd.DataFrame, borough: Borough, rng: Random) -> pd.DataFrame:
    moved = events[events["is_start"] | events["is_move"]].reset_index(drop=True)
    owner = periods.iloc[moved["period"]].reset_index(drop=True)
    same = moved["period"].to_numpy()[1:] == moved["period"].to_numpy()[:-1]
    is_last = np.append(~same, True)
    ends = np.where(is_last, owner["end"].to_numpy(), np.append(moved["day"].to_numpy()[1:], OPEN))
    moved = moved[["period", "move"]].assign(start=moved["day"], end=ends, is_last=is_last)
    moved["ls"] = legal.status_on(owner, moved["start"].to_numpy())
    for column in ("dob", "is_uasc", "to_adopters", "child"):
        moved[column] = owner[column].to_numpy()
    moved["code"] = placements.place_codes(moved, borough, rng)
    moved["code"] = placements.as_published(moved, _counted(moved), borough, rng)
    return moved


def _counted(moved: pd.DataFrame) -> Ints:
    """Rows of placements that were going on when the published tables were counted."""
    return np.flatnonzero((moved["start"].to_numpy() <= COUNTED_ON) & (moved["end"].to_numpy() > COUNTED_ON))


def _status_changes(moved: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Same carer, new status: fostering becomes long-term; semi-independent becomes supported accommodation."""
    start, end = moved["start"].to_numpy(), moved["end"].to_numpy()
    code = moved["code"].to_numpy(dtype=object)
    settles = (code == "U6") & happens(rng, 0.12, len(moved)) & (start + 220 < np.minimum(end, REFERENCE_DAY))
    moved["settled_on"] = np.where(settles, start + 200, OPEN)
    renamed = (code == "K3") & (start < _SUPPORTED_CODED_SINCE) & (end > _SUPPORTED_CODED_SINCE)
    period = moved["period"].to_numpy()
    return pd.concat(
        [
            _rows(period[settles], start[settles] + 200, status=True),
            _rows(period[renamed], np.full(renamed.sum(), _SUPPORTED_CODED_SINCE), status=True),
        ]
    )


def _spelt_out(
    events: pd.DataFrame, moved: pd.DataFrame, periods: pd.DataFrame, homes: pd.DataFrame, rng: Random
) -> pd.DataFrame:
    at = moved.iloc[events["move"]].reset_index(drop=True)
    owner = periods.iloc[events["period"]].reset_index(drop=True)
    decom = events["day"].to_numpy()
    continues = np.append(events["period"].to_numpy()[1:] == events["period"].to_numpy()[:-1], False)
    rne = _reasons_new(events)
    episodes = owner[["child", "cin", "is_uasc"]].assign(
        period=events["period"].to_numpy(), move=events["move"].to_numpy()
    )
    episodes["decom"], episodes["rne"] = decom, rne
    episodes["ls"] = legal.status_on(owner, decom)
    episodes["place"] = _place_on(at, decom)
    episodes["provider"] = at["provider"].to_numpy()
    episodes["dec"] = np.where(continues, np.append(decom[1:], OPEN), owner["end"].to_numpy())
    episodes["rec"] = np.where(continues, "X1", owner["rec"].to_numpy(dtype=object))
    episodes["reason"] = _why_changed(np.append(rne[1:], ""), continues, rng)
    episodes["place_la"], episodes["home"] = at["place_la"].to_numpy(), at["home"].to_numpy()
    episodes["urn"] = homes["urn"].to_numpy(dtype=object)[at["home"].to_numpy()]
    return episodes


def _reasons_new(events: pd.DataFrame) -> Texts:
    start, move = events["is_start"].to_numpy(), events["is_move"].to_numpy()
    law, status = events["is_legal"].to_numpy(), events["is_status"].to_numpy()
    return np.asarray(
        np.select([start, move & law, move, law & status, status], ["S", "B", "P", "U", "T"], "L"), dtype=object
    )


def _place_on(at: pd.DataFrame, on: Ints) -> Texts:
    code = at["code"].to_numpy(dtype=object)
    code = np.where((code == "K3") & (on < _SUPPORTED_CODED_SINCE), "H5", code)
    return np.asarray(np.where(at["settled_on"].to_numpy() <= on, "U4", code), dtype=object)


def _why_changed(next_rne: Texts, continues: Flags, rng: Random) -> Texts:
    why = pick(rng, list(_WHY_MOVED), len(next_rne), list(_WHY_MOVED.values()))
    why = np.where(np.isin(next_rne, ["T", "U"]), "PLACE", why)
    return np.asarray(np.where(continues & (next_rne != "L"), why, ""), dtype=object)
