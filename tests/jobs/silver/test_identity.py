"""Identity: what the sources say of one person adds up, the last word wins, doubtful values are marked, protected people are not there."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession
from stdnum.gb import upn as stdnum_upn

from jobs.silver import identity, school_enrolment, withheld_nhs_number
from tests.jobs.silver.steps import KEY, Fate, Row, delivered, fate

BRENT, CNWL, PDS, CENSUS = "304", "RV3", "X26", "2025-spring"
NUMBER, PROTECTED, FORMER = "9990000018", "9990000026", "9990000034"


def upn(stem: str) -> str:
    return stdnum_upn.calc_check_digit(stem) + stem


PERMANENT, TEMPORARY, FORMER_UPN = upn("304200005001"), upn("30420000500A"), upn("201200005009")
WRONG = ("A" if PERMANENT[0] != "A" else "B") + PERMANENT[1:]

SSDA903 = {
    "header": [
        *delivered(
            BRENT, "2024-25",
            {"CHILD": "C1", "SEX": "M", "DOB": "03/02/2010", "UPN": PERMANENT, "ETHNIC": "WBRI"}, {"CHILD": "C2", "SEX": "F", "UPN": "UN4"},
        ),
        *delivered(
            BRENT, "2023-24",
            {"CHILD": "C1", "SEX": "1", "DOB": "03/02/2010", "UPN": "UN4", "ETHNIC": "QQ"}, {"CHILD": "C2", "SEX": "2", "DOB": "31/02/2010"},
            {"CHILD": "C3", "SEX": "1", "DOB": "15/06/2008", "UPN": WRONG}, {"CHILD": ""}, {"CHILD": "C4", "SEX": "2", "DOB": "01/01/2008"},
        ),
        *delivered(BRENT, "2025-26", {"CHILD": "C4", "SEX": "U"}),
    ],
    "episodes": delivered(
        BRENT, "2024-25", {"CHILD": "C1", "DECOM": "05/11/2023", "HOME_POST": "ha9 1aa", "PL_POST": "CR0 2BB"},
        {"CHILD": "C2", "DECOM": "05/11/2023", "PL_POST": "ZZ99 3VZ"}, {"CHILD": "C9", "DECOM": "05/11/2023"},
    ),
}  # fmt: skip
PUPIL = {"schoolcensustableid": "s", "dob": "2012-Mar-15 00:00:00", "sex": "F", "enrolstatus": "M", "ethnicity": "BNGN"}
AMY = {"pers_forename": "Amy", "pers_surname": "Lee"}
VERSIONS = {
    "once": AMY, "again": {**AMY, "pers_ethnicity": "WBRI", "pers_death_date": "2020-01-01"}, "surname": {**AMY, "pers_surname": "Li"},
    "sex": {**AMY, "pers_sex": "F"}, "forename only": {"pers_forename": "Suharto"}, "surname only": {"pers_surname": "Suharto"},
}  # fmt: skip
SCHOOL = {
    "schoolcensus": delivered(BRENT, CENSUS, {"schoolcensustableid": "s", "lea": BRENT, "estab": "2001", "urn": "1"}),
    "pupilonroll": delivered(
        BRENT, CENSUS,
        {**PUPIL, "pupilonrolltableid": "1", "upn": PERMANENT, "formerupn": FORMER_UPN, "forename": "Zoë Marie", "surname": "Smith-Jones",
         "middlenames": "Ann", "preferredsurname": "Jones", "formersurname": "O'Brien"},
        {**PUPIL, "pupilonrolltableid": "2", "forename": " Ali ", "surname": "Al-Amin", "dob": "2012-Feb-30 00:00:00"},
        {**PUPIL, "pupilonrolltableid": "3", "upn": TEMPORARY, "forename": "X", "surname": "Li", "enrolstatus": "S"},
        {**PUPIL, "pupilonrolltableid": "4", "schoolcensustableid": "elsewhere", "upn": PERMANENT, "entrydate": "soon"},
    ),
    "school_addresses": delivered(
        BRENT, CENSUS, {"pupilonrolltableid": "1", "postcode": "HA9 1AA", "uniquepropertyreferencenumber": "100023.0"},
        {"pupilonrolltableid": "nobody", "postcode": "HA9 1AA"},
    ),
}  # fmt: skip
LINKED = (
    ("NHS Number", NUMBER, None), ("NHS Number", FORMER, "2020-01-01 00:00:00"), ("NHS Number", "PLACEHOLDER_DATA", None), ("NHS Number", "9990000019", None),
    ("Unique Pupil Number", PERMANENT, None), ("Unique pupil number", TEMPORARY, "2019-01-01 00:00:00"), ("Former Unique Pupil Number", FORMER_UPN, None),
    ("Case Number", "L11", None), ("YOT Number", PROTECTED, None),
)  # fmt: skip
COUNCIL = {
    "ssd_person": [*delivered(BRENT, "2026-02", {"pers_person_id": "again", **VERSIONS["again"]}), *delivered(
        BRENT, "2026-03", *({"pers_person_id": name, **row} for name, row in VERSIONS.items()),
        {"pers_person_id": "10", "pers_legacy_id": "L10", "pers_forename": "Amy (DUPLICATE)", "pers_surname": "Lee - DUPLICATE DO NOT USE",
         "pers_sex": "F", "pers_dob": "2011-05-06 00:00:00", "pers_single_unique_id": "999 000 0018", "pers_upn": "UN1"},
        {"pers_person_id": "objects", "pers_single_unique_id": PROTECTED}, {"pers_person_id": "12"}, {"pers_person_id": "13"},
        {"pers_person_id": "11", "pers_forename": "Unknown", "pers_surname": "Khan", "pers_single_unique_id": "9990000019"},
    )],
    "ssd_address": delivered(
        BRENT, "2026-03",
        {"addr_person_id": "10", "addr_address_json": '{"STREET": "HIGH ROAD", "UPRN": "200"}', "addr_address_postcode": "HA91AA",
         "addr_address_start_date": "2015-01-01", "addr_address_end_date": "2020-01-01"},
        {"addr_person_id": "10", "addr_address_postcode": "nw1 1aa", "addr_address_start_date": "2014-01-01"},
        {"addr_person_id": "99", "addr_address_postcode": "nw1 1aa"},
    ),
    "ssd_linked_identifiers": delivered(
        BRENT, "2026-03",
        *({"link_person_id": "13", "link_identifier_type": kind, "link_identifier_value": value, "link_valid_to_date": end} for kind, value, end in LINKED),
    ),
}  # fmt: skip
HEALTH = {
    "pds_person": delivered(
        PDS, "2026-03",
        {"nhs_number": NUMBER, "given_name": "Baby Girl", "family_name": "Nguyễn", "previous_family_name": "Trần", "gender": "2", "date_of_birth": "2026-01-15"},
        {"nhs_number": PROTECTED, "given_name": "Ann", "family_name": "Hidden", "confidentiality_code": "S"},
    ),
    "pds_name": delivered(
        PDS, "2026-03", {"nhs_number": NUMBER, "given_name": "Baby", "family_name": "O'Brien", "name_type": "PREVIOUS"},
        {"nhs_number": PROTECTED, "family_name": "Hidden"}, {"nhs_number": "9990000042", "family_name": "Nobody's"},
    ),
    "pds_confidentiality": delivered(
        PDS, "2026-03", {"nhs_number": NUMBER, "confidentiality_code": "S", "effective_to": "2024-02-01"}, {"nhs_number": PROTECTED, "confidentiality_code": "S"},
    ),
    "pds_address": delivered(
        PDS, "2026-03", {"nhs_number": NUMBER, "address_type": "H", "postcode": "ZZ99 3VZ"}, {"nhs_number": PROTECTED, "postcode": "W5 3AA"},
        {"nhs_number": NUMBER, "address_type": "H", "postcode": "HA9 0FJ"}, {"nhs_number": NUMBER, "address_type": "H", "postcode": "HA9 7XX", "uprn": "300"},
    ),
    "pds_registration": delivered(
        PDS, "2026-03", {"nhs_number": NUMBER, "practice_code": "E84001"}, {"nhs_number": NUMBER, "practice_code": "E84000", "effective_to": "2026-02-01"},
        {"nhs_number": PROTECTED, "practice_code": "E84001"},
    ),
    "mpi": [
        *delivered(
            CNWL, "2025-04",
            {"LocalPatientID": "P1", "NHSNumber": NUMBER, "NHSNumberStatus": "01", "Gender": "X", "GenderIDCode": "1", "PersonBirthDate": "2010-02-03"},
            {"LocalPatientID": "P2", "NHSNumber": "999-000-0026"}, {"LocalPatientID": "P3", "NHSNumber": FORMER},
        ),
        *delivered(
            CNWL, "2025-05", {"LocalPatientID": "objects"}, {"LocalPatientID": "P1", "NHSNumberStatus": "07", "Postcode": "HA9 1AA"}, {"LocalPatientID": "P2"},
            {"LocalPatientID": None, "NHSNumber": PROTECTED},
        ),
    ],
    "gp": delivered(CNWL, "2025-05", {"LocalPatientID": "P1", "GMPReg": "E84001"}, {"LocalPatientID": "P2", "GMPReg": "E84001"}, {"LocalPatientID": "P9"}),
}  # fmt: skip


COMMUNITY, BOARD, BROTHER = "RYX", "QRV", "9990000050"
PATIENT = "LOCAL_PATIENT_IDENTIFIER_EXTENDED"
CARE = {
    "csds_mpi": delivered(
        COMMUNITY, "2025-04",
        {PATIENT: "K1", "NHS_NUMBER": NUMBER, "NHS_NUMBER_MOTHER": BROTHER, "NHS_NUMBER_STATUS_INDICATOR_CODE": "01", "PERSON_BIRTH_DATE": "2026-01-15",
         "PERSON_STATED_GENDER_CODE": "2", "POSTCODE_OF_USUAL_ADDRESS": "ha9 7xx"},
        {PATIENT: "K2", "NHS_NUMBER": BROTHER, "NHS_NUMBER_MOTHER": "999 000 0050", "NHS_NUMBER_STATUS_INDICATOR_CODE": "01"},
        {PATIENT: "K3", "NHS_NUMBER": PROTECTED},
    ),
    "csds_gp": delivered(
        COMMUNITY, "2025-04", *({PATIENT: name, "GENERAL_MEDICAL_PRACTICE_PATIENT_REGISTRATION": "E84001"} for name in ("K1", "K3", "K9"))
    ),
    "gp_patient": delivered(
        BOARD, "2026-03",
        {"practice_code": "e84001", "nhs_number": NUMBER, "forenames": "Zoë Marie", "surname": "Nguyễn", "previous_surname": "Trần", "dob": "2026-01-15",
         "sex": "2", "postcode": "HA9 7XX", "uprn": "300"},
        {"practice_code": "E84002", "nhs_number": NUMBER, "forenames": "Zoe", "surname": "Tran", "dob": "2026-01-15", "reg_end": "2026-02-01"},
        {"practice_code": "E84001", "nhs_number": "12345", "surname": "Hidden", "s_flag": "Y"}, {"practice_code": "E84001", "nhs_number": FORMER, "surname": "Hidden"},
        {"practice_code": "E84001", "surname": "Nameless"},
    ),
}  # fmt: skip

MET = [
    {"record_id": KEY.hash63_text(source, controller, "objects"), "reason": "local_objection", "is_met_at_the_door": source == "mhsds"}
    for source, controller in (("mhsds", CNWL), ("case_management", BRENT))
] + [{"record_id": KEY.hash63_text("case_management", BRENT, "12"), "reason": "withdrawn", "is_met_at_the_door": True}]

PROTECTED_ROWS = 12 + 4
"""Met by their own id: a patient and a withdrawn child; person, name, flag, address, registration; P2 in two months and its practice; P3;
the one without a patient id. K3 and its practice; two on practice lists."""


def withheld(spark: SparkSession) -> list[Row]:
    merger = delivered(PDS, "2026-03", {"superseded_nhs_number": FORMER, "current_nhs_number": PROTECTED})
    return fate(spark, withheld_nhs_number.job, person=HEALTH["pds_person"], merger=merger).kept


@pytest.fixture(scope="module")
def people(spark_session: SparkSession) -> Fate:
    return fate(spark_session, identity.job, MET, **SSDA903, **SCHOOL, **COUNCIL, **HEALTH, **CARE, withheld_nhs_number=withheld(spark_session))


def test_sex_is_one_coding_across_years_and_sources(people: Fate) -> None:
    assert {name: people.only(local_id=name)["sex"] for name in ("C1", "C2", "C3", "P1")} == {"C1": "M", "C2": "F", "C3": "M", "P1": "M"}


def test_the_latest_that_is_known_has_the_last_word(people: Fate) -> None:
    assert people.only(local_id="C4")["sex"] == "F"  # a later U says nothing
    first = people.only(local_id="C1")
    assert (first["upn"], first["first_period"], first["last_period"]) == (PERMANENT, "2023-24", "2024-25")


def test_birth_dates_are_read_in_each_source_s_layout(people: Fate) -> None:
    born = {name: people.only(local_id=name)["date_of_birth"] for name in ("C1", f"2001/{PERMANENT}", "10", NUMBER, "P1")}
    assert list(born.values()) == [date(2010, 2, 3), date(2012, 3, 15), date(2011, 5, 6), date(2026, 1, 15), date(2010, 2, 3)]


def test_birth_dates_that_look_like_defaults_are_marked(people: Fate) -> None:
    quality = {name: people.only(local_id=name)["date_of_birth_quality"] for name in ("C1", "C2", "C3", "C4")}
    assert quality == {"C1": "recorded", "C2": None, "C3": "default_fifteenth", "C4": "default_first_of_january"}


def test_values_that_cannot_be_right_are_null_and_marked(people: Fate) -> None:
    marks = {row["local_id"]: row["broken_rules"] for row in people.kept if row["broken_rules"]}
    no_upn = next(name for name in marks if name.startswith("2001/?"))
    assert marks.pop("K2") == ["nhs_number_is_own"]
    assert marks == {
        "C2": ["date_of_birth_is_a_date"], "C3": ["upn_is_valid"], "11": ["nhs_number_is_valid"], "13": ["nhs_number_is_valid"],
        no_upn: ["date_of_birth_is_a_date"],
    }
    assert people.only(local_id="C2")["date_of_birth"] is people.only(local_id="C3")["upn"] is people.only(local_id="11")["nhs_number"] is None


def test_rows_of_nobody_are_quarantined_with_the_reason(people: Fate) -> None:
    reasons = {(row["source"], row["file_kind"], *row["broken_rules"]) for row in people.quarantined if row["file_kind"] != "mpi"}
    assert reasons == {
        ("ssda903", "header", "record_id_is_present"), ("school_census", "pupilonroll", "record_id_is_present"),
        ("school_census", "addresses", "record_id_is_present"), ("case_management", "ssd_address", "person_is_delivered"),
        ("mhsds", "gp", "person_is_delivered"), ("pds", "name", "person_is_delivered"), ("csds", "gp", "person_is_delivered"), ("gp_events", "patient", "record_id_is_present"),
    }


def test_names_keep_their_parts_their_history_and_no_marker(people: Fate) -> None:
    pupil, amy = people.only(local_id=f"2001/{PERMANENT}"), people.only(local_id="10")
    assert (pupil["forename"], pupil["middle_names"], pupil["surname"]) == ("ZOE", "MARIE ANN", "SMITH JONES")
    assert pupil["surnames"] == ["JONES", "OBRIEN", "SMITH", "SMITH JONES"]
    assert pupil["forenames"] == ["ANN", "MARIE", "ZOE", "ZOE MARIE"]
    assert (amy["forename"], amy["surname"], amy["surnames"]) == ("AMY", "LEE", ["LEE"])


def test_placeholder_names_are_no_names(people: Fate) -> None:
    baby, unknown = people.only(local_id=NUMBER), people.only(local_id="11")
    assert (baby["forename"], baby["forenames"], baby["surname"], baby["is_placeholder_name"]) == (None, [], "NGUYEN", True)
    assert baby["surnames"] == ["NGUYEN", "OBRIEN", "TRAN"], "the history of names has one more"
    assert (unknown["forename"], unknown["is_placeholder_name"]) == (None, True)
    assert not people.only(local_id="10")["is_placeholder_name"]


def test_pseudo_and_office_postcodes_are_nobody_s_home(people: Fate) -> None:
    baby, placed = people.only(local_id=NUMBER), people.only(local_id="C2")
    assert (baby["postcode"], baby["postcodes"], baby["uprns"]) == ("HA97XX", ["HA97XX"], [300])
    assert (placed["postcode"], placed["postcodes"]) == (None, [])


def test_a_home_is_where_the_child_lives_now(people: Fate) -> None:
    child, amy = people.only(local_id="C1"), people.only(local_id="10")
    assert (child["postcode"], child["postcodes"]) == ("CR02BB", ["CR02BB", "HA91AA"])
    assert (amy["postcode"], amy["uprns"]) == ("NW11AA", [200])  # the one that has not ended, although it began earlier
    assert {(at["postcode"], at["to_on"]) for at in amy["dated_postcodes"]} == {("HA91AA", date(2020, 1, 1)), ("NW11AA", None)}


def test_upns_permanent_temporary_and_former(people: Fate) -> None:
    pupil, newcomer = people.only(local_id=f"2001/{PERMANENT}"), people.only(local_id=f"2001/{TEMPORARY}")
    assert (pupil["upn"], set(pupil["upns"])) == (PERMANENT, {PERMANENT, FORMER_UPN})
    assert (newcomer["upn"], newcomer["upns"]) == (None, [TEMPORARY])
    assert (pupil["main_registrations"], newcomer["main_registrations"], pupil["school"]) == ([CENSUS], [], "304/2001")


def test_a_pupil_without_a_upn_is_known_by_a_keyed_hash(people: Fate) -> None:
    pupil = next(row for row in people.kept if row["local_id"].startswith("2001/?"))
    assert (pupil["forename"], pupil["surname"], pupil["surnames"]) == ("ALI", "AL AMIN", ["AL AMIN", "AMIN"])
    assert "ALI" not in pupil["local_id"]


def test_an_nhs_number_keeps_the_status_it_came_with(people: Fate) -> None:
    patient = people.only(local_id="P1")
    assert (patient["nhs_number"], patient["nhs_number_status"]) == (int(NUMBER), "01")
    assert (patient["practice"], patient["postcode"], patient["is_named"]) == ("E84001", "HA91AA", False)
    assert people.only(local_id="10")["nhs_number"] == int(NUMBER)
    assert people.only(local_id=NUMBER)["practice"] == "E84001"


def test_a_mother_s_number_is_not_her_child_s(people: Fate) -> None:
    child, other = people.only(local_id="K1"), people.only(local_id="K2")
    assert (child["nhs_number"], child["nhs_number_status"], child["practice"], child["sex"], child["is_named"]) == (int(NUMBER), "01", "E84001", "F", False)
    assert (other["nhs_number"], other["nhs_number_status"]) == (None, None)


def test_a_patient_of_two_practices_is_two_named_records(people: Fate) -> None:
    here, before = people.only(local_id=f"E84001/{NUMBER}"), people.only(local_id=f"E84002/{NUMBER}")
    assert (here["forename"], here["middle_names"], here["surnames"], here["nhs_number"], here["nhs_number_status"]) == ("ZOE", "MARIE", ["NGUYEN", "TRAN"], int(NUMBER), None)
    assert (here["practice"], here["postcode"], here["uprns"], before["practice"], before["is_named"]) == ("E84001", "HA97XX", [300], None, True)


def test_protected_people_are_not_there_in_any_month_or_under_any_number(people: Fate) -> None:
    assert {row["local_id"] for row in people.kept if row["source"] in ("pds", "mhsds")} == {NUMBER, "P1"}
    assert "HIDDEN" not in repr(people.kept) + repr(people.quarantined)


def test_objecting_and_withdrawn_records_are_met_by_their_own_id(people: Fate) -> None:
    """The patient and the withdrawn child at the door; the council's record of somebody who objects stays, to find the person by."""
    assert [(row["source"], row["nhs_number"]) for row in people.kept if row["local_id"] in ("objects", "12")] == [("case_management", int(PROTECTED))]


