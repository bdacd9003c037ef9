"""A table of people as somebody without a lake may have it, with who each row is: rows of the spine, of practices' lists and of councils' systems."""

from pathlib import Path

import pandas as pd

COLUMNS = ["first_name", "last_name", "born", "postcode", "sex"]


def plain_table(population: Path) -> pd.DataFrame:
    """id, COLUMNS and (not to be linked by) truth, of everybody whom a synthetic population's first period names; the rows in no order."""
    person, name, address = (_delivered(population, "pds", f"{one}.csv") for one in ("person", "name", "address"))
    latest = [rows.drop_duplicates("nhs_number", keep="last") for rows in (name[["nhs_number", "family_name", "given_name"]], address[["nhs_number", "postcode"]])]
    spine = person[["controller", "nhs_number", "date_of_birth", "gender"]].merge(latest[0], on="nhs_number").merge(latest[1], on="nhs_number", how="left")
    patient = _delivered(population, "gp_events", "patient.csv")
    child = _delivered(population, "case_management", "ssd_person.csv")
    home = _delivered(population, "case_management", "ssd_address.csv").drop_duplicates("addr_person_id", keep="last")
    child = child.merge(home[["addr_person_id", "addr_address_postcode"]], left_on="pers_person_id", right_on="addr_person_id", how="left")
    parts = [
        _part("pds", spine, spine["nhs_number"], ["given_name", "family_name", "date_of_birth", "postcode", "gender"]),
        _part("gp_events", patient, patient["practice_code"] + "/" + patient["nhs_number"], ["forenames", "surname", "dob", "postcode", "sex"]),
        _part("case_management", child, child["pers_person_id"], ["pers_forename", "pers_surname", "pers_dob", "addr_address_postcode", "pers_sex"]),
    ]
    record = pd.read_parquet(population / "truth" / "record.parquet")
    rows = pd.concat(parts).merge(record, on=["source", "controller", "local_id"]).drop_duplicates(["source", "controller", "local_id"])
    rows = rows.sample(frac=1, random_state=1).reset_index(drop=True)
    return rows.assign(id=rows.index + 1, truth=rows["truth_person_id"])[["id", *COLUMNS, "truth"]]


def _part(source: str, rows: pd.DataFrame, local_id: pd.Series, columns: list[str]) -> pd.DataFrame:
    said = rows[columns].set_axis(COLUMNS, axis=1)
    return said.assign(source=source, controller=rows["controller"], local_id=local_id)


def _delivered(population: Path, source: str, file: str) -> pd.DataFrame:
    found = sorted((population / "landing").glob(f"{source}/*/2026-03/*/{file}"))
    return pd.concat([pd.read_csv(one, dtype=str, keep_default_na=False, na_values=[""]).assign(controller=one.parts[-4]) for one in found], ignore_index=True)
