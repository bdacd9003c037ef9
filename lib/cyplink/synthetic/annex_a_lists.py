"""What a council's Annex A lists of March 2026 say: contacts and what follows them, plans, looked-after children, care leavers, adoption.

Rows follow from the register and the episodes of care: a referral comes of a contact, an assessment of a referral, and so on. Shares and
delays are judgement. Dates are day numbers, OPEN where there is none; categories are the standard's labels without their letter.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import ethnic_groups, places
from cyplink.synthetic.days import OPEN, REFERENCE_DAY, YEAR, birthday, day
from cyplink.synthetic.streams import Ints, Random, Texts, happens, pick
from cyplink.synthetic.world import World

LOOKED_BACK_TO = day("2025-10-01")
_SOURCES = {
    "Police": 0.27, "Schools": 0.21, "Health Services": 0.15, "Individual": 0.11, "LA Services": 0.10, "Other legal agency": 0.04,
    "Education Services": 0.03, "Housing": 0.03, "Anonymous": 0.02, "Other": 0.03, "Unknown": 0.01,
}  # fmt: skip
_NEED = {
    "N1": "Abuse or neglect", "N2": "Child's disability", "N3": "Parents illness or disability", "N4": "Family in acute stress",
    "N5": "Family dysfunction", "N6": "Socially unacceptable behaviour", "N7": "Low income", "N8": "Absent parenting",
}  # fmt: skip
_ABUSE = {"Neglect": 0.48, "Emotional Abuse": 0.38, "Physical Abuse": 0.08, "Sexual Abuse": 0.04, "Multiple": 0.02}
_LEGAL = {
    "C1": "Interim care orders", "C2": "Full care orders", "D1": "Freed for  Adoption", "E1": "Placement order granted", "V2": "Accommodated under S20",
    "L2": "Detained on child protection grounds in LA accommodation", "J1": "Remanded to LA or youth detention",
}  # fmt: skip
_PLACED = {
    "U": "Foster Placement", "A": "Placed for adoption", "P1": "Placed with parents", "P2": "Independent living", "K2": "Children’s Homes",
    "K1": "Secure Children’s Homes", "H5": "Residential accommodation", "K3": "Residential accommodation", "R1": "Residential Care Home",
    "R2": "NHS/Health Trust", "R3": "Family Centre or Mother and Baby Unit", "R5": "Young Offender Institution", "S1": "Residential school",
    "Z1": "Other placements", "T": "Temporary placement",
}  # fmt: skip
_CEASED = {
    "E11": "Adopted", "E12": "Adopted", "E2": "Died", "E3": "Care taken by another LA", "E4A": "Returned home to live with parents or relatives",
    "E4B": "Returned home to live with parents or relatives", "E5": "Moved into independent living", "E6": "Moved into independent living",
    "E41": "Residence order granted", "E45": "Special Guardianship Orders", "E46": "Special Guardianship Orders",
    "E47": "Special Guardianship Orders", "E48": "Special Guardianship Orders", "E9": "Sentenced to custody", "E14": "Accommodation on remand ended",
    "E15": "Age assessment determined child was 18 or over", "E16": "Child moved abroad",
    "E7": "Transferred to residential care funded by adult social services",
}  # fmt: skip
_BROAD = {"White": "White", "Mixed": "Mixed", "Asian": "Asian or Asian British", "Black": "Black or black British", "Other": "Other ethnic group"}

Lists = dict[str, pd.DataFrame]


@dataclass
class Council:
    """One council's part of the register, one row per child, by person; and its episodes begun by the reference day."""

    children: pd.DataFrame
    spells: pd.DataFrame


