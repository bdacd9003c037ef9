"""Where looked-after children live: one row per placement, in the order of a period of care.

Type, provider and distance follow the borough's 2025 composition and the minimum ages of the SSDA903 rules 370-374.
"""

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import Borough, icb_codes, places
from cyplink.synthetic.days import YEAR
from cyplink.synthetic.streams import Floats, Ints, Random, Texts, draw_index, happens, numbered, pick, rows_by

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


def locations(code: Texts, borough: Borough, weights: dict[str, float], rng: Random) -> Texts:
    """DfE LA number of each placement: own area, a neighbour in reach, or far away."""
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
    known = places()
    distant = known.loc[known["distance"] == "far", "la"].to_list()
    close = known[(known["distance"] != "far") & (known["la"] != borough.la)]
    pull = np.array([_pull(la, str(d), borough, weights) for la, d in zip(close["la"], close["distance"], strict=True)])
    nearby = close["la"].to_numpy(dtype=object)[draw_index(rng, np.cumsum(pull), size)]
    chosen = np.where(happens(rng, far_p, size), pick(rng, distant, size), nearby)
    return np.asarray(np.where(happens(rng, out_p, size), chosen, borough.la), dtype=object)


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


def hosting_weights(chosen: list[Borough]) -> dict[str, float]:
    """How many other councils' children each borough takes, relative: published hosts of 2025 where given."""
    hosted = {"304": 214, "310": 155, "307": 136, "312": 169, "313": 162, "205": 33, "207": 42, "213": 18, "306": 706}
    hosted |= {"317": 460, "311": 263, "320": 264, "308": 259, "209": 249, "301": 231, "208": 222, "316": 206}
    return {la: count / 100 for la, count in hosted.items()} | {b.la: hosted.get(b.la, 100) / 100 for b in chosen}
