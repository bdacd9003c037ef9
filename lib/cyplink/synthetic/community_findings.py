"""What community services write down of a patient, a referral or a contact: the coded rows of CSDS. Shares are judgement; codes are synthetic."""

from typing import Any

import numpy as np
import pandas as pd

from cyplink.synthetic.care import in_care
from cyplink.synthetic.days import OPEN, YEAR, spell
from cyplink.synthetic.streams import Flags, Random, Texts, happens, pick
from cyplink.synthetic.world import World

PATIENT, REQUEST, ACTIVITY = "LOCAL PATIENT IDENTIFIER (EXTENDED)", "SERVICE REQUEST IDENTIFIER", "CARE ACTIVITY IDENTIFIER"
_SCHEME = "SYN-CS01"
Columns = dict[str, Any]
_BLOOD_SPOT = "NEWBORN BLOOD SPOT TEST OUTCOME STATUS CODE"
_TESTED = (
    "PHENYLKETONURIA", "SICKLE CELL DISEASE", "CYSTIC FIBROSIS", "CONGENITAL HYPOTHYROIDISM", "MEDIUM CHAIN ACYL-COA DEHYDROGENASE DEFICIENCY",
    "HOMOCYSTINURIA", "MAPLE SYRUP URINE DISEASE", "GLUTARIC ACIDURIA TYPE 1", "ISOVALERIC ACIDURIA",
)  # fmt: skip