def council(world: World, records: pd.DataFrame, la: str) -> Council:
    """Duplicates of the register are left out: the lists are of children. `id` is the one the council returns the child under."""
    mine = records[(records["la"] == la) & ~records["is_duplicate"]].set_index("person").sort_index()
    broad = ethnic_groups().set_index("ethnic")["broad"]
    group = np.array([next((label for start, label in _BROAD.items() if str(text).startswith(start)), "Not stated") for text in mine["ethnic"].map(broad).fillna("")], dtype=object)
    children = pd.DataFrame(
        {
            "id": np.where(mine["return_id"] != "", mine["return_id"], mine["person_id"]), "dob": mine["dob"], "sex": mine["sex"], "ethnic": mine["ethnic"],
            "group": group, "is_known_now": mine["is_known_now"], "is_uasc": world.people["is_uasc"].to_numpy(dtype=bool)[mine.index],
        }
    )  # fmt: skip
    spells = world.spells[(world.spells["la"] == la) & (world.spells["decom"] <= REFERENCE_DAY) & world.spells["child"].isin(children.index)]
    return Council(children, spells.sort_values(["child", "decom"], kind="stable").reset_index(drop=True))


def lists_of(world: World, la: str, who: Council, rng: Random) -> Lists:
    """Every list's own columns (layouts.csv) and `person`; who the person is the caller adds."""
    size = len(who.children)
    has_contact = happens(rng, np.where(who.children["is_known_now"], 0.45, 0.12), size)
    person = np.append(who.children.index[has_contact], who.children.index[has_contact & happens(rng, 0.15, size)])
    contact = pd.DataFrame({"person": person, "on": np.sort(rng.integers(LOOKED_BACK_TO, REFERENCE_DAY + 1, len(person)))})
    contact["source"] = pick(rng, list(_SOURCES), len(contact), list(_SOURCES.values()))
    found: Lists = {"list_1": pd.DataFrame({"person": contact["person"], "Date of Contact": contact["on"], "Contact Source": contact["source"]})}
    found["list_2"] = _early_help(who.children, rng)
    found |= _after_contacts(contact, rng)
    found |= _plans(found["list_5"], who, rng)
    found["list_8"] = _looked_after(world, la, who, rng)
    found["list_9"] = _care_leavers(who, rng)
    found["list_10"], found["list_11"] = _adoption(who, rng)
    return found


def _early_help(children: pd.DataFrame, rng: Random) -> pd.DataFrame:
    person = children.index[~children["is_known_now"] & happens(rng, 0.08, len(children))].to_numpy()
    start = rng.integers(LOOKED_BACK_TO, REFERENCE_DAY - 5, len(person))
    end = _by_now(start + rng.integers(10, 60, len(person)))
    by = pick(rng, ["Early Help Team", "Primary school", "Health visiting", "Children's centre"], len(person))
    return pd.DataFrame({"person": person, "Assessment start date": start, "Assessment completion date": end, "Organisation completing assessment": by})


def _after_contacts(contact: pd.DataFrame, rng: Random) -> Lists:
    """Referrals of some contacts, assessments of most referrals, section 47 enquiries of some of these."""
    made = contact[happens(rng, 0.4, len(contact))].reset_index(drop=True)
    no_action = happens(rng, 0.08, len(made))
    on = np.minimum(made["on"].to_numpy() + rng.integers(0, 3, len(made)), REFERENCE_DAY)
    referral = pd.DataFrame({
        "person": made["person"], "Date of referral": on, "Referral Source": made["source"], "Referral NFA?": _yes(no_action),
        "Number of Referrals in Last 12 Months": 1 + happens(rng, 0.2, len(made)),
    })  # fmt: skip
    taken = np.flatnonzero(~no_action & happens(rng, 0.85, len(made)))
    start = on[taken] + rng.integers(0, 4, len(taken))
    taken, start = taken[start <= REFERENCE_DAY], start[start <= REFERENCE_DAY]
    end = _by_now(start + rng.integers(15, 50, len(start)))
    assessment = pd.DataFrame({
        "person": made["person"].to_numpy()[taken], "Does the Child have a Disability": _yes(happens(rng, 0.1, len(taken))),
        "Continuous Assessment Start Date": start, "Child Seen During Continuous Assessment": _yes(happens(rng, 0.9, len(taken))),
        "Continuous Assessment Date of Authorisation": end,
        "Was the child assessed as requiring LA children's social care support?": np.where(end == OPEN, "", _yes(happens(rng, 0.55, len(taken)))),
    })  # fmt: skip
    return {"list_3": referral, "list_4": assessment, "list_5": _enquiries(assessment, rng)}


