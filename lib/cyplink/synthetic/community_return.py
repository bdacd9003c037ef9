"""CSDS deliveries: each community provider's rolling monthly submission, one CSV per table that has rows (project layout).

An open referral is sent again every month with its patient's rows until the month of its discharge; contacts and what was found in them
are sent in their own month.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic import errors
from cyplink.synthetic.calibration import ethnic_groups
from cyplink.synthetic.care import in_care
from cyplink.synthetic.community_care import community_care, services
from cyplink.synthetic.community_findings import of_activities, of_patients, of_referrals
from cyplink.synthetic.days import OPEN, day, spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.homes import icb_of
from cyplink.synthetic.registrations import practice_history
from cyplink.synthetic.streams import Flags, Ints, Random, Texts, happens, pick, stream
from cyplink.synthetic.world import World

PATIENT, REQUEST = "LOCAL PATIENT IDENTIFIER (EXTENDED)", "SERVICE REQUEST IDENTIFIER"
_ALWAYS = ("header", "mpi", "gp", "referral", "service_type", "care_contact")
FILES = {
    "header": "CYP000Header", "mpi": "CYP001MPI", "gp": "CYP002GP", "accommodation": "CYP003AccommType", "referral": "CYP101Referral",
    "service_type": "CYP102ServiceTypeReferredTo", "care_contact": "CYP201CareContact", "care_activity": "CYP202CareActivity",
    "special_educational_need": "CYP401SpEdNeedId", "safeguarding_factor": "CYP402SVF", "child_protection_plan": "CYP403CPP",
    "coded_immunisation": "CYP501CodedImm", "immunisation": "CYP502Imm", "disability": "CYP602DisabilityType",
    "newborn_hearing": "CYP603NewbornHearingScreening", "blood_spot": "CYP604BloodSpotResult", "provisional_diagnosis": "CYP606ProvDiag",
    "primary_diagnosis": "CYP607PrimDiag", "secondary_diagnosis": "CYP608SecDiag", "referral_assessment": "CYP609CodedAssessmentReferral",
    "breastfeeding": "CYP610BreastfeedingStatus", "observation": "CYP611Obs", "contact_assessment": "CYP612CodedAssessmentContact",
}  # fmt: skip


@dataclass(frozen=True)
class Book:
    """What a provider holds of its patients: `referrals` (of every provider's, `referral` the row), `patients`, `contacts`, and of other kinds of file the
    rows and the column that says with whom or what they are sent (person, referral or contact)."""

    provider: str
    referrals: pd.DataFrame
    patients: pd.DataFrame
    contacts: pd.DataFrame
    others: dict[str, tuple[pd.DataFrame, str]]


def deliveries(world: World, addresses: pd.DataFrame, is_known: Flags) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """Twelve deliveries per provider, each with its truth rows (controller, local_id, person). Only those on the spine (`is_known`) are called."""
    yield from submissions(world, books(world, *community_care(world), is_known), addresses)


def books(world: World, referrals: pd.DataFrame, contacts: pd.DataFrame, is_known: Flags) -> list[Book]:
    """Every provider's book of the first period."""
    called = referrals[is_known[referrals["person"].to_numpy()]]
    made = []
    for provider in sorted({p for p in called["provider"] if p}):
        rng = stream(world.seed, "csds", provider)
        mine = _referrals(world, called, provider, rng)
        patients = _patients(world, np.unique(mine["person"]), provider, rng)
        held = _contacts(world, contacts, mine, provider, rng)
        made.append(Book(provider, mine, patients, held, _found(world, mine, patients, held, provider, rng)))
    return made


def carried_on(book: Book, world: World, referrals: pd.DataFrame, contacts: pd.DataFrame, is_known: Flags) -> Book:
    """The book a period later: `referrals` and `contacts` are those of community_care.carried_on."""
    rng = world.period.stream(world.seed, "csds", book.provider)
    old = book.referrals.assign(discharged=referrals["discharged"].to_numpy()[book.referrals["referral"]])
    called = referrals[referrals["is_new"].to_numpy(dtype=bool) & is_known[referrals["person"].to_numpy()]]
    new = _referrals(world, called, book.provider, rng)
    come = _patients(world, np.setdiff1d(new["person"], book.patients["person"]), book.provider, rng)
    together = pd.concat([old, new], ignore_index=True)
    held = _contacts(world, contacts, together, book.provider, rng)
    found = _found(world, new, come, held, book.provider, rng)
    others = {kind: (pd.concat([rows, found[kind][0]], ignore_index=True) if by != "contact" else found[kind][0], by) for kind, (rows, by) in book.others.items()}
    return Book(book.provider, together, pd.concat([book.patients, come], ignore_index=True), held, others)


def _found(world: World, referrals: pd.DataFrame, patients: pd.DataFrame, contacts: pd.DataFrame, provider: str, rng: Random) -> dict[str, tuple[pd.DataFrame, str]]:
    return {
        **{kind: (rows, "person") for kind, rows in of_patients(world, patients[["person", PATIENT]], rng).items()},
        **{kind: (rows, "referral") for kind, rows in of_referrals(referrals, rng).items()},
        **{kind: (rows, "contact") for kind, rows in of_activities(world, contacts, provider, rng).items()},
    }


def submissions(world: World, of: Iterable[Book], addresses: pd.DataFrame) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """A delivery per book and month of the period in which anybody was a patient, each with its truth rows."""
    practices = practice_history(world, addresses)
    homes = {last: _homes_known(world, last) for _, last in world.period.months.values()}
    for book in of:
        for month, (first, last) in world.period.months.items():
            live = book.referrals[(book.referrals["received"] <= last) & (book.referrals["discharged"] >= first)]
            seen = book.contacts[(book.contacts["on"] >= first) & (book.contacts["on"] <= last)]
            here = book.patients[book.patients["person"].isin(live["person"])].reset_index(drop=True)
            if len(here) == 0:
                continue
            tables = {
                "header": _header(book.provider, first, last), "mpi": _index(world, here, homes[last], last), "gp": _practices(here, practices, last),
                "referral": _as_known(live, last), "service_type": _teams(live, last), "care_contact": seen,
            }  # fmt: skip
            present = {"person": here["person"], "referral": live["referral"], "contact": seen["contact"]}
            tables |= {kind: rows[rows[by].isin(present[by]) & (rows.get("from_day", 0) <= last)] for kind, (rows, by) in book.others.items()}
            files = {f"{FILES[kind]}.csv": (FILES[kind], rows) for kind, rows in tables.items() if kind in _ALWAYS or len(rows)}
            truth = pd.DataFrame({"source": "csds", "controller": book.provider, "local_id": here[PATIENT], "person": here["person"]})
            yield Delivery("csds", book.provider, month, spell(np.array([last + 20]), "iso")[0], files), truth


def numbered(prefix: str, number: Ints, width: int = 7) -> Texts:
    """Identifiers of a provider: the prefix and a number of that many digits."""
    return np.char.add(prefix, np.char.zfill(np.asarray(number).astype(str), width)).astype(object)


def _header(provider: str, first: int, last: int) -> pd.DataFrame:
    start, end, made = spell(np.array([first, last, last + 20]), "iso")
    return pd.DataFrame(
        {
            "DATA SET VERSION NUMBER": ["1.6"], "ORGANISATION IDENTIFIER (CODE OF PROVIDER)": provider,
            "ORGANISATION IDENTIFIER (CODE OF SUBMITTING ORGANISATION)": provider, "REPORTING PERIOD START DATE": start,
            "REPORTING PERIOD END DATE": end, "DATE AND TIME DATA SET CREATED": f"{made} 09:00:00", "PRIMARY DATA COLLECTION SYSTEM IN USE": "SYNTHETIC",
        }
    )  # fmt: skip


def _patient_ids(provider: str, person: Ints) -> Texts:
    """Stable within a provider, meaningless outside it."""
    return numbered(f"{provider}-", (person.astype(np.int64) * 6_700_417 + len(provider) * 29) % 9_999_991)


def _referrals(world: World, referrals: pd.DataFrame, provider: str, rng: Random) -> pd.DataFrame:
    rows = referrals[referrals["provider"] == provider]
    size, offered = len(rows), services().iloc[rows["service"]]
    universal = (offered["primary_reason"] == "SYN-PR01").to_numpy()
    source = np.where(universal, "SYN-SR03", pick(rng, [f"SYN-SR{n:02d}" for n in (1, 3, 4, 5, 6, 7)], size, [0.35, 0.2, 0.25, 0.08, 0.1, 0.02]))
    return pd.DataFrame(
        {
            "person": rows["person"].to_numpy(), "referral": rows.index.to_numpy(), "received": rows["received"].to_numpy(),
            "discharged": rows["discharged"].to_numpy(), "finding": offered["finding"].to_numpy(dtype=object),
            REQUEST: numbered(f"{provider}Q", world.period.numbered_after(7) + rng.permutation(size) + 1), PATIENT: _patient_ids(provider, rows["person"].to_numpy()),
            "ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)": "QRV", "REFERRAL REQUEST RECEIVED DATE": spell(rows["received"].to_numpy(), "iso"),
            "SOURCE OF REFERRAL FOR COMMUNITY": np.where(offered["who"] == "looked_after", "SYN-SR05", source),
            "PRIORITY TYPE CODE": pick(rng, ["2", "3"], size, [0.05, 0.95]),
            "PRIMARY REASON FOR REFERRAL (COMMUNITY CARE)": offered["primary_reason"].to_numpy(dtype=object),
            "SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE)": offered["service_type"].to_numpy(dtype=object),
            "CARE PROFESSIONAL TEAM LOCAL IDENTIFIER": numbered(f"{provider}T", rng.integers(1, 15, size), 2),
        }
    ).reset_index(drop=True)  # fmt: skip


def _as_known(live: pd.DataFrame, last: int) -> pd.DataFrame:
    """Referrals as they stood at the end of the month."""
    return live.assign(**{"SERVICE DISCHARGE DATE": spell(np.where(live["discharged"] <= last, live["discharged"], OPEN), "iso")}).reset_index(drop=True)


def _teams(live: pd.DataFrame, last: int) -> pd.DataFrame:
    closed = (live["discharged"] <= last).to_numpy()
    named = [REQUEST, "CARE PROFESSIONAL TEAM LOCAL IDENTIFIER", "SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE)"]
    return live[named].assign(
        **{"REFERRAL CLOSURE DATE": spell(np.where(closed, live["discharged"], OPEN), "iso"), "REFERRAL CLOSURE REASON": np.where(closed, "SYN-CR01", "")}
    ).reset_index(drop=True)


def _patients(world: World, person: Ints, provider: str, rng: Random) -> pd.DataFrame:
    """One row per patient, with the values that do not change from month to month."""
    them = world.people.iloc[person].reset_index(drop=True)
    size = len(person)
    written = errors.written_down(them, world.factor[person], "clinic", rng)
    nhs = ethnic_groups()["nhs"].to_numpy(dtype=object)[them["ethnic"].to_numpy()]
    ethnic = np.where(happens(rng, 0.12, size), pick(rng, ["Z", "99", ""], size, [0.5, 0.2, 0.3]), nhs)
    cared = in_care(world.spells, len(world.people), world.period.middle)[person]
    number, status, mother = _quoted_numbers(world, person, rng)
    return pd.DataFrame(
        {
            "person": person, PATIENT: _patient_ids(provider, person), "ORGANISATION IDENTIFIER (LOCAL PATIENT IDENTIFIER)": provider,
            "NHS NUMBER": number, "NHS NUMBER STATUS INDICATOR CODE": status, "PERSON BIRTH DATE": spell(written["dob"].to_numpy(), "iso"),
            "PERSON STATED GENDER CODE": np.where(written["sex"] == "M", "1", "2"), "ETHNIC CATEGORY": ethnic,
            "LOOKED AFTER CHILD INDICATOR": np.where(cared & happens(rng, 0.55, size), "Y", pick(rng, ["N", "", "U"], size, [0.6, 0.3, 0.1])),
            "SAFEGUARDING VULNERABILITY FACTORS INDICATOR": pick(rng, ["N", "Y", ""], size, [0.7, 0.03, 0.27]),
            "NHS NUMBER (MOTHER)": mother, "NHS NUMBER STATUS INDICATOR CODE (MOTHER)": np.where(mother != "", "01", ""),
            "has_postcode": ~happens(rng, 0.015, size),
        }
    )  # fmt: skip


def _quoted_numbers(world: World, person: Ints, rng: Random) -> tuple[Texts, Texts, Texts]:
    """The child's NHS number with its status, and the mother's: 4 % of children's missing, a few superseded or the mother's own."""
    them, size = world.people.iloc[person], len(person)
    old = them["superseded_nhs_number"].to_numpy(dtype=object)
    number = np.where((old != "") & happens(rng, 0.5, size), old, them["nhs_number"].to_numpy(dtype=object))
    mothers = them["mother_nhs_number"].to_numpy(dtype=object)
    hers = happens(rng, 0.004, size)
    number = np.where(hers, mothers, number)
    missing = happens(rng, np.minimum(0.04 * world.factor[person], 0.3), size)
    verified = np.where(happens(rng, 0.02, size), pick(rng, ["02", "03", "04", "05"], size), "01")
    status = np.where(missing, pick(rng, ["03", "04", "07"], size), verified)
    young = (them["dob"].to_numpy() > day("2022-04-01")) & ~them["is_uasc"].to_numpy(dtype=bool)
    mother = np.where((young & happens(rng, 0.6, size)) | (hers & happens(rng, 0.7, size)), mothers, "")
    return np.where(missing, "", number).astype(object), status.astype(object), mother.astype(object)


def _homes_known(world: World, last: int) -> Ints:
    """Where the clinics know everybody to live at a month's end, a month or so behind."""
    before = world.home_on(last - 30)
    return np.where(before < 0, world.home_on(last), before)


def _index(world: World, here: pd.DataFrame, homes: Ints, last: int) -> pd.DataFrame:
    """The month's patient index."""
    person = here["person"].to_numpy()
    home = homes[person]
    postcode = np.where(home < 0, "", world.homes["postcode"].to_numpy(dtype=object)[home])
    died = world.people["died_on"].to_numpy()[person]
    area = np.where(home < 0, "", icb_of(world.homes["la"].to_numpy(dtype=object)[home]))
    return here.assign(**{
        "POSTCODE OF USUAL ADDRESS": np.where(here["has_postcode"], postcode, ""),
        "ORGANISATION IDENTIFIER (RESIDENCE RESPONSIBILITY)": area,
        "PERSON DEATH DATE": spell(np.where(died <= last, died, OPEN), "iso"),
    })  # fmt: skip


def _practices(here: pd.DataFrame, practices: pd.DataFrame, last: int) -> pd.DataFrame:
    current = practices[(practices["effective_from"] <= last) & (practices["effective_to"] > last)]
    rows = here[["person", PATIENT]].merge(current.drop_duplicates("person"), on="person", how="inner")
    return pd.DataFrame(
        {
            PATIENT: rows[PATIENT], "GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION)": rows["practice"],
            "START DATE (GMP PATIENT REGISTRATION)": spell(rows["effective_from"].to_numpy(), "iso"),
        }
    )  # fmt: skip


def _contacts(world: World, contacts: pd.DataFrame, referrals: pd.DataFrame, provider: str, rng: Random) -> pd.DataFrame:
    rows = contacts.merge(referrals[["referral", "person", REQUEST, "finding", "discharged"]], on="referral", how="inner")
    rows = rows[rows["on"] <= rows["discharged"]].reset_index(drop=True)
    size, status, after = len(rows), rows["status"].to_numpy(dtype=object), world.period.numbered_after(8)
    return pd.DataFrame(
        {
            "contact": np.arange(size), "person": rows["person"], "referral": rows["referral"], "on": rows["on"], "finding": rows["finding"],
            "CARE CONTACT IDENTIFIER": numbered(f"{provider}C", after + np.arange(1, size + 1), 8), REQUEST: rows[REQUEST],
            "CARE CONTACT DATE": spell(rows["on"].to_numpy(), "iso"), "ADMINISTRATIVE CATEGORY CODE": "01",
            "CLINICAL CONTACT DURATION OF CARE CONTACT": np.where(np.isin(status, ["5", "6"]), pick(rng, ["15", "30", "45", "60"], size), ""),
            "CARE CONTACT SUBJECT": pick(rng, ["01", "02"], size, [0.9, 0.1]),
            "CONSULTATION MECHANISM (COMMUNITY CARE)": pick(rng, ["01", "02", "11"], size, [0.88, 0.07, 0.05]),
            "ACTIVITY LOCATION TYPE CODE": pick(rng, ["A01", "B01", "E01", "G01"], size), "ATTENDANCE STATUS": status,
        }
    )  # fmt: skip
