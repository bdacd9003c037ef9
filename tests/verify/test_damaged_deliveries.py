"""Two hundred damaged deliveries of every format: each ends in a report, none in an exception, and no line is lost in silence."""

import csv
import hashlib
import io
import json
import os
import re
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from pyspark.sql import SparkSession

from cyplink import synthetic
from cyplink.bronze import BronzeJob, LandingReport
from cyplink.lake import Lake
from cyplink.sources import SOURCES
from cyplink.tables.bronze import DELIVERY, DELIVERY_FILE, REJECTED_LINE
from cyplink.tables.model import Zone
from cyplink.workbooks import Sheet, workbook_bytes
from tests.contents import contents, differences
from tests.damages import DELIMITED, MANIFEST, WORKBOOK, XML
from tests.landing import deliver

pytestmark = pytest.mark.verify

CASES, ROWS, CANARY = 200, 24, "CANARY"
SECONDS, MEGABYTES = 90, 700
PLACES = {"a folder in its place": "", "a file of another source": "", "a folder's name that is no text": ""}
CSV_SOURCES = (
    "ssda903", "case_management", "school_census", "pds", "mhsds", "csds", "sus", "gp_events", "attainment", "birth_notifications", "objections",
)  # fmt: skip
LOOKED_AFTER_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<EXPSSDA903>\n'
    + "\n".join(
        f"<CHILD><HEADER><CHILDID>{n}CANARY</CHILDID><DOB>01/02/2010</DOB></HEADER><EPISODE><DECOM>0{n}/04/2025</DECOM><PL>U6CANARY</PL></EPISODE></CHILD>" for n in range(1, 10)
    )
    + "\n</EXPSSDA903>\n"
).encode()
RECORDS = {"cin_census": "child", "ssda903": "child"}
"""The element that a row of an XML file's first table is, in lower case."""


@dataclass(frozen=True)
class Case:
    """One damaged delivery. `is_restated`: the manifest is made true of the damaged bytes."""

    seed: int
    source: str
    format: str
    damage: str
    is_restated: bool = True

    @property
    def controller(self) -> str:
        return f"D{self.seed:03}"

    def __str__(self) -> str:
        return f"{self.seed}-{self.source}-{self.format}-{self.damage}-{'restated' if self.is_restated else 'as stated before'}"


def _planned() -> Iterator[tuple[str, str, str, bool]]:
    turn = cycle(CSV_SOURCES)
    for damage in XML:
        yield "cin_census", "xml", damage.__name__, True
    for damage in XML[::2]:
        yield "ssda903", "xml", damage.__name__, True
    for damage in WORKBOOK:
        yield "annex_a", "workbook", damage.__name__, True
    for name in MANIFEST:
        yield next(turn), "manifest", name, True
    for source in ("cin_census", "annex_a", *CSV_SOURCES[:4]):
        for place in PLACES:
            yield source, "place", place, True
    for source, form, damage in (("cin_census", "xml", XML[0]), ("annex_a", "workbook", WORKBOOK[1])):
        yield source, form, damage.__name__, False
    for damage in DELIMITED[::2]:
        yield next(turn), "delimited", damage.__name__, False
    while True:
        for damage in DELIMITED:
            yield next(turn), "delimited", damage.__name__, True


PLANNED = [Case(seed, *planned) for seed, planned in zip(range(CASES), _planned(), strict=False)]


@dataclass
class Damaged:
    """What lies in the landing folder for a case."""

    case: Case
    folder: str
    stated: dict[str, bytes]
    """Files as they lie there, by name, that the manifest is meant to list."""
    changed: str = ""
    is_same: bool = False


@dataclass
class Outcome:
    """What two landings left in the registries."""

    damaged: dict[int, Damaged]
    reports: dict[str, LandingReport] = field(default_factory=dict)
    again: dict[str, LandingReport] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    megabytes: dict[str, int] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    folders: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    """Bronze rows by delivery and kind."""


def _small_csv(path: Path) -> bytes:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        header, *rows = csv.reader(lines)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([f"{value}{CANARY}" if value else "" for value in row] for row in rows[:ROWS])
    return out.getvalue().encode()


def _small_workbook(path: Path) -> bytes:
    book = openpyxl.load_workbook(path, read_only=True)
    sheets = []
    for sheet in book.worksheets:
        top, *rows = [list(row) for row in sheet.iter_rows(max_row=8, values_only=True)]
        marked = [[f"{v}{CANARY}" if isinstance(v, str) else v if v is None or isinstance(v, int) else v.date() for v in row] for row in rows]
        sheets.append(Sheet(sheet.title, [top, *marked], guarded=False))
    return workbook_bytes(sheets)


