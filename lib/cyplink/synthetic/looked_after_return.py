"""SSDA903 deliveries of each council for each year ending 31 March: header, episodes, reviews, UASC and OC2 here, the smaller files from
looked_after_events. Deprivation of liberty orders are returned from 2026-27 only."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cyplink.synthetic import looked_after_events
from cyplink.synthetic.calibration import Borough
from cyplink.synthetic.care import YEAR_ENDS
from cyplink.synthetic.days import OPEN, YEAR, birthday, spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.streams import Random, Texts, happens, pick, stream
from cyplink.synthetic.support import on_sdq
from cyplink.synthetic.world import World

_PARTICIPATION = {"PN1": 0.62, "PN2": 0.08, "PN3": 0.03, "PN4": 0.04, "PN5": 0.11, "PN6": 0.05, "PN7": 0.07}


def deliveries(world: World, records: pd.DataFrame) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """Each delivery with its truth rows; `records` is the councils' register, whose birth dates and sex the return repeats."""
    for borough in world.boroughs:
        known = records[(records["la"] == borough.la) & (records["return_id"] != "")].set_index("person")
        spells = _with_postcodes(world, world.spells_of[borough.la], borough.la)
        reviews = _all_reviews(spells, known, stream(world.seed, "reviews", borough.la))
        workers = looked_after_events.workers(spells, stream(world.seed, "social workers", borough.la))
        for year in (2024, 2025, 2026):
            rng = stream(world.seed, "ssda903", borough.la, year)
            rows = spells[(spells["decom"] <= YEAR_ENDS[year]) & (spells["dec"] > YEAR_ENDS[year - 1])].reset_index(
                drop=True
            )
            children = np.unique(rows["child"])
            leavers = looked_after_events.leavers(spells, known["dob"], year)
            returned = np.union1d(children, leavers)
            everybody = known.loc[returned].assign(
                sex_code=_sex_codes(known.loc[returned, "sex"].to_numpy(dtype=object), year)
            )
            about = everybody.loc[children]
            more = stream(world.seed, "ssda903 events", borough.la, year)
            adoptions = looked_after_events.adoptions(rows, spells, about, year, more)
            files = {
                "header.csv": ("header", _header(world, everybody, year, rng)),
                "episodes.csv": ("episodes", _episodes(rows, about, year)),
                "reviews.csv": ("reviews", _reviews(reviews, about, year)),
                "uasc.csv": ("uasc", _uasc(world, about, year)),
                "oc2.csv": ("oc2", _oc2(world, spells, about, (borough, year), rng)),
                "oc3.csv": ("oc3", looked_after_events.oc3(everybody.loc[leavers], more)),
                **{f"{name}.csv": (name, table) for name, table in adoptions.items()},
                "prev_perm.csv": ("prev_perm", looked_after_events.prev_perm(rows, about, year, more)),
                "missing.csv": ("missing", looked_after_events.missing(rows, about, borough, year, more)),
                "sw_episodes.csv": ("sw_episodes", looked_after_events.sw_episodes(workers, about, year)),
            }
            truth = pd.DataFrame(
                {
                    "source": "ssda903",
                    "controller": borough.la,
                    "local_id": everybody["return_id"].to_numpy(),
                    "person": returned,
                }
            )
            period = f"{year - 1}-{year % 100:02d}"
            yield Delivery("ssda903", borough.la, period, f"{year}-06-30", files, line_end="\r\n"), truth


def _with_postcodes(world: World, spells: pd.DataFrame, la: str) -> pd.DataFrame:
    """Adds home_post (where the child came from) and pl_post, both blank for short breaks, home_post for UASC."""
    spells = spells.sort_values(["child", "decom"], kind="stable").reset_index(drop=True)
    rng = stream(world.seed, "903 postcodes", la)
    first = spells.groupby(["child", "period"])["decom"].transform("min").to_numpy()
    child = spells["child"].to_numpy()
    postcodes = world.postcodes
    mine = np.isin(world.stays["person"].to_numpy(), np.unique(child))
    stays = world.stays[mine & (world.stays["kind"] != "placement").to_numpy()]
    home = pd.merge_asof(
        pd.DataFrame({"person": child, "on": first, "row": np.arange(len(spells))}).sort_values("on", kind="stable"),
        stays[["person", "home", "start"]].sort_values("start", kind="stable"),
        left_on="on", right_on="start", by="person", allow_exact_matches=True,
    ).sort_values("row")["home"].fillna(-1).to_numpy(dtype=np.int64)  # fmt: skip
    short_break = (spells["ls"] == "V3").to_numpy()
    home_post = np.where(short_break | spells["is_uasc"].to_numpy(dtype=bool), "", postcodes[home])
    placed = world.home_rows_of_placements(spells["home"].to_numpy())
    pl_post = np.where(spells["place"] == "P1", home_post, np.where(short_break, "", postcodes[placed]))
    tight = happens(rng, 0.2, len(spells)) if len(spells) else np.zeros(0, dtype=bool)
    return spells.assign(home_post=home_post, pl_post=_spaced(pl_post, tight))


