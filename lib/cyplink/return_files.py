"""Return files: for each source and controller a workbook of what is wrong with its own deliveries, to mend the next one by.

It names files, rows, columns and rules, and holds no value of a row: the controller has the delivery and finds the value there, and a
workbook that is sent about, printed or lost gives nobody away. Rows that are withheld are counted, never listed: quarantine tables do
not hold them. What breaks a rule of ours and is kept all the same is counted by rule, for silver does not keep row numbers.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cyplink import duck
from cyplink.balance import FATES, Balance, Line, balance, rows_refused
from cyplink.bronze import current_files
from cyplink.lake import Lake, open_dataset
from cyplink.return_words import Words, leaves_rows_out, of_reason, of_rejected_line, of_return_rule, of_table_rule
from cyplink.sources import SOURCES
from cyplink.sources.model import Source
from cyplink.tables import bronze, silver
from cyplink.tables.model import Table
from cyplink.workbooks import Sheet, Value, workbook_bytes, write_whole

MOST_LISTED = 500_000
"""A sheet holds a million rows; nobody mends half a million one by one. The counts by rule are always whole."""

ROWS = ("delivered", *FATES)


@dataclass(frozen=True)
class DeliveredFileLine:
    """A delivered file: where it came, what became of it as a whole, and (if it came) the fate of its rows."""

    period: str
    folder: str
    version: int | None
    file_name: str
    file_kind: str
    status: str
    rows: tuple[int, ...]
    remarks: str


@dataclass(frozen=True, order=True)
class ErrorLine:
    """One thing wrong: with a row (`row`: data row from 1), a line of the file (`line`: the header being 1) or a whole file."""

    period: str
    file_name: str
    row: int
    line: int
    rule: str
    columns: str
    says: str
    to_do: str
    severity: str


@dataclass(frozen=True)
class ReturnFile:
    """What a return file says. `marked`: rows kept in spite of a rule of ours, by (table, rule)."""

    source: Source
    controller: str
    files: tuple[DeliveredFileLine, ...]
    errors: tuple[ErrorLine, ...]
    marked: Mapping[tuple[str, str], int]
    is_waiting: bool


def write_return_files(lake: Lake, folder: Path, controller: str = "") -> list[tuple[Path, ReturnFile]]:
    """Write `<folder>/<source>/<controller>.xlsx` for every controller that delivered, or the one; returns what was written for whom.

    Each file is written whole or not at all, and not touched where it says the same already. Hold the lake's lease while it runs.
    """
    written = []
    for found in return_files(lake, controller):
        path = folder / found.source.name / f"{found.controller}.xlsx"
        write_whole(path, workbook_bytes(list(sheets(found))))
        written.append((path, found))
    return written


def return_files(lake: Lake, controller: str = "") -> Iterator[ReturnFile]:
    """What there is to say to each controller (or the one), by source and controller."""
    deliveries = lake.read_arrow(bronze.DELIVERY).to_pylist()
    delivered = _last_looks(lake.read_arrow(bronze.DELIVERY_FILE).to_pylist())
    rows = balance(lake)
    current = {(f["delivery_id"], f["file_name"], f["file_kind"]) for f in current_files(lake)}
    for name, whose in sorted({(row["source"], row["controller"]) for row in deliveries if controller in ("", row["controller"])}):
        if name not in SOURCES:
            continue
        source = SOURCES[name]
        mine = [row for row in deliveries if (row["source"], row["controller"]) == (name, whose)]
        files = [row for row in delivered if (row["source"], row["controller"]) == (name, whose)]
        errors = [*_refused(mine, files), *_rejected_lines(lake, name, whose), *_quarantined(lake, source, whose, files), *_published(lake, source, whose)]
        yield ReturnFile(
            source, whose, tuple(_file_lines(mine, files, rows, current)), tuple(sorted(set(errors))),
            _marked(lake, source, whose), f"{name}/{whose}" in rows.not_built,
        )


def sheets(found: ReturnFile) -> Iterator[Sheet]:
    """The workbook's sheets: Summary, Rules, Errors."""
    yield _summary(found)
    yield _rules(found)
    yield _errors(found)


