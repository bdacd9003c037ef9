"""Reading one delivered XML file: what it holds, every defect it can have, and that no file can make the reader grow."""

import ast
import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cyplink.sources import SOURCES
from cyplink.sources.delimited import FileFound
from cyplink.sources.model import Source
from cyplink.sources.xml_file import is_xml, read_xml
from tests.cin_census import PLANNED, REFERRAL, census, child

CONSTANTS: dict[str, str | int] = {
    "controller": "304", "period": "2025-26", "delivery_version": 2, "delivery_id": "0123456789abcdef", "source_file": "cin.xml",
}


@dataclass
class Read:
    """What was found, and the rows in the Parquet files by kind."""

    found: FileFound
    rows: dict[str, list[dict[str, Any]]]

    def values(self, kind: str, *columns: str) -> list[tuple[Any, ...]]:
        return [tuple(row[column] for column in columns) for row in self.rows[kind]]

    @property
    def rejects(self) -> list[tuple[int, int, str]]:
        return [(one.row, one.line, one.rule) for one in self.found.rejects]


Reader = Callable[..., Read]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Read a file with this content."""

    def made(content: str | bytes, source: str = "cin_census", sha256: str = "") -> Read:
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / "delivered.xml"
        path.write_bytes(data)
        found = take(path, SOURCES[source], tmp_path / "tables", sha256 or hashlib.sha256(data).hexdigest())
        assert not [left for left in (tmp_path / "tables").rglob(".*")], "nothing half-written is left"
        return Read(found, {file.stem: pq.read_table(file).to_pylist() for file in sorted((tmp_path / "tables").rglob("*.parquet"))})

    return made


def take(path: Path, source: Source, folder: Path, sha256: str) -> FileFound:
    assert source.xml
    targets = {kind.name: folder / f"{kind.name}.parquet" for kind in source.file_kinds}
    return read_xml(path, source.xml, {kind.name: kind for kind in source.file_kinds}, sha256, CONSTANTS, targets)


def test_one_file_becomes_rows_of_all_its_tables(read: Reader) -> None:
    done = read(census([child("a1", identifiers="<UPN>A1</UPN>"), child("b2", REFERRAL, PLANNED)]))
    assert (done.found.status, done.found.kind, done.found.reasons, done.found.rows) == ("accepted", "child", [], 2)
    assert done.found.further == {"header": 1, "referral": 3, "assessment": 2, "section_47": 3, "cin_plan": 2, "child_protection_plan": 1}
    assert done.values("child", "source_row", "LAchildID", "UPN", "Disability", "GenderCurrent", "controller", "delivery_version") == [
        (1, "a1", "A1", "AUT;LD", None, "304", 2), (2, "b2", None, "AUT;LD", None, "304", 2),
    ]  # fmt: skip
    assert done.values("referral", "source_row", "CINdetailsID", "LAchildID", "Disability") == [(n, str(n), who, "AUT;LD") for n, who in ((1, "a1"), (2, "b2"), (3, "b2"))]
    assert done.values("assessment", "LAchildID", "CINdetailsID", "CINreferralDate", "AssessmentFactors") == [("a1", "1", "2025-05-01", "4A;3B"), ("b2", "2", "2025-05-01", "4A;3B")]
    assert done.values("child_protection_plan", "CINdetailsID", "CPPreviewDate") == [("3", "2025-08-20;2026-02-10")]
    # A conference belongs to the enquiry it is given with, never to the referral around it.
    assert done.values("section_47", "CINdetailsID", "DateOfInitialCPC") == [("1", None), ("2", None), ("3", "2025-05-20")]
    assert done.values("referral", "DateOfInitialCPC") == [(None,)] * 3
    assert done.values("header", "LEA", "ReferenceDate", "source_row") == [("304", "2026-03-31", 1)]


def test_bronze_has_the_columns_of_the_declaration(read: Reader) -> None:
    done = read(census([child("a1", PLANNED)]))
    for kind, rows in done.rows.items():
        assert set(rows[0]) == set(SOURCES["cin_census"].kind(kind).bronze.schema.names)


def test_what_no_table_declares_is_kept_by_its_path_and_reported(read: Reader) -> None:
    vendor = "<Vendor ref='7'><UPN>not the child's</UPN><Note>n1</Note><Note>n2</Note></Vendor>"
    done = read(census([child("a1", REFERRAL.replace("<CINPlanDates>", '<CINPlanDates kind="early"><Team>North</Team>'), identifiers=vendor)], header="<Extra><x>1</x></Extra>"))
    assert done.values("child", "UPN") == [(None,)]
    assert dict(done.rows["child"][0]["other_columns"]) == {
        "ChildIdentifiers/Vendor@ref": "7", "ChildIdentifiers/Vendor/UPN": "not the child's",
        "ChildIdentifiers/Vendor/Note": "n1", "ChildIdentifiers/Vendor/Note[2]": "n2",
    }  # fmt: skip
    assert done.found.extra_columns == ["ChildIdentifiers/Vendor/Note", "ChildIdentifiers/Vendor/UPN", "ChildIdentifiers/Vendor@ref"]
    assert dict(done.rows["cin_plan"][0]["other_columns"]) == {"@kind": "early", "Team": "North"} and done.found.further_columns == {"cin_plan": ["@kind", "Team"]}
    assert (done.found.status, done.found.reasons) == ("accepted", ["elements_passed_over: Message/Extra, Message/Extra/x"])


def test_names_may_differ_in_case_and_have_a_prefix_and_text_is_as_delivered(read: Reader) -> None:
    text = census([child("a1 &amp; <![CDATA[<b>]]> &#233;")]).replace("<Message>", '<c:Message xmlns:c="urn:x">').replace("</Message>", "</c:Message>").replace("CINPlanDates", "CINplanDates")
    done = read(text)
    assert done.values("child", "LAchildID") == [("a1 & <b> é",)] and len(done.rows["cin_plan"]) == 1


def test_a_child_that_cannot_be_rows_is_set_aside_whole(read: Reader) -> None:
    twice = child("CANARY", identifiers="<LAchildID>other</LAchildID>")
    long = child("x" * (1 << 23))
    many = child("c3", REFERRAL.replace("<ReferralNFA>", "<Note/>" * 30_000 + "<ReferralNFA>"))
    done = read(census([child("a1"), twice, long, many, child("e5", PLANNED)]))
    assert done.rejects == [(2, 4, "value_given_twice"), (3, 5, "text_too_long"), (4, 6, "too_many_elements")]
    assert done.values("child", "source_row", "LAchildID") == [(1, "a1"), (5, "e5")]
    assert done.values("referral", "source_row", "LAchildID", "CINdetailsID") == [(1, "a1", "1"), (2, "e5", "2")]
    assert done.found.rejects[0].content.startswith("<Child><ChildIdentifiers><LAchildID>CANARY") and len(done.found.rejects[1].content) == 10_000
    assert {one.kind for one in done.found.rejects} == {"child"}


BOMB = '<!DOCTYPE Message [<!ENTITY a "ha">' + "".join(f'<!ENTITY {b} "&{a};&{a};&{a};&{a};">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"
OUTSIDE = '<!DOCTYPE Message [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
SOUND = census([child("a1"), child("b2")])
AT = SOUND.index("<LAchildID>b2")


@pytest.mark.parametrize(
    ("content", "reasons"),
    [
        pytest.param(census([child("&i;")], before=BOMB), ["document_type_declared"], id="entities that grow"),
        pytest.param(census([child("&a;")], before=OUTSIDE), ["document_type_declared"], id="entity from outside"),
        pytest.param(census([child("a")], before='<!DOCTYPE Message SYSTEM "x.dtd">'), ["document_type_declared"], id="a document type alone"),
        pytest.param(census([child("&a;")]), ["not_well_formed: line 3"], id="entity nobody declares"),
        pytest.param(SOUND[:AT], ["file_ends_too_early: line 4"], id="truncated between elements"),
        pytest.param(SOUND[: AT + 5], ["file_ends_too_early: line 4"], id="truncated in a tag"),
        pytest.param(SOUND[:60], ["file_ends_too_early: line 2"], id="truncated before the children"),
        pytest.param(SOUND.replace("</Children>", "</Childen>"), ["not_well_formed: line 5"], id="wrong end tag"),
        pytest.param(SOUND + "<Message/>", ["not_well_formed: line 6"], id="something after the end"),
        pytest.param(SOUND.replace("a1", "a\x01"), ["not_well_formed: line 3"], id="control character"),
        pytest.param("", ["file_is_empty"], id="empty"),
        pytest.param(census([]), ["no_element: Message/Children/Child"], id="no child"),
        pytest.param("<Message>" + "<a>" * 100 + "</a>" * 100 + "</Message>", ["nested_deeper_than_64"], id="deep"),
        pytest.param(SOUND.replace("UTF-8", "utf-7"), ["encoding_is_not_taken"], id="encoding that is not taken"),
        pytest.param(SOUND.replace("UTF-8", "martian"), ["encoding_is_not_taken"], id="encoding nobody knows"),
        pytest.param(SOUND.replace("a1", "é").replace("<Message>", "<Message n='é'>").encode().replace(b"b2", b"\xff"), ["not_decodable"], id="damaged UTF-8"),
        pytest.param(SOUND.encode("utf-16").replace(b"\n\0", b"\n", 1), ["not_well_formed: line 1"], id="damaged UTF-16"),
        pytest.param(f"<Message><!--{'x' * (5 << 20)}--></Message>", ["token_too_long"], id="endless comment"),
        pytest.param("<Message>" + "".join(f"<a{n}/>" for n in range(11_000)) + "</Message>", ["too_many_names"], id="endless names"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_sound_is_refused_with_a_reason(read: Reader, content: str | bytes, reasons: list[str]) -> None:
    done = read(content)
    assert (done.found.status, done.found.kind, done.found.reasons, done.found.rows, done.found.further) == ("refused", "child", reasons, 0, {})
    assert done.rows == {} and done.found.rejects == []


def test_another_root_is_another_kind_of_file(read: Reader) -> None:
    done = read("<EXPSSDA903><CHILD/></EXPSSDA903>")
    assert (done.found.status, done.found.kind, done.found.reasons) == ("unknown_kind", None, ["root_element_is_not: Message"])


def test_a_file_that_is_not_what_its_manifest_says_is_not_read(read: Reader) -> None:
    assert read(SOUND, sha256="0" * 64).found.reasons == ["checksum_differs"]


@pytest.mark.parametrize(
    ("stated", "encoding", "reasons"),
    [("UTF-8", "cp1252", ["decoded_as_windows_1252"]), ("UTF-16", "utf-16", []), ("ISO-8859-1", "latin-1", []), ("windows-1252", "cp1252", []), ("UTF-8", "utf-8-sig", [])],
)
def test_other_encodings_are_read_as_stated_or_noted(read: Reader, stated: str, encoding: str, reasons: list[str]) -> None:
    done = read(census([child("é1"), child("b2", identifiers="<Sex>M</Sex>é")]).replace("UTF-8", stated).encode(encoding))
    assert (done.values("child", "LAchildID"), done.found.reasons) == ([("é1",)], reasons)
    assert done.rejects == [(2, 4, "value_given_twice")] and done.found.rejects[0].content.endswith("é</ChildIdentifiers><ChildCharacteristics>", 0, done.found.rejects[0].content.index("<Ethnicity>"))


def test_a_file_is_xml_by_name_or_by_what_it_begins_with(tmp_path: Path) -> None:
    for name, content, is_one in (("a.XML", "CHILD,DOB\n", True), ("a.csv", "<?xml version='1.0'?><a/>", True), ("b.csv", "CHILD\n<?xml\n", False), ("c.csv", "<UPN>,DOB\n", False)):
        (tmp_path / name).write_text(content)
        assert is_xml(tmp_path / name) is is_one


def test_the_looked_after_return_as_xml_is_rows_of_the_same_tables(read: Reader) -> None:
    header = (
        "<CHILDID>A</CHILDID><UPN>UN2</UPN><SEX>M</SEX><DOB>01/02/2010</DOB><ETHNIC>BAFR</ETHNIC><UASC>1</UASC><DUC>01/02/2028</DUC><MOTHER/>"
        "<AREVIEW><REVIEW>01/05/2025</REVIEW><REVIEW_CODE>PN1</REVIEW_CODE></AREVIEW><AREVIEW><REVIEW>01/11/2025</REVIEW><REVIEW_CODE>PN1</REVIEW_CODE></AREVIEW>"
        "<OC2><SDQ_SCORE>12</SDQ_SCORE></OC2>"
    )
    episodes = "".join(f"<EPISODE><DECOM>{day}</DECOM><RNE>S</RNE><LS>V2</LS><CIN>N8</CIN><PL>U6</PL><PL_POST>W5 5DY</PL_POST></EPISODE>" for day in ("01/04/2025", "01/09/2025"))
    other = "<CHILD><HEADER><CHILDID>B</CHILDID><SEX>F</SEX><DOB>02/02/2008</DOB><UASC>0</UASC><IN_TOUCH>YES</IN_TOUCH><ACTIV>F1</ACTIV><ACCOM>U1</ACCOM></HEADER></CHILD>"
    done = read(f"<EXPSSDA903><CHILD><HEADER>{header}</HEADER>{episodes}</CHILD>{other}</EXPSSDA903>", "ssda903")
    assert (done.found.kind, done.found.rows) == ("header", 2)
    assert {kind: rows for kind, rows in done.found.further.items() if rows} == {"uasc": 1, "oc3": 1, "episodes": 2, "reviews": 2, "oc2": 1}
    assert done.values("header", "CHILD", "UPN", "MOTHER", "source_row") == [("A", "UN2", None, 1), ("B", None, None, 2)]
    assert done.values("uasc", "CHILD", "SEX", "DOB", "DUC") == [("A", "M", "01/02/2010", "01/02/2028")]
    assert done.values("episodes", "CHILD", "DECOM", "PLACE", "PL_POST", "source_row") == [("A", "01/04/2025", "U6", "W5 5DY", 1), ("A", "01/09/2025", "U6", "W5 5DY", 2)]
    assert done.values("reviews", "CHILD", "DOB", "REVIEW") == [("A", "01/02/2010", "01/05/2025"), ("A", "01/02/2010", "01/11/2025")]
    assert done.values("oc3", "CHILD", "IN_TOUCH", "ACCOM") == [("B", "YES", "U1")] and done.values("oc2", "CHILD", "SDQ_SCORE") == [("A", "12")]


_MEASURED = """
import hashlib, resource, sys
from pathlib import Path
from tests.lib.sources.test_xml_file import SOURCES, take
peaks = []
for path in map(Path, sys.argv[1:]):
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    found = take(path, SOURCES["cin_census"], path.parent / "tables", sha256)
    peaks.append((found.status, found.rows + len(found.rejects), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))
print(peaks)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """A small file, then many children, one endless child and one endless value: the peak after each is that after the first."""
    start, end = census([child("a1"), "<!-->"]).partition("<!-->")[0], "</Children></Message>"
    contents = {
        "small": (child("a2", *[REFERRAL] * 4) + "\n") * 200, "many": (child("a2", *[REFERRAL] * 4) + "\n") * 3_000,
        "child": "<Child>" + "<Note>n</Note>" * 500_000 + "</Child>", "value": "<Child><ChildIdentifiers><LAchildID>" + "x" * (64 << 20) + "</LAchildID></ChildIdentifiers></Child>",
    }
    for name, content in contents.items():
        (tmp_path / f"{name}.xml").write_text(start + content + end)
    said = subprocess.run([sys.executable, "-c", _MEASURED, *(str(tmp_path / f"{name}.xml") for name in contents)], capture_output=True, text=True, check=True).stdout
    peaks = ast.literal_eval(said)
    assert [peak[:2] for peak in peaks] == [("accepted", 201), ("accepted", 3_001), ("accepted", 2), ("accepted", 2)]
    grown = [peak[2] - peaks[0][2] for peak in peaks]
    assert max(grown) < 35, f"MB above the small file's: {grown}"
