"""Everyone in the synthetic London: one row per child (and per identity: an adopted child has two, sealed from each other).

The row number is the child's number in every other table. Looked-after children are all there; others are a sample.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic import care, episodes, families, names, placements
from cyplink.synthetic.calibration import Borough, borough_list, ethnic_groups
from cyplink.synthetic.days import OPEN, REFERENCE_DAY
from cyplink.synthetic.streams import Flags, Ints, Random, Texts, happens, pick, stream

_ALIKE_TWINS = 0.06  # of twins of one sex, where the community has such names: judgement
_HOSTED_FROM_LONDON = 0.75  # of hosted children, those whom another London council placed: judgement
_FAMILY_STEP = 10_000_000  # family numbers of one borough stay clear of the next


@dataclass
class Population:
    """people (one row per identity), care periods' episodes, and the homes of placements (la, kind, urn)."""

    people: pd.DataFrame
    episodes: pd.DataFrame
    placement_homes: pd.DataFrame


def make_population(chosen: list[Borough], sample: float, seed: int) -> Population:
    """People columns: la, responsible_la, family, line, dob, sex, ethnic, community, multiple, birth_order, weight,
    is_looked_after, is_uasc, forename, middle, surname, mother_surname, former_surname, former_number (of the identity
    before adoption, -1), identity_from and identity_to (days), need (of mental-health support, standard normal), died_on,
    is_withheld, is_hosted (placed here by a council that delivers nothing). Episodes as in episodes.py, `child` being the row of people."""
    weights = placements.hosting_weights(chosen)
    people: list[pd.DataFrame] = []
    spells: list[pd.DataFrame] = []
    homes: list[pd.DataFrame] = []
    for number, borough in enumerate(chosen):
        offset = sum(len(part) for part in people)
        looked_after, periods = _care_of(borough, seed)
        made, made_homes = episodes.episodes_of(borough, periods, weights, stream(seed, "episodes", borough.la))
        respite, stays = _respite(borough, stream(seed, "respite", borough.la))
        sampled = _sampled(borough, sample, seed)
        made["home"] += sum(len(part) for part in homes)
        stays["child"] += len(looked_after)
        made = pd.concat([made, stays], ignore_index=True)
        hosted = _hosted(borough, chosen, stream(seed, "hosted", borough.la))
        everyone = pd.concat([looked_after, respite, sampled, hosted], ignore_index=True)
        everyone[["family", "line"]] += 2 * number * _FAMILY_STEP
        everyone["multiple"] = np.where(everyone["multiple"] < 0, -1, everyone["multiple"] + everyone["family"] * 4)
        people.append(everyone)
        spells.append(made.assign(child=made["child"] + offset, la=borough.la))
        homes.append(made_homes)
    care_episodes = pd.concat(spells, ignore_index=True)
    together = pd.concat(people, ignore_index=True)
    named = _named(together.assign(is_hosted=together["is_hosted"].eq(True)), seed)
    return Population(_with_adopted(named, care_episodes, seed), care_episodes, pd.concat(homes, ignore_index=True))


