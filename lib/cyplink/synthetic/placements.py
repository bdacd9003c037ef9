"""Where looked-after children live: one row per placement, in the order of a period of care.

Type, provider and distance follow the borough's 2025 composition and the minimum ages of the SSDA903 rules 370-374.
"""

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import Borough, icb_codes, places
from cyplink.synthetic.days import YEAR
from cyplink.synthetic.quotas import to_quota, wanted
from cyplink.synthetic.streams import Flags, Floats, Ints, Random, Texts, draw_index, happens, numbered, pick, rows_by

_SUPPORTED = "Independent and semi-independent living arrangements/supported accommodation"
_PARENTS = "Placed with parents or other person with parental responsibility"
_HOMES = "Secure homes and children's homes"
_SHARED_SIZE = {"foster": 1.8, "home": 4.0, "supported": 6.0, "school": 8.0}
SHARED_KINDS = {
    "U": "foster",
    "K2": "home",
    "K1": "home",
    "K3": "supported",
    "R1": "home",
    "S1": "school",
    "R5": "home",
}


# Looked-after children of other authorities living in each borough, 31 March 2025 (DfE)
_HOSTED = {
    "202": 54, "203": 167, "204": 90, "205": 33, "206": 44, "207": 42, "208": 222, "209": 249, "210": 122, "211": 60, "212": 73,
    "213": 18, "301": 231, "302": 127, "303": 187, "304": 214, "305": 184, "306": 706, "307": 136, "308": 259, "309": 120, "310": 155,
    "311": 263, "312": 169, "313": 162, "314": 42, "315": 158, "316": 206, "317": 460, "318": 45, "319": 111, "320": 264,
}  # fmt: skip


def place_codes(moves: pd.DataFrame, borough: Borough, rng: Random) -> Texts:
    """PLACE for each placement; `moves` has start, dob, is_uasc, ls, is_last, to_adopters. K3 also stands for H5."""
    size = len(moves)
    age = ((moves["start"] - moves["dob"]) / YEAR).to_numpy()
    share = borough.composition.get("Placement", {})
    teens = _age_share(borough, ("10 to 15 years", "16 years and over"))
    older = _age_share(borough, ("16 years and over",))
    code = _foster_codes(age, rng)
    on_order = moves["ls"].isin(["C1", "C2"]).to_numpy()
    home_p = np.where(age >= 10, 1.55 * share.get(_HOMES, 0.1) / teens, np.where(age >= 7, 0.03, 0.0))
    code = np.where(happens(rng, home_p, size), "K2", code)
    other_p = share.get("Other residential settings", 0.02) * 0.6
    code = np.where(happens(rng, other_p, size) & (age >= 5), pick(rng, ["R1", "R2", "S1"], size), code)
    code = np.where(happens(rng, 0.02, size) & (age < 1), "R3", code)
    supported_p = min(1.75 * share.get(_SUPPORTED, 0.12) / older, 0.95)
    code = np.where(happens(rng, supported_p, size) & (age >= 16.02), "K3", code)
    code = np.where(happens(rng, 2.6 * share.get(_PARENTS, 0.03), size) & on_order, "P1", code)
    code = np.where(happens(rng, share.get("Other placements", 0.02), size), "Z1", code)
    code = np.where((moves["ls"] == "J1") & happens(rng, 0.5, size) & (age >= 10.1), "R5", code)
    adopting = (moves["ls"] == "E1") & moves["to_adopters"] & moves["is_last"]
    code = np.where(adopting, pick(rng, ["A5", "A6"], size, [0.25, 0.75]), code)
    return np.asarray(code, dtype=object)


CATEGORIES = {
    "foster": ("Foster",), "home": ("Secure homes",), "supported": ("Independent",), "parents": ("Placed with parents",),
    "school": ("Residential schools",), "residential": ("Other residential",), "other": ("Other placements",),
    "adopters": ("Placed for adoption",),
}  # fmt: skip
_CATEGORY = {"U": 0, "K1": 1, "K2": 1, "K3": 2, "H5": 2, "P": 3, "S": 4, "R": 5, "Z": 6, "T": 6, "A": 7}


def categories(code: Texts) -> Ints:
    """The published category of each placement code: a position in CATEGORIES."""
    codes, which = numbered(code)
    known = [_CATEGORY.get(text, _CATEGORY.get(text[:1], 6)) for text in codes]
    return np.array(known, dtype=np.int64)[which]


