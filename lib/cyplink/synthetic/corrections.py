"""Returns of the first period sent again in the second, as a later version: birth dates and names mended, a legal status put right, somebody added, somebody taken out.

What is not corrected is word for word what was sent before, but for the rows that were spoilt on the way.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cyplink.synthetic import children_in_need_return, looked_after_return, mental_health_return, school_census
from cyplink.synthetic.days import OPEN, YEAR, day, spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.later import Later
from cyplink.synthetic.mental_health_return import Book
from cyplink.synthetic.period import SECOND
from cyplink.synthetic.school_census import Pupils, truth_rows
from cyplink.synthetic.school_terms import CENSUSES
from cyplink.synthetic.streams import Flags, Ints, Random, happens
from cyplink.synthetic.world import World

_YEAR_RETURNED, _CREATED = "2025-26", "2026-06-18"
_MENDED = 6  # records in one return, at most
_STATUSES = 4
_ENTERED = day("2026-03-20")  # into care, and too late for the return

_ENTERED_LATE = 4 * 10**7  # what contacts entered late are numbered after: clear of both periods' own

Sent = tuple[Delivery, pd.DataFrame]


@dataclass(frozen=True)
class Correction:
    """A delivery with its truth rows, and the people whose records it mends, adds, takes out or gives another legal status."""

    delivery: Delivery
    truth: pd.DataFrame
    people: dict[str, Ints] = field(default_factory=dict)


def council(world: World) -> str:
    """Whose social-care returns are corrected."""
    return world.las[-1]


def left_out(world: World, records: pd.DataFrame) -> dict[str, int]:
    """By authority, a school-age child the council knows who was in care from late March, and whom its return had not."""
    la = council(world)
    mine = records[(records["la"] == la) & ~records["is_duplicate"] & records["is_known_now"] & (records["return_id"] == "")]
    them = world.people.iloc[mine["person"]]
    age = (_ENTERED - them["dob"].to_numpy()) / YEAR
    able = (age > 6) & (age < 14) & ~them["is_looked_after"].to_numpy() & ~them["is_withheld"].to_numpy() & (them["la"] == la).to_numpy() & (them["died_on"] == OPEN).to_numpy()
    able &= (them["identity_to"] == OPEN).to_numpy() & (them["former_number"] < 0).to_numpy() & (mine["dob"].to_numpy() == them["dob"].to_numpy())
    person = mine["person"].to_numpy()[able]
    return {la: int(person[0])} if len(person) else {}


def mended_register(world: World, records: pd.DataFrame) -> pd.DataFrame:
    """The register with some wrong birth dates and names of the council's put right."""
    true = world.people.iloc[records["person"]].reset_index(drop=True)
    wrong = (records["dob"].to_numpy() != true["dob"].to_numpy()) & ~true["is_uasc"].to_numpy(dtype=bool) & ~records["is_duplicate"].to_numpy(dtype=bool)
    mine = (records["la"] == council(world)).to_numpy()
    cared = (records["return_id"] != "").to_numpy()
    rows = np.append(np.flatnonzero(wrong & mine & cared)[:_MENDED], np.flatnonzero(wrong & mine & ~cared)[:_MENDED])
    return _put_right(records, true, rows)


def _put_right(held: pd.DataFrame, true: pd.DataFrame, at: Ints) -> pd.DataFrame:
    """What is held of people, with the names and birth dates in the rows `at` as they truly are; `true`: its people, row by row."""
    mended = held.copy()
    for name in ("forename", "surname", "dob"):
        values = mended[name].to_numpy().copy()
        values[at] = true[name].to_numpy()[at]
        mended[name] = values
    return mended


