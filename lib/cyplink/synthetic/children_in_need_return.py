"""CIN census deliveries: one XML file of each council for each year ending 31 March, as things stood on that day."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import Borough
from cyplink.synthetic.care import YEAR_ENDS
from cyplink.synthetic.children_in_need import InNeed, children_in_need, disabilities
from cyplink.synthetic.days import OPEN, YEAR, day, spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.streams import Floats, Ints, Random, Texts, happens, pick, stream
from cyplink.synthetic.world import World

_FACTORS = {
    "1A": 0.02, "1B": 0.13, "1C": 0.03, "2A": 0.041, "2B": 0.12, "2C": 0.03, "3A": 0.12, "3B": 0.28, "3C": 0.05, "4A": 0.156, "4B": 0.255, "4C": 0.04, "5A": 0.09,
    "5B": 0.03, "6A": 0.07, "6B": 0.06, "7A": 0.04, "10A": 0.04, "11A": 0.03, "12A": 0.01, "13A": 0.024, "14A": 0.07, "15A": 0.049, "16A": 0.18, "17A": 0.22,
    "18B": 0.02, "18C": 0.10, "19B": 0.025, "19C": 0.04, "20": 0.15, "22A": 0.005, "23A": 0.005, "24A": 0.038,
}  # fmt: skip
"""Share of assessments that find each factor: domain practice where it is published (London 2024-25), else judgement."""

_OF_THE_OLD = ("1A", "2A", "4A", "10A", "11A", "13A", "14A", "15A", "24A")  # found at 10 and over, seldom before
_FIRST_SCHOOL_AGE = 5
_CHANGED = day("2024-04-01")  # GenderCurrent became Sex


def deliveries(world: World, records: pd.DataFrame) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """Each delivery with its truth rows; `records` is the councils' register, whose birth dates and sex the census repeats."""
    for borough in world.boroughs:
        mine = records[records["la"] == borough.la].reset_index(drop=True)
        rng = stream(world.seed, "cin census", borough.la)
        in_need = children_in_need(world, borough, mine, rng)
        about = _about(world, mine, in_need, rng)
        factors = _factors(world, mine, in_need, rng)
        for year in (2024, 2025, 2026):
            tables = _tables(world, about, in_need, factors, year)
            children = about.loc[tables["child"]["order"]]
            truth = pd.DataFrame({"source": "cin_census", "controller": borough.la, "local_id": children["id"].to_numpy(), "person": children["person"].to_numpy()})
            yield _delivery(borough, year, tables), truth


def _delivery(borough: Borough, year: int, tables: dict[str, pd.DataFrame]) -> Delivery:
    files = {kind: (kind, table) for kind, table in tables.items()}
    return Delivery("cin_census", borough.la, f"{year - 1}-{year % 100:02d}", f"{year}-07-15", files, document=f"CIN_{borough.la}_{year}.xml")


def _about(world: World, mine: pd.DataFrame, in_need: InNeed, rng: Random) -> pd.DataFrame:
    """What the council says of each of its records, whatever the year."""
    them = world.people.iloc[mine["person"]].reset_index(drop=True)
    short_breaks = np.isin(np.arange(len(mine)), in_need.episodes.loc[in_need.episodes["need"] == "N2", "record"]) & happens(rng, 0.85, len(mine))
    former = (them["former_upn"] != "").to_numpy() & (mine["upn"] == them["upn"]).to_numpy() & happens(rng, 0.6, len(mine))
    return pd.DataFrame(
        {
            "id": np.where(mine["return_id"] != "", mine["return_id"], mine["person_id"]), "person": mine["person"], "dob": mine["dob"], "sex": mine["sex"],
            "ethnic": mine["ethnic"], "upn": mine["upn"], "former": np.where(former, them["former_upn"], ""), "alone": them["is_uasc"].to_numpy(dtype=bool),
            "why": pick(rng, ["UN3", "UN4", "UN5", "UN6"], len(mine), [0.2, 0.4, 0.2, 0.2]), "disability": disabilities(len(mine), short_breaks, rng),
            "expected": mine["dob"] + rng.integers(-12, 13, len(mine)),
        }
    )  # fmt: skip


