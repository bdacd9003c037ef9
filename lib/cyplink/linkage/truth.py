"""Who the records of a synthetic population truly are, and what groups their people belong to. Read only where links are judged."""

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from cyplink import duck
from cyplink.lake import Lake, files_at
from cyplink.pseudonym import Pseudonyms
from cyplink.runs import Manifest
from cyplink.selected import opened
from cyplink.standardise import codelists, ethnicity
from cyplink.tables import silver

AGES_ON = date(2026, 3, 31)  # the synthetic population's reference date
AGE_BANDS = {"0 to 4": 0, "5 to 10": 5, "11 to 15": 11, "16 and over": 16}
GROUPS = ("ethnic_group", "ethnic_category", "sex", "age_band", "imd_quintile", "borough", "looked_after", "unaccompanied")


def truth_of(lake: Lake, manifest: Manifest, folder: str | None, pseudonyms: Pseudonyms) -> pd.DataFrame | None:
    """Records of the run's silver.identity as `true_records` has them, from the truth's folder; None where there is none."""
    if folder is None or silver.IDENTITY.name not in manifest.tables:
        return None
    files = files_at(lake.pin(silver.IDENTITY, manifest.tables[silver.IDENTITY.name]["version"]))
    with opened({"identity": silver.IDENTITY}, {"identity": files}, pseudonyms, threads=2) as connection:
        return true_records(connection, folder)


def true_records(connection: duckdb.DuckDBPyConnection, folder: str) -> pd.DataFrame:
    """record_id, source, nhs_number and truth_person_id of the records of `identity` that the truth knows, and their people's GROUPS: categories, for
    there are few of each among millions of records. The connection has hash63."""
    connection.execute(f"create or replace temp view true_record as {true_local_ids(folder)}")
    rows = connection.execute("select record_id, source::varchar as source, nhs_number, truth_person_id from identity join true_record using (source, controller, local_id)").df()
    people = groups_of(pd.read_parquet(Path(folder) / "person.parquet")).set_index("truth_person_id")
    place = people.index.get_indexer(rows["truth_person_id"])
    groups = {name: pd.Categorical(people[name]) for name in GROUPS}
    of_records = {name: group.take(place) for name, group in groups.items()}
    found: pd.DataFrame = rows.astype({"source": "category", "nhs_number": "Int64"}).assign(**of_records)[place >= 0]
    return found


def true_local_ids(folder: str) -> str:
    """SELECT of source, controller, local_id and truth_person_id of every record of the truth. A pupil without UPN is `<estab>/?` and, in the
    truth, the name and birth date; in silver a keyed hash of them."""
    school, stated = "split_part(local_id, '/?', 1)", "substr(local_id, instr(local_id, '/?') + 2)"
    return f"""
        select source, controller, truth_person_id,
            case when contains(local_id, '/?') then {school} || '/?' || hex(hash63('pupil', {stated})) else local_id end as local_id
        from read_parquet({duck.literal(str(Path(folder) / "record.parquet"))})"""


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