def looked_after(then: Later, records: pd.DataFrame, mended: pd.DataFrame, late: dict[str, int]) -> Correction:
    """The council's SSDA903 of 2025-26 again. `records` and `mended`: the register then and now; `late`: `left_out`."""
    sent, truth = _of_year(looked_after_return.deliveries(_of_one(then.before, council(then.before)), records))
    known = records[(records["la"] == sent.controller) & (records["return_id"] != "")].set_index("return_id")
    tables = {kind: rows.reset_index(drop=True) for kind, rows in sent.files.values()}
    rng = then.stream("corrected", sent.source, sent.controller)
    now = mended[(mended["la"] == sent.controller) & (mended["return_id"] != "")].set_index("return_id")["dob"]
    changed = now[now.to_numpy() != known["dob"].to_numpy()]
    returned = np.isin(changed.index, tables["header"]["CHILD"])
    changed = changed[returned]
    out = _returned_in_error(tables, known, changed.index, rng)
    dates = pd.Series(spell(changed.to_numpy(), "uk"), index=changed.index, dtype=object)
    tables = {kind: _with_dates(rows[~rows["CHILD"].isin(out)], "CHILD", "DOB", dates) for kind, rows in tables.items()}
    episodes = tables["episodes"]
    able = (episodes["RNE"] == "S") & (episodes["DEC"] == "") & (episodes["LS"] == "V2") & episodes["DECOM"].isin(spell(np.arange(day("2025-04-01"), day("2026-03-01")), "uk"))
    able &= ~episodes["CHILD"].isin(tables["uasc"]["CHILD"]) & (episodes["PLACE"].str[:1] == "U")
    status = np.flatnonzero(able)[:_STATUSES]
    tables["episodes"] = _set(episodes, status, "LS", "C1")
    added = list(late.values())
    for person in added:
        tables, truth = _with_child(then, tables, truth, mended, person)
    people = {
        "mended": known["person"].loc[changed.index].to_numpy(), "status_corrected": known["person"].loc[tables["episodes"]["CHILD"].iloc[status]].to_numpy(),
        "added": np.array(added, dtype=np.int64), "removed": known["person"].loc[out].to_numpy(),
    }  # fmt: skip
    return Correction(_again(sent, {name: (kind, tables[kind]) for name, (kind, _) in sent.files.items()}), truth, people)


def _of_one(world: World, la: str) -> World:
    """The world in which one authority alone delivers."""
    return replace(world, boroughs=[borough for borough in world.boroughs if borough.la == la])


def _of_year(made: Iterable[Sent]) -> Sent:
    return next((delivery, truth) for delivery, truth in made if delivery.period == _YEAR_RETURNED)


def _again(sent: Delivery, files: dict[str, tuple[str, pd.DataFrame]], created_on: str = _CREATED) -> Delivery:
    return replace(sent, files=files, folder="v2", version=2, created_on=created_on)


def _returned_in_error(tables: dict[str, pd.DataFrame], known: pd.DataFrame, mended: pd.Index, rng: Random) -> list[str]:
    """A child who is in no other year's return, nor in the files of what is hard to undo."""
    episodes = tables["episodes"]
    started = episodes["DECOM"].isin(spell(np.arange(day("2025-04-01"), day("2026-04-01")), "uk"))
    never = episodes.loc[~started, "CHILD"]
    held = pd.concat([rows["CHILD"] for kind, rows in tables.items() if kind in ("uasc", "oc2", "oc3", "ad1", "placed_adoption", "missing")])
    able = episodes["CHILD"][started & ~episodes["CHILD"].isin(never) & ~episodes["CHILD"].isin(held) & ~episodes["CHILD"].isin(mended)]
    # one whose care began afresh: a child in care before is in another return
    alone = [child for child in able.drop_duplicates() if (known["is_known_now"].get(child, False)) and (episodes.loc[episodes["CHILD"] == child, "RNE"] == "S").sum() == 1]
    return [alone[int(rng.integers(len(alone)))]] if alone else []


def _with_dates(rows: pd.DataFrame, key: str, column: str, dates: "pd.Series[str]") -> pd.DataFrame:
    """The rows with other dates in a column, by key."""
    rows = rows.reset_index(drop=True)
    if column not in rows:
        return rows
    new = dates.reindex(rows[key])
    return rows.assign(**{column: np.where(new.isna(), rows[column], new.to_numpy(dtype=object))})


def _set(rows: pd.DataFrame, at: Ints, column: str, value: str) -> pd.DataFrame:
    cells = rows[column].to_numpy(dtype=object).copy()
    cells[at] = value
    return rows.assign(**{column: cells})