def as_published(moves: pd.DataFrame, counted: Ints, borough: Borough, rng: Random) -> Texts:
    """The codes of `moves`, changed for those `counted` so that they make the published table of placements."""
    them = moves.iloc[counted]
    code, size = moves["code"].to_numpy(dtype=object).copy(), len(counted)
    age = ((them["start"] - them["dob"]) / YEAR).to_numpy()
    adopting = categories(code[counted]) == 7
    ordered = them["ls"].isin(["C1", "C2"]).to_numpy()
    everyone = np.ones(size, dtype=bool)
    able = np.column_stack([everyone, age >= 5, age >= 16.02, ordered, age >= 5, age >= 5, everyone, ~everyone])
    able &= ~adopting[:, None]
    before = categories(code[counted])
    after = to_quota(before, wanted(borough, "Placement", list(CATEGORIES.values()), size), able, rng)
    made = np.array(["", "K2", "K3", "P1", "S1", "R1", "Z1", ""], dtype=object)[after]
    made = np.where(after == 0, _foster_codes(age, rng), made)
    code[counted] = np.where(after == before, code[counted], made)
    return code


def providers_as_published(
    provider: Texts, code: Texts, counted: Ints, borough: Borough, rng: Random
) -> tuple[Texts, Texts]:
    """Providers changed for those `counted` so that they make the published table, where the placement allows; and codes:
    a relative's home that becomes another provider's is no relative's (U6)."""
    provider, codes = provider.copy(), ["PR0", "PR1", "PR2", "PR3", "PR4", "PR5", ""]
    labels = ["Parents", "Own provision", "Other LA", "Other public", "Private", "Voluntary", "Placement provider not"]
    free = np.isin(code[counted], ["U1", "U3", "U4", "U5", "U6", "K2", "K3", "S1", "R1"])
    able = np.column_stack([free & (name in ("PR1", "PR2", "PR4", "PR5")) for name in codes])
    before = np.array([codes.index(text) for text in provider[counted]], dtype=np.int64)
    quota = wanted(borough, "Place providers", [(label,) for label in labels], len(counted))
    provider[counted] = np.array(codes, dtype=object)[to_quota(before, quota, able, rng)]
    return provider, np.where(np.isin(code, ["U1", "U3"]) & (provider != "PR1"), "U6", code).astype(object)


def _age_share(borough: Borough, bands: tuple[str, ...]) -> float:
    ages = borough.composition.get("Age group", {})
    return max(sum(ages.get(band, 0.3) for band in bands), 0.2)


def _foster_codes(age: Floats, rng: Random) -> Texts:
    code = pick(rng, ["U1", "U3", "U4", "U6"], len(age), [0.07, 0.12, 0.27, 0.54])
    return np.where((age < 2) & (rng.random(len(age)) < 0.06), "U5", code)


def providers(code: Texts, borough: Borough, rng: Random) -> Texts:
    """PLACE_PROVIDER that agrees with PLACE (rules 526-531); blank for Z codes."""
    published = borough.composition.get("Place providers", {})
    own = published.get("Own provision (by the LA)", 0.39)
    foster = max(borough.composition.get("Placement", {}).get("Foster placements", 0.68), 0.3)
    own_p = float(np.clip((own - 0.02) / foster - 0.22, 0.15, 0.8))  # relatives' homes are all the council's own
    provider = pick(rng, ["PR1", "PR4", "PR5"], len(code), [own_p, (1 - own_p) * 0.88, (1 - own_p) * 0.12])
    private = pick(rng, ["PR4", "PR5", "PR1"], len(code), [0.82, 0.1, 0.08])
    provider = np.where(np.isin(code, ["K2", "K3", "S1", "R1"]), private, provider)
    provider = np.where(np.isin(code, ["U1", "U2", "U3", "A5", "A6"]), "PR1", provider)
    provider = np.where(np.isin(code, ["R2", "R5"]), "PR3", np.where(code == "R3", "PR4", provider))
    provider = np.where(code == "P1", "PR0", provider)
    return np.asarray(np.where(code == "Z1", "", provider), dtype=object)


def locations(
    code: Texts, counted: Ints, is_uasc: Flags, borough: Borough, weights: dict[str, float], rng: Random
) -> Texts:
    """DfE LA number of each placement: own area, a neighbour in reach, or far away; as published for those `counted`."""
    outside = borough.composition.get("Locality of placement", {}).get(
        "Placed outside the local authority boundary", 0.66
    )
    bands = borough.composition.get("Distance and locality", {})
    far = sum(v for k, v in bands.items() if "outside" in k and "more than 20" in k)
    far_p = np.clip(far / max(outside, 0.1), 0.05, 0.6)
    out_p = np.where(
        code == "P1", 0.25, np.where(np.isin(code, ["K2", "S1", "R5"]), min(outside * 1.25, 0.97), outside * 0.97)
    )
    far_p = np.where(np.isin(code, ["K2", "S1", "R5"]), min(far_p * 1.7, 0.8), far_p * 0.85)
    size = len(code)
    near, distant = _drawn_nearby(borough, weights, size, rng), _drawn_far(size, rng)
    chosen = np.where(happens(rng, far_p, size), distant, near)
    chosen = np.where(happens(rng, out_p, size), chosen, borough.la).astype(object)
    return _located_as_published(chosen, counted, is_uasc, borough, np.column_stack([near, distant]), rng)