def _care_of(borough: Borough, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    children, periods = care.care_population(borough, stream(seed, "care", borough.la))
    started = periods.groupby("child")["start"].min().to_numpy()
    ended = periods.groupby("child")["end"].max().to_numpy()
    children = families.care_families(children, started, ended, stream(seed, "care families", borough.la))
    for column in ("dob", "is_uasc"):
        periods[column] = children[column].to_numpy()[periods["child"]]
    children = children.assign(responsible_la=borough.la, weight=1.0, is_looked_after=True)
    children[["family", "line"]] += [_FAMILY_STEP // 2, _FAMILY_STEP]
    return children, periods


def _sampled(borough: Borough, sample: float, seed: int) -> pd.DataFrame:
    wanted = round((borough.children - borough.stock[2026]) * sample)
    made = families.sampled_families(borough, wanted, stream(seed, "families", borough.la))
    return made.assign(la=borough.la, responsible_la="", weight=1 / sample, is_looked_after=False, is_uasc=False)


def _hosted(borough: Borough, chosen: list[Borough], rng: Random) -> pd.DataFrame:
    """Children whom councils that deliver nothing here have placed in the borough: on its rolls and the spine, in no return.

    Of the published number hosted (2025) the share whose councils are not among those chosen; ages of children in care.
    """
    away = 1 - _HOSTED_FROM_LONDON * len(chosen) / len(borough_list())
    size = round(placements.hosted_children(borough) * away)
    ethnic = rng.choice(len(ethnic_groups()), size, p=borough.ethnic_share)
    family = _FAMILY_STEP - 2000 - size + np.arange(size)
    return pd.DataFrame(
        {
            "la": borough.la, "dob": REFERENCE_DAY - rng.integers(200, 6500, size), "ethnic": ethnic,
            "sex": pick(rng, ["M", "F"], size, [0.56, 0.44]), "family": family, "line": 2 * family, "is_uasc": False,
            "multiple": -1, "birth_order": 1, "responsible_la": "", "weight": 1.0, "is_looked_after": False, "is_hosted": True,
        }
    )  # fmt: skip


def _respite(borough: Borough, rng: Random) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Disabled children who live at home and have short breaks (V3), not counted among those looked after on 31 March."""
    size = max(borough.stock[2025] // 50, 1)
    ethnic = rng.choice(len(ethnic_groups()), size, p=borough.ethnic_share)
    children = pd.DataFrame({"la": borough.la, "dob": REFERENCE_DAY - rng.integers(2400, 6000, size), "ethnic": ethnic})
    children["sex"] = pick(rng, ["M", "F"], size, [0.68, 0.32])
    children = children.assign(
        family=np.arange(size) + _FAMILY_STEP - 1000, line=2 * (np.arange(size) + _FAMILY_STEP - 1000), is_uasc=False,
        multiple=-1, birth_order=1, responsible_la=borough.la, weight=1.0, is_looked_after=True,
    )  # fmt: skip
    child = np.repeat(np.arange(size), rng.integers(4, 16, size))
    nth = pd.Series(child).groupby(child).cumcount().to_numpy()
    decom = REFERENCE_DAY - 1000 + rng.integers(0, 25, len(child)) + 45 * nth
    stays = pd.DataFrame(
        {
            "child": child, "cin": "N2", "is_uasc": False, "period": -1, "move": -1, "decom": decom, "rne": "S", "ls": "V3",
            "place": pick(rng, ["U6", "K2", "R1"], len(child), [0.4, 0.3, 0.3]), "provider": "PR1",
            "dec": decom + rng.integers(1, 5, len(child)), "rec": "E4A", "reason": "", "place_la": borough.la, "home": -1,
            "urn": "XXXXXXX",
        }
    )  # fmt: skip
    return children, stays


def _named(people: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = stream(seed, "names")
    family, first = np.unique(people["family"].to_numpy(), return_index=True)
    of_family = np.searchsorted(family, people["family"].to_numpy())
    community = names.draw_communities(people["ethnic"].to_numpy()[first], rng)[of_family]
    sex = people["sex"].to_numpy(dtype=object)
    forename = _distinct_forenames(people, community, sex, rng)
    forename = _alike_twins(people, forename, community, sex, stream(seed, "alike twins"))
    middle = names.draw_forenames(community, sex, rng)
    middle = np.where(happens(rng, 0.55, len(people)), middle, "")
    surname, mother, custom = _family_surnames(people, community, of_family, first, rng)
    former = np.where(happens(rng, 0.03, len(people)), mother, "")
    died = np.where(happens(rng, 0.0006, len(people)), REFERENCE_DAY - rng.integers(0, 700, len(people)), OPEN)
    died = np.where((died < people["dob"]) | people["is_looked_after"], OPEN, died)
    withheld = happens(rng, np.where(people["is_looked_after"], 0.008, 0.003), len(people))
    return people.assign(
        community=community, forename=forename, middle=np.where(middle == forename, "", middle), surname=surname,
        mother_surname=mother, former_surname=np.where(former == surname, "", former), custom=custom, former_number=-1,
        died_on=died, is_withheld=withheld, identity_from=people["dob"], identity_to=OPEN, need=rng.normal(size=len(people)),
    )  # fmt: skip


def _distinct_forenames(people: pd.DataFrame, community: Ints, sex: Texts, rng: Random) -> Texts:
    """Forenames, drawn again where a brother or sister already has it."""
    forename = names.draw_forenames(community, sex, rng)
    for _ in range(4):
        repeated = pd.DataFrame({"family": people["family"], "name": forename}).duplicated().to_numpy()
        forename[repeated] = names.draw_forenames(community[repeated], sex[repeated], rng)
    return forename


def _alike_twins(people: pd.DataFrame, forename: Texts, community: Ints, sex: Texts, rng: Random) -> Texts:
    """A few twins named a letter apart or by the same sound (HASSAN and HUSSEIN): the second takes a name like the first's."""
    several = people.reset_index(names="row")[["row", "multiple", "birth_order"]]
    several = several[several["multiple"] >= 0].sort_values(["multiple", "birth_order"], kind="stable")
    row = several["row"].to_numpy()
    follows = np.append(False, several["multiple"].to_numpy()[1:] == several["multiple"].to_numpy()[:-1])
    at = np.flatnonzero(follows)
    before, after = row[at - 1], row[at]
    chosen = (sex[before] == sex[after]) & happens(rng, _ALIKE_TWINS, len(at))
    made = forename.copy()
    for first, second, draw in zip(before[chosen], after[chosen], rng.random(int(chosen.sum())), strict=True):
        like = names.alike(str(made[first]), int(community[second]), str(sex[second]))
        if like:
            made[second] = like[int(draw * len(like))]
    return made


def _family_surnames(
    people: pd.DataFrame, community: Ints, of_family: Ints, first: Ints, rng: Random
) -> tuple[Texts, Texts, Texts]:
    """Surname of each child by its father's line and its community's custom; and its mother's surname."""
    sex = people["sex"].to_numpy(dtype=object)
    line, at = np.unique(people["line"].to_numpy(), return_index=True)
    of_line = np.searchsorted(line, people["line"].to_numpy())
    son, daughter, custom = names.draw_surnames(community[at], rng)
    surname = np.where(sex == "F", daughter[of_line], son[of_line]).astype(object)
    _, mothers, mother_custom = names.draw_surnames(community[first], rng)
    takes = happens(rng, np.where(mother_custom == "family", 0.6, 0.1), len(first))
    married = daughter[of_line[first]]
    mother = np.where(takes, married, mothers)[of_family]
    own = names.draw_own_surnames(community, sex == "F", rng)
    surname = np.where(own != "", own, surname)
    by_mother = happens(rng, 0.13, len(first))[of_family] & (custom[of_line] == "family")
    surname = np.where(by_mother, mother, surname)
    barrel = happens(rng, 0.035, len(first))[of_family] & (mother != surname) & (custom[of_line] == "family")
    plain = np.array([" " not in s and "-" not in s for s in surname]) & (mother != "")
    joined = surname + "-" + mother
    return np.where(barrel & plain, joined, surname).astype(object), mother.astype(object), custom[of_line]


def _with_adopted(people: pd.DataFrame, care_episodes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Appends the new identity of every adopted child: new family, names and numbers; nothing links it to the old one."""
    rng = stream(seed, "adoption")
    adopted = care_episodes.loc[care_episodes["rec"].isin(["E11", "E12"]), "child"].drop_duplicates().to_numpy()
    if len(adopted) == 0:
        return people
    adopted_on = (
        care_episodes[care_episodes["rec"].isin(["E11", "E12"])].groupby("child")["dec"].max()[adopted].to_numpy()
    )
    people.loc[adopted, "identity_to"] = adopted_on
    new = people.iloc[adopted].reset_index(drop=True).assign(identity_from=adopted_on, identity_to=OPEN)
    new_family = people["family"].max() + 1 + np.arange(len(new))
    new["community"] = names.draw_communities(new["ethnic"].to_numpy(), rng)
    son, daughter, _ = names.draw_surnames(new["community"].to_numpy(), rng)
    sex = new["sex"].to_numpy(dtype=object)
    keeps: Flags = happens(rng, 0.6, len(new))
    fresh = names.draw_forenames(new["community"].to_numpy(), sex, rng)
    new = new.assign(
        family=new_family, line=people["line"].max() + 1 + np.arange(len(new)), former_number=adopted, responsible_la="",
        is_looked_after=False, multiple=-1, birth_order=1, surname=np.where(sex == "F", daughter, son),
        forename=np.where(keeps, new["forename"], fresh), former_surname="", mother_surname=daughter, died_on=OPEN,
        is_withheld=happens(rng, 0.1, len(new)),
    )  # fmt: skip
    return pd.concat([people, new], ignore_index=True)
