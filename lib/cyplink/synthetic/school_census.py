"""School Census deliveries (COLLECT tables), one per authority and census: five censuses, which hold the attendance of all of 2024-25."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cyplink.synthetic import errors
from cyplink.synthetic.attendance import absence_rates
from cyplink.synthetic.calibration import ethnic_groups
from cyplink.synthetic.days import OPEN, spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.later import Later
from cyplink.synthetic.pupil_traits import Traits, has_free_meals, meals_thresholds, pupil_traits, sen_provision
from cyplink.synthetic.school_events import Roll, meals, needs, placements, sessions_and_exclusions
from cyplink.synthetic.school_tables import addresses_of, row_ids, school_details, schools_of
from cyplink.synthetic.school_terms import CENSUSES, Census, no_longer_on_roll, on_roll, with_stays
from cyplink.synthetic.schools import CENSUS_DAYS, school_list, school_of
from cyplink.synthetic.streams import Flags, Floats, Ints, Random, Texts, decimal, happens, pick, stream
from cyplink.synthetic.support import on_absence
from cyplink.synthetic.world import World

_CHANGE_SCHOOL = 0.85  # of pupils whose family moves to another authority: judgement
_UNKNOWN_ETHNIC = 0.03  # refused or not obtained


@dataclass(frozen=True)
class Pupils:
    """Rolls of all years with stays, and what is true of pupils over all terms: traits, poverty thresholds of free meals, shares of sessions missed (by person)."""

    roll: pd.DataFrame
    traits: Traits
    thresholds: dict[tuple[str, bool], float]
    rates: Floats


def pupils_of(world: World, recorded: pd.DataFrame, in_need: Flags) -> Pupils:
    """What every census draws on. `recorded`: rows of `as_recorded`; `in_need`: people their council has as a child in need."""
    roll, traits = with_stays(recorded), pupil_traits(world)
    thresholds = meals_thresholds(world, traits, roll[roll["year"] == max(CENSUS_DAYS)])
    return Pupils(roll, traits, thresholds, absence_rates(world, roll, in_need))


def deliveries(world: World, about: Pupils, censuses: Iterable[Census] = CENSUSES) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """Each delivery of these censuses with its truth rows (controller, local_id, person)."""
    for census in censuses:
        on = on_roll(about.roll, census)
        left = no_longer_on_roll(about.roll, on, census)
        at = [(rows, rows.groupby("la").indices) for rows in (on, left)]
        for borough in world.boroughs:
            mine, gone = (rows.iloc[of_la.get(borough.la, [])].reset_index(drop=True) for rows, of_la in at)
            if len(mine):
                files, truth = _files(world, about, census, mine, gone)
                named = {f"{census.period.replace('-', '_')}_{kind}.csv": (kind, rows) for kind, rows in files.items()}
                sent_on = spell(np.array([census.on + 55]), "iso")[0]
                yield Delivery("school_census", borough.la, census.period, sent_on, named), truth


def _files(world: World, about: Pupils, census: Census, mine: pd.DataFrame, gone: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Every table of one council's return, by name, and its truth rows."""
    la, year = str(mine["la"].iloc[0]), int(census.period[:4])
    rng = stream(world.seed, "school census", *((year,) if census.term == "spring" else (census.period,)), la)
    events = stream(world.seed, "school events", census.period, la)
    schools = np.unique(np.append(mine["estab"], gone["estab"]))
    listed = pd.concat([school_list(b) for b in world.boroughs if b.la == la])
    listed = listed[listed["estab"].isin(schools)].reset_index(drop=True)
    pupils = _pupils(world, about, mine, census, schools, rng)
    rates = about.rates * on_absence(world.people, census.days[0])[: len(about.rates)]  # who was born since is no pupil
    on = Roll(mine, pupils["pupilonrolltableid"].to_numpy(dtype=object), False, pupils["senprovision"].to_numpy(dtype=object), rates[mine["person"]], about.traits)
    possible, tables = sessions_and_exclusions(on, census, events)
    leavers = _leavers(world, about, gone, census, schools, rng)
    off = Roll(gone, leavers["pupilnolongeronrolltableid"].to_numpy(dtype=object), True, sen_provision(world, about.traits, gone), rates[gone["person"]], about.traits)
    possible_of_leavers, of_leavers = sessions_and_exclusions(off, census, events)
    for rows, sessions in ((pupils, possible), (leavers, possible_of_leavers)):
        for name, values in zip(("termlysessionspossible", "summerhalfterm2sessionspossible"), sessions, strict=False):
            rows[name] = values
    eligible = has_free_meals(about.traits, mine, about.thresholds)
    addresses = "addressesonroll" if census.term == "autumn" else "addresses"
    files = {
        "schoolcensus": schools_of(listed, census), "school": school_details(listed, census), "pupilonroll": pupils,
        addresses: addresses_of(world, mine, pupils, census, addresses, rng), "pupilnolongeronroll": leavers,
        "fsmperiodsonroll" if census.term == "autumn" else "fsmperiod": meals(on, census, eligible),
        **({"senneeds": needs(on, world.people["need"].to_numpy())} if census.term == "spring" else {}),
        **tables, **of_leavers, "schoolarrangedapdetailonroll": placements(on, census, events),
    }
    return files, pd.concat([truth_rows("school_census", pupils, mine), truth_rows("school_census", leavers, gone)], ignore_index=True)


