"""Earlier mental-health support, and what it truly does for looked-after children afterwards: the effect that is planted to be found.

Support: an attended contact or indirect activity from April to August 2025. Later: from September 2025. The three effects are the same for
every child. They are confounded: children with more need of support get more of it and fare worse without it, and boroughs differ in both.
Sizes are made up, of an order that trials of support for looked-after children report; `truth/effects.json` says them.
"""

from typing import Any

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import Borough, ethnic_groups
from cyplink.synthetic.care import in_care
from cyplink.synthetic.days import REFERENCE_DAY, YEAR, day
from cyplink.synthetic.streams import Flags, Floats, Ints, happens, happens_evenly, stream

FIRST_DAY = day("2025-04-01")
SINCE = day("2025-09-01")
SDQ_POINTS = -2.0
MOVES_RATIO = 0.7
ABSENCE_RATIO = 0.8
_SDQ_DRIFT = 0.8  # points that the score of a child one standard deviation above the mean in need rises by itself
_MOVES_STAY = 0.85  # share of later moves of a child of middling need that are kept ...
_MOVES_LEAN = 0.2  # ... and the exponent by which need raises it
_EARLY = 0.62  # of the children seen in the year, those seen before September
_GROUP_ACCESS = {
    "WBRI": 1.2, "WIRI": 1.15, "MWBC": 1.15, "MWAS": 1.1, "AIND": 0.7, "ABAN": 0.75, "APKN": 0.75, "CHNE": 0.75,
}  # fmt: skip
_SETTLED = ("A", "P", "Z", "T", "")
"""First letters of placements that no move is taken away beside: with adopters, with parents, elsewhere."""