def _factors(world: World, mine: pd.DataFrame, in_need: InNeed, rng: Random) -> Texts:
    """The factors of each assessment, with semicolons between; none (21) for some of those closed with nothing to do."""
    rows = in_need.assessments
    episodes = in_need.episodes.iloc[rows["episode"]]
    record = episodes["record"].to_numpy()
    person = mine["person"].to_numpy()[record]
    age = (rows["start"].to_numpy() - mine["dob"].to_numpy()[record]) / YEAR
    need = world.people["need"].to_numpy()[person]
    text: Texts = np.full(len(rows), "", dtype=object)
    for code, share in _FACTORS.items():
        chance: Floats = np.full(len(rows), share)
        if code in _OF_THE_OLD:
            chance = share * np.where(age >= 10, 1.9, 0.25)
        if code in ("4A", "15A"):
            chance = chance * np.exp(0.6 * need - 0.45)
        text = np.where(happens(rng, np.minimum(chance, 0.9), len(rows)), text + code + ";", text)
    alone = world.people["is_uasc"].to_numpy(dtype=bool)[person]
    text = np.where(alone, text + "9A;", text)
    text = np.where((episodes["reason"] == "RC8").to_numpy() & happens(rng, 0.25, len(rows)), "21;", np.where(text == "", "20;", text))
    return np.asarray(pd.Series(text).str.removesuffix(";"), dtype=object)


def _tables(world: World, about: pd.DataFrame, in_need: InNeed, factors: Texts, year: int) -> dict[str, pd.DataFrame]:
    """What is returned for a year: episodes that were open in it, and of each what happened in it or still goes on."""
    first, last = YEAR_ENDS[year - 1] + 1, YEAR_ENDS[year]
    episodes = in_need.episodes
    start, end = episodes["start"].to_numpy(), episodes["end"].to_numpy()
    returned = (start <= last) & (end >= first) & (episodes["is_forward"].to_numpy(dtype=bool) | (start >= first))
    there = episodes[returned]
    children = np.unique(there["record"])
    return {
        "child": _children(about.loc[children], last),
        "referral": _referrals(there, last),
        "assessment": _assessments(in_need.assessments.assign(factors=factors), returned, first, last),
        "section_47": _enquiries(in_need.enquiries, returned, first, last),
        "cin_plan": _plans(in_need.plans, returned, first, last),
        "child_protection_plan": _protection_plans(in_need.protection_plans, returned, first, last),
    }


def _known(days: Ints, last: int) -> Texts:
    """Each day as text; blank where it has not come by the last day of the year."""
    return spell(np.where(np.asarray(days) <= last, days, OPEN), "iso")


def _children(about: pd.DataFrame, last: int) -> pd.DataFrame:
    dob = about["dob"].to_numpy()
    born = dob <= last
    age = (last - dob) / YEAR
    upn = np.where(born & (age >= 4), about["upn"], "")
    # A child who has turned five by 31 August before is of school age (rule 8770Q).
    unknown = np.where(age < _FIRST_SCHOOL_AGE + 0.58, "UN1", np.where(about["alone"], "UN2", about["why"]))
    sexes = about["sex"].to_numpy(dtype=object)
    rows = pd.DataFrame(
        {
            "order": about.index.to_numpy(), "LAchildID": about["id"].to_numpy(), "UPN": upn, "FormerUPN": np.where(upn == "", "", about["former"]),
            "UPNunknown": np.where(upn == "", unknown, ""), "PersonBirthDate": _known(dob, last),
            "ExpectedPersonBirthDate": spell(np.where(born, OPEN, np.maximum(about["expected"], last - 29)), "iso"), "PersonDeathDate": "",
            "Ethnicity": about["ethnic"].to_numpy(), "Disability": np.where(born, about["disability"], ""),
        }
    )  # fmt: skip
    if last < _CHANGED:
        return rows.assign(GenderCurrent=np.where(born, np.where(sexes == "M", "1", "2"), "0"))
    return rows.assign(Sex=np.where(born, sexes, "U"))