def _enquiries(assessment: pd.DataFrame, rng: Random) -> pd.DataFrame:
    some = assessment[happens(rng, 0.35, len(assessment))]
    on = np.minimum(some["Continuous Assessment Start Date"].to_numpy() + rng.integers(1, 10, len(some)), REFERENCE_DAY)
    unneeded = happens(rng, 0.6, len(some))
    conference = np.where(unneeded, OPEN, _by_now(on + rng.integers(10, 20, len(some))))
    planned = happens(rng, 0.85, len(some))
    return pd.DataFrame({
        "person": some["person"].to_numpy(), "Does the Child have a Disability": some["Does the Child have a Disability"].to_numpy(),
        "Strategy discussion initiating Section 47 Enquiry Start Date": on,
        "Was an Initial Child Protection Conference deemed unnecessary?": _yes(unneeded), "Date of Initial Child Protection Conference": conference,
        "Did the Initial Child Protection Conference Result in a Child Protection Plan": np.where(conference == OPEN, "", _yes(planned)),
        "Number of Section 47 Enquiries in the last 12 months": 1, "Number of ICPCs in the last 12 months": (conference != OPEN).astype(np.int64),
    })  # fmt: skip


def _plans(enquiries: pd.DataFrame, who: Council, rng: Random) -> Lists:
    """Children in need, and protection plans: those the lists' conferences made, and older ones."""
    conference = enquiries["Date of Initial Child Protection Conference"].to_numpy()
    made = enquiries["Did the Initial Child Protection Conference Result in a Child Protection Plan"].to_numpy() == "Yes"
    known = who.children.index[who.children["is_known_now"]].to_numpy()
    older = known[happens(rng, 0.06, len(known))]
    person = np.append(enquiries["person"].to_numpy()[made], older)
    start = np.append(conference[made], REFERENCE_DAY - rng.integers(200, 500, len(older)))
    abuse = pick(rng, list(_ABUSE), len(person), list(_ABUSE.values()))
    ends = np.where(happens(rng, 0.25, len(person)) & (start < LOOKED_BACK_TO), REFERENCE_DAY - rng.integers(1, 180, len(person)), OPEN)
    plans = pd.DataFrame({
        "person": person, "Does the Child have a Disability": _yes(happens(rng, 0.1, len(person))), "Child Protection Plan Start Date": start,
        "Initial Category of Abuse": abuse, "Latest Category of Abuse": abuse, "Was the Child Seen Alone?": _yes(happens(rng, 0.7, len(person))),
        "Date of the Last Statutory Visit": np.maximum(start, REFERENCE_DAY - rng.integers(1, 40, len(person))), "Date of latest review conference": OPEN,
        "Child Protection Plan End Date": ends, "Number of Previous Child Protection Plans": happens(rng, 0.2, len(person)).astype(np.int64),
        "Subject to Emergency Protection Order or Protected Under Police Powers in Last Six Months (Y/N)": "No",
    })  # fmt: skip
    begun = REFERENCE_DAY - rng.exponential(300, len(known)).astype(np.int64)
    closed = np.where((begun < LOOKED_BACK_TO) & happens(rng, 0.2, len(known)), REFERENCE_DAY - rng.integers(1, 180, len(known)), OPEN)
    cared = np.isin(known, who.spells.loc[who.spells["dec"] > REFERENCE_DAY, "child"])
    status = np.where(cared, "Looked after child", np.where(np.isin(known, person), "Child Protection plan", "Child in need plan"))
    need = pd.DataFrame({
        "person": known, "Does the Child have a Disability": _yes(happens(rng, 0.13, len(known))), "CIN Start Date": begun,
        "Primary Need Code": pick(rng, list(_NEED.values()), len(known), [0.56, 0.09, 0.04, 0.09, 0.14, 0.02, 0.01, 0.05]),
        "Date Child Was Last Seen": np.maximum(begun, REFERENCE_DAY - rng.integers(1, 60, len(known))), "CIN Closure Date": closed,
        "Reason for Closure": np.where(closed == OPEN, "", "'Other' incl. Child no longer in need"), "Case Status": np.where(closed == OPEN, status, "Closed episode"),
    })  # fmt: skip
    return {"list_6": need.astype({"Case Status": object}), "list_7": plans}


