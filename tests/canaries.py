"""Names, streets and postcodes nobody has, planted in a delivery; and where to look for them afterwards."""

from pathlib import Path

from tests.deliveries import Row, edit

NAME, STREET, POSTCODE = "XYLOCANARIA", "CANARYSTREET", "ZE39QQ"


def plant(landing: Path) -> set[str]:
    """Plant the canaries in Brent's case management; returns real identifiers of its children, to be looked for too."""
    delivery = next((landing / "case_management/304/2026-03").iterdir())
    rows = edit(delivery, "ssd_person.csv", _in_people)
    edit(delivery, "ssd_address.csv", _in_addresses)
    identifiers = {row["pers_single_unique_id"] for row in rows if row["pers_single_unique_id"]}
    return identifiers | {row["pers_upn"] for row in rows if len(row["pers_upn"]) == 13}


def found(content: str, identifiers: set[str]) -> list[str]:
    """Which canaries a text holds, and whether it holds any child's identifier (never which)."""
    marks = [mark for mark in (NAME, STREET, POSTCODE) if mark in content]
    return marks + ["an NHS number or UPN" for identifier in identifiers if identifier in content][:1]


def _in_people(rows: list[Row]) -> list[Row]:
    for row in rows[:8]:
        row["pers_forename"], row["pers_surname"] = NAME, NAME
    rows[8]["pers_dob"] = NAME  # not a date: goes through the error paths
    rows[9]["pers_person_id"] = ""
    rows[9]["pers_surname"] = NAME
    return rows


def _in_addresses(rows: list[Row]) -> list[Row]:
    for row in rows[:8]:
        row["addr_address_postcode"] = POSTCODE
        row["addr_address_json"] = row["addr_address_json"].replace('"STREET":"', f'"STREET":"{STREET} ')
    return rows
