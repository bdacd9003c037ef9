"""State schools and who is on roll at each spring census: one row per child, school and year; and every child's UPN.

Schools have made-up establishment numbers; brothers and sisters mostly share one. About 13 % of pupils are schooled outside
their home authority.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import Borough, places
from cyplink.synthetic.days import day, year_of
from cyplink.synthetic.identifiers import pupil_numbers, serials
from cyplink.synthetic.streams import Flags, Floats, Ints, Random, Texts, happens, numbered, rows_by, stream

if TYPE_CHECKING:
    from cyplink.synthetic.world import World

CENSUS_DAYS = {2024: day("2024-01-18"), 2025: day("2025-01-16"), 2026: day("2026-01-15")}
# Share of children in state-funded schools by year group (-2 and -1 are nursery years): judgement
_STATE = {
    -2: 0.10,
    -1: 0.45,
    **dict.fromkeys(range(7), 0.90),
    **dict.fromkeys(range(7, 12), 0.87),
    12: 0.55,
    13: 0.52,
    14: 0.02,
}
_NO_ROWS = np.array([], dtype=np.int64)
_MOVES_SCHOOL = 0.045
_MOVES_SCHOOL_IN_CARE = 0.11
_ELSEWHERE = {"primary": 0.08, "secondary": 0.20}


def school_list(borough: Borough) -> pd.DataFrame:
    """State schools of one authority: la, estab, urn, phase, name."""
    primary, secondary = max(borough.children // 1250, 3), max(borough.children // 5200, 2)
    phases = ["primary"] * primary + ["secondary"] * secondary + ["special"]
    estab = [*range(2001, 2001 + primary), *range(4001, 4001 + secondary), 7001]
    urn = 900_000 + (int(borough.la) - 200) * 700 + np.arange(len(phases))
    return pd.DataFrame({"la": borough.la, "estab": estab, "urn": urn, "phase": phases})


def enrolments(world: World) -> pd.DataFrame:
    """person, year, la, estab, ncyear (R is 0, nursery -1 and -2), status (C, M or S), entry (day); delivering boroughs only."""
    rng = stream(world.seed, "schools")
    traits = _traits(world, rng)
    years = [_on_roll(world, year, traits, nth, rng) for nth, year in enumerate(CENSUS_DAYS)]
    roll = pd.concat(years, ignore_index=True)
    return _with_dual_registration(roll, rng).sort_values(
        ["year", "la", "estab", "person"], kind="stable", ignore_index=True
    )


def _traits(world: World, rng: Random) -> dict[str, np.ndarray]:
    """What stays with a child over the years: draws for school choice (shared in a family), moves, and not being on roll."""
    people = world.people
    size = len(people)
    _, of_family = np.unique(people["family"].to_numpy(), return_inverse=True)
    shared = rng.random(int(of_family.max()) + 1)[of_family]
    own = rng.random(size)
    pace = np.where(people["is_looked_after"], _MOVES_SCHOOL_IN_CARE, _MOVES_SCHOOL)
    return {
        "choice": np.where(happens(rng, 0.8, size), shared, own),
        "state": rng.random(size),
        "elsewhere": np.where(
            happens(rng, 0.8, size), rng.random(int(of_family.max()) + 1)[of_family], rng.random(size)
        ),
        "moved_2025": happens(rng, pace, size),
        "moved_2026": happens(rng, pace, size),
        "special": happens(rng, np.where(people["is_looked_after"], 0.05, 0.012), size),
    }


def _on_roll(world: World, year: int, traits: dict[str, np.ndarray], nth: int, rng: Random) -> pd.DataFrame:
    people, on = world.people, CENSUS_DAYS[year]
    group = year_group(people["dob"].to_numpy(), year)
    home = world.home_on(on)
    identity = (people["identity_from"].to_numpy() <= on) & (people["identity_to"].to_numpy() > on)
    share = np.array([_STATE.get(g, 0.0) for g in range(-4, 30)])[(group + 4).clip(0, 33)]
    share = share * np.where(people["is_looked_after"], 0.93, 1.0) * np.where(people["is_uasc"], 0.75, 1.0)
    there = (traits["state"] < share) & (home >= 0) & identity & (people["died_on"].to_numpy() > on)
    person = np.flatnonzero(there)
    phase = np.where(group[person] <= 6, "primary", "secondary").astype(object)
    la = _school_la(world.homes["la"].to_numpy(dtype=object)[home[person]], phase, traits["elsewhere"][person])
    moves = nth_moves(traits, person, nth)
    estab = _school(
        world.boroughs, la, np.where(traits["special"][person], "special", phase), traits["choice"][person], moves
    )
    found = estab > 0
    entry = _entry(group[person], year, moves * (nth > 0) > 0, rng)
    roll = pd.DataFrame(
        {"person": person, "year": year, "la": la, "estab": estab, "ncyear": group[person], "entry": entry}
    )
    return roll[found].assign(status="C")


def school_of(boroughs: list[Borough], la: Texts, group: Ints, choice: Floats) -> Ints:
    """A school of each authority for a year group, by a draw in 0-1; 0 where the authority delivers nothing here."""
    phase = np.where(group <= 6, "primary", "secondary").astype(object)
    return _school(boroughs, la, phase, choice, np.zeros(len(la), dtype=np.int64))


def year_group(dob: Ints, year: int) -> Ints:
    """National curriculum year in the spring of `year`: age on the 31 August before, less four."""
    born = year_of(dob)
    after_august = dob > (np.array([day(f"{y}-08-31") for y in range(1980, 2031)])[(born - 1980).clip(0, 50)])
    return np.asarray((year - 1) - born - after_august.astype(np.int64) - 4)


def nth_moves(traits: dict[str, np.ndarray], person: Ints, nth: int) -> Ints:
    """How many school moves a child has made by the nth census."""
    moved = (nth >= 1) * traits["moved_2025"][person].astype(np.int64) + (nth >= 2) * traits["moved_2026"][person]
    return np.asarray(moved, dtype=np.int64)


def _school_la(home_la: Texts, phase: Texts, draw: Floats) -> Texts:
    share = np.where(phase == "primary", _ELSEWHERE["primary"], _ELSEWHERE["secondary"])
    table = places()[places()["distance"] == "london"]
    neighbours = {icb: sorted(rows["la"]) for icb, rows in table.groupby("icb_ods")}
    icb_of = dict(zip(table["la"], table["icb_ods"], strict=True))
    la = home_la.copy()
    for row in np.flatnonzero(draw < share):
        others = neighbours.get(icb_of.get(home_la[row], ""), [])
        if others:
            la[row] = others[int(draw[row] / share[row] * len(others)) % len(others)]
    return la


def _school(boroughs: list[Borough], la: Texts, phase: Texts, choice: Floats, moves: Ints) -> Ints:
    """Establishment number, or 0 where the school is in an authority that delivers nothing here."""
    estab = np.zeros(len(la), dtype=np.int64)
    kinds = ("primary", "secondary", "special")
    las, of_la = numbered(la)
    of_kind = np.select([phase == kind for kind in kinds[:2]], [0, 1], 2)
    rows_of = rows_by(3 * of_la + of_kind)
    number = {code: position for position, code in enumerate(las)}
    for borough in boroughs:
        listed = school_list(borough)
        for position, kind in enumerate(kinds):
            options = listed.loc[listed["phase"] == kind, "estab"].to_numpy()
            rows = rows_of.get(3 * number.get(borough.la, -1) + position, _NO_ROWS)
            estab[rows] = options[((choice[rows] * len(options)).astype(np.int64) + 3 * moves[rows]) % len(options)]
    return estab


def _entry(group: Ints, year: int, has_moved: Flags, rng: Random) -> Ints:
    """Entry in the September of the phase's first year group; later for those who changed school."""
    years_in = np.where(group >= 12, group - 12, np.where(group >= 7, group - 7, np.maximum(group, 0)))
    septembers = np.array([day(f"{y}-09-04") for y in range(2005, 2027)])
    usual = septembers[year - 1 - years_in - 2005] + rng.integers(0, 4, len(group))
    late = CENSUS_DAYS[year] - 30 - rng.integers(0, 300, len(group))
    return np.asarray(np.where(has_moved, np.maximum(late, usual), usual))


