"""Tables of a census that are not about what happens to pupils: its schools, and the addresses that schools hold."""

import numpy as np
import pandas as pd

from cyplink.synthetic.days import spell
from cyplink.synthetic.homes import town_of
from cyplink.synthetic.school_terms import Census
from cyplink.synthetic.streams import Random, Texts, decimal, happens
from cyplink.synthetic.world import World


def row_ids(la: str, year: int, rows: int, kind: int) -> Texts:
    """Row identifiers of one table of a return; `kind` tells the tables apart."""
    return decimal(int(f"{kind}{la}{year % 100}") * 10**7 + np.arange(1, rows + 1))


def schools_of(listed: pd.DataFrame, census: Census) -> pd.DataFrame:
    """Table schoolcensus: one row per school of `listed` (schools.school_list)."""
    size, la, year = len(listed), str(listed["la"].iloc[0]), int(census.period[:4])
    order = decimal(np.arange(1, size + 1))
    return pd.DataFrame(
        {
            "schoolcensustableid": row_ids(la, year, size, 1), "NativeId": order, "schoolcensusorderseqcolumn": order,
            "sourceid": "1", "term": census.term[:3].upper() if census.term != "spring" else "SPR", "collection": "SC", "name": "School Census", "year": str(year),
            "referencedate": spell(np.full(size, census.on), "census"), "sourcelevel": "L",
            "estab": listed["estab"].astype(str), "softwarecode": "SYNTHETIC", "release": "1.0", "serialno": "1",
            "xversion": "1", "datetime": spell(np.full(size, census.on + 20), "census"), "lea": la,
            "urn": listed["urn"].astype(str),
        }
    )  # fmt: skip


_DETAILS = {"primary": ("PS", "N1", "6", "COMP"), "secondary": ("SS", "7", "14", "COMP"), "special": ("SP", "R", "14", "SPEC")}


def school_details(listed: pd.DataFrame, census: Census) -> pd.DataFrame:
    """Table school: one row per school of `listed`."""
    size, la = len(listed), str(listed["la"].iloc[0])
    order = decimal(np.arange(1, size + 1))
    academy = (listed["urn"].to_numpy() % 2 == 0) & (listed["phase"] != "special").to_numpy()
    phase, lowest, highest, intake = (np.array([_DETAILS[kind][place] for kind in listed["phase"]], dtype=object) for place in range(4))
    return pd.DataFrame(
        {
            "schooltableid": order, "NativeId": order, "schoolorderseqcolumn": order, "sourceid": "1",
            "schoolcensustableid": row_ids(la, int(census.period[:4]), size, 1), "schoolname": "Synthetic School " + listed["urn"].astype(str),
            "phase": phase, "type": np.where(academy, "49", "01"), "lowestncyeargroup": lowest, "highestncyeargroup": highest, "intake": intake,
            "governance": np.where(academy, "CA", "CO"),
        }
    )  # fmt: skip


def addresses_of(world: World, mine: pd.DataFrame, pupils: pd.DataFrame, census: Census, name: str, rng: Random) -> pd.DataFrame:
    """The address the school holds: stale for a time after a move, blank for a few."""
    size, person = len(mine), mine["person"].to_numpy()
    late = happens(rng, np.minimum(0.5 * world.factor[person], 0.85), size)
    lag = np.where(late, rng.exponential(150, size), 0).astype(np.int64)
    home = world.home_of(person, census.on - lag)
    home = np.where(home < 0, world.home_of(person, census.on), home)
    homes = world.homes.iloc[home].reset_index(drop=True)
    present = ~happens(rng, 0.012, size) & (home >= 0)
    town = town_of(homes["la"].to_numpy(dtype=object))
    spaced, tight = world.postcodes[home], world.tight_postcodes[home]
    order = decimal(np.arange(1, size + 1))
    table = pd.DataFrame(
        {
            f"{name}tableid": row_ids(str(mine["la"].iloc[0]), int(census.period[:4]), size, 3), "NativeId": order,
            f"{name}orderseqcolumn": order, "sourceid": "1", "pupilonrolltableid": pupils["pupilonrolltableid"],
            "postcode": np.where(happens(rng, 0.12, size), tight, spaced), "saon": homes["flat"], "paon": homes["number"],
            "street": homes["street"], "town": town, "posttown": town,
            "uniquepropertyreferencenumber": np.where(happens(rng, 0.85, size), decimal(homes["uprn"].to_numpy()), ""),
        }
    )  # fmt: skip
    return table[present].reset_index(drop=True)
