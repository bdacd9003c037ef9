"""SUS deliveries: each provider's month of spells ended, appointments and attendances, one CSV per table of the warehouse.

A patient's hospital number is one's own within a provider. Errors follow the person and the provider; some spells come again a month later, when
they have been coded in full; some rows have their identity withheld.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyplink.synthetic import errors
from cyplink.synthetic.calibration import ethnic_groups
from cyplink.synthetic.days import spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.hospitals import Hospitals, draw
from cyplink.synthetic.registrations import practice_history
from cyplink.synthetic.streams import Ints, Random, Texts, happens, pick
from cyplink.synthetic.world import World

SPELL, APPOINTMENT, ATTENDANCE = "spell", "appointment", "attendance"
FILES = {
    SPELL: "apc_spell.csv", "episode": "apc_spell_episodes.csv", "diagnosis": "apc_spell_episodes_clinical_coding_diagnosis_icd.csv",
    "procedure": "apc_spell_episodes_clinical_coding_procedure_opcs.csv", APPOINTMENT: "op_appointment.csv", ATTENDANCE: "ae_emergency_care.csv",
    "attendance_diagnosis": "ae_clinical_diagnoses_snomed.csv",
}  # fmt: skip
_NUMBER_MISSING = {SPELL: 0.0, APPOINTMENT: 0.0, ATTENDANCE: 0.025}  # of rows, besides the 1.5 % of patients whose number a provider has not
_PATIENT_NUMBER_MISSING = 0.015
_IDENTITY_WITHHELD = 0.003
_CODED_LATER = 0.03
_ACUITIES = ["1064891000000107", "1064911000000105", "1064901000000108", "1077241000000103", "1077251000000100"]


@dataclass(frozen=True)
class _Names:
    """How a file spells what all of them say of a patient."""

    who: str
    gender: str
    address: str
    registration: str


_NAMES = {
    SPELL: _Names("spell.patient.identity", "gender", "spell.patient.residence", "spell.patient.registration"),
    APPOINTMENT: _Names("appointment.patient.identity", "gender", "appointment.patient.residence", "appointment.patient.registration"),
    ATTENDANCE: _Names("patient", "stated_gender", "patient.usual_address", "patient.gp_registration"),
}


@dataclass(frozen=True)
class Book:
    """What a provider holds: its `patients` with what its index says of each, sorted by person, and the rows of each file, `sent` the day that decides the month."""

    provider: str
    patients: pd.DataFrame
    rows: dict[str, pd.DataFrame]


def deliveries(world: World, seen: Hospitals, addresses: pd.DataFrame, on_spine: pd.DataFrame) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """Twelve deliveries per provider, each with its truth rows (controller, local_id, person). `on_spine`: rows of registrations.as_recorded."""
    yield from submissions(world, books(world, seen, addresses, on_spine))


def books(world: World, seen: Hospitals, addresses: pd.DataFrame, on_spine: pd.DataFrame, before: Iterable[Book] = ()) -> list[Book]:
    """Every provider's book of the world's period; the patients whom it knew already, and rows that it sends later, from its book `before`."""
    practices = practice_history(world, addresses).drop_duplicates("person", keep="last")
    known = {book.provider: book for book in before}
    made = []
    for provider in sorted({*known, *seen.spells["provider"], *seen.appointments["provider"], *seen.attendances["provider"]} - {""}):
        rng = world.period.stream(world.seed, "sus", provider)
        mine = {name: rows[rows["provider"] == provider].reset_index(drop=True) for name, rows in vars(seen).items() if name != "births"}
        person = np.unique(np.concatenate([rows["person"] for rows in mine.values()]))
        if provider in known:
            person = np.setdiff1d(person, known[provider].patients["person"])
        patients = _patients(world, provider, person, practices, on_spine, rng)
        if provider in known:
            patients = pd.concat([known[provider].patients, patients]).sort_values("person", kind="stable", ignore_index=True)
        after = world.period.numbered_after(9)
        parts = _spells(mine["spells"], provider, after, rng) | _appointments(mine["appointments"], provider, after, rng)
        parts |= _attendances(mine["attendances"], provider, after, rng)
        for kind in _NAMES:
            parts[kind] = _told(parts[kind], kind, patients, rng)
        if provider in known:
            parts = {kind: pd.concat([known[provider].rows[kind], rows], ignore_index=True) for kind, rows in parts.items()}
        made.append(Book(provider, patients, parts))
    return made


def submissions(world: World, of: Iterable[Book]) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """A delivery per book and month of the period, each with its truth rows."""
    months = world.period.months
    homes = {last: world.home_on(last - 20) for _, last in months.values()}
    for book in of:
        for month, (first, last) in months.items():
            files, persons = _of_month(world, book.rows, first, last, homes[last])
            known = book.patients.iloc[np.searchsorted(book.patients["person"].to_numpy(), persons)]
            truth = pd.DataFrame({"source": "sus", "controller": book.provider, "local_id": known["local_id"].to_numpy(), "person": persons})
            yield Delivery("sus", book.provider, month, spell(np.array([last + 20]), "iso")[0], files), truth


def _of_month(world: World, parts: dict[str, pd.DataFrame], first: int, last: int, home: Ints) -> tuple[dict[str, tuple[str, pd.DataFrame]], Ints]:
    """Files of a month, and the people in them; a patient's postcode is the one of three weeks before the month's end."""
    files, persons = {}, [np.array([], dtype=np.int64)]
    postcodes = np.append(world.homes["postcode"].to_numpy(dtype=object), "")
    for kind, name in FILES.items():
        rows = parts[kind]
        rows = rows[(rows["sent"] >= first) & (rows["sent"] <= last)].reset_index(drop=True)
        if kind in _NAMES:
            at = home[rows["person"].to_numpy()]
            rows[f"{_NAMES[kind].address}.postcode"] = np.where(rows["has_postcode"], postcodes[at], "")
            persons.append(rows.loc[~rows["is_anonymous"], "person"].to_numpy())
        files[name] = (kind, rows)
    return files, np.unique(np.concatenate(persons))


def _patients(world: World, provider: str, person: Ints, practices: pd.DataFrame, on_spine: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """One row per patient, sorted by person, with what the provider's index says of each: birth date and sex are the spine's, on which patients are traced."""
    them, size = world.people.iloc[person].assign(**on_spine.iloc[person][["dob", "sex"]]).reset_index(drop=True), len(person)
    factor = world.factor[person] * rng.uniform(0.5, 1.8)
    written = errors.written_down(them, factor, "hospital", rng)
    old = them["superseded_nhs_number"].to_numpy(dtype=object)
    number = np.where((old != "") & happens(rng, 0.5, size), old, them["nhs_number"])
    missing = happens(rng, np.minimum(_PATIENT_NUMBER_MISSING * factor, 0.3), size)
    status = np.where(missing, pick(rng, ["03", "04", "07"], size), np.where(happens(rng, 0.015, size), "03", "01"))
    practice = practices.set_index("person")["practice"].reindex(person).fillna("").to_numpy(dtype=object)
    nhs = ethnic_groups()["nhs"].to_numpy(dtype=object)[them["ethnic"].to_numpy()]
    scrambled = (person.astype(np.int64) * 6_700_417 + len(provider) * 29) % 9_999_991
    return pd.DataFrame(
        {
            "person": person, "local_id": np.array([f"{provider[1:]}{n:07d}" for n in scrambled], dtype=object),
            "nhs_number.value": np.where(missing, "", number), "nhs_number.status": status, "birth_date": spell(written["dob"].to_numpy(), "iso"),
            "gender": np.where(written["sex"] == "M", "1", "2"), "general_practice": practice,
            "ethnic_category": np.where(happens(rng, 0.09, size), pick(rng, ["Z", "99"], size), nhs),
        }
    )  # fmt: skip


def _told(rows: pd.DataFrame, kind: str, patients: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """The rows with what they say of their patient; nothing but the reason where the identity is withheld."""
    names, size = _NAMES[kind], len(rows)
    them = patients.iloc[np.searchsorted(patients["person"].to_numpy(), rows["person"].to_numpy())].reset_index(drop=True)
    anonymous = happens(rng, _IDENTITY_WITHHELD, size)
    unnumbered = happens(rng, _NUMBER_MISSING[kind], size)
    said: dict[str, pd.Series | Texts] = {
        f"{names.who}.local_patient_identifier.value": them["local_id"], f"{names.who}.birth_date": them["birth_date"],
        f"{names.who}.{names.gender}": them["gender"], f"{names.who}.ethnic_category": them["ethnic_category"],
        f"{names.registration}.general_practice": them["general_practice"],
        f"{names.who}.nhs_number.value": np.where(unnumbered, "", them["nhs_number.value"]),
        f"{names.who}.nhs_number.status": np.where(unnumbered, "04", them["nhs_number.status"]),
    }  # fmt: skip
    hidden = {column: np.where(anonymous, "", np.asarray(values, dtype=object)) for column, values in said.items()}
    reason = np.where(anonymous, pick(rng, ["01", "02", "03", "97"], size, [0.35, 0.25, 0.3, 0.1]), "")
    with_postcode = ~anonymous & ~happens(rng, 0.01, size)
    return rows.assign(**hidden, **{f"{names.who}.withheld_identity_reason": reason}, is_anonymous=anonymous, has_postcode=with_postcode)


def _spells(spells: pd.DataFrame, provider: str, after: int, rng: Random) -> dict[str, pd.DataFrame]:
    """The four files of spells, numbered from `after` on."""
    size, kind = len(spells), spells["kind"].to_numpy(dtype=object)
    emergency = np.isin(kind, ["acute", "self_harm"]) | ((kind == "mental") & happens(rng, 0.8, size))
    method = np.where(emergency, pick(rng, ["21", "22", "28", "2A"], size, [0.75, 0.1, 0.1, 0.05]), pick(rng, ["11", "12", "13"], size, [0.55, 0.2, 0.25]))
    key = np.array([f"{n}" for n in after + rng.permutation(size) + 1], dtype=object)
    rows = pd.DataFrame(
        {
            "person": spells["person"], "sent": spells["discharged"], "PRIMARYKEY_ID": key, "spell.hospital_provider_spell_number": provider + key,
            "spell.admission.date": spell(spells["on"].to_numpy(), "iso"), "spell.admission.time": _times(rng, size),
            "spell.admission.method": np.where(kind == "newborn", "82", method), "spell.admission.source": np.where(kind == "newborn", "79", "19"),
            "spell.discharge.date": spell(spells["discharged"].to_numpy(), "iso"), "spell.discharge.method": "1", "spell.discharge.destination": "19",
            "spell.care_location.site_code_of_treatment": f"{provider}01", "spell.patient.identity.age_on_admission": spells["age"].astype(str),
            "spell.commissioning.service_agreement.provider": provider, "system.record.identifier": key,
        }
    )  # fmt: skip
    main = {name: draw(rng, name, size) for name in ("acute", "elective", "mental")} | {"self_harm": draw(rng, "injury", size), "newborn": np.full(size, "Z38.0", dtype=object)}
    first = np.select([kind == name for name in main], list(main.values()), "R69")
    intent_unknown = (spells["age"].to_numpy() >= 15) & happens(rng, 0.1, size)
    cause = np.where(intent_unknown, "Y12.0", draw(rng, "self_harm", size))
    second = np.where(kind == "self_harm", cause, np.where(happens(rng, 0.35, size), draw(rng, "further", size), ""))
    operated = (kind == "elective") & happens(rng, 0.7, size)
    specialty = np.where(kind == "mental", np.where(happens(rng, 0.4, size), "711", "420"), np.where(kind == "newborn", "424", "420"))
    again = happens(rng, _CODED_LATER, size)
    later = spells["discharged"].to_numpy() + 31
    of_spell = {"sent": spells["discharged"], "PRIMARYKEY_ID": key, "EPISODES_ID": "1"}
    episodes = pd.DataFrame(of_spell | {"number": "1", "care_professional.main_specialty": specialty, "care_professional.treatment_function": specialty,
                                        "start_date": rows["spell.admission.date"], "end_date": rows["spell.discharge.date"]})  # fmt: skip
    diagnoses = pd.concat([pd.DataFrame(of_spell | {"ICD_ID": "1", "code": first}), pd.DataFrame(of_spell | {"ICD_ID": "2", "code": np.where(again, "", second)})])
    procedures = pd.DataFrame(of_spell | {"OPCS_ID": "1", "code": np.where(operated, draw(rng, "procedure", size), ""), "date": rows["spell.admission.date"]})
    late = pd.DataFrame({"PRIMARYKEY_ID": key, "sent": later})[again]

    def sent_again(part: pd.DataFrame, codes: Texts | None = None) -> pd.DataFrame:
        """The part with the rows of spells that are coded later a second time."""
        fuller = part if codes is None else part.assign(code=codes)
        return pd.concat([part, fuller.drop(columns="sent").merge(late, on="PRIMARYKEY_ID", how="inner")], ignore_index=True)

    diagnoses = sent_again(diagnoses, np.concatenate([first, second]))
    procedures = sent_again(procedures)
    return {SPELL: sent_again(rows), "episode": sent_again(episodes), "diagnosis": diagnoses[diagnoses["code"] != ""], "procedure": procedures[procedures["code"] != ""]}


def _appointments(appointments: pd.DataFrame, provider: str, after: int, rng: Random) -> dict[str, pd.DataFrame]:
    size, on = len(appointments), appointments["on"].to_numpy()
    specialty = draw(rng, "specialty", size)
    return {
        APPOINTMENT: pd.DataFrame(
            {
                "person": appointments["person"], "sent": on, "PRIMARYKEY_ID": (after + np.arange(1, size + 1)).astype(str), "appointment.date": spell(on, "iso"),
                "appointment.identifier": [f"{provider}A{after + n}" for n in range(1, size + 1)], "appointment.time": _times(rng, size),
                "appointment.attended_or_dna": pick(rng, ["5", "6", "3", "2", "4", "7"], size, [0.76, 0.03, 0.1, 0.06, 0.045, 0.005]),
                "appointment.first_attendance": pick(rng, ["1", "2", "3", "4"], size, [0.3, 0.5, 0.05, 0.15]), "appointment.outcome": pick(rng, ["1", "2", "3"], size),
                "appointment.care_professional.main_specialty": specialty, "appointment.care_professional.treatment_function": specialty,
                "appointment.referral.source_op": pick(rng, ["03", "05", "01", "12"], size, [0.5, 0.2, 0.15, 0.15]),
                "appointment.referral.received_date": spell(on - rng.integers(10, 200, size), "iso"),
                "appointment.commissioning.service_agreement.provider": provider,
            }
        )
    }  # fmt: skip


def _attendances(attendances: pd.DataFrame, provider: str, after: int, rng: Random) -> dict[str, pd.DataFrame]:
    size, on = len(attendances), attendances["on"].to_numpy()
    harmed = attendances["is_self_harm"].to_numpy(dtype=bool)
    told_as_complaint = harmed & happens(rng, 0.6, size)
    complaint, key = draw(rng, "complaint", size), (after + np.arange(1, size + 1)).astype(str).astype(object)
    injured = np.isin(complaint, ["125605004", "82271004"])
    admitted = happens(rng, np.where(harmed, 0.4, 0.09), size)
    rows = pd.DataFrame(
        {
            "person": attendances["person"], "sent": on, "PRIMARYKEY_ID": key, "attendance.unique_identifier": provider + "E" + key,
            "attendance.arrival.date": spell(on, "iso"), "attendance.arrival.time": _times(rng, size, 24),
            "clinical.chief_complaint.code": np.where(told_as_complaint, "248062006", complaint),
            "clinical.acuity.code": pick(rng, _ACUITIES, size, [0.01, 0.07, 0.27, 0.5, 0.15]),
            "clinical.injury.intent.code": np.where(harmed & ~happens(rng, 0.15, size), "276853009", np.where(injured, "242056005", "")),
            "attendance.arrival.attendance_source.code": "315261000000101", "attendance.discharge.status.code": "182992009",
            "attendance.discharge.destination.code": np.where(admitted, "306706006", "306689006"),
            "attendance.decision_to_admit.date": np.where(admitted, spell(on, "iso"), ""), "system.record.provider": provider,
        }
    )  # fmt: skip
    diagnosed = ~happens(rng, 0.15, size)
    diagnoses = pd.DataFrame({"sent": on, "PRIMARYKEY_ID": key, "SNOMED_ID": "1", "sequence_number": "1", "code": draw(rng, "ed_diagnosis", size)})
    return {ATTENDANCE: rows, "attendance_diagnosis": diagnoses[diagnosed]}


def _times(rng: Random, size: int, hours: int = 12) -> Texts:
    hour = pick(rng, [f"{h:02d}" for h in range(8, 20)] if hours == 12 else [f"{h:02d}" for h in range(24)], size)
    return np.asarray(hour + ":" + pick(rng, ["00", "10", "25", "40"], size) + ":00", dtype=object)