def with_support(boroughs: list[Borough], people: pd.DataFrame, spells: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The people with `referral_chance`, `is_seen` (by a mental-health service from April 2025 to March 2026) and `is_supported`
    (already before September)."""
    rng = stream(seed, "mental health support")
    la = np.where(people["responsible_la"] == "", people["la"], people["responsible_la"]).astype(object)
    chance, stratum = _to_rates(boroughs, people, la, _chance(boroughs, people, spells, la))
    seen = happens_evenly(rng, chance, stratum)
    came = spells[spells["is_uasc"].astype(bool)].groupby("child")["decom"].min().reindex(np.arange(len(people))).fillna(0).to_numpy()
    was_there = np.maximum(people["identity_from"].to_numpy(), came) < FIRST_DAY - 5
    return people.assign(referral_chance=chance, is_seen=seen, is_supported=seen & was_there & happens(rng, _EARLY, len(people)))


def _chance(boroughs: list[Borough], people: pd.DataFrame, spells: pd.DataFrame, la: np.ndarray) -> Floats:
    age = (FIRST_DAY + 182 - people["dob"].to_numpy()) / YEAR
    by_age = np.select([age < 0.2, age < 5, age < 11, age < 18], [0.0, 0.08, 0.8, 1.2], 0.0)
    rates = {b.la: b.mental_health for b in boroughs}
    now = people["is_in_care_now"].to_numpy() | in_care(spells, len(people), FIRST_DAY + 120)
    cared_rate = np.array([rates[a][0] for a in la])
    rate = np.where(now, cared_rate, np.array([rates[a][1] for a in la]))
    before = people["is_looked_after"].to_numpy() & ~now
    rate = np.where(before | (people["former_number"].to_numpy() >= 0), 0.55 * cared_rate, rate)
    groups = np.array([_GROUP_ACCESS.get(code, 1.0) for code in ethnic_groups()["ethnic"]])
    need = np.exp(0.55 * people["need"].to_numpy() - 0.15)
    present = (people["identity_to"].to_numpy() > REFERENCE_DAY) & (people["died_on"].to_numpy() > REFERENCE_DAY)
    spread = np.where(now, np.where(by_age > 0.5, 1.0, by_age), by_age)
    return np.asarray(np.minimum(rate * spread * groups[people["ethnic"].to_numpy()] * need, 0.9) * present)


def _to_rates(boroughs: list[Borough], people: pd.DataFrame, authority: np.ndarray, chance: Floats) -> tuple[Floats, Ints]:
    """The chances scaled so that the borough's rates hold among those aged 5-17, looked after and others; and the strata:
    authority, in care or not, of that age or not."""
    la = authority.astype(int)
    cared = people["is_in_care_now"].to_numpy(dtype=bool)
    ever = people["is_looked_after"].to_numpy(dtype=bool)
    age = (REFERENCE_DAY - people["dob"].to_numpy()) / YEAR
    of_age = (age >= 5) & (age < 18) & (people["identity_to"].to_numpy() > REFERENCE_DAY)
    scaled = chance.copy()
    for borough in boroughs:
        here = la == int(borough.la)
        for everyone, rate in ((here & cared, borough.mental_health[0]), (here & ~ever, borough.mental_health[1])):
            expected = float(chance[everyone & of_age].sum())
            if expected > 0:
                scaled[everyone] *= rate * (everyone & of_age).sum() / expected
    return np.minimum(scaled, 0.95), 8 * la + 4 * ever + 2 * cared + of_age


def with_fewer_moves(spells: pd.DataFrame, people: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The episodes without some moves of placement from September 2025: those of supported children MOVES_RATIO as often kept as others'.

    Only plain moves (RNE P) between foster carers, homes and supported accommodation are taken away; the child then stays where it was
    until the next one. Rows of one period of care follow each other in order of time.
    """
    rng = stream(seed, "moves after support")
    child, move, rne = spells["child"].to_numpy(), spells["move"].to_numpy(), spells["rne"].to_numpy(dtype=object)
    kind = np.array([place[:1] for place in spells["place"]], dtype=object)
    follows = np.append(False, _same_period(spells))
    steady = ~np.isin(kind, _SETTLED)
    able = follows & (rne == "P") & (spells["decom"] >= SINCE).to_numpy() & (spells["decom"] <= REFERENCE_DAY).to_numpy() & steady & np.append(False, steady[:-1])
    # A change of the placement's own status (T, U) tells of that placement: such a one is left.
    able &= ~np.isin(move, np.unique(move[np.isin(rne, ["T", "U"])])) if len(spells) else able
    need = people["need"].to_numpy()[child]
    kept = np.minimum(_MOVES_STAY * np.exp(_MOVES_LEAN * need), 1) * np.where(people["is_supported"].to_numpy()[child], MOVES_RATIO, 1.0)
    gone = able & ~happens(rng, kept, len(spells))
    of_gone = np.isin(_placement(spells), _placement(spells)[gone])
    stays_at = np.maximum.accumulate(np.where(of_gone, 0, np.arange(len(spells))))
    made = spells.copy()
    for column in ("place", "provider", "place_la", "home", "urn", "move"):
        made[column] = spells[column].to_numpy()[stays_at]
    left = np.flatnonzero(~gone)
    last = np.append(left[1:], len(spells)) - 1  # the row whose end is now theirs
    for column in ("dec", "rec", "reason"):
        made.loc[left, column] = spells[column].to_numpy()[last]
    return made.iloc[left].reset_index(drop=True)


def _same_period(spells: pd.DataFrame) -> Flags:
    """Whether each row after the first goes on with the period of care of the row before."""
    same = spells["move"].to_numpy()[1:] >= 0
    for column in ("la", "child", "period"):
        values = spells[column].to_numpy()
        same &= values[1:] == values[:-1]
    return same


def _placement(spells: pd.DataFrame) -> Ints:
    """A number for each placement: its council's, and its own there; short breaks have none of their own (-1)."""
    move = spells["move"].to_numpy()
    return np.where(move < 0, -1, spells["la"].astype(int).to_numpy() * 10_000_000 + move)


def on_sdq(people: pd.DataFrame) -> Floats:
    """Points that a score of the return of 2025-26 differs by: the support's, and what need would have done by itself."""
    return np.asarray(SDQ_POINTS * people["is_supported"].to_numpy(dtype=float) + _SDQ_DRIFT * people["need"].to_numpy())


def on_absence(people: pd.DataFrame, first_day: int) -> Floats:
    """What everybody's share of sessions missed is multiplied by in a term that begins on the day."""
    helped = (people["is_supported"] & people["is_looked_after"]).to_numpy(dtype=bool) & (first_day >= SINCE)
    return np.where(helped, ABSENCE_RATIO, 1.0)


def as_truth(people: pd.DataFrame) -> dict[str, Any]:
    """What `truth/effects.json` says: support, times, outcomes, sizes, and by what they are confounded."""
    cared = people[people["is_looked_after"].to_numpy(dtype=bool)]
    return {
        "among": "children looked after in some return",
        "support": "an attended contact with a mental-health service, or indirect activity about the child, from 2025-04-01 to 2025-08-31; person.parquet: was_supported",
        "supported": int(cared["is_supported"].sum()),
        "not_supported": int((~cared["is_supported"]).sum()),
        "effects": [
            {"outcome": "SDQ score of the SSDA903 return 2025-26", "measure": "difference in points, before rounding and the ends of the scale", "size": SDQ_POINTS},
            {
                "outcome": "plain moves of placement (RNE P, between foster carers, homes and supported accommodation) from 2025-09-01 to 2026-03-31",
                "measure": "ratio of rates", "size": MOVES_RATIO,
            },
            {"outcome": "sessions missed in the autumn term 2025 (School Census, spring 2026)", "measure": "ratio of shares", "size": ABSENCE_RATIO},
        ],
        "confounded_by": {
            "need": "standard normal (person.parquet: need). One more raises the chance of support by a factor of exp(0.55), the SDQ score by 5.2 points in every year "
            f"and by {_SDQ_DRIFT} more in 2025-26, later moves by exp({_MOVES_LEAN}) where they are not all kept, and absence by rank",
            "borough": "rates of support, mean SDQ scores (kept as published), moves and absence all differ by borough",
        },
    }
