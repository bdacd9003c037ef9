"""Where each child has lived: one row per stay (person, home, start, end, kind), and the homes themselves.

Families move at about the published rate; care moves a child to each placement in turn and, afterwards, home or elsewhere.
"""

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import borough_list
from cyplink.synthetic.days import OPEN, REFERENCE_DAY
from cyplink.synthetic.homes import make_homes
from cyplink.synthetic.population import Population
from cyplink.synthetic.streams import Ints, Random, Texts, happens, pick, stream

WINDOW = 6 * 365  # days of family moves kept before the reference date
MOVES = 0.40  # of a family in that window: about a fifth of children move in five years
MOVES_IN_CARE_FAMILIES = 0.8
MOVES_WITHIN = 0.66  # of moves, those within the authority
FAR = ["871", "825", "919", "936", "881", "886", "330", "821", "352"]
_HOME_AFTER_CARE = ("E4A", "E4B", "E41", "E13", "E14")


def residences(population: Population, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Stays (person, home, start, end, kind: home, placement or after) sorted by person and start; homes by row number; the
    row at which the homes of placements begin."""
    people, spells = population.people, population.episodes
    rng = stream(seed, "residences")
    family_stays, la = _family_homes(people, rng)
    stays = [_in_family(people, family_stays)]
    placed = spells[spells["move"] >= 0].drop_duplicates(["la", "child", "period", "move"])
    shift = len(la)
    stays.append(_stays(placed["child"], placed["home"] + shift, placed["decom"], "placement"))
    left = spells[(spells["move"] >= 0) & ~spells["rec"].isin(["", "X1"])]
    after, after_la = _after_care(left, people, family_stays, shift + len(population.placement_homes), rng)
    stays.append(after)
    placement_la = population.placement_homes["la"].to_numpy(dtype=object)
    homes = make_homes(np.concatenate([la, placement_la, after_la]), seed, "all")
    homes["urn"] = ""
    homes.loc[shift : shift + len(placement_la) - 1, "urn"] = population.placement_homes["urn"].to_numpy()
    return _in_order(pd.concat(stays, ignore_index=True), spells), homes, shift


def _stays(person: pd.Series | Ints, home: pd.Series | Ints, start: pd.Series | Ints, kind: str) -> pd.DataFrame:
    columns = {"person": person, "home": home, "start": start}
    return pd.DataFrame({k: np.asarray(v, dtype=np.int64) for k, v in columns.items()}).assign(kind=kind)


def _family_homes(people: pd.DataFrame, rng: Random) -> tuple[pd.DataFrame, Texts]:
    """Family stays (family, home, start) and the authority of each home."""
    heads = people.drop_duplicates("family")
    adopted = heads["former_number"].to_numpy() >= 0
    pace = np.where(heads["is_looked_after"], MOVES_IN_CARE_FAMILIES, MOVES) * rng.gamma(2.0, 0.5, len(heads))
    hosted = heads["is_hosted"].to_numpy(dtype=bool)
    moves = np.where(adopted, 0, rng.poisson(pace)).clip(hosted, 4)
    row = np.repeat(np.arange(len(heads)), moves + 1)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(moves + 1) - moves - 1, moves + 1)
    start = np.where(nth == 0, 0, REFERENCE_DAY - rng.integers(0, WINDOW, len(row)))
    here = heads["la"].to_numpy(dtype=object)[row]
    london = borough_list()["la"].to_list()
    elsewhere = np.where(happens(rng, 0.6, len(row)), pick(rng, london, len(row)), pick(rng, FAR, len(row)))
    is_current = nth == moves[row]
    la = np.where(is_current | (happens(rng, MOVES_WITHIN, len(row)) & ~hosted[row]), here, elsewhere)
    la = np.where(adopted[row] & happens(rng, 0.5, len(row)), elsewhere, la).astype(object)
    made = pd.DataFrame({"family": heads["family"].to_numpy()[row], "home": np.arange(len(row)), "start": start})
    # moves are numbered in order of date, whatever order they were drawn in
    made["start"] = made.sort_values(["family", "start"], kind="stable")["start"].to_numpy()
    return made, la


def _in_family(people: pd.DataFrame, family_stays: pd.DataFrame) -> pd.DataFrame:
    with_home = people.loc[~people["is_uasc"], ["family", "identity_from"]].reset_index(names="person")
    stays = with_home.merge(family_stays.sort_values("family", kind="stable"), on="family", how="inner")
    stays["start"] = np.maximum(stays["start"], stays["identity_from"])
    # of the homes a family had before the birth only the last one counts
    stays = stays.sort_values(["person", "start", "home"], kind="stable").drop_duplicates(
        ["person", "start"], keep="last"
    )
    return stays[["person", "home", "start"]].assign(kind="home")


def _after_care(
    left: pd.DataFrame, people: pd.DataFrame, family_stays: pd.DataFrame, shift: int, rng: Random
) -> tuple[pd.DataFrame, Texts]:
    """The family's present home for those who go back to it; for others a new home, mostly in the same authority."""
    family = people["family"].to_numpy()[left["child"]]
    present = family_stays.drop_duplicates("family", keep="last").set_index("family")["home"]
    back = left["rec"].isin(_HOME_AFTER_CARE).to_numpy() & ~left["is_uasc"].to_numpy(dtype=bool)
    home = np.where(back, present.reindex(family).to_numpy(), shift + np.arange(len(left)))
    same = happens(rng, 0.7, len(left))
    placed_in = left["place_la"].to_numpy(dtype=object)
    la = np.where(same, left["la"].to_numpy(dtype=object), placed_in).astype(object)
    return _stays(left["child"], home, left["dec"], "after"), la


def _in_order(stays: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """Sorted, without the family moves a child in care did not make, each stay ending where the next begins."""
    stays = stays[~_away(stays, spells)]
    rank = stays["kind"].map({"home": 0, "after": 1, "placement": 2})
    stays = stays.assign(rank=rank).sort_values(["person", "start", "rank", "home"], kind="stable")
    stays = stays.drop_duplicates(["person", "start"], keep="last").drop(columns="rank").reset_index(drop=True)
    last = np.append(stays["person"].to_numpy()[1:] != stays["person"].to_numpy()[:-1], True)
    stays["end"] = np.where(last, OPEN, np.append(stays["start"].to_numpy()[1:], OPEN))
    return stays


def _away(stays: pd.DataFrame, spells: pd.DataFrame) -> np.ndarray:
    """Family moves dated inside one of the child's periods of care."""
    periods = spells[spells["move"] >= 0].groupby(["la", "child", "period"], sort=True)
    spans = periods.agg(first=("decom", "min"), last=("dec", "max")).reset_index()
    is_home = stays["kind"].to_numpy() == "home"
    candidates = stays.loc[is_home, ["person", "start"]].reset_index(names="row")
    both = candidates.merge(spans, left_on="person", right_on="child", how="inner")
    inside = both.loc[(both["start"] > both["first"]) & (both["start"] <= both["last"]), "row"]
    away = np.zeros(len(stays), dtype=bool)
    away[stays.index.isin(inside)] = True
    return away


_DAYS = 2**17  # more than any day number: person and day as one number that sorts as the pair does


def stay_keys(stays: pd.DataFrame) -> Ints:
    """Person and start of each stay as one rising number, for `home_of`."""
    return np.asarray(stays["person"].to_numpy() * _DAYS + stays["start"].to_numpy(), dtype=np.int64)


def home_of(stays: pd.DataFrame, keys: Ints, person: Ints, on: int | Ints) -> Ints:
    """Home row of each of some people on a day (one day, or one per person); -1 where they had none yet."""
    days = np.broadcast_to(np.asarray(on), len(person))
    at = np.searchsorted(keys, np.asarray(person) * _DAYS + days, side="right") - 1
    found = at >= 0
    found[found] = stays["person"].to_numpy()[at[found]] == np.asarray(person)[found]
    return np.where(found, stays["home"].to_numpy()[at], -1)