def _spaced(postcodes: Texts, tight: np.ndarray) -> Texts:
    return np.array(
        [p.replace(" ", "") if is_tight else p for p, is_tight in zip(postcodes, tight, strict=True)], dtype=object
    )


def _sex_codes(sex: Texts, year: int) -> Texts:
    return np.where(sex == "M", "1", "2").astype(object) if year == 2024 else sex


def _header(world: World, about: pd.DataFrame, year: int, rng: Random) -> pd.DataFrame:
    people = world.people.iloc[about.index].reset_index(drop=True)
    size = len(about)
    age = (YEAR_ENDS[year] - about["dob"].to_numpy()) / YEAR
    missing = np.where(
        age < 5, "UN1", np.where(people["is_uasc"], "UN2", pick(rng, ["UN3", "UN4", "UN5"], size, [0.3, 0.3, 0.4]))
    )
    upn = np.where((about["upn"].to_numpy() == "") | (age < 4), missing, about["upn"])
    is_mother = (about["sex"].to_numpy() == "F") & (people["need"].to_numpy() > 2.0) & (age > 15)
    child_born = np.where(is_mother, YEAR_ENDS[2024] - 200, OPEN)
    return pd.DataFrame(
        {
            "CHILD": about["return_id"].to_numpy(), "SEX": about["sex_code"].to_numpy(), "DOB": spell(about["dob"].to_numpy(), "uk"),
            "ETHNIC": about["ethnic"].to_numpy(), "UPN": upn,
            "MOTHER": np.where(is_mother, "1", np.where((about["sex"].to_numpy() == "F") & (age > 12), "0", "")),
            "MC_DOB": spell(child_born, "uk"),
        }
    )  # fmt: skip


def _episodes(rows: pd.DataFrame, about: pd.DataFrame, year: int) -> pd.DataFrame:
    """Episodes open at any time in the year, as they stood on 31 March: an end after it is not known yet."""
    ended = (rows["dec"] <= YEAR_ENDS[year]).to_numpy()
    return pd.DataFrame(
        {
            "CHILD": about["return_id"].loc[rows["child"]].to_numpy(), "DECOM": spell(rows["decom"].to_numpy(), "uk"),
            "RNE": rows["rne"], "LS": rows["ls"], "CIN": rows["cin"], "PLACE": rows["place"], "PLACE_PROVIDER": rows["provider"],
            "DEC": spell(np.where(ended, rows["dec"], OPEN), "uk"), "REC": np.where(ended, rows["rec"], ""),
            "REASON_PLACE_CHANGE": np.where(ended, rows["reason"], ""), "HOME_POST": rows["home_post"], "PL_POST": rows["pl_post"],
            "URN": rows["urn"],
        }
    )  # fmt: skip


