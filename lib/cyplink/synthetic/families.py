"""Families of the sampled children: one row per child, with brothers, sisters, half-siblings and twins.

Everyone is aged 0-17 on the reference date. Family sizes, gaps and the share of half-siblings are judgement.
"""

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import Borough
from cyplink.synthetic.days import REFERENCE_DAY, YEAR, birthday
from cyplink.synthetic.streams import Flags, Ints, Random, apportion, draw_index, happens

_SIZE_SHARE = np.array([0.40, 0.37, 0.15, 0.055, 0.025])
_TWIN_PER_BIRTH = 0.032  # of later-born: about 3 % of all births are multiples
_NEW_FATHER = 0.12  # of families of two or more
_SIBLING_IN_CARE = 0.35


def sampled_families(borough: Borough, children: int, rng: Random) -> pd.DataFrame:
    """Children of one borough: family (number within it), line (father), dob, sex, ethnic, multiple, birth_order."""
    families = int(children * 0.85) + 5
    size = 1 + draw_index(rng, np.cumsum(_SIZE_SHARE), families)
    family = np.repeat(np.arange(families), size)
    rank = np.arange(len(family)) - np.repeat(np.cumsum(size) - size, size)
    oldest_allowed = birthday(np.array([REFERENCE_DAY]), -18)[0] + 1
    youngest = rng.integers(oldest_allowed, REFERENCE_DAY + 1, families)
    is_twin = (rank > 0) & happens(rng, _TWIN_PER_BIRTH, len(family))
    gap = np.where(is_twin, 0, 300 + rng.gamma(2.2, 420, len(family)).astype(np.int64)) * (rank > 0)
    total = np.cumsum(gap)
    dob = youngest[family] - (total - np.repeat(total[np.cumsum(size) - size], size))
    made = pd.DataFrame({"family": family, "dob": dob, "is_twin": is_twin, "rank": rank})
    of_family = np.repeat(np.arange(len(borough.ethnic_share)), apportion(families, borough.ethnic_share))
    made["ethnic"] = rng.permutation(of_family)[family]
    made["line"] = 2 * family + _second_father(family, rank, size, is_twin, rng)
    made["sex"] = np.where(happens(rng, 0.512, len(made)), "M", "F").astype(object)
    minors = made[made["dob"] >= oldest_allowed].iloc[:children].reset_index(drop=True)
    return with_multiples(minors)


def _second_father(family: Ints, rank: Ints, size: Ints, is_twin: Flags, rng: Random) -> Ints:
    changes_at = np.where(happens(rng, _NEW_FATHER, len(size)), rng.integers(1, 3, len(size)), 99)
    # a twin follows the child it was born with
    own_rank = rank - is_twin
    return (own_rank >= changes_at[family]).astype(np.int64)


def with_multiples(children: pd.DataFrame) -> pd.DataFrame:
    """Adds multiple (-1, or the family's number for twins and triplets: the first birth, 1 the second) and birth_order."""
    born = children.groupby(["family", "dob"], sort=False)
    several = born["dob"].transform("size").to_numpy() > 1
    number = (children["dob"] != children.groupby("family")["dob"].transform("min")).to_numpy().astype(np.int64)
    order = born.cumcount().to_numpy() + 1
    return children.assign(multiple=np.where(several, number, -1), birth_order=order).drop(columns=["is_twin", "rank"])


def care_families(children: pd.DataFrame, started: Ints, ended: Ints, rng: Random) -> pd.DataFrame:
    """Looked-after children with family and line: neighbours in time and ethnic group are often siblings; UASC are alone."""
    order = np.lexsort((children["dob"], started, children["ethnic"], children["is_uasc"]))
    sorted_children = children.iloc[order]
    dob, ethnic = sorted_children["dob"].to_numpy(), sorted_children["ethnic"].to_numpy()
    apart = np.abs(np.diff(dob))
    plausible = (apart > 290) & (apart < 9 * YEAR) & (np.diff(ethnic) == 0) & ~sorted_children["is_uasc"].to_numpy()[1:]
    joins = np.append(False, plausible & happens(rng, _SIBLING_IN_CARE, len(plausible)))
    # a third sibling must also be born apart from the first
    joins[2:] &= ~(joins[1:-1] & (np.abs(dob[2:] - dob[:-2]) < 290))
    family = np.empty(len(children), dtype=np.int64)
    family[order] = np.cumsum(~joins) - 1
    other_father = happens(rng, 0.3, len(children))
    made = children.assign(family=family, line=2 * family + other_father, is_twin=False, rank=0)
    twin_of = np.flatnonzero(joins[order.argsort()] & happens(rng, 0.03, len(children)))
    before = order[order.argsort()[twin_of] - 1]
    dob_before = made["dob"].to_numpy()[before]
    can = dob_before <= np.minimum(started[twin_of], started[before])
    # nobody is in care after the eighteenth birthday
    can &= birthday(dob_before, 18) >= np.minimum(ended[twin_of], REFERENCE_DAY + 1)
    can &= np.abs(dob_before - made["dob"].to_numpy()[twin_of]) < 2 * YEAR
    dobs = made["dob"].to_numpy().copy()
    dobs[twin_of[can]] = dobs[before[can]]
    return with_multiples(made.assign(dob=dobs))
