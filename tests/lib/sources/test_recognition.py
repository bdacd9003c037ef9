"""Which kind a delivered file is taken for: by its columns, by its name, by what was collected in its period."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cyplink.sources import SOURCES
from cyplink.sources.delimited import FileFound, read_file
from tests.landing import file_text, sha256


class Taken:
    """What a file was taken for, and its rows."""

    def __init__(self, found: FileFound, target: Path) -> None:
        self.status, self.kind, self.reasons, self.extra = found.status, found.kind, found.reasons, found.extra_columns
        self.rows: list[dict[str, Any]] = pq.read_table(target).to_pylist() if target.exists() else []


def take(folder: Path, source: str, name: str, text: str, period: str = "2025-spring") -> Taken:
    path, target = folder / name, folder / f"{period}.parquet"
    path.write_text(text, encoding="utf-8")
    constants: dict[str, str | int] = {
        "controller": "304", "period": period, "delivery_version": 1, "delivery_id": "d" * 16, "source_file": name,
    }
    return Taken(read_file(path, SOURCES[source].file_kinds, sha256(text), constants, target), target)


@pytest.mark.parametrize("kind", ["header", "episodes", "reviews", "uasc", "oc2"])
def test_each_looked_after_file_is_told_from_the_others_by_its_columns(tmp_path: Path, kind: str) -> None:
    assert take(tmp_path, "ssda903", "export (3).csv", file_text("ssda903", kind, {"CHILD": "a"})).kind == kind


def test_a_file_with_the_columns_of_two_kinds_is_of_the_larger(tmp_path: Path) -> None:
    text = file_text("ssda903", "header", {"CHILD": "a"}, extra=("DUC",))
    taken = take(tmp_path, "ssda903", "x.csv", text)
    assert (taken.kind, taken.extra) == ("header", ["DUC"])


def test_a_source_known_by_file_names_takes_no_other_name(tmp_path: Path) -> None:
    text = file_text("mhsds", "gp", {"LocalPatientID": "p"})
    other = take(tmp_path, "mhsds", "MHS002GP_v2.csv", text)
    assert (other.status, other.reasons) == ("unknown_kind", ["file_kind_unknown"])
    assert take(tmp_path, "mhsds", "mhs002gp.CSV", text).kind == "gp"


def test_columns_that_delta_cannot_name_have_names_of_their_own(tmp_path: Path) -> None:
    text = file_text("csds", "gp", {"LOCAL PATIENT IDENTIFIER (EXTENDED)": "p", "END DATE (GMP PATIENT REGISTRATION)": "2025-04-01"})
    taken = take(tmp_path, "csds", "CYP002GP.csv", text)
    assert (taken.kind, taken.extra) == ("gp", [])
    assert taken.rows[0]["LOCAL_PATIENT_IDENTIFIER_EXTENDED"] == "p"
    assert taken.rows[0]["END_DATE_GMP_PATIENT_REGISTRATION"] == "2025-04-01"


def test_a_column_not_yet_collected_is_not_missed(tmp_path: Path) -> None:
    text = file_text("school_census", "pupilonroll", {"upn": "u"}).replace("eligibilitycode", "another")
    early = take(tmp_path, "school_census", "x_pupilonroll.csv", text, period="2024-spring")
    assert (early.status, early.extra, early.rows[0]["eligibilitycode"]) == ("accepted", ["another"], None)
    late = take(tmp_path, "school_census", "x_pupilonroll.csv", text, period="2025-spring")
    assert late.reasons == ["columns_missing: eligibilitycode"]


def test_a_term_has_its_own_columns_and_its_own_files(tmp_path: Path) -> None:
    spring = file_text("school_census", "pupilonroll", {"upn": "u"}).replace("ftemp", "another").replace("gender", "other")
    assert take(tmp_path, "school_census", "a.csv", spring).status == "accepted"
    assert take(tmp_path, "school_census", "a.csv", spring, period="2025-autumn").reasons == ["columns_missing: ftemp"]
    assert SOURCES["school_census"].kind("addresses").header_in("2025-autumn") == ()
    assert take(tmp_path, "school_census", "b.csv", file_text("school_census", "addresses"), period="2025-autumn").kind == "addresses"


def test_a_header_may_hold_blank_and_awkward_names(tmp_path: Path) -> None:
    text = "CHILD,source_row,SEX,DOB,it's,DUC,\na,9,F,01/02/2015,x,,\n"
    taken = take(tmp_path, "ssda903", "uasc.csv", text)
    assert taken.extra == ["source_row", "it's", "column_7"]
    assert taken.rows[0]["other_columns"] == [("source_row", "9"), ("it's", "x"), ("column_7", None)]
    assert taken.rows[0]["source_row"] == 1


def test_a_file_whose_first_line_is_data_gives_no_value_away(tmp_path: Path) -> None:
    taken = take(tmp_path, "ssda903", "header.csv", "SECRET,F,01/02/2015,WBRI,UN1,,x\n")
    assert taken.status == "refused" and "SECRET" not in f"{taken.reasons}{taken.extra}"


def test_names_of_a_former_version_are_read_as_today_s_while_they_were_in_use(tmp_path: Path) -> None:
    text = "CareProfTeamLocalId,ServiceRequestId,ServTeamTypeRefToMH,ReferClosureDate,ReferClosureTime,ReferRejectionDate,ReferRejectionTime,ReferClosReason,ReferRejectReason\nT1,R1,A06,,,,,,\n"
    then = take(tmp_path, "mhsds", "MHS102ServiceTypeReferredTo.csv", text, period="2024-03")
    assert (then.status, then.kind, then.extra) == ("accepted", "other_service", [])
    assert (then.rows[0]["ServiceRequestID"], then.rows[0]["OtherCareProfTeamLocalID"], then.rows[0]["ServTeamTypeRefToMH"]) == ("R1", "T1", "A06")
    now = take(tmp_path, "mhsds", "MHS102ServiceTypeReferredTo.csv", text, period="2024-04")
    assert now.reasons == ["columns_missing: ServiceRequestID, OtherCareProfTeamLocalID"]
