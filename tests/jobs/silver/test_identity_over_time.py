"""Identity over deliveries: one id for ever, one version for one content, whatever came first."""

from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import ArrayType, LongType, StringType, StructField, StructType

from cyplink.identity import ACCUMULATED, LINKAGE_COLUMNS, OTHER, PUPIL, SINGLE
from cyplink.standardise.macros import open_macros
from jobs.silver import identity
from tests.jobs.silver.steps import KEY, Fate, delivered, fate

BRENT, EALING = "304", "307"
LINEAGE = {"source": "s", "file_kind": "f", "controller": "c", "period": "2025", "delivery_id": "d", "source_row": 1, "record_id": 1, "broken_rules": []}
ALL = {
    **SINGLE, **OTHER, **dict.fromkeys(("source", "file_kind", "controller", "period", "delivery_id"), StringType()),
    "source_row": LongType(), "record_id": LongType(), "broken_rules": ArrayType(StringType()),
}  # fmt: skip
EVIDENCE = StructType([StructField(name, kind) for name, kind in ALL.items()])

HEADERS = [
    *delivered(BRENT, "2023-24", {"CHILD": "A", "SEX": "1", "DOB": "03/02/2010"}, {"CHILD": "B", "DOB": "01/02/2012"}),
    *delivered(EALING, "2023-24", {"CHILD": "A", "SEX": "2"}),
    *delivered(BRENT, "2024-25", {"CHILD": "A", "SEX": "M", "DOB": "04/02/2010"}, {"CHILD": "A", "SEX": "F", "DOB": "05/02/2010"}),
]  # fmt: skip
EPISODES = [
    *delivered(BRENT, "2023-24", {"CHILD": "A", "DECOM": "not known", "HOME_POST": "HA9 1AA", "PL_POST": "W5 5DY"}),
    *delivered(BRENT, "2024-25", {"CHILD": "B", "DECOM": "01/05/2024", "HOME_POST": "HA9 1AA", "PL_POST": "W5 5DY"},
               {"CHILD": "B", "DECOM": "01/05/2024", "PL_POST": "UB1 1AA"}),
]  # fmt: skip
PEOPLE = [
    *delivered(BRENT, "2026-02", {"pers_person_id": "1", "pers_forename": "Unknown", "pers_surname": "Lee", "pers_upn": "UN1"}),
    *delivered(BRENT, "2026-03", {"pers_person_id": "1", "pers_forename": "Amy Jo", "pers_surname": "Lee-Khan"}, {"pers_person_id": "1", "pers_sex": "F"}),
]  # fmt: skip


def accumulated(*given: dict[str, Any]) -> list[dict[str, Any]]:
    """What rows of evidence, one for each record 0, 1, 2 ... unless a row names its own, add up to."""
    whole = [{**dict.fromkeys(ALL), **LINEAGE, "record_id": place, "local_id": str(place), **row} for place, row in enumerate(given)]
    with duckdb.connect() as connection:
        connection.register("usable", pa.Table.from_pylist(whole, to_arrow_schema(EVIDENCE)))
        found: list[dict[str, Any]] = connection.sql(ACCUMULATED).to_arrow_table().to_pylist()
        return found


def versions(*given: dict[str, Any]) -> list[int]:
    found = {row["record_id"]: row["record_version"] for row in accumulated(*given)}
    return [found[place] for place in range(len(given))]


SAID: dict[str, Any] = {
    "alternative_local_id": "L1", "forename": "AMY", "middle_names": "JO", "surname": "LEE", "date_of_birth": date(2011, 5, 6), "sex": "F",
    "nhs_number": 9990000018, "nhs_number_status": "01", "upn": "U1", "school": "304/2001", "practice": "E84001",
    "other_forename": "ANN", "other_surname": "KHAN", "former_upn": "U0", "postcode": "HA91AA", "postcode_from_on": date(2020, 1, 1), "uprn": 5,
    "main_registration": "2025-spring", "is_named": True, "multiple_birth_id": "5F", "multiple_birth_order": 1,
}  # fmt: skip
CHANGED: dict[str, Any] = {
    **{name: f"{value}X" for name, value in SAID.items() if isinstance(value, str)}, "date_of_birth": date(2011, 6, 5),
    "nhs_number": 9990000026, "postcode_from_on": date(2020, 1, 2), "uprn": 6,
    "is_named": False, "multiple_birth_order": 2,
}  # fmt: skip


def test_a_version_changes_with_every_linkage_column() -> None:
    unsaid = {"date_of_birth_quality"}  # follows from another
    plural = {"forenames": "other_forename", "surnames": "other_surname", "upns": "former_upn", "postcodes": "postcode", "dated_postcodes": "postcode_from_on", "uprns": "uprn", "main_registrations": "main_registration"}
    assert {plural.get(name, name) for name in LINKAGE_COLUMNS} - unsaid == set(SAID) == set(CHANGED)
    found = versions(SAID, *({**SAID, name: value} for name, value in CHANGED.items()), *({**SAID, name: None} for name in SAID))
    by_name = dict(zip(["as it was", *CHANGED, *(f"no {name}" for name in SAID)], found, strict=True))
    assert len(set(found)) == len(found) - 1, "is_named false and null are one; all others differ"
    assert by_name["is_named"] == by_name["no is_named"]
    assert all(0 <= version < 2**63 for version in found)