def _referrals(there: pd.DataFrame, last: int) -> pd.DataFrame:
    closed = there["end"].to_numpy() <= last
    return pd.DataFrame(
        {
            "order": there.index.to_numpy(), "child": there["record"].to_numpy(), "CINreferralDate": spell(there["start"].to_numpy(), "iso"),
            "ReferralSource": there["source"].to_numpy(), "PrimaryNeedCode": there["need"].to_numpy(), "CINclosureDate": _known(there["end"].to_numpy(), last),
            "ReasonForClosure": np.where(closed, there["reason"], ""), "ReferralNFA": np.where(there["is_forward"], "0", "1"),
        }
    )  # fmt: skip


def _assessments(rows: pd.DataFrame, returned: np.ndarray, first: int, last: int) -> pd.DataFrame:
    """Authorised in the year, or begun in it and not authorised yet (rules 8696 and 8736)."""
    start, authorised = rows["start"].to_numpy(), rows["authorised"].to_numpy()
    rows = rows[returned[rows["episode"]] & (start <= last) & (authorised >= first) & ((authorised <= last) | (start >= first))]
    done = rows["authorised"].to_numpy() <= last
    return pd.DataFrame(
        {
            "referral": rows["episode"].to_numpy(), "AssessmentActualStartDate": spell(rows["start"].to_numpy(), "iso"),
            "AssessmentAuthorisationDate": _known(rows["authorised"].to_numpy(), last), "AssessmentFactors": np.where(done, rows["factors"], ""),
        }
    )  # fmt: skip


def _enquiries(rows: pd.DataFrame, returned: np.ndarray, first: int, last: int) -> pd.DataFrame:
    """Those whose conference was in the year, and those begun in it that need none or wait for one (rules 8715 and 8740)."""
    start, conference = rows["start"].to_numpy(), rows["conference"].to_numpy()
    rows = rows[returned[rows["episode"]] & (start <= last) & (((conference >= first) & (conference <= last)) | ((start >= first) & (conference > last)))]
    return pd.DataFrame(
        {
            "referral": rows["episode"].to_numpy(), "S47ActualStartDate": spell(rows["start"].to_numpy(), "iso"), "InitialCPCtarget": spell(rows["due"].to_numpy(), "iso"),
            "DateOfInitialCPC": _known(rows["conference"].to_numpy(), last), "ICPCnotRequired": np.where(rows["conference"] == OPEN, "1", "0"),
        }
    )  # fmt: skip


def _in_the_year(rows: pd.DataFrame, returned: np.ndarray, first: int, last: int) -> pd.DataFrame:
    return rows[returned[rows["episode"]] & (rows["start"].to_numpy() <= last) & (rows["end"].to_numpy() >= first)]


def _plans(rows: pd.DataFrame, returned: np.ndarray, first: int, last: int) -> pd.DataFrame:
    rows = _in_the_year(rows, returned, first, last)
    return pd.DataFrame({"referral": rows["episode"].to_numpy(), "CINPlanStartDate": spell(rows["start"].to_numpy(), "iso"), "CINPlanEndDate": _known(rows["end"].to_numpy(), last)})


def _protection_plans(rows: pd.DataFrame, returned: np.ndarray, first: int, last: int) -> pd.DataFrame:
    """Plans with the reviews of the year: after three months, then every six."""
    rows = _in_the_year(rows, returned, first, last)
    start, end = rows["start"].to_numpy(), rows["end"].to_numpy()
    reviews: Texts = np.full(len(rows), "", dtype=object)
    for after in range(85, 1000, 180):
        held = (start + after >= first) & (start + after <= last) & (start + after < end)
        reviews = np.where(held, reviews + spell(np.where(held, start + after, OPEN), "iso") + ";", reviews)
    return pd.DataFrame(
        {
            "referral": rows["episode"].to_numpy(), "CPPstartDate": spell(start, "iso"), "CPPendDate": _known(end, last), "InitialCategoryOfAbuse": rows["initial"].to_numpy(),
            "LatestCategoryOfAbuse": rows["latest"].to_numpy(), "NumberOfPreviousCPP": rows["before"].to_numpy(),
            "CPPreviewDate": np.asarray(pd.Series(reviews, dtype=object).str.removesuffix(";"), dtype=object),
        }
    )  # fmt: skip
