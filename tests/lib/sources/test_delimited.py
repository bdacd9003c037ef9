"""Reading one delivered file: every defect a file can have, and that no line of it is lost."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cyplink.sources import SOURCES
from cyplink.sources.delimited import FileFound, Reject, read_file

HEADER = "CHILD,DOB,REVIEW,REVIEW_CODE\n"
ROW = "2,a,b,c\n"
CONSTANTS: dict[str, str | int] = {
    "controller": "304", "period": "2024-25", "delivery_version": 2, "delivery_id": "0123456789abcdef", "source_file": "reviews.csv",
}


@dataclass
class Read:
    """What was found, and the rows in the Parquet file; None when none was written."""

    found: FileFound
    rows: list[dict[str, Any]] | None
    left: set[str] = field(default_factory=set)

    @property
    def numbers(self) -> list[int]:
        return [row["source_row"] for row in self.rows or []]

    @property
    def rejects(self) -> list[tuple[int, int, int, str]]:
        return [(one.row, one.line, one.lines, one.rule) for one in self.found.rejects]

    def check_refused(self, *reasons: str) -> None:
        assert (self.found.status, self.found.reasons, self.found.rows) == ("refused", list(reasons), 0)
        assert self.rows is None and not self.left


@pytest.fixture
def read(tmp_path: Path):
    """Read a file with this content."""

    def made(content: str | bytes, name: str = "reviews.csv", sha256: str = "", period: str = "2024-25") -> Read:
        content = content.encode() if isinstance(content, str) else content
        path, target = tmp_path / "delivered" / name, tmp_path / "table" / "part.parquet"
        path.parent.mkdir()
        path.write_bytes(content)
        stated = sha256 or hashlib.sha256(content).hexdigest()
        found = read_file(path, SOURCES["ssda903"].file_kinds, stated, {**CONSTANTS, "period": period}, target)
        rows = pq.read_table(target).to_pylist() if target.exists() else None
        left = {file.name for file in target.parent.glob("*")} - {target.name}
        return Read(found, rows, left)

    return made


def test_a_sound_file_becomes_rows_of_its_table(read) -> None:
    done = read(HEADER + '1, x ,NULL,\n2,"","",""\n' + ROW)
    assert (done.found.status, done.found.kind, done.found.rows, done.found.reasons) == ("accepted", "reviews", 3, [])
    assert done.rows is not None
    assert done.rows[0] == {
        "CHILD": "1", "DOB": " x ", "REVIEW": "NULL", "REVIEW_CODE": None, "other_columns": None, **CONSTANTS, "source_row": 1,
    }
    assert set(done.rows[0]) == {column.name for column in SOURCES["ssda903"].kind("reviews").bronze.columns}
    assert {done.rows[1][name] for name in ("DOB", "REVIEW", "REVIEW_CODE")} == {None}, "an empty field is no value, in quotes or not"


@pytest.mark.parametrize("name", ["reviews.csv", "anything at all.txt"])
def test_a_file_of_this_source_is_known_by_its_header_whatever_its_name_and_order(read, name: str) -> None:
    done = read("REVIEW_CODE,CHILD,REVIEW,DOB\nc,1,b,a\n", name=name)
    assert done.found.kind == "reviews"
    assert done.rows is not None and [done.rows[0][c] for c in ("CHILD", "DOB", "REVIEW", "REVIEW_CODE")] == ["1", "a", "b", "c"]


def test_missing_columns_are_named(read) -> None:
    done = read("CHILD,DOB,REVIEW\n1,a,b\n")
    done.check_refused("columns_missing: REVIEW_CODE")
    assert done.found.kind == "reviews"


def test_a_file_of_no_kind_is_refused_as_such(read) -> None:
    done = read("name,postcode\nx,y\n", name="list.csv")
    assert (done.found.status, done.found.kind, done.rows) == ("unknown_kind", None, None)


@pytest.mark.parametrize(
    "content",
    ["A,B,C\n1,2,3\n", "CHILD;DOB;REVIEW;REVIEW_CODE\n1;a;b;c\n", "1,CANARYVALUE,b,c\n2,a,b,c\n", "child,dob,review,review_code\n1,a,b,c\n"],
)
def test_a_wrong_header_is_refused_without_quoting_it(read, content: str) -> None:
    read(content).check_refused("columns_missing: CHILD, DOB, REVIEW, REVIEW_CODE")


@pytest.mark.parametrize("repeated", ["DOB", "dob", " DOB "])
def test_repeated_header_names_are_refused(read, repeated: str) -> None:
    read(f"CHILD,DOB,REVIEW,REVIEW_CODE,{repeated}\n1,a,b,c,d\n").check_refused("header_names_repeat")


@pytest.mark.parametrize(
    ("content", "reason"),
    [("", "file_is_empty"), ("\n\n", "header_missing"), (",,,\n1,a,b,c\n", "header_missing"),
     ('CHILD,DOB,REVIEW,REVIEW_CODE,"Note\n1,a,b,CANARY"\n2,a,b,c,d\n', "header_cannot_be_read"),
     ("CHILD,DOB,REVIEW,REVIEW_CODE,1,CANARY,b,c\n2,a,b,c\n", "header_is_longer_than_any_row"), ('CHILD,"DOB,REVIEW\n1,a\n', "header_cannot_be_read")],
)
def test_a_file_without_a_header_is_refused(read, content: str, reason: str) -> None:
    read(content).check_refused(reason)


@pytest.mark.parametrize("content", [HEADER, HEADER.strip(), HEADER + "\r\n\n"])
def test_a_header_alone_is_an_accepted_file_of_no_rows(read, content: str) -> None:
    done = read(content)
    assert (done.found.status, done.rows, done.rejects) == ("accepted", [], [])


def test_undeclared_columns_are_kept_by_their_name(read) -> None:
    done = read("CHILD,Worker's note,DOB,REVIEW,,REVIEW_CODE\n1,seen,a,b,x,c\n")
    assert done.found.extra_columns == ["Worker's note", "column_5"]
    assert done.rows is not None and dict(done.rows[0]["other_columns"]) == {"Worker's note": "seen", "column_5": "x"}
    assert done.rows[0]["REVIEW_CODE"] == "c"


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("1,a,b", "too_few_fields"),
        ("1", "too_few_fields"),
        ("   ", "too_few_fields"),
        ("1,a,b,c,d", "too_many_fields"),
        ("1,a\0,b,c", "nul_byte"),
        ('1,"a"x,b,c', "misplaced_quote"),
        ("1," + "x" * (1 << 21) + ",b,c", "field_too_long"),
        ("1," + "x" * (9 << 20) + ",b,c", "field_too_long"),
    ],
)
def test_a_broken_line_is_set_aside_and_the_others_are_rows(read, line: str, rule: str) -> None:
    done = read(f"{HEADER}{ROW}{line}\n{ROW}")
    assert done.rejects == [(2, 3, 1, rule)]
    assert done.numbers == [1, 3]
    assert done.rows is not None and [row["DOB"] for row in done.rows] == ["a", "a"]
    assert done.found.rejects[0].content == f"{line}\n".replace("\0", "�")[:10_000]
    assert not done.left


def test_an_unclosed_quote_takes_what_follows_and_says_how_much(read) -> None:
    done = read(HEADER + '1,a,b,c\n2,"a,b,c\n3,a,b,c\n4,a,b,c\n')
    assert done.numbers == [1]
    assert done.found.rejects == [Reject(3, 3, "unclosed_quote", '2,"a,b,c\n3,a,b,c\n4,a,b,c\n', 2)]


def test_an_unclosed_quote_takes_no_more_than_a_field_may_hold(read) -> None:
    lines = [f"{place},{'x' * 50},b,c\n" for place in range(3, 40_003)]
    done = read(HEADER + '1,a,b,c\n2,"a,b,c\n' + "".join(lines))
    (reject,) = done.found.rejects
    assert reject.rule == "unclosed_quote" and reject.lines < 20_000
    assert done.rows is not None and 1 + reject.lines + len(done.rows) - 1 == 40_002
    assert done.rows[-1]["CHILD"] == "40002"


def test_rows_after_an_embedded_newline_keep_their_numbers(read) -> None:
    sound = HEADER + '1,"a\nx\r\ny",b,c\n2,a,b,c\n3,a,b,c\n'
    done = read(sound + "4,a\n5,a,b,c\n")
    assert done.numbers == [1, 2, 3, 5]
    assert done.rejects == [(4, 7, 1, "too_few_fields")]
    assert done.rows is not None and done.rows[0]["DOB"] == "a\nx\r\ny"


# What a line is read as never depends on whether some other line of the file is at fault.
@pytest.mark.parametrize("fault", ["", "9\n"])
@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('1,"a,b",b,c', "a,b"),
        ('1,"say ""a""",b,c', 'say "a"'),
        ('1,a "b" c,b,c', 'a "b" c'),
        ('1,"a\nb",b,c', "a\nb"),
        ('1,"a\rb",b,c', "a\rb"),
        ('1,"",b,c', None),
        ('1," ",b,c', " "),
        ("1, a ,b,c", " a "),
        ("1,\\N,b,c", "\\N"),
        ("1,a\u2028b\x85\x0c,b,c", "a\u2028b\x85\x0c"),
        ("1,a,b,c,", "a"),
        ("\n\n1,a,b,c", "a"),
    ],
)
def test_a_value_is_kept_as_delivered(read, line: str, value: str | None, fault: str) -> None:
    done = read(f"{HEADER}{line}\n{ROW}{fault}")
    assert done.rows is not None and [row["DOB"] for row in done.rows] == [value, "a"]
    assert [row["REVIEW_CODE"] for row in done.rows] == ["c", "c"]
    assert done.numbers == [1, 2]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "3,a,b,c"])
