"""Events of practices' patients, by age and need: immunisations and other observations, medicines, appointments, referrals."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import CALIBRATION
from cyplink.synthetic.care import in_care
from cyplink.synthetic.days import OPEN, YEAR, spell
from cyplink.synthetic.mental_health import Care
from cyplink.synthetic.period import Period
from cyplink.synthetic.streams import Floats, Ints, Random, Texts, happens, pick
from cyplink.synthetic.world import World

_IDENTIFIER = {"observation": ("observation_id", "O"), "medication_order": ("order_id", "M"), "appointment": ("appointment_id", "A"), "referral": ("referral_id", "R")}
_MENTAL_HEALTH, _CONCERN = "SYN-RF02", "SYN-OB24"


@cache
def rates() -> pd.DataFrame:
    """Rates by kind, code and age: conf/calibration/primary_care.csv, without the row about lists."""
    table = pd.read_csv(CALIBRATION / "primary_care.csv")
    return table[table["kind"].isin(_IDENTIFIER)].reset_index(drop=True)


def events_of(world: World, care: Care, patients: pd.DataFrame, rng: Random) -> dict[str, pd.DataFrame]:
    """The four event tables of the current patients, each in order of practice and day."""
    current = patients[patients["is_current"]].reset_index(drop=True)
    person = current["person"].to_numpy()
    cared = in_care(world.spells, len(world.people), world.period.middle)[person]
    them = current[["practice_code", "nhs_number"]].assign(
        dob=world.people["dob"].to_numpy()[person], died=world.people["died_on"].to_numpy()[person],
        need=world.people["need"].to_numpy()[person], cared=cared, person=person, from_day=current["from_day"].to_numpy(),
    )
    parts = [_made(them, rates().iloc[number], world.period, rng) for number in range(len(rates())) if rates().iloc[number]["code"] != _MENTAL_HEALTH]
    parts += _of_mental_health(them, care, world.period, rng)
    events = pd.concat(parts, ignore_index=True)
    events = events[(events["on"] >= them["dob"].to_numpy()[events["row"]]) & (events["on"] < them["died"].to_numpy()[events["row"]])]
    return {kind: _table(events[events["kind"] == kind], them, kind, world.period.numbered_after(9), rng) for kind in _IDENTIFIER}


def _made(them: pd.DataFrame, rate: Any, period: Period, rng: Random) -> pd.DataFrame:
    """Events of one row of the calibration: row of `them`, day, code, value, unit."""
    size = len(them)
    if rate["age_days"] > 0:
        on = them["dob"].to_numpy() + int(rate["age_days"]) + rng.integers(0, int(rate["spread_days"]) + 1, size)
        row = np.flatnonzero((on >= period.first_day) & (on <= period.last_day) & happens(rng, float(rate["coverage"]), size))
        return _events(row, on[row], rate, rng)
    need = float(rate["need"])
    expected = period.years * float(rate["rate"]) * np.exp(need * them["need"].to_numpy() - need**2 / 2) * np.where(them["cared"], float(rate["looked_after"]), 1.0)
    row = np.repeat(np.arange(size), rng.poisson(expected))
    on = period.first_day + rng.integers(0, period.days, len(row))
    age = (on - them["dob"].to_numpy()[row]) / YEAR
    kept = (age >= rate["from_age"]) & (age < rate["to_age"])
    return _events(row[kept], on[kept], rate, rng)


def _of_mental_health(them: pd.DataFrame, care: Care, period: Period, rng: Random) -> list[pd.DataFrame]:
    """Referrals to mental-health services that a practice made, in the days before they were received, and the concern noted then."""
    rate = rates()[rates()["code"] == _MENTAL_HEALTH].iloc[0]
    row_of = pd.Series(np.arange(len(them)), index=them["person"]).groupby(level=0).first()
    made = care.referrals[happens(rng, float(rate["rate"]), len(care.referrals))]
    row = row_of.reindex(made["person"]).to_numpy(dtype=float)
    on = made["received"].to_numpy() - rng.integers(1, 12, len(made))
    there = ~np.isnan(row) & (on >= period.first_day)
    row, on = row[there].astype(np.int64), on[there]
    concern = rate.copy()
    concern["kind"], concern["code"], concern["unit"] = "observation", _CONCERN, np.nan
    return [_events(row, on, rate, rng), _events(row, on, concern, rng)]


def _events(row: Ints, on: Ints, rate: Any, rng: Random) -> pd.DataFrame:
    code = "" if pd.isna(rate["code"]) else rate["code"]
    unit = "" if pd.isna(rate["unit"]) else rate["unit"]
    return pd.DataFrame({"row": row, "on": on, "kind": rate["kind"], "code": code, "value": _values(len(row), rate, rng), "unit": unit})


def _values(size: int, rate: Any, rng: Random) -> Texts:
    if pd.isna(rate["low"]):
        return np.full(size, "", dtype=object)
    drawn: Floats = rng.uniform(float(rate["low"]), float(rate["high"]), size)
    return np.char.mod(f"%.{int(rate['decimals'])}f", drawn).astype(object)


def _table(events: pd.DataFrame, them: pd.DataFrame, kind: str, after: int, rng: Random) -> pd.DataFrame:
    """Rows of one file, numbered from `after` on in order of practice and day."""
    rows = them.iloc[events["row"].to_numpy()][["practice_code", "nhs_number"]].reset_index(drop=True)
    rows = rows.join(events[["on", "code", "value", "unit"]].reset_index(drop=True))
    rows = rows.sort_values(["practice_code", "on", "nhs_number", "code", "value"], kind="stable").reset_index(drop=True)
    name, letter = _IDENTIFIER[kind]
    size = len(rows)
    rows[name] = np.char.add(letter, np.char.zfill((after + np.arange(1, size + 1)).astype(str), 9)).astype(object)
    rows["date"] = spell(np.minimum(rows["on"].to_numpy(), OPEN), "iso")
    return rows.assign(
        snomed_code=rows["code"], quantity=rows["value"], specialty=rows["unit"],
        status=pick(rng, ["attended", "did_not_attend", "cancelled"], size, [0.86, 0.07, 0.07]),
        mode=pick(rng, ["face_to_face", "telephone", "video"], size, [0.7, 0.28, 0.02]),
    )  # fmt: skip