def after_moves(about: Pupils, then: Later) -> Pupils:
    """The same a period later: most pupils whose family came to another authority have left their school for one there, which writes them down anew; those who
    went where nobody delivers have only left."""
    rng, roll = then.stream("school moves"), about.roll
    moved = then.moves[then.moves["from_la"] != then.moves["to_la"]].reset_index(drop=True)
    moved = moved[happens(rng, _CHANGE_SCHOOL, len(moved))].assign(leaving=lambda rows: rows["on"] + rng.integers(-5, 10, len(rows)))
    current = (roll["year"] == max(CENSUS_DAYS)).to_numpy() & (roll["leaving"] == OPEN).to_numpy()
    going = roll[current & roll["person"].isin(moved["person"]).to_numpy()]
    leaving = roll["leaving"].to_numpy().copy()
    leaving[going.index] = moved.set_index("person")["leaving"].loc[going["person"]].to_numpy()
    came = going[going["status"] != "S"].merge(moved[["person", "to_la", "leaving"]].rename(columns={"leaving": "left"}), on="person", how="inner")
    came = came.assign(la=came["to_la"], status="C", entry=came["left"] + rng.integers(1, 15, len(came)), leaving=OPEN)
    came["estab"] = school_of(then.before.boroughs, came["la"].to_numpy(dtype=object), came["ncyear"].to_numpy(), rng.random(len(came)))
    came = came[came["estab"] > 0].reset_index(drop=True)
    new = pd.concat([came[["person", "year", "la", "estab", "ncyear", "entry", "status", "leaving"]], _as_written(then.before, came["person"].to_numpy(), rng)], axis=1)
    return replace(about, roll=pd.concat([roll.assign(leaving=leaving), new[roll.columns]], ignore_index=True))


def as_recorded(world: World) -> pd.DataFrame:
    """The roll of every year with each school's own record of its pupils, the same every year until it is put right."""
    roll = world.enrolments
    at_school = roll.drop_duplicates(["person", "la", "estab"])[["person", "la", "estab"]].reset_index(drop=True)
    rng = stream(world.seed, "school records")
    written = at_school.join(_as_written(world, at_school["person"].to_numpy(), rng))
    roll = roll.merge(written, on=["person", "la", "estab"], how="left", validate="many_to_one")
    return _one_upn_twice(roll, rng)


def _as_written(world: World, person: Ints, rng: Random) -> pd.DataFrame:
    """What a school writes of each person who comes to it."""
    people = world.people.iloc[person].reset_index(drop=True)
    written = errors.written_down(people, world.factor[person], "school", rng)
    return written.assign(upn=_school_upns(world, people, rng), ethnicity=_ethnicity(people["ethnic"].to_numpy(), rng))


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


def _flag(rng: Random, share: float | np.ndarray, size: int, yes: str = "1", no: str = "0") -> Texts:
    return np.where(happens(rng, share, size), yes, no).astype(object)


def _identity(world: World, mine: pd.DataFrame, kind: str, ids: Texts, schools: Ints, census: Census, rng: Random) -> dict[str, object]:
    """Columns that pupils on and off the roll share; a school writes a pupil the same in every term."""
    people = world.people.iloc[mine["person"]].reset_index(drop=True)
    size, la = len(mine), str(mine["la"].iloc[0]) if len(mine) else ""
    order = decimal(np.arange(1, size + 1))
    upn = mine["upn"].to_numpy(dtype=object)
    return {
        f"{kind}tableid": ids, "NativeId": order, f"{kind}orderseqcolumn": order, "sourceid": "1",
        "schoolcensustableid": row_ids(la, int(census.period[:4]), len(schools), 1)[np.searchsorted(schools, mine["estab"])],
        "upn": upn, "formerupn": np.where((people["former_upn"] != upn) & happens(rng, 0.5, size), people["former_upn"], ""),
        "surname": mine["surname"], "forename": mine["forename"], "middlenames": np.where(happens(rng, 0.8, size), mine["middle"], ""),
        "formersurname": np.where(happens(rng, 0.7, size), people["former_surname"], ""),
        "dob": spell(mine["dob"].to_numpy(), "census"), "sex": mine["sex"], "entrydate": spell(mine["entry"].to_numpy(), "census"),
        "uniquelearnernumber": _learner_numbers(mine), "boarder": "N",
    }  # fmt: skip


def _learner_numbers(mine: pd.DataFrame) -> Texts:
    """Ten digits with their check digit, from year 9, and for whoever is recorded as 13 or older."""
    stem = 900_000_000 + 2 * mine["person"].to_numpy()
    stem = np.where(_weighted(stem) % 11 == 0, stem + 1, stem)
    number = stem * 10 + 10 - _weighted(stem) % 11
    needs_one = (mine["ncyear"].to_numpy() >= 9) | (mine["dob"].to_numpy() < CENSUS_DAYS[max(CENSUS_DAYS)] - 13 * 365)
    return np.where(needs_one, number.astype(str), "").astype(object)