def _with(rows: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    return rows.assign(**columns)


def _codes(rng: Random, prefix: str, count: int, size: int) -> Texts:
    return pick(rng, [f"SYN-{prefix}{n:02d}" for n in range(1, count + 1)], size)


def of_patients(world: World, patients: pd.DataFrame, rng: Random) -> dict[str, pd.DataFrame]:
    """Rows by file kind that a provider sends of a patient in every month, from `from_day` on; `patients`: person and patient identifier."""
    person, size = patients["person"].to_numpy(), len(patients)
    cared = in_care(world.spells, len(world.people), world.period.middle)[person]
    age = (world.period.middle - world.people["dob"].to_numpy()[person]) / YEAR
    need = world.people["need"].to_numpy()[person]

    def some(share: Any, where: Flags | float = 1.0, factor: float = 1.0) -> pd.DataFrame:
        rows = patients[happens(rng, np.minimum(share * np.exp(factor * (need - 0.5)), 0.9) * where, size)]
        return rows.reset_index(drop=True)

    sen = some(0.12, age >= 4)
    factors = some(0.05 + 0.3 * cared)
    plans = some(0.02, age < 18)
    disabled = some(0.04, age >= 1, 0.3)
    housed = some(0.25, cared, 0.0)
    started = world.period.last_day - rng.integers(30, 700, len(plans))
    ended = started + rng.integers(90, 500, len(plans))
    return {
        "special_educational_need": _with(sen, {"SPECIAL EDUCATIONAL NEED TYPE": _codes(rng, "SN", 7, len(sen))}),
        "safeguarding_factor": _with(factors, {"SAFEGUARDING VULNERABILITY FACTORS TYPE": _codes(rng, "SF", 5, len(factors))}),
        "child_protection_plan": _with(plans, {
            "from_day": started, "CHILD PROTECTION PLAN REASON CODE": pick(rng, ["01", "02", "03", "04"], len(plans), [0.49, 0.07, 0.4, 0.04]),
            "CHILD PROTECTION PLAN START DATE": spell(started, "iso"), "CHILD PROTECTION PLAN END DATE": spell(np.where(ended <= world.period.last_day, ended, OPEN), "iso"),
        }),
        "disability": _with(disabled, {"DISABILITY CODE": _codes(rng, "DC", 7, len(disabled)), "DISABILITY IMPACT PERCEPTION": ""}),
        "accommodation": _with(housed, {"ACCOMMODATION STATUS CODE": _codes(rng, "AC", 3, len(housed)), "ACCOMMODATION STATUS RECORDED DATE": spell(np.array([world.period.first_day]), "iso")[0]}),
    }  # fmt: skip


def of_referrals(referrals: pd.DataFrame, rng: Random) -> dict[str, pd.DataFrame]:
    """Rows by file kind that are sent with a referral (`referral`): newborn screening, immunisations, diagnoses, assessments."""

    def some(finding: str, share: float) -> pd.DataFrame:
        rows = referrals[(referrals["finding"] == finding).to_numpy() & happens(rng, share, len(referrals))]
        return rows[["referral", "received", "person", PATIENT, REQUEST]].reset_index(drop=True)

    heard, pricked = some("newborn", 0.97), some("newborn", 0.98)
    done = some("immunisation", 1.0)
    kind = np.where(done["person"] % 3 == 0, "SYN-IM06", "SYN-IM07").astype(object)
    is_coded = (done["person"] % 4 == 0).to_numpy()
    given_on: Columns = {"IMMUNISATION DATE": spell(done["received"].to_numpy(), "iso")}
    tested: Columns = {f"{_BLOOD_SPOT} ({disease})": _outcomes(rng, "BO", len(pricked)) for disease in _TESTED}
    made = {
        "newborn_hearing": _with(heard, {"NEWBORN HEARING SCREENING OUTCOME": _outcomes(rng, "HO", len(heard))}),
        "blood_spot": _with(pricked, {
            "BLOOD SPOT CARD COMPLETION DATE": spell(pricked["received"].to_numpy() - 7, "iso"),
            "NEWBORN BLOOD SPOT TEST RESULT RECEIVED DATE": spell(pricked["received"].to_numpy(), "iso"), **tested,
        }),
        "immunisation": _with(done, {**given_on, "CHILDHOOD IMMUNISATION TYPE (CHILDREN AND YOUNG PEOPLES HEALTH SERVICES)": kind})[~is_coded],
        "coded_immunisation": _with(done, {
            **given_on, "PROCEDURE SCHEME IN USE (COMMUNITY CARE)": _SCHEME, "IMMUNISATION PROCEDURE (CLINICAL TERMINOLOGY)": kind,
        })[is_coded],
    }  # fmt: skip
    for name, words, share in (("provisional", "PROVISIONAL", 0.2), ("primary", "PRIMARY", 0.45), ("secondary", "SECONDARY", 0.1)):
        rows = some("therapy", share)
        dated = "PROVISIONAL DIAGNOSIS DATE" if name == "provisional" else "DIAGNOSIS DATE"
        made[f"{name}_diagnosis"] = _with(rows, {
            "DIAGNOSIS SCHEME IN USE (COMMUNITY CARE)": _SCHEME, f"{words} DIAGNOSIS (CODED CLINICAL ENTRY)": _codes(rng, "DX", 9, len(rows)),
            dated: spell(rows["received"].to_numpy() + 14, "iso"),
        })  # fmt: skip
    rated = some("therapy", 0.3)
    made["referral_assessment"] = _with(rated, {
        "CODED ASSESSMENT TOOL TYPE (SNOMED CT)": "SYN-AS01", "PERSON SCORE": rng.integers(0, 41, len(rated)).astype(str).astype(object),
        "ASSESSMENT TOOL COMPLETION DATE": spell(rated["received"].to_numpy() + 21, "iso"),
    })  # fmt: skip
    return made


def of_activities(world: World, contacts: pd.DataFrame, provider: str, rng: Random) -> dict[str, pd.DataFrame]:
    """Rows by file kind that are sent with a contact (`contact`): one activity of each that took place, and what was found in it."""
    held = contacts[contacts["ATTENDANCE STATUS"].isin(["5", "6"])].reset_index(drop=True)
    held[ACTIVITY] = np.char.add(f"{provider}A", np.char.zfill((world.period.numbered_after(8) + np.arange(1, len(held) + 1)).astype(str), 8)).astype(object)
    finding = held["finding"].to_numpy(dtype=object)
    kind = {"immunisation": "SYN-AT04", "therapy": "SYN-AT03", "health_assessment": "SYN-AT02"}
    held["COMMUNITY CARE ACTIVITY TYPE"] = np.array([kind.get(name, "SYN-AT01") for name in np.unique(finding.astype(str))], dtype=object)[
        np.unique(finding.astype(str), return_inverse=True)[1]
    ]
    named = held[["contact", ACTIVITY, "person", "on"]]
    fed, measured = np.isin(finding, ["newborn", "breastfeeding"]), np.isin(finding, ["newborn", "observation", "health_assessment"])
    asked = finding == "contact_assessment"
    weighed = named[measured].reset_index(drop=True)
    weight, height = _measures((weighed["on"].to_numpy() - world.people["dob"].to_numpy()[weighed["person"]]) / YEAR, rng)
    baby = height < 0.86
    return {
        "care_activity": held,
        "breastfeeding": _with(named[fed], {"BREASTFEEDING STATUS": pick(rng, [f"SYN-BF{n:02d}" for n in (1, 2, 3, 4)], int(fed.sum()), [0.45, 0.25, 0.25, 0.05])}),
        "observation": _with(weighed, {
            "PERSON WEIGHT": np.char.mod("%.2f", weight).astype(object), "PERSON HEIGHT IN METRES": np.where(baby, "", np.char.mod("%.2f", height)).astype(object),
            "PERSON LENGTH IN CENTIMETRES": np.where(baby, np.char.mod("%.0f", 100 * height), "").astype(object),
        }),
        "contact_assessment": _with(named[asked], {
            "CODED ASSESSMENT TOOL TYPE (SNOMED CT)": "SYN-AS02", "PERSON SCORE": rng.integers(5, 61, int(asked.sum())).astype(str).astype(object),
        }),
    }  # fmt: skip


def _outcomes(rng: Random, prefix: str, size: int) -> Texts:
    return pick(rng, [f"SYN-{prefix}{n:02d}" for n in (1, 2, 3, 4)], size, [0.985, 0.006, 0.006, 0.003])


def _measures(age: np.ndarray, rng: Random) -> tuple[np.ndarray, np.ndarray]:
    """Weight (kg) and height (m) by age in years: straight lines between rough means (judgement), spread by a tenth."""
    mean_height = np.interp(age, [0, 1, 2, 5, 11, 16, 18], [0.50, 0.75, 0.86, 1.09, 1.44, 1.68, 1.71])
    mean_weight = np.interp(age, [0, 1, 2, 5, 11, 16, 18], [3.4, 9.5, 12, 18, 37, 58, 63])
    spread = rng.normal(size=len(age))
    return mean_weight * np.exp(0.12 * spread), mean_height * (1 + 0.04 * spread)