def _with_child(then: Later, tables: dict[str, pd.DataFrame], truth: pd.DataFrame, records: pd.DataFrame, person: int) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The return with a child whose care began when it was being made: one episode, one social worker, no permanence before."""
    la = str(truth["controller"].iloc[0])
    child = records[(records["la"] == la) & (records["person"] == person) & ~records["is_duplicate"]].iloc[0]
    born, entered = spell(np.array([child["dob"], _ENTERED]), "uk")
    home = then.before.postcodes[then.before.home_of(np.array([person]), _ENTERED)][0]
    placed = then.before.homes.loc[then.before.homes["la"] == la, "postcode"].iloc[1]
    of = {
        "header": {"CHILD": child["person_id"], "SEX": child["sex"], "DOB": born, "ETHNIC": child["ethnic"], "UPN": child["upn"] or "UN4", "MOTHER": "", "MC_DOB": ""},
        "episodes": {
            "CHILD": child["person_id"], "DECOM": entered, "RNE": "S", "LS": "V2", "CIN": "N1", "PLACE": "U4", "PLACE_PROVIDER": "PR1", "DEC": "", "REC": "",
            "REASON_PLACE_CHANGE": "", "HOME_POST": home, "PL_POST": placed, "URN": "XXXXXXX",
        },
        "sw_episodes": {"CHILD": child["person_id"], "DOB": born, "SW_ID": "SW9999999", "SW_DECOM": entered, "SW_DEC": "", "SW_REASON": "FCONTA"},
        "prev_perm": {"CHILD": child["person_id"], "DOB": born, "PREV_PERM": "Z1", "LA_PERM": "", "DATE_PERM": ""},
    }  # fmt: skip
    made = {kind: pd.concat([rows, pd.DataFrame([of[kind]])], ignore_index=True) if kind in of else rows for kind, rows in tables.items()}
    row = {"source": "ssda903", "controller": la, "local_id": child["person_id"], "person": person}
    return made, pd.concat([truth, pd.DataFrame([row])], ignore_index=True)


def in_need(then: Later, records: pd.DataFrame, mended: pd.DataFrame) -> Correction:
    """The council's CIN census of 2025-26 again: birth dates mended, a child added who was left out, one taken out."""
    sent, truth = _of_year(children_in_need_return.deliveries(_of_one(then.before, council(then.before)), records))
    mine, now = (rows[rows["la"] == sent.controller].reset_index(drop=True) for rows in (records, mended))
    number = pd.Series(np.where(mine["return_id"] != "", mine["return_id"], mine["person_id"]), dtype=object)
    tables = {kind: rows.reset_index(drop=True) for kind, rows in sent.files.values()}
    listed = np.isin(number, tables["child"]["LAchildID"])
    changed = np.flatnonzero((mine["dob"] != now["dob"]).to_numpy() & listed)
    dates = pd.Series(spell(now["dob"].to_numpy()[changed], "iso"), index=number[changed], dtype=object)
    child = _with_dates(tables["child"], "LAchildID", "PersonBirthDate", dates)
    short = tables["referral"].loc[(tables["referral"]["CINclosureDate"] != "") & ~tables["referral"]["child"].duplicated(keep=False), "child"]
    short = short[~child.set_index("order")["LAchildID"].loc[short].isin(number[changed]).to_numpy() & (mine["return_id"].to_numpy()[short] == "")]
    out = short.iloc[-1:].to_numpy()
    gone = tables["referral"].loc[tables["referral"]["child"].isin(out), "order"]
    tables = {kind: rows[~rows["referral"].isin(gone)] if "referral" in rows else rows for kind, rows in tables.items()}
    tables["referral"] = tables["referral"][~tables["referral"]["order"].isin(gone)]
    tables["child"] = child[~child["order"].isin(out)]
    age = (day("2026-02-02") - mine["dob"].to_numpy()) / YEAR
    able = ~listed & ~mine["is_duplicate"].to_numpy(dtype=bool) & (age > 1) & (age < 17) & (then.before.people["died_on"].to_numpy()[mine["person"]] == OPEN)
    come = np.flatnonzero(able)[:1]
    for record in come:
        tables = _with_referral(tables, mine.iloc[record], int(record), int(tables["referral"]["order"].max()) + 1)
    more = pd.DataFrame({"source": "cin_census", "controller": sent.controller, "local_id": number[come], "person": mine["person"].to_numpy()[come]})
    people = {"mended": mine["person"].to_numpy()[changed], "added": mine["person"].to_numpy()[come], "removed": mine["person"].to_numpy()[out]}
    files = {name: (kind, tables[kind].reset_index(drop=True)) for name, (kind, _) in sent.files.items()}
    return Correction(_again(sent, files), pd.concat([truth, more], ignore_index=True), people)