def _all_reviews(spells: pd.DataFrame, known: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Reviews at about 20 days, three months and then six-monthly through each period of care."""
    periods = (
        spells[spells["period"] >= 0]
        .groupby(["child", "period"])
        .agg(start=("decom", "min"), end=("dec", "max"))
        .reset_index()
    )
    until = np.minimum(periods["end"].to_numpy(), YEAR_ENDS[2026])
    length = until - periods["start"].to_numpy()
    count = np.where(length < 20, 0, np.where(length < 110, 1, 2 + (length - 110) // 180))
    row = np.repeat(np.arange(len(periods)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    after = np.where(nth == 0, 19, np.where(nth == 1, 105, 105 + 180 * (nth - 1)))
    on = periods["start"].to_numpy()[row] + after - rng.integers(0, 6, len(row))
    child = periods["child"].to_numpy()[row]
    young = on < birthday(known["dob"].loc[child].to_numpy(), 4)
    code = np.where(young, "PN0", pick(rng, list(_PARTICIPATION), len(row), list(_PARTICIPATION.values())))
    return pd.DataFrame({"child": child, "on": on, "code": code})


def _reviews(reviews: pd.DataFrame, about: pd.DataFrame, year: int) -> pd.DataFrame:
    here = (
        (reviews["on"] > YEAR_ENDS[year - 1]) & (reviews["on"] <= YEAR_ENDS[year]) & reviews["child"].isin(about.index)
    )
    rows = reviews[here]
    child = about.loc[rows["child"]]
    return pd.DataFrame(
        {
            "CHILD": child["return_id"].to_numpy(), "DOB": spell(child["dob"].to_numpy(), "uk"),
            "REVIEW": spell(rows["on"].to_numpy(), "uk"), "REVIEW_CODE": rows["code"].to_numpy(),
        }
    )  # fmt: skip


def _uasc(world: World, about: pd.DataFrame, year: int) -> pd.DataFrame:
    alone = about[world.people["is_uasc"].to_numpy()[about.index]]
    adult_on = birthday(alone["dob"].to_numpy(), 18)
    ceased = np.where(adult_on <= YEAR_ENDS[year], adult_on, OPEN)
    return pd.DataFrame(
        {
            "CHILD": alone["return_id"].to_numpy(), "SEX": alone["sex_code"].to_numpy(),
            "DOB": spell(alone["dob"].to_numpy(), "uk"), "DUC": spell(ceased, "uk"),
        }
    )  # fmt: skip


def _oc2(
    world: World, spells: pd.DataFrame, about: pd.DataFrame, council_year: tuple[Borough, int], rng: Random
) -> pd.DataFrame:
    """Children looked after for twelve months on 31 March; SDQ for ages 4-16 about the borough's published mean."""
    indicators, on = council_year[0].indicators, YEAR_ENDS[council_year[1]]
    long = spells[spells["period"] >= 0].groupby(["child", "period"]).agg(start=("decom", "min"), end=("dec", "max"))
    staying = long[(long["start"] <= on - 365) & (long["end"] > on)].index.get_level_values("child").unique()
    children = about.loc[np.intersect1d(staying, about.index)]
    size, need = len(children), world.people["need"].to_numpy()[children.index]
    age = (on - children["dob"].to_numpy()) / YEAR
    scored = (age >= 4) & (age < 17) & happens(rng, 0.87, size)
    mean = indicators.get("Emotional_LAC", 14.0)
    score = mean + 5.2 * need + rng.normal(0, 4.2, size)
    if council_year[1] == 2026 and scored.any():
        shift = on_sdq(world.people.iloc[children.index])
        score += shift - shift[scored].mean()  # the borough's mean stays as published
    score = np.clip(np.rint(score), 0, 40).astype(np.int64).astype(str)
    why = np.where(
        (age < 4) | (age >= 17), "SDQ1", pick(rng, ["SDQ2", "SDQ3", "SDQ4", "SDQ5"], size, [0.3, 0.1, 0.35, 0.25])
    )

    def yes(share: float | np.ndarray) -> Texts:
        return np.where(happens(rng, share, size), "1", "0").astype(object)

    misuse = np.where(age >= 10, yes(0.06), "0")
    received = np.where(misuse == "1", yes(0.45), "")
    return pd.DataFrame(
        {
            "CHILD": children["return_id"].to_numpy(), "DOB": spell(children["dob"].to_numpy(), "uk"),
            "SDQ_SCORE": np.where(scored, score, ""), "SDQ_REASON": np.where(scored, "", why),
            "CONVICTED": np.where(age >= 10, yes(0.035), ""), "HEALTH_CHECK": np.where(age < 5, yes(0.87), ""),
            "IMMUNISATIONS": yes(0.74), "TEETH_CHECK": yes(indicators.get("LACDental%", 81.0) / 100),
            "HEALTH_ASSESSMENT": yes(indicators.get("LACHealth%", 93.0) / 100), "SUBSTANCE_MISUSE": misuse,
            "INTERVENTION_RECEIVED": received, "INTERVENTION_OFFERED": np.where(received == "0", yes(0.6), ""),
        }
    ).astype(object)  # fmt: skip
