"""Who the records of a synthetic population truly are, and what groups their people belong to. Read only where links are judged."""

from datetime import date
from pathlib import Path

import pandas as pd

from cyplink.lake import Lake
from cyplink.pseudonym import Pseudonyms
from cyplink.runs import Manifest
from cyplink.standardise import codelists, ethnicity
from cyplink.tables import silver

AGES_ON = date(2026, 3, 31)  # the synthetic population's reference date
AGE_BANDS = {"0 to 4": 0, "5 to 10": 5, "11 to 15": 11, "16 and over": 16}
GROUPS = ("ethnic_group", "ethnic_category", "sex", "age_band", "imd_quintile", "borough", "looked_after", "unaccompanied")
LOCAL_PERSON = ["source", "controller", "local_id"]


def truth_of(lake: Lake, manifest: Manifest, folder: str | None, pseudonyms: Pseudonyms) -> pd.DataFrame | None:
    """Records of the run's silver.identity with their true people and groups, from the truth's folder; None where there is none."""
    if folder is None or silver.IDENTITY.name not in manifest.tables:
        return None
    people, records = (pd.read_parquet(Path(folder) / f"{name}.parquet") for name in ("person", "record"))
    version = manifest.tables[silver.IDENTITY.name]["version"]
    return true_people(lake.read_arrow(silver.IDENTITY, ["record_id", *LOCAL_PERSON, "nhs_number"], version).to_pandas(), records, people, pseudonyms)

def true_people(records: pd.DataFrame, truth_record: pd.DataFrame, truth_person: pd.DataFrame, pseudonyms: Pseudonyms) -> pd.DataFrame:
    """Records with their true person and that person's groups, values as text."""
    local_ids = [as_in_silver(local_id, pseudonyms) for local_id in truth_record["local_id"]]
    truth = truth_record.assign(local_id=local_ids).merge(groups_of(truth_person), on="truth_person_id")
    return records.merge(truth, on=LOCAL_PERSON)


def as_in_silver(local_id: str, pseudonyms: Pseudonyms) -> str:
    """A pupil without UPN is `<estab>/?` and, in the truth, the name and birth date; in silver a keyed hash of them."""
    school, mark, stated = local_id.partition("/?")
    return f"{school}{mark}{pseudonyms.hash63_text('pupil', stated):X}" if mark else local_id


def groups_of(truth_person: pd.DataFrame) -> pd.DataFrame:
    names = {row["la"]: row["name"] for row in codelists.read("boroughs")}
    born_on = pd.to_datetime(truth_person["date_of_birth"])
    birthday_to_come = (born_on.dt.month > AGES_ON.month) | ((born_on.dt.month == AGES_ON.month) & (born_on.dt.day > AGES_ON.day))
    age = AGES_ON.year - born_on.dt.year - birthday_to_come.astype(int)
    return pd.DataFrame({
        "truth_person_id": truth_person["truth_person_id"],
        "ethnic_group": truth_person["ethnic_group"].map(ethnicity.five_groups()).fillna("Unknown"),
        "ethnic_category": truth_person["ethnic_group"],
        "sex": truth_person["sex"],
        "age_band": pd.cut(age, [*AGE_BANDS.values(), 200], right=False, labels=list(AGE_BANDS)).astype(object),
        "imd_quintile": truth_person["imd_quintile"].astype(str),
        "borough": truth_person["borough"].map(names).fillna("elsewhere"),
        "looked_after": truth_person["is_looked_after"].map({True: "looked after", False: "not looked after"}),
        "unaccompanied": truth_person["is_unaccompanied"].map({True: "unaccompanied", False: "not unaccompanied"}),
    })