def _with_referral(tables: dict[str, pd.DataFrame], record: "pd.Series[str]", order: int, referral: int) -> dict[str, pd.DataFrame]:
    """The census with a child referred in February whose assessment still goes on."""
    like = tables["child"][tables["child"]["PersonBirthDate"] != ""].iloc[[0]]
    unknown = "" if record["upn"] else "UN4"
    said = {
        "order": order, "LAchildID": record["person_id"], "UPN": record["upn"], "FormerUPN": "", "UPNunknown": unknown, "Disability": "NONE", "PersonDeathDate": "",
        "PersonBirthDate": spell(np.array([record["dob"]]), "iso")[0], "ExpectedPersonBirthDate": "", "Ethnicity": record["ethnic"], "Sex": record["sex"],
    }  # fmt: skip
    rows = {
        "child": like.assign(**said),
        "referral": pd.DataFrame([{
            "order": referral, "child": order, "CINreferralDate": "2026-02-02", "ReferralSource": "2A", "PrimaryNeedCode": "N1", "CINclosureDate": "", "ReasonForClosure": "",
            "ReferralNFA": "0",
        }]),
        "assessment": pd.DataFrame([{"referral": referral, "AssessmentActualStartDate": "2026-02-03", "AssessmentAuthorisationDate": "", "AssessmentFactors": ""}]),
    }  # fmt: skip
    return {kind: pd.concat([table, rows[kind]], ignore_index=True) if kind in rows else table for kind, table in tables.items()}


def mended_pupils(world: World, about: Pupils) -> tuple[Pupils, Ints]:
    """What the schools of one council hold of their pupils with some names and birth dates put right, and the people."""
    roll = about.roll
    true = world.people.iloc[roll["person"]].reset_index(drop=True)
    wrong = (roll["dob"].to_numpy() != true["dob"].to_numpy()) | (roll["forename"].to_numpy() != true["forename"].to_numpy())
    now = roll[wrong & (roll["la"] == world.las[0]).to_numpy() & (roll["year"] == 2026).to_numpy() & (roll["upn"] != "").to_numpy()]
    who = now["person"].drop_duplicates().to_numpy()[:_MENDED]
    at = np.flatnonzero((roll["person"].isin(who) & (roll["la"] == world.las[0])).to_numpy())
    return replace(about, roll=_put_right(roll, true, at)), np.sort(who)


def spring_census(then: Later, about: Pupils, who: Ints) -> Correction:
    """The spring census of 2026 of a council again; `about`: `mended_pupils` with the people `who`. A pupil is taken out who never came, and one added who had."""
    world, census = then.before, CENSUSES[-1]
    [(sent, truth)] = school_census.deliveries(_of_one(world, world.las[0]), about, [census])
    tables = {kind: rows.reset_index(drop=True) for kind, rows in sent.files.values()}
    pupils, name = tables["pupilonroll"], "pupilonrolltableid"
    of = truth["person"].to_numpy()[: len(pupils)]
    rng = then.stream("corrected", sent.source, sent.controller)
    reception = np.flatnonzero((pupils["ncyearactual"] == "R").to_numpy() & ~np.isin(of, who))
    out = reception[[int(rng.integers(len(reception)))]] if len(reception) else np.array([], dtype=np.int64)
    never = _out_of_school(then, about, world.las[0])[:1]
    added = pd.DataFrame()
    if len(never) and len(reception):
        added, more = _pupil_beside(then, pupils, truth, int(reception[0]), int(never[0]))
        truth = pd.concat([truth, more], ignore_index=True)
    gone = pupils[name].iloc[out]
    tables = {kind: rows[~rows[name].isin(gone)] if name in rows else rows for kind, rows in tables.items()}
    tables["pupilonroll"] = pd.concat([tables["pupilonroll"], added], ignore_index=True)
    files = {file: (kind, tables[kind].reset_index(drop=True)) for file, (kind, _) in sent.files.items()}
    return Correction(_again(sent, files), truth, {"mended": who, "added": never if len(added) else never[:0], "removed": of[out]})


