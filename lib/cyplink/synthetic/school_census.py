"""School Census spring deliveries (COLLECT tables schoolcensus, pupilonroll, addresses), one per authority and year."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd

from cyplink.synthetic import errors, names
from cyplink.synthetic.calibration import HERE, ethnic_groups
from cyplink.synthetic.days import spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.homes import town_of
from cyplink.synthetic.schools import CENSUS_DAYS, school_list
from cyplink.synthetic.streams import Ints, Random, Texts, decimal, happens, pick, stream
from cyplink.synthetic.world import World

_UNKNOWN_ETHNIC = 0.03  # refused or not obtained


def deliveries(world: World) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """Each delivery with its truth rows (controller, local_id, person)."""
    roll = _as_recorded(world)
    rows_of = roll.groupby(["year", "la"]).indices
    for year in CENSUS_DAYS:
        for borough in world.boroughs:
            if (year, borough.la) not in rows_of:
                continue
            mine = roll.iloc[rows_of[(year, borough.la)]].reset_index(drop=True)
            rng = stream(world.seed, "school census", year, borough.la)
            listed = school_list(borough)
            listed = listed[listed["estab"].isin(mine["estab"])].reset_index(drop=True)
            pupils = _pupils(world, mine, year, rng)
            files = {
                f"{year}_spring_schoolcensus.csv": ("schoolcensus", _schools(listed, year)),
                f"{year}_spring_pupilonroll.csv": ("pupilonroll", pupils),
                f"{year}_spring_addresses.csv": ("addresses", _addresses(world, mine, pupils, year, rng)),
            }
            yield Delivery("school_census", borough.la, f"{year}-spring", f"{year}-03-11", files), _truth(pupils, mine)


def _as_recorded(world: World) -> pd.DataFrame:
    """The roll with each school's own record of its pupils, the same every year until it is put right."""
    roll = world.enrolments
    at_school = roll.drop_duplicates(["person", "la", "estab"])[["person", "la", "estab"]].reset_index(drop=True)
    person = at_school["person"].to_numpy()
    people = world.people.iloc[person].reset_index(drop=True)
    rng = stream(world.seed, "school records")
    written = errors.written_down(people, world.factor[person], "school", rng)
    written = at_school.join(written.drop(columns="sex")).assign(sex=written["sex"])
    written["upn"] = _school_upns(world, people, rng)
    written["ethnicity"] = _ethnicity(people["ethnic"].to_numpy(), rng)
    roll = roll.merge(written, on=["person", "la", "estab"], how="left", validate="many_to_one")
    return _one_upn_twice(roll, rng)


def _school_upns(world: World, people: pd.DataFrame, rng: Random) -> Texts:
    blank = happens(rng, 0.006, len(people))
    old = (people["former_upn"] != "").to_numpy() & happens(rng, 0.25, len(people))
    upn = np.where(old, people["former_upn"], people["upn"])
    return np.asarray(np.where(blank, "", upn), dtype=object)