def test_linked_identifiers_that_are_valid_and_current_identify(people: Fate) -> None:
    child = people.only(local_id="13")
    assert (child["nhs_number"], child["upn"], child["alternative_local_id"]) == (int(NUMBER), PERMANENT, "L11")
    assert child["upns"] == sorted((PERMANENT, TEMPORARY, FORMER_UPN))


def test_a_protected_number_is_withheld_even_where_the_patient_id_is_blank(people: Fate) -> None:
    assert [row["nhs_number"] for row in people.quarantined if row["file_kind"] == "mpi"] == []
    assert people.withheld == PROTECTED_ROWS


def test_record_ids_are_made_of_source_controller_and_local_id(people: Fate) -> None:
    assert {row["record_id"] for row in people.kept} == {KEY.hash63_text(row["source"], row["controller"], row["local_id"]) for row in people.kept}
    assert "C9" in {row["local_id"] for row in people.kept}  # an episode alone makes a record


def test_a_version_changes_with_a_linkage_column_and_only_then(people: Fate) -> None:
    version = {name: people.only(local_id=name)["record_version"] for name in VERSIONS}
    assert version["once"] == version["again"]
    assert len({version[name] for name in ("once", "surname", "sex")}) == 3


def test_a_version_changes_when_a_name_moves_to_another_column(people: Fate) -> None:
    assert people.only(local_id="forename only")["record_version"] != people.only(local_id="surname only")["record_version"]


