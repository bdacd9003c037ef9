"""Homes that do not exist: postcodes of the right district, UPRNs, streets, deprivation, practices.

Several homes share a postcode; a postcode's homes share a street and an IMD quintile. One row per home.
"""

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import HERE, borough_list, icb_codes, places
from cyplink.synthetic.streams import Ints, Random, Texts, apportion, draw_index, numbered, rows_by, stream

_LETTERS = np.array(list("ABDEFGHJLNPQRSTUWXYZ"), dtype=object)
_STREETS = (HERE / "streets.txt").read_text(encoding="utf-8").split()
_KINDS = ["ROAD", "STREET", "AVENUE", "CLOSE", "GARDENS", "WAY", "LANE", "COURT"]
# Quintile 1 is the most deprived. Shares of London children by quintile: judgement, inner boroughs poorer.
_DEPRIVATION = {"2": [0.34, 0.27, 0.18, 0.12, 0.09], "3": [0.22, 0.27, 0.22, 0.16, 0.13]}
_POSTCODES_PER_PLACE = {"london": 5_000, "near": 2_500, "far": 2_500}


def postcode_pool(seed: int, la: str) -> pd.DataFrame:
    """Postcodes of one authority: postcode (with its space), street, imd, district (its number); the same whatever else is made."""
    place = places().set_index("la").loc[la]
    rng = stream(seed, "postcodes", la)
    size = _POSTCODES_PER_PLACE[str(place["distance"])]
    districts = str(place["districts"]).split()
    outward = np.repeat(np.array(districts, dtype=object), apportion(size, rng.dirichlet(np.full(len(districts), 6.0))))
    inward = rng.permutation(10 * 20 * 20)[np.arange(size) % 4000]
    digit = np.array([str(d) for d in range(10)], dtype=object)[inward // 400]
    postcode = outward + " " + digit + _LETTERS[(inward // 20) % 20] + _LETTERS[inward % 20]
    street = np.array(_STREETS, dtype=object)[rng.integers(0, len(_STREETS), size)]
    kind = np.array(_KINDS, dtype=object)[rng.integers(0, len(_KINDS), size)]
    imd = 1 + draw_index(rng, np.cumsum(_DEPRIVATION.get(la[0], _DEPRIVATION["3"])), size)
    district = np.searchsorted(sorted(districts), outward.astype(str))
    pool = pd.DataFrame({"postcode": postcode, "street": street + " " + kind, "imd": imd, "district": district})
    return pool.drop_duplicates("postcode", ignore_index=True)


def make_homes(las: Texts, seed: int, name: str) -> pd.DataFrame:
    """One home for each authority in `las`: la, postcode, uprn, flat, number, street, imd, practice."""
    homes = pd.DataFrame({"la": las})
    parts = []
    known, of_la = numbered(las)
    rows_of = rows_by(of_la)
    for number, la in enumerate(known):
        rng = stream(seed, "homes", name, la)
        rows = rows_of[number]
        pool = postcode_pool(seed, la)
        # a few large estates hold many homes, most postcodes a dozen
        crowding = np.cumsum(rng.gamma(1.5, 1.0, len(pool)))
        chosen = pool.take(draw_index(rng, crowding, len(rows)))
        parts.append(_numbered(chosen, la, rows, rng))
    return homes.join(pd.concat(parts).sort_index()) if parts else homes


def _numbered(chosen: pd.DataFrame, la: str, rows: Ints, rng: Random) -> pd.DataFrame:
    size = len(rows)
    # texts are shared, not made anew for each home
    number = np.array([str(n) for n in range(180)], dtype=object)[rng.integers(1, 180, size)]
    flat = np.array([f"FLAT {n}" for n in range(60)], dtype=object)[rng.integers(1, 60, size)]
    is_flat = rng.random(size) < 0.45
    practices = 40 if la in set(borough_list()["la"]) else 15
    practice = [f"Z{la}{n:02d}" for n in range(1, practices + 1)]
    # neighbours mostly share a practice
    nearby = 7 * chosen["district"].to_numpy()
    return pd.DataFrame(
        {
            "postcode": chosen["postcode"].to_numpy(),
            "uprn": _uprns(la, size, rng),
            "flat": np.where(is_flat, flat, ""),
            "number": number,
            "street": chosen["street"].to_numpy(),
            "imd": chosen["imd"].to_numpy(),
            "practice": np.array(practice, dtype=object)[(nearby + rng.integers(0, 8, size)) % practices],
        },
        index=rows,
    )


def _uprns(la: str, size: int, rng: Random) -> Ints:
    """Twelve-digit numbers starting 9, a block never allocated here; unique within the authority's stream."""
    steps = rng.integers(1, 30, size)
    first = int(rng.integers(0, 10**7))
    return 900_000_000_000 + int(la) * 10**8 + first + rng.permutation(np.cumsum(steps))


def town_of(la: Texts) -> Texts:
    """Post town as suppliers write it: LONDON for London boroughs, else the authority's name."""
    listed = places()
    is_london = listed["distance"] == "london"
    town = np.where(is_london, "LONDON", listed["name"].str.upper())
    names = dict(zip(listed["la"], town, strict=True))
    las, of_la = numbered(la)
    return np.array([names[code] for code in las], dtype=object)[of_la]


def icb_of(la: Texts) -> Texts:
    """ODS code of the authority's integrated care board."""
    las, of_la = numbered(la)
    return np.array([icb_codes()[code] for code in las], dtype=object)[of_la]
