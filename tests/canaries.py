"""Names, streets and postcodes nobody has, planted in a delivery; and where to look for them afterwards."""

import re
from collections.abc import Callable
from pathlib import Path

from tests.deliveries import Row, edit, restate
from tests.workbooks import rezipped

SOME = 100
NAME, STREET, POSTCODE = "XYLOCANARIA", "CANARYSTREET", "ZE39QQ"
PROTECTED = "CANARYHIDDEN"


def plant(landing: Path) -> set[str]:
    """Plant the canaries in every sector's deliveries; returns identifiers of some of their people, to be looked for too."""
    delivery = next((landing / "case_management/304/2026-03").iterdir())
    rows = edit(delivery, "ssd_person.csv", _in_people)
    edit(delivery, "ssd_address.csv", _in_addresses)
    identifiers = {row["pers_single_unique_id"] for row in rows if row["pers_single_unique_id"]}
    identifiers |= {row["pers_upn"] for row in rows if len(row["pers_upn"]) == 13}
    people = edit(next((landing / "pds/X26/2026-03").iterdir()), "person.csv", _in_the_spine)
    edit(next((landing / "pds/X26/2026-03").iterdir()), "address.csv", lambda rows: _put(rows, postcode=POSTCODE))
    pupils = edit(*_school_file(landing, "pupilonroll"), lambda rows: _put(rows, middlenames=NAME, formersurname=NAME))
    edit(*_school_file(landing, "addresses"), lambda rows: _put(rows, postcode=POSTCODE))
    patients = edit(next((landing / "mhsds/RV3/2026-03").iterdir()), "MHS001MPI.csv", lambda rows: _put(rows, Postcode=POSTCODE))
    spells = edit(next((landing / "sus/R1K/2026-03").iterdir()), "apc_spell.csv", lambda rows: _put(rows, **{"spell.patient.residence.postcode": POSTCODE}))
    births = edit(next((landing / "birth_notifications/R1K/2026-03").iterdir()), "birth_notification.csv", lambda rows: _put(rows, baby_forename=NAME, baby_surname=NAME))
    numbers = {row["spell.patient.identity.nhs_number.value"] for row in spells[:SOME]} | {row["mother_nhs_number"] for row in births[:SOME]}
    numbers |= {row["nhs_number"] for row in people[:SOME]} | {row["NHSNumber"] for row in patients[:SOME]} | {row["upn"] for row in pupils[:SOME]}
    numbers |= _plant_in_care_files(landing)
    return identifiers | {number for number in numbers if len(number) >= 10}


def _plant_in_care_files(landing: Path) -> set[str]:
    """Community and primary care, objections, and what is no CSV; names also where a code or a value belongs."""
    practices = next((landing / "gp_events/QRV/2026-03").iterdir())
    patients = edit(practices, "patient.csv", lambda rows: _put(rows, previous_surname=NAME))
    edit(practices, "observation.csv", lambda rows: _put(rows, value=NAME))
    community = edit(next((landing / "csds/RYX/2026-03").iterdir()), "CYP001MPI.csv", lambda rows: _put(rows, **{"POSTCODE OF USUAL ADDRESS": POSTCODE}))
    objectors = edit(next((landing / "objections/X26/2026-03").iterdir()), "national_data_opt_out.csv", lambda rows: rows)
    census = next((landing / "cin_census/207/2025-26").iterdir())
    _replace(next(census.glob("*.xml")), lambda content: re.sub(b"<ReferralSource>[^<]*", b"<ReferralSource>" + NAME.encode(), content, count=4))
    restate(census)
    lists = next((landing / "annex_a/304/2026-03").iterdir())
    _replace(lists / "annex_a.xlsx", lambda content: rezipped(content, lambda _, sheet: sheet.replace(b">g) Police<", f">{NAME}<".encode(), 4)))
    restate(lists)
    numbers = {row["nhs_number"] for row in (*patients[:SOME], *objectors[:SOME])} | {row["NHS NUMBER"] for row in community[:SOME]}
    return numbers | {upn.decode() for upn in re.findall(b"<UPN>([^<]+)", next(census.glob("*.xml")).read_bytes())[:SOME]}


def _replace(path: Path, change: Callable[[bytes], bytes]) -> None:
    before = path.read_bytes()
    after = change(before)
    assert after != before, f"nothing planted in {path.name}"
    path.write_bytes(after)


def found(content: str, identifiers: set[str]) -> list[str]:
    """Which canaries a text holds, and whether it holds any child's identifier (never which)."""
    marks = [mark for mark in (NAME, STREET, POSTCODE, PROTECTED) if mark in content]
    return marks + ["an NHS number or UPN" for identifier in identifiers if identifier in content][:1]


def _school_file(landing: Path, kind: str) -> tuple[Path, str]:
    delivery = next((landing / "school_census/304/2026-spring").iterdir())
    return delivery, next(path.name for path in delivery.glob(f"*{kind}.csv"))


def _put(rows: list[Row], **values: str) -> list[Row]:
    for row in rows[:8]:
        row.update(values)
    return rows


def _in_people(rows: list[Row]) -> list[Row]:
    # Named after the canary through and through: records of their own, so that no true link is lost by it.
    for number, row in enumerate(rows[:8]):
        rows.append({**row, "pers_person_id": f"C{number}", "pers_legacy_id": "", "pers_upn": "", "pers_single_unique_id": "", "pers_forename": NAME, "pers_surname": NAME})
    rows[8]["pers_dob"] = NAME  # not a date: goes through the error paths
    rows[9]["pers_person_id"] = ""
    rows[9]["pers_surname"] = NAME
    return rows


def _in_the_spine(rows: list[Row]) -> list[Row]:
    for row in [row for row in rows if row["confidentiality_code"] == "S"][:3]:
        row["family_name"] = row["previous_family_name"] = PROTECTED
    return _put(rows, other_given_names=NAME, previous_family_name=NAME)


def _in_addresses(rows: list[Row]) -> list[Row]:
    for row in rows[:8]:
        row["addr_address_postcode"] = POSTCODE
        row["addr_address_json"] = row["addr_address_json"].replace('"STREET":"', f'"STREET":"{STREET} ')
    return rows