def _small_xml(path: Path) -> bytes:
    lines = path.read_bytes().splitlines(keepends=True)
    children = [re.sub(rb">([^<]+)</", rb">\1CANARY</", line) for line in lines if line.startswith(b"<Child>")]
    return b"".join((*lines[:2], *children[:ROWS], lines[-1]))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, dict[str, bytes]]]:
    """A sound delivery of each source: its period, and its files cut to a few rows."""
    root = tmp_path_factory.mktemp("sound")
    synthetic.generate(root, synthetic.boroughs("Kensington and Chelsea"), 0.01, 7)
    made = {}
    for source in (*CSV_SOURCES, "cin_census", "annex_a"):
        folder = max((root / "landing" / source).glob("*/*/*"), key=lambda one: (sum(p.stat().st_size for p in one.iterdir()), str(one)))
        reader = {".xml": _small_xml, ".xlsx": _small_workbook, ".csv": _small_csv}
        paths = sorted(path for path in folder.iterdir() if path.suffix in reader)
        made[source] = folder.parts[-2], {path.name: reader[path.suffix](path) for path in paths}
    return made


def _chosen(case: Case, files: Mapping[str, bytes], random: Random) -> tuple[str, dict[str, bytes]]:
    """The file to damage, one with rows if there is one, and it with two that stay sound."""
    if case.source == "ssda903" and case.format == "xml":
        return "return.xml", {"return.xml": LOOKED_AFTER_XML}
    ranked = sorted(files, key=lambda name: -files[name].count(b"\n"))
    first = random.choice(ranked[:3])
    return first, {name: files[name] for name in [first, *[name for name in ranked if name != first][:2]]}


def _rows_of(content: bytes) -> int:
    return max(content.count(b"\n") - 1, 0)


