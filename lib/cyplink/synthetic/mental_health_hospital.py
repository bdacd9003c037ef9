"""Hospital spells of children in mental-health care, their wards and their legal status, for the MHSDS submissions.

Admissions are as many a year as the borough's published rate of admissions for mental health (LAIT CMH, conf/calibration/london.csv)
says of the children there are; lengths of stay and the share detained are judgement.
"""

import numpy as np
import pandas as pd

from cyplink.synthetic.days import OPEN, spell
from cyplink.synthetic.period import Period
from cyplink.synthetic.streams import Random, happens, pick
from cyplink.synthetic.world import World

_ADMISSIONS = "CMH_0-17yrs"


def spells_of(world: World, first: pd.DataFrame, provider: str, rng: Random) -> pd.DataFrame:
    """Hospital spells of those aged 10 or over who are seen, the more the greater the need; each within its referral."""
    children = world.people["la"].value_counts()
    last, after = world.period.last_day, world.period.numbered_after(6)
    rates = {b.la: world.period.years * b.indicators.get(_ADMISSIONS, 60.0) / 100_000 * int(children.get(b.la, 0)) for b in world.boroughs}
    weight = np.exp(0.8 * first["need"].to_numpy()) * ((first["on"] - first["dob"]) / 365.25 >= 10)
    # A provider that sees a few of a borough's children admits a few of those who are: three in a hundred are seen at least.
    seen = first.groupby("la")["on"].transform("size") / (0.03 * first["la"].map(children).astype(float))
    total = pd.Series(weight).groupby(first["la"]).transform("sum").to_numpy()
    expected = first["la"].map(rates).fillna(0.0).to_numpy() * np.minimum(seen.to_numpy(), 1.0)
    chance = np.divide(expected * weight, total, out=np.zeros(len(first)), where=total > 0)
    rows = first[happens(rng, np.minimum(chance, 0.8), len(first))]
    admitted = np.minimum(
        rows["on"].to_numpy() + rng.integers(0, 40, len(rows)),
        np.minimum(rows["ended_day"].to_numpy(), last) - 1,
    )
    admitted = np.maximum(admitted, rows["on"].to_numpy())
    left = np.maximum(
        np.minimum(admitted + 2 + rng.geometric(1 / 35, len(rows)), rows["ended_day"].to_numpy()), admitted
    )
    left = np.where(left > last, OPEN, left)
    gone = left != OPEN
    return pd.DataFrame({
        "referral": rows["referral"], "ServiceRequestID": rows["ServiceRequestID"], "LocalPatientID": rows["LocalPatientID"],
        "from_day": admitted, "to_day": left, "ends_day": left, "HospProvSpellID": [f"{provider}H{after + n:06d}" for n in range(1, len(rows) + 1)],
        "DecidedToAdmitDate": spell(admitted, "iso"), "StartDateHospProvSpell": spell(admitted, "iso"), "StartTimeHospProvSpell": "18:00:00",
        "SourceAdmMHHospProvSpell": pick(rng, ["19", "51", "52"], len(rows), [0.8, 0.15, 0.05]),
        "MethAdmMHHospProvSpell": pick(rng, ["2A", "21", "11"], len(rows), [0.5, 0.3, 0.2]),
        "DischDateHospProvSpell": spell(left, "iso"), "DischTimeHospProvSpell": np.where(gone, "11:00:00", ""),
        "MethOfDischMHHospProvSpell": np.where(gone, "1", ""), "DestOfDischHospProvSpell": np.where(gone, "19", ""),
    }).reset_index(drop=True)  # fmt: skip


def ward_stays_of(spells: pd.DataFrame, provider: str, period: Period, rng: Random) -> pd.DataFrame:
    """One ward each, a second for a third of the spells of a fortnight or more."""
    start, end = spells["from_day"].to_numpy(), spells["ends_day"].to_numpy()
    moved = happens(rng, 0.33, len(spells)) & (end - start >= 14)
    change = start + 7
    one = spells.assign(start=start, end=np.where(moved, change, end))
    both = pd.concat([one, spells.assign(start=change, end=end)[moved]], ignore_index=True)
    return pd.DataFrame({
        "referral": both["referral"], "from_day": both["start"], "to_day": both["end"], "ends_day": both["end"], "HospProvSpellID": both["HospProvSpellID"],
        "WardStayID": [f"{provider}W{period.numbered_after(6) + n:06d}" for n in range(1, len(both) + 1)], "WardCode": pick(rng, [f"{provider}WARD{n}" for n in (1, 2, 3)], len(both)),
        "StartDateWardStay": spell(both["start"].to_numpy(), "iso"), "EndDateWardStay": spell(both["end"].to_numpy(), "iso"),
        "MHAdmittedPatientClass": pick(rng, ["300", "301", "302"], len(both)),
    })  # fmt: skip


def detentions_of(spells: pd.DataFrame, provider: str, period: Period, rng: Random) -> pd.DataFrame:
    """A legal status for every spell: a quarter detained for assessment (section 2) or treatment (section 3), the others informal."""
    status = pick(rng, ["01", "02", "03"], len(spells), [0.72, 0.18, 0.10])
    start, gone = spells["from_day"].to_numpy(), (spells["ends_day"] != OPEN).to_numpy()
    end = np.where((status == "02") & (spells["ends_day"] > start + 28), start + 28, spells["ends_day"])
    end = np.where(end > period.last_day, OPEN, end)
    return pd.DataFrame({
        "referral": spells["referral"], "from_day": start, "to_day": end, "ends_day": end, "LocalPatientID": spells["LocalPatientID"],
        "MHActLegalStatusClassPeriodID": [f"{provider}M{period.numbered_after(6) + n:06d}" for n in range(1, len(spells) + 1)], "StartDateMHActLegalStatusClass": spell(start, "iso"),
        "StartTimeMHActLegalStatusClass": "18:00:00", "LegalStatusClassPeriodStartReason": "01", "EndDateMHActLegalStatusClass": spell(end, "iso"),
        "EndTimeMHActLegalStatusClass": np.where(end == OPEN, "", "11:00:00"), "LegalStatusClassPeriodEndReason": np.where(gone & (end != OPEN), "01", ""),
        "LegalStatusCode": status, "MentalCat": np.where(status == "01", "8", "A"),
    })  # fmt: skip