def test_a_version_stays_when_anything_else_changes() -> None:
    others: dict[str, Any] = {
        "date_of_death": date(2025, 1, 1), "ethnicity_as_delivered": "WBRI", "broken_rules": ["upn_is_valid"],
        "period": "2026", "delivery_id": "e", "source_row": 9, "file_kind": "g", "controller": "k", "source": "t",
    }  # fmt: skip
    assert len(set(versions(SAID, *({**SAID, name: value} for name, value in others.items())))) == 1


def test_a_value_that_moves_to_another_column_is_another_version() -> None:
    day = date(2020, 1, 1)
    moved = [
        ({"forename": "AMY", "middle_names": "LEE"}, {"forename": "AMY", "surname": "LEE"}),
        ({"school": "E84001"}, {"practice": "E84001"}),
        ({"postcode": "HA91AA", "postcode_from_on": day}, {"postcode": "HA91AA", "postcode_to_on": day}),
    ]  # fmt: skip
    found = versions(*(half for pair in moved for half in pair))
    assert len(set(found)) == len(found)


def test_a_home_with_a_known_start_comes_before_one_without_and_two_of_one_row_are_told_apart() -> None:
    known, unknown = {"postcode": "HA91AA", "postcode_from_on": date(2001, 1, 1)}, {"postcode": "W55DY", "period": "2026"}
    later, ended = {"postcode": "UB11AA", "postcode_from_on": date(2002, 1, 1)}, {"postcode": "TW33EA", "postcode_to_on": date(2024, 1, 1)}
    given = ((known, unknown), (unknown, known), (known, later), (ended, unknown), ({"postcode": "B1"}, {"postcode": "A1"}), ({"postcode": "A1"}, {"postcode": "B1"}))
    whole = [{**address, "record_id": place, "local_id": str(place)} for place, pair in enumerate(given) for address in pair]
    found = {row["record_id"]: row["postcode"] for row in accumulated(*whole)}
    assert found == {0: "HA91AA", 1: "HA91AA", 2: "UB11AA", 3: "W55DY", 4: "B1", 5: "B1"}


def test_two_people_whose_ids_collide_are_not_made_one() -> None:
    collided = accumulated({"record_id": 1, "local_id": "A"}, {"record_id": 1, "local_id": "B"})
    assert len(collided) == 2, "two rows of one key, which stop the build"


@pytest.fixture(scope="module")
def people(spark_session: SparkSession) -> Fate:
    return fate(spark_session, identity.job, header=HEADERS, episodes=EPISODES, ssd_person=PEOPLE)


def test_a_child_has_one_id_in_all_deliveries_and_two_councils_children_two(people: Fate) -> None:
    child, namesake = people.only(controller=BRENT, local_id="A"), people.only(controller=EALING)
    assert (child["record_id"], namesake["record_id"]) == (KEY.hash63_text("ssda903", BRENT, "A"), KEY.hash63_text("ssda903", EALING, "A"))
    assert (child["first_period"], child["last_period"], child["sex"], child["date_of_birth"]) == ("2023-24", "2024-25", "F", date(2010, 2, 5))
    assert len(people.kept) == 4


def test_a_name_that_came_late_is_the_name_and_the_placeholder_is_remembered(people: Fate) -> None:
    found = people.only(source="case_management")
    assert (found["forename"], found["middle_names"], found["surname"], found["is_placeholder_name"]) == ("AMY", "JO", "LEE KHAN", True)
    assert (found["forenames"], found["surnames"]) == (["AMY", "AMY JO", "JO"], ["KHAN", "LEE", "LEE KHAN"])


def test_the_order_of_deliveries_and_of_rows_decides_nothing(spark_session: SparkSession, people: Fate) -> None:
    backwards = fate(spark_session, identity.job, header=HEADERS[::-1], episodes=EPISODES[::-1], ssd_person=PEOPLE[::-1])
    assert sorted(backwards.kept, key=str) == sorted(people.kept, key=str)


def test_a_pupil_without_a_upn_has_one_id_however_the_name_is_spaced() -> None:
    pupils = [
        ("2001", None, "Ali", "Khan", "2012-02-01"), ("2001", " ", " ALI ", "khan", "2012-02-01"), ("2002", None, "Ali", "Khan", "2012-02-01"),
        ("2001", None, "Ali", "Khan", None), ("2001", "A1", "Ali", "Khan", "2012-02-01"), (None, None, "Ali", "Khan", "2012-02-01"),
    ]  # fmt: skip
    local_id = PUPIL.format(establishment="estab", upn="upn", forename="forename", surname="surname", born_on="born_on")
    with duckdb.connect() as connection, KEY.in_duckdb(connection):
        open_macros(connection)
        connection.execute("create table pupil (estab varchar, upn varchar, forename varchar, surname varchar, born_on date)")
        connection.executemany("insert into pupil values (?, ?, ?, ?, ?)", pupils)
        found = [one for (one,) in connection.execute(f"select {local_id} from pupil").fetchall()]
    hashed = f"{KEY.hash63_text('pupil', 'ALI|KHAN|2012-02-01'):X}"
    assert found[:3] == [f"2001/?{hashed}", f"2001/?{hashed}", f"2002/?{hashed}"]
    assert found[3] != found[0] and found[4:] == ["2001/A1", None]