def _weighted(stem: Ints) -> Ints:
    return np.asarray(sum((stem // 10 ** (8 - place) % 10) * (10 - place) for place in range(9)))


def _pupils(world: World, about: Pupils, mine: pd.DataFrame, census: Census, schools: Ints, rng: Random) -> pd.DataFrame:
    people = world.people.iloc[mine["person"]].reset_index(drop=True)
    size = len(mine)
    ids = row_ids(str(mine["la"].iloc[0]), int(census.period[:4]), size, 2)
    identity = _identity(world, mine, "pupilonroll", ids, schools, census, rng)
    surname = mine["surname"].to_numpy(dtype=object)
    preferred = np.where(happens(rng, 0.04, size) & (people["mother_surname"] != ""), people["mother_surname"], surname)
    return pd.DataFrame(identity | {"preferredsurname": preferred} | _circumstances(world, about, mine, people, rng)).astype(object)


def _leavers(world: World, about: Pupils, gone: pd.DataFrame, census: Census, schools: Ints, rng: Random) -> pd.DataFrame:
    person, group = gone["person"].to_numpy(), gone["ncyear"].to_numpy()
    ids = row_ids(str(gone["la"].iloc[0]) if len(gone) else "", int(census.period[:4]), len(gone), 4)
    identity = _identity(world, gone, "pupilnolongeronroll", ids, schools, census, rng)
    more = {
        "leavingdate": spell(gone["leaving"].to_numpy(), "census"), "parttime": "0", "ncyearleaving": _year_groups(group),
        "language": about.traits.language[person], "ethnicity": gone["ethnicity"],
    }  # fmt: skip
    return pd.DataFrame(identity | more).astype(object)


def _year_groups(group: Ints) -> Texts:
    labels = {**{g: str(g) for g in range(1, 15)}, 0: "R", -1: "N2", -2: "N1"}
    return np.array([labels.get(int(g), "X") for g in group], dtype=object)


def _circumstances(world: World, about: Pupils, mine: pd.DataFrame, people: pd.DataFrame, rng: Random) -> dict[str, object]:
    size, group, person, traits = len(mine), mine["ncyear"].to_numpy(), mine["person"].to_numpy(), about.traits
    sen = sen_provision(world, traits, mine)
    is_nursery = group < 0
    ethnicity = mine["ethnicity"].to_numpy(dtype=object)
    return {
        "schoollunchtaken": np.where(group <= 2, _flag(rng, 0.8, size), _flag(rng, 0.25 + 0.1 * (people["imd"].to_numpy() <= 2), size)),
        "parttime": np.where(is_nursery, _flag(rng, 0.6, size), "0"), "senunitindicator": _flag(rng, 0.006, size),
        "resourcedprovisionindicator": _flag(rng, 0.008, size), "missingaddress": "", "ethnicity": ethnicity,
        "hoursatsetting": np.where(is_nursery, pick(rng, ["15", "30"], size), ""),
        "fundedhours": np.where(is_nursery, "15", ""), "extendedhours": np.where(is_nursery, "0", ""),
        "topupfunding": np.where(sen == "E", _flag(rng, 0.5, size), "0"), "unitcontacttime": "", "duplicatenotfunded": "", "moveoffrollflag": "",
        "yssa": np.where(group >= 12, "UNS", ""), "language": traits.language[person],
        "enrolstatus": mine["status"], "classtype": np.where(is_nursery, "N", "O"),
        "ncyearactual": _year_groups(group), "senprovision": sen,
        "servicechild": np.where(traits.is_service_child[person], "Y", "N"), "plaa": np.where(traits.is_adopted[person], "A", "N"),
        "eyppr": np.where(is_nursery, _flag(rng, 0.15, size, "Y", "N"), ""), "eyppbf": "", "eligibilitycode": "", "thirtyhourcode": "",
        "dafindicator": np.where(is_nursery, "0", ""), "youngcarer": np.where(traits.is_young_carer[person], "P", "N"),
    }  # fmt: skip


def truth_rows(source: str, pupils: pd.DataFrame, mine: pd.DataFrame) -> pd.DataFrame:
    """Truth of pupils delivered (`upn`, `forename`, `surname` as delivered) in the order of `mine`."""
    key = pupils["upn"].to_numpy(dtype=object).copy()
    blank = np.flatnonzero(key == "")
    names = [pupils[c].iloc[blank].str.upper().str.strip() for c in ("forename", "surname")]
    key[blank] = "?" + names[0] + "|" + names[1] + "|" + spell(mine["dob"].to_numpy()[blank], "iso")
    local: Texts = (mine["estab"].astype(str) + "/" + key).to_numpy(dtype=object)
    return pd.DataFrame({"source": source, "controller": mine["la"], "local_id": local, "person": mine["person"]})
