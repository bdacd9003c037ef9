"""Names by ethnic group, community and sex, drawn by weight (names/SOURCES.md says where they come from).

Communities and customs are judgements about London; no row pairs a forename with a surname of a person.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import HERE, ethnic_groups
from cyplink.synthetic.streams import Flags, Floats, Ints, Random, Texts, draw_index, rows_by

_FILES = HERE / "names"
_VOWELS = "AEIOUY"
# People whose name is on no list, which the lists' cut tails leave out: judgement (names/SOURCES.md, "The rare tail")
_RARE_FORENAMES, _RARE_SURNAMES = 0.05, 0.08


@dataclass(frozen=True)
class Pool:
    """Names of one community with cumulative weights; `custom` and `female` are filled for surnames."""

    names: Texts
    cumulative: Floats
    custom: Texts
    female: Texts


@cache
def communities() -> pd.DataFrame:
    """Rows: ethnic group and community with its share; the row number is the community's number."""
    table = pd.read_csv(_FILES / "communities.csv")
    order = {code: i for i, code in enumerate(ethnic_groups()["ethnic"])}
    return table.assign(ethnic=table["group"].map(order).astype(int))


@cache
def _forename_pools(file: str) -> dict[tuple[int, str], Pool]:
    table = pd.read_csv(_FILES / file, keep_default_na=False)
    number = {(g, c): i for i, (g, c) in enumerate(communities()[["group", "community"]].itertuples(index=False))}
    return {
        (number[(g, c)], str(s)): _pool(rows["name"], rows["weight"])
        for (g, c, s), rows in table.groupby(["group", "community", "sex"], sort=True)
        if (g, c) in number
    }


def _pool(names: pd.Series, weights: pd.Series, custom: pd.Series | None = None, female: Texts | None = None) -> Pool:
    none = np.array([], dtype=object)
    return Pool(
        names.to_numpy(dtype=object),
        np.cumsum(weights.to_numpy(dtype=float)),
        none if custom is None else custom.to_numpy(dtype=object),
        none if female is None else female,
    )


@cache
def _surname_pools() -> dict[tuple[int, str], Pool]:
    """Per community: family surnames (with the woman's form) and, under `own`, names that do not pass down."""
    table = pd.read_csv(_FILES / "surnames.csv", keep_default_na=False)
    number = {(g, c): i for i, (g, c) in enumerate(communities()[["group", "community"]].itertuples(index=False))}
    pools: dict[tuple[int, str], Pool] = {}
    for (group, community), rows in table.groupby(["group", "community"], sort=True):
        if (group, community) not in number:
            continue
        women = rows.loc[rows["sex"] == "F", "surname"].to_list()
        passed = rows[rows["sex"] != "F"] if (rows["sex"] != "F").any() else rows
        female = np.array([_female_form(n, s, women) for n, s in zip(passed["surname"], passed["sex"], strict=True)])
        key = number[(group, community)]
        pools[(key, "family")] = _pool(passed["surname"], passed["weight"], passed["custom"], female.astype(object))
        own = rows[(rows["sex"] == "F") & (rows["custom"] == "none")]
        if len(own):
            pools[(key, "own")] = _pool(own["surname"], own["weight"])
    return pools


def _female_form(surname: str, sex: str, women: list[str]) -> str:
    if sex != "M":
        return surname
    stem = surname[:-1] if len(surname) > 4 else surname
    alike = [w for w in women if w.startswith(stem)]
    return alike[0] if alike else ("KAUR" if surname == "SINGH" else surname)


def draw_communities(ethnic: Ints, rng: Random) -> Ints:
    """A community number for each ethnic group number."""
    table, drawn = communities(), np.zeros(len(ethnic), dtype=np.int64)
    for group, where in rows_by(ethnic).items():
        rows = np.flatnonzero(table["ethnic"].to_numpy() == group)
        drawn[where] = rows[draw_index(rng, np.cumsum(table["share"].to_numpy()[rows]), len(where))]
    return drawn