def test_enrolments_are_one_per_pupil_and_census_of_a_school_that_is_there(spark_session: SparkSession) -> None:
    given = {name: SCHOOL[name] for name in ("pupilonroll", "schoolcensus")}
    again = {**given["pupilonroll"][0], "source_row": 9, "entrydate": "yesterday", "parttime": "1", "termlysessionspossible": "110.0"}
    found = fate(spark_session, school_enrolment.job, **{**given, "pupilonroll": [again, *given["pupilonroll"]]})
    row = found.only(record_id=KEY.hash63_text("school_census", BRENT, f"2001/{PERMANENT}"))
    assert (row["census"], row["school"], row["is_part_time"], row["sessions_possible"]) == (CENSUS, "304/2001", True, 110)
    assert (row["entered_on"], row["broken_rules"]) == (None, ["entered_on_is_a_date"])
    assert len(found.kept) == 3
    assert [row["source_row"] for row in found.quarantined] == [4]


def test_characteristics_are_of_every_record_and_name_nobody(spark_session: SparkSession) -> None:
    given: dict[str, Any] = SSDA903 | SCHOOL | COUNCIL | HEALTH | CARE
    given["gp_patient"] = [{**row, "ethnic_category": "H"} for row in given["gp_patient"]]
    given["mpi"] = [{**row, "EthnicCategory": "QQ"} for row in given["mpi"]]
    people = fate(spark_session, identity.job, MET, **given, withheld_nhs_number=withheld(spark_session))
    found = Fate(people.beside, [], 0)
    ethnic = {row["local_id"]: found.only(record_id=row["record_id"]) for row in people.kept}
    assert len(found.kept) == len(people.kept)
    assert (ethnic["C1"]["ethnicity_as_delivered"], ethnic["C1"]["ethnic_category"], ethnic["C1"]["birth_month"]) == ("WBRI", "A", "2010-02")
    assert (ethnic[f"2001/{PERMANENT}"]["ethnic_category"], ethnic["10"]["ethnic_category"]) == ("N", None)
    assert ethnic[f"E84001/{NUMBER}"]["ethnicity_as_delivered"] == "H"
    assert (ethnic["P1"]["ethnic_category"], ethnic["P1"]["broken_rules"]) == (None, ["ethnicity_is_a_known_code"])