def test_any_line_end_will_do_and_the_last_may_be_missing(read, end: str, last: str) -> None:
    done = read((HEADER + "1,a,b,c\n2,a,b,c\n" + last).replace("\n", end))
    assert done.numbers == ([1, 2, 3] if last else [1, 2])
    assert not done.rejects
    assert done.rows is not None and {row["REVIEW_CODE"] for row in done.rows} == {"c"}


@pytest.mark.parametrize(("last", "rule"), [("3,a", "too_few_fields"), ('3,"a', "unclosed_quote")])
def test_a_truncated_last_line_is_set_aside(read, last: str, rule: str) -> None:
    done = read(HEADER + "1,a,b,c\n" + ROW + last)
    assert (done.numbers, done.rejects) == ([1, 2], [(3, 4, 1, rule)])


@pytest.mark.parametrize(
    ("encoding", "note"),
    [("utf-8", []), ("utf-8-sig", ["byte_order_mark"]), ("utf-16", ["decoded_as_utf_16"]), ("cp1252", ["decoded_as_windows_1252"])],
)
def test_accents_survive_whatever_the_encoding(read, encoding: str, note: list[str]) -> None:
    done = read((HEADER + "1,Zoë,b,c\n2,É’,b,c\n").encode(encoding))
    assert done.found.reasons == note
    assert done.rows is not None and [row["DOB"] for row in done.rows] == ["Zoë", "É’"]