def draw_forenames(community: Ints, sex: Texts, rng: Random, parents: bool = False) -> Texts:
    """A forename for each person, from the community's pool for that sex."""
    pools = _forename_pools("forenames_parent.csv" if parents else "forenames.csv")
    drawn = np.full(len(community), "", dtype=object)
    for group, where in rows_by(2 * community + (sex == "M")).items():
        key = (group // 2, "M" if group % 2 else "F")
        pool = pools.get(key) or _forename_pools("forenames.csv")[key]
        chosen = draw_index(rng, pool.cumulative, len(where))
        drawn[where] = _with_rare(pool, chosen, np.ones(len(where), dtype=bool), _RARE_FORENAMES, rng)
    return drawn


def _with_rare(pool: Pool, chosen: Ints, able: Flags, share: float, rng: Random) -> Texts:
    """The chosen names of a pool, a share of those `able` replaced by names that are on no list: the beginning of one name
    of the pool and the end of another, so that endings that tell sex and origin stay what they are."""
    drawn = pool.names[chosen]
    rare = np.flatnonzero(able & (rng.random(len(chosen)) < share))
    other = rng.integers(0, len(pool.names), len(rare))
    cuts = [_cut(str(name)) for name in pool.names] if len(rare) else []
    for row, second in zip(rare, other, strict=True):
        first = chosen[row]
        made = str(pool.names[first])[: cuts[first]] + str(pool.names[second])[cuts[second] :]
        if 4 <= len(made) <= 12 and made.isalpha():
            drawn[row] = made
    return np.asarray(drawn, dtype=object)


def _cut(name: str) -> int:
    """Where a name's first syllable ends: before the consonant that follows its first vowels (FA|TIMA, WIL|LIAM, O|LIVER)."""
    at = 0
    while at < len(name) and name[at] not in _VOWELS:
        at += 1
    while at < len(name) and name[at] in _VOWELS:
        at += 1
    two = name[at : at + 2]
    return at + 1 if len(two) == 2 and two[0] == two[1] else at


def draw_surnames(community: Ints, rng: Random) -> tuple[Texts, Texts, Texts]:
    """For each family line: surname as sons carry it, as daughters carry it, and its custom."""
    pools = _surname_pools()
    son, daughter, custom = (np.full(len(community), "", dtype=object) for _ in range(3))
    for number, where in rows_by(community).items():
        pool = pools[(number, "family")]
        chosen = draw_index(rng, pool.cumulative, len(where))
        son[where], daughter[where], custom[where] = pool.names[chosen], pool.female[chosen], pool.custom[chosen]
        plain = (daughter[where] == son[where]) & np.isin(custom[where], ["family", "patronymic"])
        rare = _with_rare(pool, chosen, plain, _RARE_SURNAMES, rng)
        son[where], daughter[where] = np.where(plain, rare, son[where]), np.where(plain, rare, daughter[where])
    second = custom == "double_barrel_common"
    extra = _second_surnames(community[second], rng)
    son[second] = son[second] + extra
    daughter[second] = son[second]
    return son, daughter, custom


def _second_surnames(community: Ints, rng: Random) -> Texts:
    """A further surname for most families whose custom is two: spaced or hyphened."""
    pools, extra = _surname_pools(), np.full(len(community), "", dtype=object)
    for number in np.unique(community):
        where = np.flatnonzero((community == number) & (rng.random(len(community)) < 0.6))
        pool = pools[(int(number), "family")]
        joiner = np.where(rng.random(len(where)) < 0.6, " ", "-").astype(object)
        extra[where] = joiner + pool.names[draw_index(rng, pool.cumulative, len(where))]
    return extra


def draw_own_surnames(community: Ints, is_girl: Flags, rng: Random) -> Texts:
    """A last name of her own (Begum, Khatun, ...) for girls where custom gives one; blank otherwise."""
    pools, drawn = _surname_pools(), np.full(len(community), "", dtype=object)
    for number in np.unique(community[is_girl]):
        pool = pools.get((int(number), "own"))
        if pool is not None:
            where = np.flatnonzero((community == number) & is_girl)
            where = where[rng.random(len(where)) < min(0.45, 1.6 * float(pool.cumulative[-1]))]
            drawn[where] = pool.names[draw_index(rng, pool.cumulative, len(where))]
    return drawn


@cache
def alike(name: str, community: int, sex: str) -> tuple[str, ...]:
    """Names of the same community and sex that a clerk may take for `name`: one letter other, or the same consonants."""
    pool = _forename_pools("forenames.csv")[(community, sex)].names
    return tuple(sorted(str(other) for other in pool if other != name and _is_alike(name, str(other))))


def _is_alike(one: str, other: str) -> bool:
    if one[0] != other[0] or abs(len(one) - len(other)) > 1 or len(one) < 4:
        return False
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1 or _consonants(one) == _consonants(other)
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    cut = any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))
    return cut or _consonants(one) == _consonants(other)


def _consonants(name: str) -> str:
    """Consonants in order, doubled ones once: HSN for both HASSAN and HUSSEIN."""
    kept = [letter for letter in name if letter not in "AEIOUY"]
    return "".join(letter for i, letter in enumerate(kept) if i == 0 or letter != kept[i - 1])


@cache
def variants(kinds: tuple[str, ...]) -> dict[str, list[str]]:
    """Other spellings of a name, of the given kinds: transliteration, spelling, nickname."""
    table = pd.read_csv(_FILES / "variants.csv", keep_default_na=False)
    table = table[table["kind"].isin(kinds)]
    return {str(name): rows["variant"].to_list() for name, rows in table.groupby("canonical", sort=True)}