def _one_upn_twice(roll: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """A handful of UPNs are carried by two different children, at two schools."""
    children = roll.drop_duplicates("person")
    wrong = max(round(0.0003 * len(children)), 2)
    chosen = children.iloc[rng.permutation(len(children))[: 2 * wrong]]
    theirs = np.flatnonzero(roll["person"].isin(chosen["person"]))
    rows_of = {person: theirs[at] for person, at in roll["person"].iloc[theirs].groupby(roll["person"].iloc[theirs]).indices.items()}
    upn, estab = roll["upn"].to_numpy(dtype=object).copy(), roll["estab"].to_numpy()
    for taker, owner in zip(chosen["person"][:wrong], chosen["person"][wrong:], strict=False):
        if not set(estab[rows_of[owner]]) & set(estab[rows_of[taker]]):
            upn[rows_of[taker]] = upn[rows_of[owner][0]]
    return roll.assign(upn=upn)


def _ethnicity(ethnic: Ints, rng: Random) -> Texts:
    """Extended DfE codes, as London schools use them; some refused or not obtained; a few other than the family's own."""
    code = np.full(len(ethnic), "", dtype=object)
    for number, extended in enumerate(ethnic_groups()["extended"]):
        rows = np.flatnonzero(ethnic == number)
        code[rows] = pick(rng, str(extended).split(), len(rows))
    other = pick(rng, ["MOTH", "OOTH", "WOTH", "BOTH", "AOTH"], len(ethnic))
    code = np.where(happens(rng, 0.04, len(ethnic)), other, code)
    return np.where(happens(rng, _UNKNOWN_ETHNIC, len(ethnic)), pick(rng, ["REFU", "NOBT"], len(ethnic)), code).astype(
        object
    )


@cache
def _languages() -> dict[str, str]:
    table = pd.read_csv(HERE / "languages.csv")
    return dict(zip(table["community"], table["school"], strict=True))


def _language(community: Ints, rng: Random) -> Texts:
    spoken = np.array([_languages().get(name, "ENG") for name in names.communities()["community"]], dtype=object)
    at_home = np.where(happens(rng, 0.68, len(community)), spoken[community], "ENG")
    return np.where(
        happens(rng, 0.02, len(community)), pick(rng, ["ENB", "OTB", "NOT"], len(community)), at_home
    ).astype(object)


def _ids(la: str, year: int, rows: int, kind: int) -> Texts:
    return decimal(int(f"{kind}{la}{year % 100}") * 10**7 + np.arange(1, rows + 1))


def _flag(rng: Random, share: float | np.ndarray, size: int, yes: str = "1", no: str = "0") -> Texts:
    return np.where(happens(rng, share, size), yes, no).astype(object)


def _schools(listed: pd.DataFrame, year: int) -> pd.DataFrame:
    size, la = len(listed), str(listed["la"].iloc[0])
    order = decimal(np.arange(1, size + 1))
    return pd.DataFrame(
        {
            "schoolcensustableid": _ids(la, year, size, 1), "NativeId": order, "schoolcensusorderseqcolumn": order,
            "sourceid": "1", "term": "SPR", "collection": "SC", "name": "School Census", "year": str(year),
            "referencedate": spell(np.full(size, CENSUS_DAYS[year]), "census"), "sourcelevel": "L",
            "estab": listed["estab"].astype(str), "softwarecode": "SYNTHETIC", "release": "1.0", "serialno": "1",
            "xversion": "1", "datetime": spell(np.full(size, CENSUS_DAYS[year] + 20), "census"), "lea": la,
            "urn": listed["urn"].astype(str),
        }
    )  # fmt: skip


def _pupils(world: World, mine: pd.DataFrame, year: int, rng: Random) -> pd.DataFrame:
    people = world.people.iloc[mine["person"]].reset_index(drop=True)
    size, la = len(mine), str(mine["la"].iloc[0])
    schools = np.unique(mine["estab"])
    order = decimal(np.arange(1, size + 1))
    upn = mine["upn"].to_numpy(dtype=object)
    former = np.where((people["former_upn"] != upn) & happens(rng, 0.5, size), people["former_upn"], "")
    surname = mine["surname"].to_numpy(dtype=object)
    preferred = np.where(happens(rng, 0.04, size) & (people["mother_surname"] != ""), people["mother_surname"], surname)
    identity = {
        "pupilonrolltableid": _ids(la, year, size, 2), "NativeId": order, "pupilonrollorderseqcolumn": order, "sourceid": "1",
        "schoolcensustableid": _ids(la, year, len(schools), 1)[np.searchsorted(schools, mine["estab"])],
        "upn": upn, "formerupn": former, "surname": surname, "forename": mine["forename"],
        "middlenames": np.where(happens(rng, 0.8, size), mine["middle"], ""), "preferredsurname": preferred,
        "formersurname": np.where(happens(rng, 0.7, size), people["former_surname"], ""),
        "dob": spell(mine["dob"].to_numpy(), "census"), "sex": mine["sex"], "entrydate": spell(mine["entry"].to_numpy(), "census"),
    }  # fmt: skip
    return pd.DataFrame(identity | _circumstances(world, mine, people, year, rng)).astype(object)


def _circumstances(world: World, mine: pd.DataFrame, people: pd.DataFrame, year: int, rng: Random) -> dict[str, object]:
    size, group = len(mine), mine["ncyear"].to_numpy()
    cared = people["is_looked_after"].to_numpy()
    indicators = {b.la: b.indicators for b in world.boroughs}[str(mine["la"].iloc[0])]
    plan, support = indicators.get("SEN_TotStat", 5.2) / 100, indicators.get("SEN_TotSENSuP", 13.0) / 100
    sen = pick(rng, ["E", "K", "N"], size, [plan, support, 1 - plan - support])
    sen = np.where(cared, pick(rng, ["E", "K", "N"], size, [0.27, 0.26, 0.47]), sen)
    adopted = people["former_number"].to_numpy() >= 0
    is_nursery = group < 0
    labels = np.array(["X", "N1", "N2", "R", *(str(g) for g in range(1, 15)), "X"], dtype=object)
    school_age = (group >= 0) & (group <= 11)
    ethnicity = mine["ethnicity"].to_numpy(dtype=object)
    return {
        "uniquelearnernumber": np.where(group >= 10, decimal(9_910_000_000 + mine["person"].to_numpy()), ""),
        "schoollunchtaken": np.where(group <= 2, _flag(rng, 0.8, size), _flag(rng, 0.25 + 0.1 * (people["imd"].to_numpy() <= 2), size)),
        "parttime": np.where(is_nursery, _flag(rng, 0.6, size), "0"), "senunitindicator": _flag(rng, 0.006, size),
        "resourcedprovisionindicator": _flag(rng, 0.008, size), "missingaddress": "", "ethnicity": ethnicity,
        "hoursatsetting": np.where(is_nursery, pick(rng, ["15", "30"], size), ""),
        "fundedhours": np.where(is_nursery, "15", ""), "extendedhours": np.where(is_nursery, "0", ""),
        "termlysessionspossible": np.where(school_age, pick(rng, ["126", "128", "130"], size), ""),
        "topupfunding": _flag(rng, 0.03, size), "unitcontacttime": "", "duplicatenotfunded": "", "moveoffrollflag": "",
        "yssa": np.where(group >= 12, "UNS", ""), "language": _language(people["community"].to_numpy(), rng),
        "enrolstatus": mine["status"], "classtype": np.where(is_nursery, "N", "O"), "boarder": "N",
        "ncyearactual": labels[(group + 3).clip(0, len(labels) - 1)], "senprovision": sen,
        "servicechild": _flag(rng, 0.003, size, "Y", "N"), "plaa": np.where(adopted & happens(rng, 0.7, size), "A", "N"),
        "eyppr": np.where(is_nursery, _flag(rng, 0.15, size, "Y", "N"), ""), "eyppbf": "", "eligibilitycode": "",
        "dafindicator": np.where(is_nursery, "0", ""), "youngcarer": _flag(rng, 0.006, size, "P", "N"),
    }  # fmt: skip


def _addresses(world: World, mine: pd.DataFrame, pupils: pd.DataFrame, year: int, rng: Random) -> pd.DataFrame:
    """The address the school holds: stale for a time after a move, blank for a few."""
    size, person = len(mine), mine["person"].to_numpy()
    late = happens(rng, np.minimum(0.5 * world.factor[person], 0.85), size)
    lag = np.where(late, rng.exponential(150, size), 0).astype(np.int64)
    home = world.home_of(person, CENSUS_DAYS[year] - lag)
    home = np.where(home < 0, world.home_of(person, CENSUS_DAYS[year]), home)
    homes = world.homes.iloc[home].reset_index(drop=True)
    present = ~happens(rng, 0.012, size)
    town = town_of(homes["la"].to_numpy(dtype=object))
    spaced, tight = world.postcodes[home], world.tight_postcodes[home]
    order = decimal(np.arange(1, size + 1))
    table = pd.DataFrame(
        {
            "addressestableid": _ids(str(mine["la"].iloc[0]), year, size, 3), "NativeId": order,
            "addressesorderseqcolumn": order, "sourceid": "1", "pupilonrolltableid": pupils["pupilonrolltableid"],
            "postcode": np.where(happens(rng, 0.12, size), tight, spaced), "saon": homes["flat"], "paon": homes["number"],
            "street": homes["street"], "town": town, "posttown": town,
            "uniquepropertyreferencenumber": np.where(happens(rng, 0.85, size), decimal(homes["uprn"].to_numpy()), ""),
        }
    )  # fmt: skip
    return table[present].reset_index(drop=True)


def _truth(pupils: pd.DataFrame, mine: pd.DataFrame) -> pd.DataFrame:
    key = pupils["upn"].to_numpy(dtype=object).copy()
    blank = np.flatnonzero(key == "")
    names = [pupils[c].iloc[blank].str.upper().str.strip() for c in ("forename", "surname")]
    key[blank] = "?" + names[0] + "|" + names[1] + "|" + spell(mine["dob"].to_numpy()[blank], "iso")
    local: Texts = (mine["estab"].astype(str) + "/" + key).to_numpy(dtype=object)
    return pd.DataFrame(
        {"source": "school_census", "controller": mine["la"], "local_id": local, "person": mine["person"]}
    )
