"""MHSDS deliveries: each provider's rolling monthly submission, one CSV per table (project layout of the v6 elements).

An open referral is sent again every month with its patient's rows until the month of its discharge.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic import errors, mental_health_tables
from cyplink.synthetic.calibration import ethnic_groups
from cyplink.synthetic.care import in_care
from cyplink.synthetic.days import OPEN, spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.mental_health import Care, board_of
from cyplink.synthetic.registrations import language_codes, practice_history
from cyplink.synthetic.streams import Ints, Random, Texts, happens, pick, stream
from cyplink.synthetic.world import World

_REASONS = ["05", "04", "15", "18", "24", "25", "21", "11", "12", "16", "19"]
_SOURCES = ["A1", "C2", "C1", "B2", "B1", "F1", "F3", "H1", "E6", "M7"]
_STATUS_WHEN_MISSING = ["02", "03", "04", "05", "06", "07"]


@dataclass(frozen=True)
class Book:
    """What a provider holds of its patients: `referrals` (of every provider's, `referral` the row), `patients`, `contacts`, `indirect` activity, and the rows of
    the other tables, with the days between which they are sent."""

    provider: str
    referrals: pd.DataFrame
    patients: pd.DataFrame
    contacts: pd.DataFrame
    indirect: pd.DataFrame
    others: dict[str, pd.DataFrame]


def books(world: World, care: Care) -> Iterator[Book]:
    """Every provider's book of the first period."""
    return (_book(world, care, provider) for provider in providers_of(care))


def providers_of(care: Care) -> list[str]:
    """Those that deliver here."""
    return sorted({provider for provider in care.referrals["provider"] if provider})


def _book(world: World, care: Care, provider: str) -> Book:
    rng = stream(world.seed, "mhsds", provider)
    referrals = _referrals(world, care.referrals, provider, rng)
    patients = _patients(world, np.unique(referrals["person"]), provider, rng)
    contacts = _contacts(world, care.contacts, referrals, provider, rng)
    indirect = _indirect(care.indirect, referrals, provider, rng)
    return Book(provider, referrals, patients, contacts, indirect, mental_health_tables.make(world, referrals, contacts, provider))


def carried_on(book: Book, world: World, care: Care) -> Book:
    """The book a period later: `care` has all referrals of the period before, some now ended, then the new ones; and the period's contacts."""
    rng = world.period.stream(world.seed, "mhsds", book.provider)
    ended = care.referrals["discharged"].to_numpy()[book.referrals["referral"]]
    old = book.referrals.assign(discharged=ended, ended_day=np.minimum(book.referrals["rejected"], ended))
    new = _referrals(world, care.referrals[care.referrals["is_new"]], book.provider, rng)
    come = np.setdiff1d(new["person"], book.patients["person"])
    patients = pd.concat([book.patients, _patients(world, come, book.provider, rng)], ignore_index=True)
    referrals = pd.concat([old, new], ignore_index=True)
    contacts = _contacts(world, care.contacts, referrals, book.provider, rng)
    indirect = _indirect(care.indirect, referrals, book.provider, rng)
    # What is found at a first contact is found at the first of a referral that had none before.
    begun = referrals[~referrals["ServiceRequestID"].isin(book.contacts["ServiceRequestID"])]
    more = mental_health_tables.make(world, begun, contacts, book.provider)
    others = {name: pd.concat([_closed(rows, ended, book.referrals), more[name]], ignore_index=True) for name, rows in book.others.items()}
    others = {name: rows.drop_duplicates("CareProfTeamLocalID") if name == "MHS902ServiceTeamDetails" else rows for name, rows in others.items()}
    return Book(book.provider, referrals, patients, contacts, indirect, others)


def _closed(rows: pd.DataFrame, ended: Ints, referrals: pd.DataFrame) -> pd.DataFrame:
    """The other services of a referral end with it."""
    if "ReferClosureDate" not in rows:
        return rows
    closed = pd.Series(ended, index=referrals["referral"]).loc[rows["referral"]].to_numpy()
    return rows.assign(ends_day=closed, ReferClosureDate=spell(closed, "iso"), ReferClosReason=np.where(closed == OPEN, "", "01"))


def deliveries(world: World, care: Care, addresses: pd.DataFrame) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """Twelve deliveries per provider, each with its truth rows (controller, local_id, person)."""
    yield from submissions(world, books(world, care), addresses)


def submissions(world: World, of: Iterable[Book], addresses: pd.DataFrame) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """A delivery per book and month of the period, each with its truth rows."""
    practices = practice_history(world, addresses)
    for book in of:
        for month, (first, last) in world.period.months.items():
            yield submission(world, book, practices, month, first, last)


def submission(world: World, book: Book, practices: pd.DataFrame, month: str, first: int, last: int) -> tuple[Delivery, pd.DataFrame]:
    """A month of a provider, from its first to its last day, with its truth rows. `practices`: registrations.practice_history."""
    provider, referrals = book.provider, book.referrals
    live = referrals[(referrals["received_day"] <= last) & (referrals["ended_day"] >= first)]
    here = book.patients[book.patients["person"].isin(live["person"])].reset_index(drop=True)
    files = {
        **mental_health_tables.of_month(book.others, live, first, last),
        "MHS000Header.csv": ("MHS000Header", _header(provider, first, last)),
        "MHS001MPI.csv": ("MHS001MPI", _index(world, here, last)),
        "MHS002GP.csv": ("MHS002GP", _practices(here, practices, last)),
        "MHS005PatInd.csv": ("MHS005PatInd", here),
        "MHS101Referral.csv": ("MHS101Referral", _as_known(live, last)),
        "MHS201CareContact.csv": ("MHS201CareContact", _within(book.contacts, first, last)),
        "MHS204IndirectActivity.csv": ("MHS204IndirectActivity", _within(book.indirect, first, last)),
    }
    truth = pd.DataFrame({"source": "mhsds", "controller": provider, "local_id": here["LocalPatientID"], "person": here["person"]})
    return Delivery("mhsds", provider, month, spell(np.array([last + 20]), "iso")[0], files), truth


def _header(provider: str, first: int, last: int) -> pd.DataFrame:
    start, end, made = spell(np.array([first, last, last + 20]), "iso")
    return pd.DataFrame(
        {
            "DatSetVer": ["6.0"], "OrgIDProvider": provider, "OrgIDSubmit": provider, "PrimSystemInUse": "SYNTHETIC",
            "ReportingPeriodStartDate": start, "ReportingPeriodEndDate": end, "DateTimeDatSetCreate": f"{made}T09:00:00",
        }
    )  # fmt: skip


def _times(rng: Random, size: int) -> Texts:
    hours = pick(rng, [f"{h:02d}" for h in range(9, 18)], size)
    return np.asarray(hours + ":" + pick(rng, ["00", "15", "30", "45"], size) + ":00", dtype=object)


def _referrals(world: World, referred: pd.DataFrame, provider: str, rng: Random) -> pd.DataFrame:
    rows = referred[referred["provider"] == provider]
    size, received = len(rows), rows["received"].to_numpy()
    person = rows["person"].to_numpy()
    cared = in_care(world.spells, len(world.people), world.period.middle)[person]
    patient = patient_ids(provider, person)
    request = np.array([f"{provider}R{n:07d}" for n in rng.permutation(size) + 1 + world.period.numbered_after(7)], dtype=object)
    team = np.where(
        cared & happens(rng, 0.4, size),
        f"{provider}C06",
        np.char.add(f"{provider}T", rng.integers(1, 12, size).astype(str)),
    )
    source = np.where(
        cared & happens(rng, 0.6, size),
        "C1",
        pick(rng, _SOURCES, size, [0.33, 0.22, 0.06, 0.1, 0.05, 0.06, 0.06, 0.07, 0.01, 0.04]),
    )
    reason = pick(rng, _REASONS, size, [0.26, 0.11, 0.1, 0.09, 0.13, 0.12, 0.03, 0.04, 0.03, 0.05, 0.04])
    reason = np.where(cared & happens(rng, 0.25, size), "21", reason)
    rejected, discharged = rows["rejected"].to_numpy(), rows["discharged"].to_numpy()
    made = pd.DataFrame(
        {
            "person": person, "referral": rows.index.to_numpy(), "received_day": received, "discharged": discharged,
            "rejected": rejected, "ended_day": np.minimum(rejected, discharged), "ServiceRequestID": request,
            "LocalPatientID": patient, "OrgIDComm": board_of(provider), "CareProfTeamLocalID": team,
            "ReferralRequestReceivedDate": spell(received, "iso"), "ReferralRequestReceivedTime": _times(rng, size),
            "SourceOfReferralMH": source, "ClinRespPriorityType": pick(rng, ["1", "2", "3"], size, [0.03, 0.12, 0.85]),
            "PrimReasonReferralMH": reason, "ServDischTime": _times(rng, size), "ReferRejectionTime": _times(rng, size),
            "ReferRejectReason": pick(rng, ["01", "02"], size), "ReferClosReason": pick(rng, ["01", "02", "03"], size),
        }
    )  # fmt: skip
    teams = world.period.stream(world.seed, "mhsds teams", provider)
    return made.assign(CareProfTeamLocalID=mental_health_tables.team_ids(made, provider, teams))


def patient_ids(provider: str, person: Ints) -> Texts:
    """Stable within a provider, meaningless outside it."""
    scrambled = (person.astype(np.int64) * 7_368_787 + len(provider) * 13) % 9_999_991
    return np.array([f"{provider[1:]}{n:07d}" for n in scrambled], dtype=object)


def _as_known(live: pd.DataFrame, last: int) -> pd.DataFrame:
    """Referrals as they stood at the end of the month."""
    closed, refused = (live["discharged"] <= last).to_numpy(), (live["rejected"] <= last).to_numpy()
    return live.assign(
        ServDischDate=spell(np.where(closed, live["discharged"], OPEN), "iso"),
        ServDischTime=np.where(closed, live["ServDischTime"], ""),
        ReferClosReason=np.where(closed, live["ReferClosReason"], ""),
        ReferRejectionDate=spell(np.where(refused, live["rejected"], OPEN), "iso"),
        ReferRejectionTime=np.where(refused, live["ReferRejectionTime"], ""),
        ReferRejectReason=np.where(refused, live["ReferRejectReason"], ""),
    ).reset_index(drop=True)


def _patients(world: World, person: Ints, provider: str, rng: Random) -> pd.DataFrame:
    """One row per patient, with the index and indicator values that do not change from month to month."""
    them = world.people.iloc[person].reset_index(drop=True)
    size = len(person)
    written = errors.written_down(them, world.factor[person], "clinic", rng)
    cared = in_care(world.spells, len(world.people), world.period.middle)[person]
    sex = np.where(written["sex"] == "M", "1", "2")
    gender = np.where(happens(rng, 0.015, size), pick(rng, ["3", "4", "X", "Z"], size), sex)
    nhs = ethnic_groups()["nhs"].to_numpy(dtype=object)[them["ethnic"].to_numpy()]
    ethnic = np.where(happens(rng, 0.06, size), pick(rng, ["S", "G", "C", "L", "P"], size), nhs)
    status = np.where(
        cared & happens(rng, 0.5, size), "Y", pick(rng, ["N", "", "X", "X"], size, [0.6, 0.25, 0.1, 0.05])
    )
    number, verified = _quoted_numbers(world, person, rng)
    return pd.DataFrame(
        {
            "person": person, "LocalPatientID": patient_ids(provider, person), "OrgIDLocalPatientID": provider,
            "NHSNumber": number, "NHSNumberStatus": verified, "PersonBirthDate": spell(written["dob"].to_numpy(), "iso"),
            "GenderIDCode": gender, "GenderSameAtBirth": np.where(gender == sex, "Y", ""), "Gender": sex,
            "MaritalStatus": "", "EthnicCategory": np.where(happens(rng, 0.07, size), pick(rng, ["Z", "99"], size), ethnic),
            "LanguageCodePreferred": language_codes(them["community"].to_numpy(), rng),
            "has_postcode": ~happens(rng, 0.015, size), "LACStatus": status,
            "LACLegalStatus": "", "CPP": pick(rng, ["1", "2", "3", "X", ""], size, [0.5, 0.06, 0.03, 0.2, 0.21]),
            "YoungCarer": pick(rng, ["N", "Y", "X", ""], size, [0.6, 0.02, 0.1, 0.28]),
            "ParentalResp": pick(rng, ["Y", "N", ""], size, [0.5, 0.05, 0.45]), "LDStatus": pick(rng, ["5", "1", ""], size, [0.5, 0.06, 0.44]),
            "AutismStatus": pick(rng, ["5", "1", "2", ""], size, [0.35, 0.12, 0.13, 0.4]),
        }
    )  # fmt: skip


def _quoted_numbers(world: World, person: Ints, rng: Random) -> tuple[Texts, Texts]:
    """NHS number and its status: 5 % missing, some superseded, a few a brother's, sister's or mother's."""
    people, size = world.people, len(person)
    them = people.iloc[person]
    number = them["nhs_number"].to_numpy(dtype=object)
    old = them["superseded_nhs_number"].to_numpy(dtype=object)
    number = np.where((old != "") & happens(rng, 0.6, size), old, number)
    family = people.reset_index(names="row").groupby("family")["row"]
    sibling = family.shift(1).fillna(family.shift(-1)).to_numpy()[person]
    has_sibling = ~np.isnan(sibling)
    others = people["nhs_number"].to_numpy(dtype=object)[np.nan_to_num(sibling).astype(np.int64)]
    number = np.where(has_sibling & happens(rng, 0.004, size), others, number)
    number = np.where(happens(rng, 0.003, size), them["mother_nhs_number"], number)
    missing = happens(rng, np.minimum(0.045 * world.factor[person], 0.3), size)
    unverified = happens(rng, 0.02, size)
    status = np.where(
        missing,
        pick(rng, ["03", "04", "07"], size),
        np.where(unverified, pick(rng, _STATUS_WHEN_MISSING[:4], size), "01"),
    )
    return np.where(missing, "", number).astype(object), status.astype(object)


def _index(world: World, here: pd.DataFrame, last: int) -> pd.DataFrame:
    """The month's patient index: postcode as known to the clinic, a month or so behind."""
    person = here["person"].to_numpy()
    home = world.home_on(last - 30)
    now = world.home_on(last)
    home = np.where(home < 0, now, home)[person]
    postcode = np.append(world.homes["postcode"].to_numpy(dtype=object), "")[home]
    died = world.people["died_on"].to_numpy()[person]
    return here.assign(
        Postcode=np.where(here["has_postcode"], postcode, ""),
        PersDeathDate=spell(np.where(died <= last, died, OPEN), "iso"),
    )


def _practices(here: pd.DataFrame, practices: pd.DataFrame, last: int) -> pd.DataFrame:
    current = practices[(practices["effective_from"] <= last) & (practices["effective_to"] > last)]
    rows = here[["person", "LocalPatientID"]].merge(current.drop_duplicates("person"), on="person", how="inner")
    return pd.DataFrame(
        {
            "LocalPatientID": rows["LocalPatientID"], "GMPReg": rows["practice"],
            "StartDateGMPRegistration": spell(rows["effective_from"].to_numpy(), "iso"), "EndDateGMPRegistration": "",
        }
    )  # fmt: skip


def _contacts(
    world: World, contacts: pd.DataFrame, referrals: pd.DataFrame, provider: str, rng: Random
) -> pd.DataFrame:
    rows = contacts.merge(referrals[["referral", "ServiceRequestID"]], on="referral", how="inner")
    size = len(rows)
    status = rows["status"].to_numpy(dtype=object)
    held = np.isin(status, ["5", "6"])
    cancelled = np.isin(status, ["2", "4"])
    return pd.DataFrame(
        {
            "on": rows["on"], "CareContactID": [f"{provider}C{n:08d}" for n in world.period.numbered_after(8) + np.arange(1, size + 1)],
            "ServiceRequestID": rows["ServiceRequestID"], "CareContDate": spell(rows["on"].to_numpy(), "iso"),
            "CareContTime": _times(rng, size), "OrgIDComm": board_of(provider), "AdminCatCode": "01",
            "ClinContDurOfCareCont": np.where(held, pick(rng, ["30", "45", "50", "60", "90"], size), ""),
            "ConsType": "02", "CareContSubj": pick(rng, ["01", "02"], size, [0.8, 0.2]),
            "ConsMechanismMH": pick(rng, ["01", "11", "02", "05"], size, [0.66, 0.16, 0.16, 0.02]),
            "ActLocTypeCode": pick(rng, ["E01", "A01", "D01", "B01"], size, [0.5, 0.25, 0.2, 0.05]),
            "PlannedCareContIndicator": pick(rng, ["Y", "N"], size, [0.93, 0.07]),
            "CareContPatientTherMode": pick(rng, ["1", "2", "3"], size, [0.8, 0.05, 0.15]), "AttendStatus": status,
            "CareContCancelDate": spell(np.where(cancelled, rows["on"] - 1, OPEN), "iso"),
            "CareContCancelReas": np.where(status == "2", "02", np.where(status == "4", "01", "")),
        }
    )  # fmt: skip


def _indirect(indirect: pd.DataFrame, referrals: pd.DataFrame, provider: str, rng: Random) -> pd.DataFrame:
    rows = indirect.merge(
        referrals[["referral", "ServiceRequestID", "CareProfTeamLocalID", "ended_day"]], on="referral", how="inner"
    )
    on = np.minimum(rows["on"].to_numpy(), rows["ended_day"].to_numpy())
    size = len(rows)
    return pd.DataFrame(
        {
            "on": on, "ServiceRequestID": rows["ServiceRequestID"], "OtherCareProfTeamLocalID": rows["CareProfTeamLocalID"],
            "IndirectActDate": spell(on, "iso"), "IndirectActTime": _times(rng, size),
            "IndActPersCons": pick(rng, ["01", "02", "03", "04"], size), "DurationIndirectAct": pick(rng, ["15", "30", "45", "60"], size),
            "OrgIDComm": board_of(provider), "CareProfLocalID": np.char.add(f"{provider}P", rng.integers(1, 120, size).astype(str)),
        }
    )  # fmt: skip


def _within(rows: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    return rows[(rows["on"] >= first) & (rows["on"] <= last)].reset_index(drop=True)
