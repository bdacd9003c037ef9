"""How often pupils were absent, and why: about the absence and persistent absence published of each borough.

A pupil's share of sessions missed is drawn once from a gamma distribution whose mean and share above a tenth are those published of
the borough's looked-after children, children in need and all pupils (conf/calibration/absence.csv; London's where suppressed); who is
where in it leans on the child's need. Reasons for absence: judgement, about the shares published for England.
"""

from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

from cyplink.synthetic.calibration import CALIBRATION
from cyplink.synthetic.streams import Flags, Floats, Ints, Random, happens, stream
from cyplink.synthetic.world import World

_CODES = np.array(["I", "M", "C", "O", "G", "U", "N"], dtype=object)
_WHY = np.array([0.56, 0.08, 0.08, 0.12, 0.08, 0.04, 0.04])
_WHY_OFTEN = np.array([0.42, 0.06, 0.07, 0.34, 0.03, 0.05, 0.03])
PERSISTENT = 0.10
_SHAPES = np.geomspace(0.05, 60, 500)
_LEANS_ON_NEED = 0.35


def absence_rates(world: World, roll: pd.DataFrame, in_need: Flags) -> Floats:
    """Share of sessions each person of the world misses. `roll`: rows of pupils with `person` and `la` of the school."""
    people, rng = world.people, stream(world.seed, "absence")
    lean = _LEANS_ON_NEED * people["need"].to_numpy() + np.sqrt(1 - _LEANS_ON_NEED**2) * rng.normal(size=len(people))
    pupils = roll.drop_duplicates("person", keep="last").sort_values("person", kind="stable")
    person = pupils["person"].to_numpy()
    cared = people["is_looked_after"].to_numpy()
    group = np.where(cared, "looked_after", np.where(in_need, "in_need", "all"))[person]
    frame = pd.DataFrame({"la": pupils["la"].to_numpy(), "group": group, "lean": lean[person], "weight": people["weight"].to_numpy()[person]})
    ranks = frame.groupby(["la", "group"])["lean"]
    place = ((ranks.rank(method="first") - 0.5) / ranks.transform("size")).to_numpy()
    rates = np.zeros(len(people))
    for la, rows in frame.groupby("la").indices.items():
        weights = {name: float(frame["weight"].to_numpy()[rows][group[rows] == name].sum()) for name in ("all", "in_need", "looked_after")}
        for name, (mean, above) in _of_groups(str(la), weights).items():
            chosen = rows[group[rows] == name]
            shape = _shape(mean, above)
            rates[person[chosen]] = stats.gamma.ppf(place[chosen], shape, scale=mean / shape)
    return np.asarray(np.clip(rates, 0, 0.97))


@cache
def published(la: str) -> dict[str, tuple[float, float]]:
    """Mean absence and share persistently absent, by group: all, in_need, looked_after."""
    table = pd.read_csv(CALIBRATION / "absence.csv", dtype={"la": str}).set_index(["la", "group"]) / 100
    whole, mine = table.loc["london"], table.loc[la]
    return {name: tuple(mine.loc[name].fillna(whole.loc[name])) for name in mine.index}


def _of_groups(la: str, weights: dict[str, float]) -> dict[str, tuple[float, float]]:
    """The published figures, those of `all` being what is left for the pupils in neither group."""
    figures, total = published(la), max(sum(weights.values()), 1.0)
    left = [
        figures["all"][n] * total - sum(figures[name][n] * weights[name] for name in ("in_need", "looked_after"))
        for n in (0, 1)
    ]
    others = max(weights["all"], 1.0)
    return figures | {"all": (max(left[0] / others, 0.02), max(left[1] / others, 0.02))}


def _shape(mean: float, above: float) -> float:
    """Shape of the gamma distribution of this mean whose share above a tenth is nearest; the least spread one of several."""
    miss = np.abs(stats.gamma.sf(PERSISTENT, _SHAPES, scale=mean / _SHAPES) - above)
    return float(_SHAPES[np.flatnonzero(miss <= miss.min() + 0.001)[-1]])


def registers(possible: Ints, rate: Floats, suspended: Ints, rng: Random) -> pd.DataFrame:
    """The codes of each pupil's register: columns row (position among the pupils), code, sessions; nothing of pupils without sessions."""
    missed = rng.binomial(possible, rate)
    suspended = np.minimum(suspended, possible - missed)
    present = possible - missed - suspended
    late = np.where(happens(rng, 0.2, len(possible)), np.minimum(rng.integers(1, 6, len(possible)), present), 0)
    morning = (present - late + 1) // 2
    why = np.where((rate >= PERSISTENT)[:, None], _WHY_OFTEN, _WHY)
    counts = [morning, present - late - morning, late, suspended, *rng.multinomial(missed, why).T]
    codes = np.array(["/", "\\", "L", "E", *_CODES], dtype=object)
    of_code, of_row = np.nonzero(np.array(counts))
    sessions = np.array(counts)[of_code, of_row]
    order = np.argsort(of_row, kind="stable")
    return pd.DataFrame({"row": of_row[order], "code": codes[of_code[order]], "sessions": sessions[order]})