def _place(case: Case, landing: Path, sound: Mapping[str, tuple[str, dict[str, bytes]]]) -> Damaged:
    random = Random(case.seed)
    period, files = sound[case.source]
    name, content = _chosen(case, files, random)
    folder = f"{case.source}/{case.controller}/{period}/v1"
    before = {one: hashlib.sha256(data).hexdigest() for one, data in content.items()}
    done = Damaged(case, folder, content, name)
    if case.format in ("delimited", "xml", "workbook"):
        damage = next(d for d in {"delimited": DELIMITED, "xml": XML, "workbook": WORKBOOK}[case.format] if d.__name__ == case.damage)
        changed = damage(content[name], random)
        done.is_same = changed == content[name]
        content[name] = changed
    elif case.damage == "a file of another source":
        other = CSV_SOURCES[(CSV_SOURCES.index(case.source) + 3) % len(CSV_SOURCES)] if case.source in CSV_SOURCES else "pds"
        content[name] = max(sound[other][1].values(), key=len)
    place = deliver(landing, folder, content, hashes={} if case.is_restated else before, rows={one: _rows_of(data) for one, data in content.items()})
    if case.format == "manifest":
        made = MANIFEST[case.damage](json.loads((place / "manifest.json").read_text()), random)
        (place / "manifest.json").unlink()
        if made is not None:
            (place / "manifest.json").write_bytes(made)
    elif case.damage == "a folder in its place":
        (place / name).unlink()
        (place / name).mkdir()
    elif case.damage == "a folder's name that is no text":
        os.rename(os.fsencode(place), os.fsencode(place.parent) + b"/caf\xe9")
    return done


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError(f"took more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _most_memory() -> int:
    """The most memory, in megabytes, that a Python process started under this one has ever had."""
    parents, most = {}, {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            said = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        number = int(status.parent.name)
        parents[number] = int(said["PPid"])
        most[number] = int(said.get("VmHWM", "0 kB").split()[0]) // 1024 if said["Name"].strip().startswith("python") else 0

    def is_below(number: int) -> bool:
        while number := parents.get(number, 0):
            if number == os.getpid():
                return True
        return False

    return max((size for number, size in most.items() if is_below(number)), default=0)


def _lake(root: Path, spark: SparkSession) -> Lake:
    return Lake({Zone.IDENTIFIABLE: str(root / "identifiable"), Zone.RESEARCH: str(root / "research")}, spark)


def _culprits(source: str, landing: Path, root: Path, spark: SparkSession) -> str:
    """Which deliveries of a source cannot be landed even alone, and with what they stop."""
    found = []
    for case in (case for case in PLANNED if case.source == source):
        alone = root / case.controller
        shutil.copytree(landing / source / case.controller, alone / "landing" / source / case.controller)
        try:
            with _at_most(SECONDS):
                BronzeJob(SOURCES[source]).run(_lake(alone / "lake", spark), alone / "landing", {})
        except Exception as error:
            found.append(f"{case}: {type(error).__name__} {str(error)[-600:]}")
    return "\n".join(found) or "only together"


@pytest.fixture(scope="module")
def outcome(sound: dict[str, tuple[str, dict[str, bytes]]], tmp_path_factory: pytest.TempPathFactory, spark_session: SparkSession) -> Outcome:
    """All of them landed, source by source; and again."""
    root = tmp_path_factory.mktemp("damaged")
    landing, lake = root / "landing", _lake(root / "lake", spark_session)
    made = Outcome({case.seed: _place(case, landing, sound) for case in PLANNED})
    for source, (period, files) in sound.items():
        deliver(landing, f"{source}/sound/{period}/v1", files, rows={name: _rows_of(content) for name, content in files.items()})
    for source in sound:
        started = time.monotonic()
        try:
            with _at_most(SECONDS):
                made.reports[source] = BronzeJob(SOURCES[source]).run(lake, landing, {})
        except Exception as error:
            made.faults[source] = f"{type(error).__name__}\n{_culprits(source, landing, root / 'alone' / source, spark_session)}"
        made.seconds[source], made.megabytes[source] = time.monotonic() - started, _most_memory()
    before = contents(root / "lake")
    for source in set(sound) - set(made.faults):
        made.again[source] = BronzeJob(SOURCES[source]).run(lake, landing, {})
    made.changes = differences(before, contents(root / "lake"))
    made.folders, made.files, made.rejected = (lake.read_arrow(table).to_pylist() for table in (DELIVERY, DELIVERY_FILE, REJECTED_LINE))
    for source in sound:
        for kind in SOURCES[source].file_kinds:
            for row in lake.read_arrow(kind.bronze).to_pylist():
                made.rows.setdefault((row["delivery_id"], kind.name), []).append(row)
    return made


def test_landing_damaged_deliveries_never_raises_or_hangs(outcome: Outcome) -> None:
    assert not outcome.faults, "\n".join(f"{source}: {what}" for source, what in outcome.faults.items())
    assert {source: taken for source, taken in outcome.seconds.items() if taken > SECONDS} == {}


def test_no_delivery_makes_a_worker_grow(outcome: Outcome) -> None:
    assert max(outcome.megabytes.values()) > 0
    assert {source: most for source, most in outcome.megabytes.items() if most > MEGABYTES} == {}


def test_a_second_landing_changes_nothing(outcome: Outcome) -> None:
    assert [source for source, report in outcome.again.items() if report.changed] == []
    assert outcome.changes == []


def test_sound_deliveries_beside_them_are_landed_whole(outcome: Outcome) -> None:
    mine = [file for file in outcome.files if file["controller"] == "sound"]
    assert {file["source"] for file in mine} == {case.source for case in PLANNED}
    assert [(f["source"], f["file_name"], f["status"], f["reasons"]) for f in mine if f["status"] != "accepted" or f["rows_quarantined"]] == []


def test_no_value_is_said_in_a_problem_or_a_registry(outcome: Outcome) -> None:
    problems = [problem for report in (*outcome.reports.values(), *outcome.again.values()) for problem in report.problems]
    entries = [json.dumps(row) for row in (*outcome.folders, *outcome.files)]
    by_controller = {case.controller: str(case) for case in PLANNED}
    told = [text for text in (*problems, *entries) if CANARY in text]
    assert {next((name for code, name in by_controller.items() if code in text), "?") for text in told} == set()


@pytest.mark.parametrize("case", PLANNED, ids=str)
def test_every_file_of_a_damaged_delivery_is_accounted_for(case: Case, outcome: Outcome) -> None:
    assert case.source not in outcome.faults, f"{case}: the landing of its source raised"
    done = outcome.damaged[case.seed]
    entries = [row for row in outcome.folders if row["controller"] == case.controller]
    assert entries, f"{case}: its folder is in no registry"
    for entry in entries:
        assert entry["status"] == "accepted" or entry["reasons"], f"{case}: refused without a reason"
    files = {row["file_name"]: row for row in outcome.files if row["controller"] == case.controller}
    if not files:
        assert {entry["status"] for entry in entries} == {"refused"}, f"{case}: no file of it is in the registry"
        assert case.format == "manifest" or case.damage == "a folder's name that is no text", f"{case}: the whole delivery was refused"
        return
    for name, content in done.stated.items():
        if case.damage in ("a file that never came",) and name == next(iter(done.stated)):
            assert files["never came.csv"]["reasons"] == ["file_missing"], f"{case}: a missing file is not told"
            continue
        assert name in files, f"{case}: {name} is not in the registry"
        _check_file(case, name, files[name], outcome)
        if name != done.changed or done.is_same:
            assert files[name]["status"] == "accepted", f"{case}: {name} is sound and was refused: {files[name]['reasons']}"
        elif not case.is_restated:
            assert files[name]["reasons"] == ["checksum_differs"], f"{case}: {name} is not what was stated, and that is not told"
        if files[name]["status"] == "accepted":
            _check_counts(case, name, content, files[name], outcome)


def _check_file(case: Case, name: str, file: Mapping[str, Any], outcome: Outcome) -> None:
    held = [row for row in outcome.rows.get((file["delivery_id"], file["file_kind"]), []) if row["source_file"] == name]
    rejected = [row for row in outcome.rejected if (row["delivery_id"], row["source_file"], row["file_kind"]) == (file["delivery_id"], name, file["file_kind"])]
    if file["status"] == "accepted":
        assert (file["rows_kept"], file["rows_quarantined"]) == (len(held), len(rejected)), f"{case}: {name} has other rows than its registry says"
        assert file["rows_delivered"] == len(held) + len(rejected), f"{case}: {name} does not add up"
        is_told = "row_count_differs" in file["reasons"]
        assert is_told == (file["rows_stated"] != file["rows_delivered"]), f"{case}: {name} has another count of rows than stated, and that is not told"
    else:
        assert file["reasons"], f"{case}: {name} is refused without a reason"
        assert (file["rows_kept"], held, rejected) == (0, [], []), f"{case}: {name} is refused and has rows"


def _check_counts(case: Case, name: str, content: bytes, file: Mapping[str, Any], outcome: Outcome) -> None:
    """What was kept and set aside, counted again from the file itself."""
    held = [row for row in outcome.rows.get((file["delivery_id"], file["file_kind"]), []) if row["source_file"] == name]
    rejected = [row for row in outcome.rejected if (row["delivery_id"], row["source_file"]) == (file["delivery_id"], name)]
    if name.endswith(".xml"):
        records = sum(1 for one in ElementTree.fromstring(content).iter() if one.tag.rpartition("}")[2].lower() == RECORDS[case.source])
        assert records == file["rows_delivered"], f"{case}: {name} has {records} records"
    elif name.endswith(".xlsx"):
        sound = {f["file_name"]: f["rows_kept"] for f in outcome.files if (f["source"], f["controller"]) == (case.source, "sound")}
        kept = {f["file_name"]: f["rows_kept"] for f in outcome.files if f["controller"] == case.controller}
        assert kept == sound or file["reasons"], f"{case}: {name} lost rows without a word"
    else:
        assert _data_lines(content, rejected) == sum(map(_lines_of, held)), f"{case}: lines of {name} are neither rows nor set aside"


def _data_lines(content: bytes, rejected: list[dict[str, Any]]) -> int:
    """Lines under the header that are neither blank nor set aside."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16").encode()
    text = content.decode("latin-1").removeprefix("ï»¿")
    lines = re.split("\r\n|\n|\r", text)
    reader = csv.reader(io.StringIO(text, newline=""))
    next(reader)
    aside = {number for row in rejected for number in range(row["line_number"], row["line_number"] + row["lines"])}
    return sum(1 for number, line in enumerate(lines, start=1) if line and number > reader.line_num and number not in aside)


def _lines_of(row: Mapping[str, Any]) -> int:
    """Lines that are not blank which a kept row took up."""
    lineage = {"other_columns", "controller", "period", "delivery_version", "delivery_id", "source_file", "source_row"}
    values = [value for name, value in row.items() if name not in lineage and value]
    values += [value for _, value in row["other_columns"] or [] if value]
    pieces = Counter[bool]()
    for value in values:
        _, *more = re.split("\r\n|\n|\r", value)
        pieces.update([*(bool(piece) for piece in more[:-1]), *([True] if more else [])])
    return 1 + pieces[True]