def _located_as_published(
    la: Texts, counted: Ints, is_uasc: Flags, borough: Borough, elsewhere: Texts, rng: Random
) -> Texts:
    """Locations changed for those `counted`: inside the authority, outside within 20 miles, or farther. The distance of
    children who came alone is not known, as they have no home here: for them only inside and outside are counted."""
    alone = counted[is_uasc[counted]]
    of_alone = wanted(borough, "Distance and locality", [("5.",), ("6.",)], len(alone))
    inside, outside = wanted(borough, "Locality of placement", [("Placed inside",), ("Placed outside",)], len(counted))
    _, far = wanted(borough, "Distance and locality", [("1.", "2.", "3.", "5.", "6."), ("4.",)], len(counted))
    far = min(far, outside - of_alone[1])
    of_others = np.array([inside - of_alone[0], outside - of_alone[1] - far, far]).clip(0)
    for rows, quota in ((counted[~is_uasc[counted]], of_others), (alone, of_alone)):
        cell = np.where(la[rows] == borough.la, 0, np.where(is_far(la[rows]) & (len(quota) == 3), 2, 1))
        after = to_quota(cell, quota, np.ones((len(rows), len(quota)), dtype=bool), rng)
        moved = after != cell
        new = np.where(after == 0, borough.la, np.where(after == 1, elsewhere[rows, 0], elsewhere[rows, 1]))
        la[rows[moved]] = new[moved]
    return la


def is_far(la: Texts) -> Flags:
    """Whether each authority is more than 20 miles away from London."""
    known = places()
    return np.isin(la, known.loc[known["distance"] == "far", "la"].to_list())


def _drawn_far(size: int, rng: Random) -> Texts:
    known = places()
    return pick(rng, known.loc[known["distance"] == "far", "la"].to_list(), size)


def _drawn_nearby(borough: Borough, weights: dict[str, float], size: int, rng: Random) -> Texts:
    known = places()
    close = known[(known["distance"] != "far") & (known["la"] != borough.la)]
    pull = np.array([_pull(la, str(d), borough, weights) for la, d in zip(close["la"], close["distance"], strict=True)])
    return np.asarray(close["la"].to_numpy(dtype=object)[draw_index(rng, np.cumsum(pull), size)], dtype=object)


def _pull(la: str, distance: str, borough: Borough, weights: dict[str, float]) -> float:
    same_icb = icb_codes()[la] == borough.icb
    base = 5.0 if distance == "near" else weights.get(la, 1.0)
    return base * (4.0 if same_icb else 1.0)


def shared_homes(code: Texts, la: Texts, rng: Random) -> tuple[Ints, pd.DataFrame]:
    """A home number for each placement and the list of those homes (la, kind, urn): carers and children's homes are shared."""
    kind = np.array([SHARED_KINDS.get(c, SHARED_KINDS.get(c[0], "own")) for c in code], dtype=object)
    number = np.full(len(code), -1, dtype=np.int64)
    made_la: list[str] = []
    made_kind: list[str] = []
    total = 0
    kinds = (*sorted(_SHARED_SIZE), "own")
    las, of_la = numbered(la)
    of_kind = np.array([kinds.index(k) for k in kind], dtype=np.int64)
    rows_of = rows_by(len(kinds) * of_la + of_kind)
    for place_number, place in enumerate(las):
        for kind_number, what in enumerate(kinds):
            rows = rows_of.get(len(kinds) * place_number + kind_number)
            if rows is None:
                continue
            homes = max(int(len(rows) / _SHARED_SIZE.get(what, 1.0)), 1)
            number[rows] = total + (
                rng.integers(0, homes, len(rows)) if what != "own" else np.arange(len(rows))
            )
            made_la += [place] * homes
            made_kind += [what] * homes
            total += homes
    homes_made = pd.DataFrame({"la": np.array(made_la, dtype=object), "kind": np.array(made_kind, dtype=object)})
    homes_made["urn"] = _urns(homes_made["kind"].to_numpy(dtype=object), rng)
    return number, homes_made


def _urns(kind: Texts, rng: Random) -> Texts:
    digits = rng.integers(1_000_000, 3_000_000, len(kind))
    sc = np.array([f"SC{n % 1_000_000:06d}" for n in digits], dtype=object)
    seven = np.array([str(n) for n in digits], dtype=object)
    urn = np.where(happens(rng, 0.6, len(kind)), sc, seven)
    return np.asarray(np.where(np.isin(kind, ["own", "foster"]), "XXXXXXX", urn), dtype=object)


def hosted_children(borough: Borough) -> int:
    """How many children of other councils lived in the borough in 2025."""
    return round(100 * hosting_weights([borough])[borough.la])


def hosting_weights(chosen: list[Borough]) -> dict[str, float]:
    """How many other councils' children each borough takes, in hundreds: published hosts of 2025 (DfE)."""
    return {la: count / 100 for la, count in _HOSTED.items()} | {b.la: _HOSTED.get(b.la, 0) / 100 for b in chosen}
