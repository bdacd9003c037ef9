"""The synthetic London beside what is published about the real one: every figure it claims to meet, borough by borough.

A figure is met within 10 % or three children, whichever is more (three sampled children where children are sampled).
Published: conf/calibration. Mental-health contact and the mix of children are derived figures (judgement), and say so.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import Borough, ethnic_groups, published
from cyplink.synthetic.care import YEAR_ENDS, in_care
from cyplink.synthetic.days import OPEN, REFERENCE_DAY, YEAR
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.mental_health import Care
from cyplink.synthetic.placements import CATEGORIES, categories, is_far
from cyplink.synthetic.quotas import COUNTED_ON
from cyplink.synthetic.streams import Flags, Ints
from cyplink.synthetic.world import World

SHARE, CHILDREN = 0.10, 3
COLUMNS = ("la", "borough", "measure", "published", "synthetic", "unit", "slack", "source", "year", "met")
_BANDS = (("Under 1 year", 0, 1), ("1 to 4 years", 1, 5), ("5 to 9 years", 5, 10), ("10 to 15 years", 10, 16), ("16 years and over", 16, 19))
_LEGAL = {"C2": "Full care order", "C1": "Interim care order", "E1": "Placement order granted", "V2": "Voluntary agreements",
          "J": "Youth justice", "L": "Detained for child protection"}  # fmt: skip
_PROVIDERS = {"PR0": "Parents", "PR1": "Own provision", "PR2": "Other LA", "PR3": "Other public", "PR4": "Private",
              "PR5": "Voluntary", "": "Placement provider not"}  # fmt: skip
_DERIVED = "derived, judgement"
Found = dict[tuple[str, str], float]  # (measure as published, year) to the synthetic figure


def compare(world: World, care: Care, measured: dict[tuple[str, str], float]) -> pd.DataFrame:
    """One row per borough and claimed figure; `measured` are figures of delivered files by (la, measure)."""
    rows: list[tuple[object, ...]] = []
    weight = world.people["weight"].to_numpy(dtype=float)
    for borough in world.boroughs:
        counts = _counts(world, borough)
        rows += _published_rows(borough, counts, measured, float(weight.max()))
        rows += _derived_rows(world, care, borough)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def measure_delivery(delivery: Delivery, weight: np.ndarray) -> dict[tuple[str, str], float]:
    """What a delivery says of a published figure: mean SDQ, health and dental checks, special needs; others say nothing."""
    la, found = delivery.controller, {}
    if (delivery.source, delivery.period) == ("ssda903", "2024-25") and "oc2.csv" in delivery.files:
        oc2 = delivery.files["oc2.csv"][1]
        score = pd.to_numeric(oc2["SDQ_SCORE"], errors="coerce")
        found[(la, "lait|Emotional_LAC")] = float(score.mean())
        for measure, column in (("LACHealth%", "HEALTH_ASSESSMENT"), ("LACDental%", "TEETH_CHECK")):
            found[(la, f"lait|{measure}")] = 100 * float((oc2[column] == "1").mean())
    if (delivery.source, delivery.period) == ("school_census", "2025-spring"):
        pupils = next((table for kind, table in delivery.files.values() if kind == "pupilonroll"), None)
        if pupils is not None and len(pupils) <= len(weight):
            for measure, code in (("SEN_TotStat", "E"), ("SEN_TotSENSuP", "K")):
                found[(la, f"lait|{measure}")] = 100 * float(np.average(pupils["senprovision"] == code, weights=weight[: len(pupils)]))
    return {key: value for key, value in found.items() if not np.isnan(value)}


def _published_rows(borough: Borough, counts: Found, measured: dict[tuple[str, str], float], most: float) -> Iterator[tuple[object, ...]]:
    figures = published()
    for measure, text, year, source in figures.loc[figures["la"] == borough.la, ["measure", "value", "year", "source"]].itertuples(index=False):
        synthetic = counts.get((measure, year), measured.get((borough.la, measure)))
        if synthetic is None or not str(text).replace(".", "").isdigit():
            continue
        is_share = str(measure).startswith("lait|")
        slack = 0.0 if is_share else CHILDREN * (most if measure == "population_0_17" else 1.0)
        unit = "points" if measure == "lait|Emotional_LAC" else "%" if is_share else "children"
        if unit == "%":  # three children of those counted, as a share of them
            slack = 100 * CHILDREN / max(borough.stock[2025], 1)
        yield _row(borough, str(measure), float(str(text)), synthetic, unit, slack, str(source), str(year))


def _row(borough: Borough, measure: str, wanted: float, got: float, unit: str, slack: float, source: str, year: str) -> tuple[object, ...]:
    met = abs(got - wanted) <= max(SHARE * wanted, slack) + 1e-9
    return (borough.la, borough.name, measure, wanted, round(got, 2), unit, round(slack, 2), source, year, bool(met))


def _counts(world: World, borough: Borough) -> Found:
    people = world.people
    weight = people["weight"].to_numpy(dtype=float)
    here = _children_now(world) & (world.la_number == int(borough.la))
    found: Found = {("population_0_17", "2024"): float(weight[here].sum())}
    spells = world.spells_of[borough.la]
    for year in (2023, 2024, 2025):
        found[("cla_31_march", str(year))] = float(in_care(spells, len(people), YEAR_ENDS[year]).sum())
    long = spells[(spells["ls"] != "V3") & (spells["period"] >= 0)]
    periods = long.groupby(["child", "period"]).agg(start=("decom", "min"), end=("dec", "max")).reset_index()
    for year in (2024, 2025):
        first, last = YEAR_ENDS[year - 1] + 1, YEAR_ENDS[year]
        for measure, column in (("cla_starting_in_year", "start"), ("cla_ceasing_in_year", "end")):
            inside = periods[(periods[column] >= first) & (periods[column] <= last)]
            found[(measure, str(year))] = float(inside["child"].nunique())
    return found | _composition(world, borough, long)


def _children_now(world: World) -> Flags:
    people = world.people
    present = (people["identity_to"].to_numpy() > REFERENCE_DAY) & (people["died_on"].to_numpy() == OPEN)
    return np.asarray(present & (people["dob"].to_numpy() > REFERENCE_DAY - 18 * YEAR))


def _composition(world: World, borough: Borough, spells: pd.DataFrame) -> Found:
    """Counts of the children looked after on 31 March 2025, under the names they are published by."""
    then = spells[(spells["decom"] <= COUNTED_ON) & (spells["dec"] > COUNTED_ON)]
    them = world.people.iloc[then["child"]]
    age = (COUNTED_ON - them["dob"].to_numpy()) / YEAR
    alone = them["is_uasc"].to_numpy(dtype=bool)
    inside = (then["place_la"] == borough.la).to_numpy()
    far = is_far(then["place_la"].to_numpy(dtype=object))
    broad = ethnic_groups()["broad"].to_numpy(dtype=object)[them["ethnic"].to_numpy()]
    legal, provider = then["ls"].astype(str), then["provider"].to_numpy(dtype=object)
    category = categories(then["place"].to_numpy(dtype=object))
    band = np.where(alone, np.where(inside, 5, 6), np.where(inside, 1, np.where(far, 4, 2)))
    groups: dict[str, dict[str, Flags]] = {
        "Age group": {name: (age >= low) & (age < high) for name, low, high in _BANDS},
        "Sex": {"Male": (them["sex"] == "M").to_numpy(), "Female": (them["sex"] == "F").to_numpy()},
        "Ethnicity": {name: broad == name for name in dict.fromkeys(broad)},
        "Category of need": {f"N{n}.": (then["cin"] == f"N{n}").to_numpy() for n in range(1, 9)},
        "Legal status": {name: legal.str.startswith(code).to_numpy() for code, name in _LEGAL.items()},
        "Placement": {names[0]: category == at for at, names in enumerate(CATEGORIES.values())},
        "Place providers": {name: provider == code for code, name in _PROVIDERS.items()},
        "Locality of placement": {"Placed inside": inside, "Placed outside": ~inside},
        "Distance and locality": {f"{n}.": band == n for n in (1, 2, 4, 5, 6)},
        "Unaccompanied asylum-seeking children": {"UASC": alone, "Non-UASC": ~alone},
    }
    found: Found = {}
    for group, cells in groups.items():
        for label in borough.composition.get(group, {}):
            mine = [flags for name, flags in cells.items() if label.startswith(name)]
            if mine:
                found[(f"cla_31_march_count|{group}|{label}", "2025")] = float(mine[0].sum())
    size = max(len(then), 1)
    found[("lait|LACDistance", "2025")] = 100 * float((band == 4).sum()) / size
    found[("lait|LACStable_2016on", "2025")] = 100 * float(_often_moved(spells, then["child"].to_numpy())) / size
    return found


def _often_moved(spells: pd.DataFrame, children: Ints) -> int:
    """How many of the children had three or more placements in the year."""
    year = spells[(spells["decom"] <= COUNTED_ON) & (spells["dec"] > YEAR_ENDS[2024]) & spells["child"].isin(children)]
    return int((year.groupby("child")["move"].nunique() >= 3).sum())


def _derived_rows(world: World, care: Care, borough: Borough) -> Iterator[tuple[object, ...]]:
    people = world.people
    weight = people["weight"].to_numpy(dtype=float)
    here = _children_now(world) & (world.la_number == int(borough.la))
    total, most = max(float(weight[here].sum()), 1.0), float(weight.max())
    groups = ethnic_groups()
    mix = np.bincount(people["ethnic"].to_numpy()[here], weight[here], minlength=len(groups)) / total
    for name in dict.fromkeys(groups["broad"]):
        mine = (groups["broad"] == name).to_numpy()
        wanted, got = 100 * float(borough.ethnic_share[mine].sum()), 100 * float(mix[mine].sum())
        yield _row(borough, f"children of ethnic group {name}", wanted, got, "%", 300 * most / total, f"ONS Census 2021, {_DERIVED}", "2021")
    age = (REFERENCE_DAY - people["dob"].to_numpy()) / YEAR
    of_age = _children_now(world) & (age >= 5) & (age < 18)
    cared = in_care(world.spells_of[borough.la], len(people), REFERENCE_DAY) & of_age
    others = of_age & (world.la_number == int(borough.la)) & ~people["is_looked_after"].to_numpy(dtype=bool)
    for label, who, rate in (("looked-after", cared, 0), ("other", others, 1)):
        if who.any():
            got = 100 * float(np.average(care.had_contact[who], weights=weight[who]))
            wanted = 100 * borough.mental_health[rate]
            yield _row(borough, f"{label} children of 5-17 with a mental-health contact in the year", wanted, got, "%", 300 / int(who.sum()), _DERIVED, "2026")