def _last_looks(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each file (and kind of row in it) the last outcome of looking at it."""
    last = {(row["delivery_id"], row["file_name"], row["file_kind"]): row for row in sorted(rows, key=lambda row: row["attempt"])}
    newest: dict[tuple[str, str], int] = {}
    for delivery_id, name, kind in last:
        newest[delivery_id, name] = max(newest.get((delivery_id, name), 0), last[delivery_id, name, kind]["attempt"])
    return [row for key, row in sorted(last.items(), key=lambda item: tuple(map(str, item[0]))) if row["status"] == "accepted" or row["attempt"] == newest[key[:2]]]


def _file_lines(deliveries: Sequence[Mapping[str, Any]], files: Sequence[Mapping[str, Any]], rows: Balance, current: set[tuple[str, str, str]]) -> Iterator[DeliveredFileLine]:
    folders = {row["delivery_id"]: row["folder"].split("/")[-1] for row in sorted(deliveries, key=lambda row: row["attempt"]) if row["status"] != "repeat"}
    lines = {(line.source, line.controller, line.period, line.file_kind): line for line in rows.lines}
    for file in sorted(files, key=lambda row: (row["period"], folders.get(row["delivery_id"], ""), row["file_name"], row["file_kind"] or "")):
        key = (file["source"], file["controller"], file["period"], file["file_kind"])
        is_current = (file["delivery_id"], file["file_name"], file["file_kind"]) in current
        others = [f for f in files if (f["source"], f["controller"], f["period"], f["file_kind"]) == key and f["status"] == "accepted" and f is not file]
        remarks = [of_reason(reason).says for reason in file["reasons"]] if file["status"] == "accepted" else []
        remarks += [f"Undeclared columns: {', '.join(file['extra_columns'])}."] if file["extra_columns"] else []
        yield DeliveredFileLine(
            file["period"], folders.get(file["delivery_id"], ""), file["delivery_version"], file["file_name"], file["file_kind"] or "",
            file["status"], _fate(file, lines[key] if is_current else None, others), " ".join(remarks),
        )


def _fate(file: Mapping[str, Any], line: Line | None, others: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
    """Counts as ROWS. A current file has its kind's balance, but for what the files it supersedes had quarantined on reading."""
    if file["status"] == "missing":
        return ()
    if file["status"] != "accepted":
        return (rows_refused(file), 0, 0, 0, 0, 0, rows_refused(file))
    if line is None:
        return (file["rows_delivered"], 0, 0, file["rows_kept"], file["rows_quarantined"], 0, 0)
    earlier = sum(other["rows_quarantined"] for other in others)
    return (file["rows_delivered"], line.kept, line.repeated, 0, line.quarantined - earlier, line.withheld, 0)


def _refused(deliveries: Sequence[Mapping[str, Any]], files: Sequence[Mapping[str, Any]]) -> Iterator[ErrorLine]:
    """Files, lists of workbooks and whole deliveries that were not taken."""
    for file in files:
        is_accepted = file["status"] == "accepted"
        for reason in file["reasons"]:
            if not is_accepted or leaves_rows_out(reason):
                yield _line(file["period"], file["file_name"], of_reason(reason), severity="not read" if is_accepted else "refused")
    named = {row["delivery_id"] for row in files}
    for delivery in deliveries:
        if delivery["status"] == "refused" and delivery["delivery_id"] not in named:
            for reason in delivery["reasons"]:
                yield _line(delivery["period"], f"{delivery['folder'].split('/')[-1]}/manifest.json", of_reason(reason), severity="refused")


def _rejected_lines(lake: Lake, source: str, controller: str) -> Iterator[ErrorLine]:
    found = _select(lake, bronze.REJECTED_LINE, "select period, source_file, line_number, rule", source, controller)
    for period, name, line, rule in found:
        yield replace(_line(period, name, of_rejected_line(rule), severity="not read"), line=line)


def _quarantined(lake: Lake, source: Source, controller: str, files: Sequence[Mapping[str, Any]]) -> Iterator[ErrorLine]:
    """Rows that silver could not use, by the rules of ours they break; the department's rules are in silver.return_error."""
    names = {(file["delivery_id"], file["file_kind"]): file["file_name"] for file in files if file["status"] == "accepted"}
    for table, kinds in _tables(source).items():
        if not lake.exists(table.quarantine):
            continue
        rows = _select(lake, table.quarantine, "select distinct period, file_kind, delivery_id, source_row, unnest(broken_rules)", source.name, controller)
        for period, kind, delivery_id, row, rule in rows:
            if kind in kinds and ":" not in rule:
                words, severity = of_table_rule(table, rule, source.kind(kind).header)
                yield replace(_line(period, names.get((delivery_id, kind), kind), words, severity), row=row)


def _published(lake: Lake, source: Source, controller: str) -> Iterator[ErrorLine]:
    """Rows that break a rule of the department or body that the return goes to."""
    if not source.rules:
        return
    rules: dict[tuple[str, str, str], Words] = {}
    rows = _select(lake, silver.RETURN_ERROR, "select period, file_kind, source_file, source_row, rule, severity", source.name, controller)
    for period, kind, name, row, number, severity in rows:
        words = rules.setdefault((period, kind, number), of_return_rule(source, kind, number, period))
        yield replace(_line(period, name, words, "not used" if severity == "quarantine" else "used"), row=row)


def _marked(lake: Lake, source: Source, controller: str) -> dict[tuple[str, str], int]:
    """Rows of silver tables that are kept in spite of a rule of ours, by table and rule."""
    found = {}
    for table in _tables(source):
        if table.marked and lake.exists(table) and {"source", "controller"} <= set(table.schema.names):
            rows = _select(lake, table, "select unnest(broken_rules) as rule, count(*)", source.name, controller, "group by rule")
            found.update({(table.name, rule): count for rule, count in rows if ":" not in rule})
    return found


def _tables(source: Source) -> dict[Table, set[str]]:
    """The silver tables that account for the source's file kinds, with these."""
    by_name = {table.name: table for table in vars(silver).values() if isinstance(table, Table)}
    found: dict[Table, set[str]] = {}
    for kind in source.file_kinds:
        found.setdefault(by_name[kind.accounted_in], set()).add(kind.name)
    return found


def _select(lake: Lake, table: Table, selected: str, source: str, controller: str, tail: str = "") -> list[tuple[Any, ...]]:
    pin = lake.pin(table)
    with duck.connection() as connection:
        connection.register("rows", open_dataset(pin.path, pin.version))
        found: list[tuple[Any, ...]] = connection.execute(f"{selected} from rows where source = ? and controller = ? {tail}", [source, controller]).fetchall()
        return found


def _line(period: str, file_name: str, words: Words, severity: str) -> ErrorLine:
    return ErrorLine(period, file_name, 0, 0, words.rule, ", ".join(words.columns), words.says, words.to_do, severity)


def _summary(found: ReturnFile) -> Sheet:
    head: list[Sequence[Value]] = [
        (f"{found.source.title}: what was delivered by {found.controller}, and what became of it",),
        ("Each row delivered is kept, repeated, superseded, quarantined or withheld, or in a file that was refused: the counts add up.",),
        ("Rows are numbered among the data rows of their file, from 1; lines are counted from the first line of the file.",),
        ("Sheet Rules counts what is wrong by rule; sheet Errors lists it. No value of the data is in this workbook.",),
    ]
    if found.is_waiting:
        head.append(("A delivery has come since the checks were last made: its rows count as kept until they are made again.",))
    if len(found.errors) > MOST_LISTED:
        head.append((f"Sheet Errors lists the first {MOST_LISTED} of {len(found.errors)}.",))
    names = ("period", "delivery", "version", "file", "kind of file", "state", *ROWS, "remarks")
    files = [(f.period, f.folder, f.version, f.file_name, f.file_kind, f.status.replace("_", " "), *(f.rows or [None] * len(ROWS)), f.remarks) for f in found.files]
    totals = ("all files", *[None] * 5, *(sum(f.rows[place] for f in found.files if f.rows) for place in range(len(ROWS))), None)
    first = len(head) + 2
    rows = [*head, (), names, *files, totals]
    return Sheet("Summary", rows, frozenset({1, first, len(rows)}), (12, 14, 8, 28, 20, 12, *[12] * len(ROWS), 60))


def _rules(found: ReturnFile) -> Sheet:
    counted = Counter((e.period, e.file_name, e.rule, e.columns, e.says, e.to_do, e.severity) for e in found.errors)
    rows: list[Sequence[Value]] = [("period", "file", "rule", "columns", "what is wrong", "what to do", "the row is", "number")]
    rows += [(*what, number) for what, number in sorted(counted.items())]
    by_name = {table.name: table for table in _tables(found.source)}
    for (table, rule), number in sorted(found.marked.items()):
        words, _ = of_table_rule(by_name[table], rule, [name for kind in found.source.file_kinds for name in kind.header])
        rows.append(("all", table.split(".")[1].replace("_", " "), rule, ", ".join(words.columns), words.says, words.to_do, "used, not listed", number))
    return Sheet("Rules", rows, widths=(12, 28, 24, 30, 70, 50, 14, 10), frozen=1)


def _errors(found: ReturnFile) -> Sheet:
    head = ("period", "file", "row", "line", "rule", "columns", "what is wrong", "what to do", "the row is")
    rows = ((e.period, e.file_name, e.row or None, e.line or None, e.rule, e.columns, e.says, e.to_do, e.severity) for e in found.errors[:MOST_LISTED])
    return Sheet("Errors", [head, *rows], widths=(12, 28, 8, 8, 24, 30, 70, 50, 12), frozen=1)