def _looked_after(world: World, la: str, who: Council, rng: Random) -> pd.DataFrame:
    """Children looked after on 31 March 2026 or in the six months before, as the last episode of their last period of care has it."""
    spells = who.spells[(who.spells["period"] >= 0) & (who.spells["ls"] != "V3")]
    last = spells.groupby("child").tail(1).reset_index(drop=True)
    started = spells.groupby(["child", "period"])["decom"].min().rename("started").reset_index()
    last = last.merge(started, on=["child", "period"], how="left")
    last = last[last["dec"] >= LOOKED_BACK_TO].reset_index(drop=True)
    size, ended = len(last), last["dec"].to_numpy() <= REFERENCE_DAY
    placed = world.home_rows_of_placements(last["home"].to_numpy())
    postcode = np.append(world.homes["postcode"].to_numpy(dtype=object), "")[placed]
    code = last["place"].to_numpy(dtype=object)
    named = places().set_index("la")["name"]
    return pd.DataFrame({
        "person": last["child"], "Unaccompanied Asylum Seeking Child (UASC) within the Last 12 Months (Y/N)": _yes(last["is_uasc"].to_numpy(dtype=bool)),
        "Does the Child have a Disability": _yes(happens(rng, 0.12, size)), "Date Started to be Looked After": last["started"],
        "Child's Category of Need": last["cin"].map(_NEED).fillna("Not stated"),
        "Is this a second or subsequent period of being a Looked After Child within the last 12 months (Y/N)": "No",
        "Start date of current legal status": last["decom"], "Child's Legal Status": last["ls"].map(_LEGAL).fillna("Accommodated under S20"),
        "Date of Latest Statutory Review": np.maximum(last["started"], REFERENCE_DAY - rng.integers(5, 170, size)),
        "Date of Last Social Work Visit": np.maximum(last["started"], REFERENCE_DAY - rng.integers(1, 42, size)),
        "What is the permanence plan for this child?": pick(rng, ["Return to family", "Long-term fostering", "Supported living in the community", "SGO/CAO", "Other"], size),
        "Number of Placements in the Last 12 months": 1 + happens(rng, 0.3, size), "Date Ceased to be Looked After": np.where(ended, last["dec"], OPEN),
        "Reason Ceased to be Looked After": np.where(ended, last["rec"].map(_CEASED).fillna("Care ceased for any other reason"), ""),
        "Start Date of Most Recent Placement": last["decom"],
        "Placement Type": [_PLACED.get(one, _PLACED.get(one[:1], "Other placements")) for one in code],
        "Placement Provider": last["provider"].map({"PR1": "Own LA", "PR4": "Private", "PR5": "Private"}).fillna("Other"),
        "Placement postcode": np.where(code == "P1", "", postcode), "URN of Placement": last["urn"],
        "Placement Location": np.where(last["place_la"] == la, "In", "Out"), "LA of Placement": last["place_la"].map(named).fillna(""),
        "Number of Episodes the Child has been 'Missing' from their Placement in the last 12 months": happens(rng, 0.08, size).astype(np.int64),
    })  # fmt: skip