def test_a_damaged_line_among_sound_utf8_spoils_no_other(read) -> None:
    done = read((HEADER + "1,Zoë,b,c\n2,É,b,c\n").encode() + b"3,\xe9,b,c\n" + ROW.encode())
    assert done.found.reasons == ["lines_not_utf_8"]
    assert done.rejects == [(3, 4, 1, "not_utf8")]
    assert done.rows is not None and [row["DOB"] for row in done.rows] == ["Zoë", "É", "a"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (HEADER.encode() + b"1,\x81\x8d,b,c\n", "not_decodable"),
        ((HEADER + ROW).encode("utf-16")[:-1], "not_decodable"),
        ((HEADER + ROW).encode("utf-16-le"), "header_cannot_be_read"),
        (b"CHILD,DOB\0,REVIEW,REVIEW_CODE\n", "header_cannot_be_read"),
    ],
)
def test_what_cannot_be_decoded_is_refused(read, content: bytes, reason: str) -> None:
    read(content).check_refused(reason)


def test_a_file_that_is_not_what_the_manifest_says_is_refused_unread(read) -> None:
    done = read(HEADER + "1\n", sha256="0" * 64)
    done.check_refused("checksum_differs")
    assert done.found.sha256 == hashlib.sha256((HEADER + "1\n").encode()).hexdigest()


def test_rows_and_lines_set_aside_make_up_the_file(read) -> None:
    lines = [f"{n},a,b,c" if n % 7 else f"{n},a" for n in range(1, 1001)]
    done = read(HEADER + "\n".join(lines))
    assert sorted(done.numbers + [one.row for one in done.found.rejects]) == list(range(1, 1001))
    assert done.found.rows == len(done.numbers) == 1000 - 142


def test_a_file_with_more_broken_lines_than_a_task_should_hold_is_refused(read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cyplink.sources.delimited.MOST_REJECTS", 3)
    done = read(HEADER + "1\n2\n3\n4\n" + ROW)
    done.check_refused("more_than_3_broken_lines")
    assert not done.found.rejects