def _out_of_school(then: Later, about: Pupils, la: str) -> Ints:
    """Children of reception age of the authority who are on no roll."""
    people = then.before.people
    of_age = (people["dob"] > day("2020-08-31")) & (people["dob"] <= day("2021-08-31")) & (people["la"] == la) & (people["died_on"] == OPEN) & (people["identity_to"] == OPEN)
    of_age &= (people["former_number"] < 0) & ~people["is_withheld"].astype(bool) & (people["upn"] != "")
    return np.setdiff1d(np.flatnonzero(of_age), about.roll["person"].to_numpy())


def _pupil_beside(then: Later, pupils: pd.DataFrame, truth: pd.DataFrame, at: int, person: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row for the person at the school of the pupil in row `at`, with its truth row."""
    them, number = then.before.people.iloc[[person]], str(pupils["pupilonrolltableid"].astype(np.int64).max() + 1)
    order = str(len(pupils) + 1)
    row = pupils.iloc[[at]].assign(
        pupilonrolltableid=number, NativeId=order, pupilonrollorderseqcolumn=order, upn=them["upn"].to_numpy(), formerupn="", surname=them["surname"].to_numpy(),
        forename=them["forename"].to_numpy(), middlenames=them["middle"].to_numpy(), formersurname="", preferredsurname=them["surname"].to_numpy(),
        dob=spell(them["dob"].to_numpy(), "census"), sex=them["sex"].to_numpy(), termlysessionspossible="0",
    )  # fmt: skip
    school = {"la": truth["controller"].iloc[at], "estab": truth["local_id"].iloc[at].partition("/")[0], "person": person}
    return row, truth_rows("school_census", row, pd.DataFrame([school]).assign(dob=them["dob"].to_numpy()))


def mended_book(world: World, book: Book) -> tuple[Book, Ints]:
    """A mental-health provider's book with half of the missing NHS numbers traced, and the people."""
    patients = book.patients
    them = world.people.iloc[patients["person"]]
    traced = (patients["NHSNumber"] == "").to_numpy() & happens(SECOND.stream(world.seed, "traced", book.provider), 0.5, len(patients))
    mended = patients.assign(
        NHSNumber=np.where(traced, them["nhs_number"], patients["NHSNumber"]), NHSNumberStatus=np.where(traced, "01", patients["NHSNumberStatus"]),
    )  # fmt: skip
    return replace(book, patients=mended), patients["person"].to_numpy()[traced]


def last_month(then: Later, book: Book, practices: pd.DataFrame, traced: Ints) -> Correction:
    """March 2026 of a mental-health provider again: numbers traced since (`book`: `mended_book`), and contacts that were entered late."""
    world, rng = then.before, then.stream("corrected", "mhsds", book.provider)
    month, (first, last) = list(world.period.months.items())[-1]
    seen = book.contacts[(book.contacts["on"] >= first) & (book.contacts["on"] <= last)]
    late: Flags = happens(rng, 0.05, len(seen))
    again = seen[late]
    on = np.minimum(again["on"].to_numpy() + rng.integers(1, 4, len(again)), last)
    more = again.assign(on=on, CareContDate=spell(on, "iso"), CareContactID=[f"{book.provider}C{n:08d}" for n in _ENTERED_LATE + np.arange(1, len(again) + 1)])
    fuller = replace(book, contacts=pd.concat([book.contacts, more], ignore_index=True))
    sent, truth = mental_health_return.submission(world, fuller, practices, month, first, last)
    there = np.intersect1d(traced, truth["person"].to_numpy())
    entered = book.referrals.set_index("ServiceRequestID")["person"].loc[again["ServiceRequestID"]].unique()
    return Correction(_again(sent, sent.files, "2026-05-22"), truth, {"mended": there, "contacts_added": np.sort(entered)})