def _care_leavers(who: Council, rng: Random) -> pd.DataFrame:
    """Young people of 17 to 21 whose care ended, or goes on, at 16 or over."""
    last = who.spells.groupby("child")["dec"].max()
    born = who.children["dob"].loc[last.index].to_numpy()
    leaver = (last.to_numpy() >= birthday(born, 16)) & (birthday(born, 17) <= REFERENCE_DAY) & (birthday(born, 21) > REFERENCE_DAY)
    person, size = last.index.to_numpy()[leaver], int(leaver.sum())
    adult = birthday(born[leaver], 18) <= REFERENCE_DAY
    in_touch = happens(rng, 0.93, size)
    return pd.DataFrame({
        "person": person, "Does the Child have a Disability": _yes(happens(rng, 0.1, size)),
        "Unaccompanied Asylum Seeking Child (UASC), or formerly UASC if 18 or over (Y/N)": _yes(who.children["is_uasc"].loc[person].to_numpy()),
        "Eligibility Category": np.where(adult, "Former relevant", "Eligible"), "LA in Touch": np.where(in_touch, "In touch", "Not in touch"),
        "Latest Pathway Plan Review Date": REFERENCE_DAY - rng.integers(10, 200, size),
        "Latest Date of Contact": np.where(in_touch, REFERENCE_DAY - rng.integers(1, 60, size), OPEN),
        "Type of Accommodation": pick(rng, ["With parents or relatives", "Independent living", "Semi-independent transitional accommodation", "Residence not known"], size),
        "Suitability of Accommodation": np.where(in_touch, "Suitable", "Not in touch or not recorded"),
        "Activity Status": pick(rng, ["F2: Full time in education other than higher", "G5: Not in education, employment or training - other", "F1: Full time in higher education"], size),
    })  # fmt: skip


def _adoption(who: Council, rng: Random) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Children with a placement order, and the adopters of those matched, with a few who are waiting."""
    spells = who.spells
    ordered = spells[spells["ls"] == "E1"].groupby("child")["decom"].min()
    to_adopters = spells[spells["place"].str.startswith("A")].groupby("child")["decom"].min().reindex(ordered.index).fillna(OPEN).to_numpy(dtype=np.int64)
    order = spells[spells["rec"].isin(["E11", "E12"])].groupby("child")["dec"].min().reindex(ordered.index).fillna(OPEN).to_numpy(dtype=np.int64)
    entered = spells.groupby("child")["decom"].min().loc[ordered.index].to_numpy()
    size, matched = len(ordered), to_adopters < OPEN
    family = np.array([f"AF{1000 + place}" for place in range(size)], dtype=object)
    children = pd.DataFrame({
        "person": ordered.index, "Family identifier": np.where(matched, family, ""), "Does the Child have a Disability": _yes(happens(rng, 0.05, size)),
        "Date the Child Entered Care": entered, "Date of Decision that Child Should be Placed for Adoption": ordered.to_numpy() - 30,
        "Date of Placement Order": ordered.to_numpy(), "Date of Matching Child and Prospective Adopters": np.where(matched, to_adopters - 14, OPEN),
        "Date Placed for Adoption": to_adopters, "Date of Adoption Order": np.where(order <= REFERENCE_DAY, order, OPEN),
    })  # fmt: skip
    families = np.append(np.repeat(family[matched], 2), np.repeat(np.array(["AF2001", "AF2002"], dtype=object), 2))
    matching = np.append(np.repeat(to_adopters[matched] - 14, 2), np.full(4, OPEN))
    asked = np.where(matching == OPEN, REFERENCE_DAY, matching) - 300
    adopters = pd.DataFrame({
        "Individual adopter identifier": [f"{name}-{place % 2 + 1}" for place, name in enumerate(families)], "Family identifier": families,
        "Gender": np.where(np.arange(len(families)) % 2 == 0, "Female", "Male"), "Ethnicity": "Not stated", "Disability": "No",
        "Date enquiry received": asked, "Date application approved": asked + 200, "Date adopter matched with child(ren)": matching,
        "No. of children placed": (matching != OPEN).astype(np.int64),
    })  # fmt: skip
    return children, adopters


def ages(born: Ints) -> Ints:
    return np.floor((REFERENCE_DAY - np.asarray(born)) / YEAR).astype(np.int64)


def _by_now(on: Ints) -> Ints:
    """The days that have come; OPEN for the others."""
    return np.where(on <= REFERENCE_DAY, on, OPEN)


def _yes(flags: np.ndarray) -> Texts:
    return np.where(flags, "Yes", "No").astype(object)