def _with_dual_registration(roll: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """A few pupils are on two rolls of the authority: main at their school, subsidiary at another."""
    dual = np.flatnonzero(happens(rng, 0.004, len(roll)))
    second = roll.iloc[dual].copy()
    two = roll.groupby(["la"])["estab"].unique()
    estabs = second["estab"].to_numpy().copy()
    for position, (la, estab) in enumerate(zip(second["la"], second["estab"], strict=True)):
        others = np.sort([e for e in two[la] if e != estab])
        if len(others):
            estabs[position] = others[position % len(others)]
    second["estab"] = estabs
    second = second[second["estab"].to_numpy() != roll["estab"].to_numpy()[dual]].assign(status="S")
    roll.loc[second.index, "status"] = "M"
    return pd.concat([roll, second], ignore_index=True)


def allocate_upns(world: World) -> tuple[Texts, Texts]:
    """Present and former UPN of each person, blank where none: given once, by the first state school."""
    rng, people = stream(world.seed, "upn"), world.people
    size = len(people)
    group = year_group(people["dob"].to_numpy(), 2026)
    enrolled = np.zeros(size, dtype=bool)
    enrolled[world.enrolments["person"].to_numpy()] = True
    known = enrolled | ((group >= 0) & happens(rng, np.where(people["is_uasc"], 0.3, 0.6), size))
    la = people["la"].to_numpy(dtype=object)
    options = {b.la: school_list(b)["estab"].to_numpy() for b in world.boroughs}
    estab = np.array([options[a][int(d * (len(options[a]) - 1))] for a, d in zip(la, rng.random(size), strict=True)])
    first_year = np.maximum(2026 - group - 1, 2009) % 100
    keys = pd.DataFrame({"la": la, "estab": estab, "year": first_year})
    temporary = np.where(happens(rng, np.where(people["is_uasc"], 0.12, 0.008), size), rng.random(size), np.nan)
    upn = np.where(known, pupil_numbers(la, estab, first_year, serials(keys), temporary), "").astype(object)
    old_serial = 999 - serials(keys) % 300
    former = pupil_numbers(la, estab, np.maximum(first_year - 1, 0), old_serial)
    changed = happens(rng, np.where(people["is_looked_after"], 0.02, 0.006), size) & known
    return upn, np.where(changed, former, "").astype(object)
