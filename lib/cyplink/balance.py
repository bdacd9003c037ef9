"""The balance of counts: of every delivered file, delivered = kept + repeated + superseded + quarantined + withheld + refused."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cyplink.bronze import current_files
from cyplink.lake import Lake
from cyplink.sources import SOURCES
from cyplink.tables import bronze, silver
from cyplink.tables.model import Table, TableError

FATES = ("kept", "repeated", "superseded", "quarantined", "withheld", "refused")
UNKNOWN_KIND = "unknown kind"


@dataclass(frozen=True)
class Line:
    """The fate of the rows of one file kind of one controller and period. `refused`: rows of files that were refused whole."""

    source: str
    controller: str
    period: str
    file_kind: str
    delivered: int
    kept: int
    repeated: int
    superseded: int
    quarantined: int
    withheld: int
    refused: int

    @property
    def is_balanced(self) -> bool:
        return self.unaccounted == 0

    @property
    def unaccounted(self) -> int:
        return self.delivered - self.kept - self.repeated - self.superseded - self.quarantined - self.withheld - self.refused


@dataclass(frozen=True)
class Balance:
    """All lines, how many rows each rule quarantined, by source, and how many statements withhold somebody, by source, controller and
    reason (counted, never listed). `not_built`: slices (`source/controller`) landed since silver was
    last built of them, whose counts wait for the next run of silver."""

    lines: tuple[Line, ...]
    reasons: dict[str, dict[str, int]]
    not_built: tuple[str, ...] = ()
    withheld_for: tuple[tuple[str, str, str, int], ...] = ()

    def check(self) -> None:
        """Raises TableError when rows are unaccounted for, naming the file kinds and by how many."""
        wrong = [line for line in self.lines if not line.is_balanced]
        if wrong:
            missing = sum(abs(line.unaccounted) for line in wrong)
            kinds = sorted({f"{line.source}/{line.file_kind}" for line in wrong})
            raise TableError(f"The counts do not balance: {missing} delivered rows unaccounted for in {', '.join(kinds)}. A build drops or doubles rows; no manifest was written.")

    def by_source(self) -> list[Line]:
        """One line per source."""
        found = []
        for source in sorted({line.source for line in self.lines}):
            of_source = [line for line in self.lines if line.source == source]
            sums = [sum(getattr(line, name) for line in of_source) for name in ("delivered", *FATES)]
            found.append(Line(source, "all", "all", "all", *sums))
        return found

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(line) for line in self.lines]


def balance(lake: Lake) -> Balance:
    """The balance of everything landed, from the file registry and what each silver table's commit states."""
    files = lake.read_arrow(bronze.DELIVERY_FILE).to_pylist()
    current = {(f["source"], f["controller"], f["period"], f["file_kind"]): f["delivery_id"] for f in current_files(lake)}
    landed: dict[tuple[str, str, str, str], Counter[str]] = {}
    reasons: dict[str, Counter[str]] = {}
    for file in refused_files(files):
        key = (file["source"], file["controller"], file["period"], file["file_kind"] or UNKNOWN_KIND)
        landed.setdefault(key, Counter()).update(delivered=rows_refused(file), refused=rows_refused(file))
    for file in files:
        if file["status"] != "accepted":
            continue
        key = (file["source"], file["controller"], file["period"], file["file_kind"])
        counts = landed.setdefault(key, Counter())
        counts["delivered"] += file["rows_delivered"]
        counts["quarantined"] += file["rows_quarantined"]
        counts["current" if current.get(key) == file["delivery_id"] else "superseded"] += file["rows_kept"]
    for row in lake.read_arrow(bronze.REJECTED_LINE, columns=["source", "rule", "lines"]).to_pylist():
        reasons.setdefault(row["source"], Counter())[row["rule"]] += row["lines"]
    stated = _fates(lake, _accounting_tables())
    # A build that has not seen the latest delivery counted another one's rows.
    fates = {key: fate for key, fate in stated.items() if fate["delivery_id"] == current.get(key)}
    not_built = sorted({f"{source}/{controller}" for source, controller, _, _ in {*stated} - {*fates}})
    lines = [_line(key, counts, fates.get(key), reasons) for key, counts in sorted(landed.items())]
    return Balance(tuple(lines), {source: dict(sorted(found.items())) for source, found in sorted(reasons.items())}, tuple(not_built), _withheld_for(lake))


def refused_files(files: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of bronze.delivery_file whose file was there and refused, or of no known kind, when it was last looked at."""
    last: dict[tuple[str, str], Mapping[str, Any]] = {}
    for file in sorted(files, key=lambda row: row["attempt"]):
        last[file["delivery_id"], file["file_name"].split("#")[0]] = file
    return [file for file in last.values() if file["status"] in ("refused", "unknown_kind")]


def rows_refused(file: Mapping[str, Any]) -> int:
    """Rows of a refused file: those found, or those its manifest states where it could not be read."""
    return int(file["rows_delivered"] or file["rows_stated"] or 0)


def _withheld_for(lake: Lake) -> tuple[tuple[str, str, str, int], ...]:
    """Source, controller, reason and count: NHS numbers flagged on PDS, and opt-outs, objections and withdrawals in force."""
    counted: Counter[tuple[str, str, str]] = Counter()
    if lake.exists(silver.WITHHELD_NHS_NUMBER):
        rows = lake.read_arrow(silver.WITHHELD_NHS_NUMBER, ["source", "controller", "reason"]).to_pylist()
        counted.update((row["source"], row["controller"], row["reason"]) for row in rows if row["reason"] == "confidential_on_pds")
    if lake.exists(silver.OBJECTION):
        rows = lake.read_arrow(silver.OBJECTION, ["source", "controller", "kind", "ended_on"]).to_pylist()
        counted.update((row["source"], row["controller"], row["kind"]) for row in rows if row["ended_on"] is None)
    return tuple((*key, count) for key, count in sorted(counted.items()))


def _line(key: tuple[str, str, str, str], landed: Counter[str], fate: dict[str, Any] | None, reasons: dict[str, Counter[str]]) -> Line:
    """A file kind that no build has counted row by row is kept as a whole: it is looked up, not turned into rows."""
    source, controller, period, kind = key
    fate = fate or {"usable": landed["current"], "kept": landed["current"], "withheld": 0, "quarantined": {}}
    reasons.setdefault(source, Counter()).update(fate["quarantined"])
    return Line(
        source, controller, period, kind,
        delivered=landed["delivered"],
        kept=fate["kept"],
        repeated=fate["usable"] - fate["kept"],
        superseded=landed["superseded"],
        quarantined=landed["quarantined"] + sum(fate["quarantined"].values()),
        withheld=fate["withheld"],
        refused=landed["refused"],
    )


def _fates(lake: Lake, tables: Iterable[tuple[Table, set[tuple[str, str]]]]) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """Fate by (source, controller, period, file kind), from the table that accounts for the kind."""
    found = {}
    for table, kinds in tables:
        for name, of_slice in lake.commit_info(table).get("slices", {}).items():
            source, controller = name.split("/")
            for which, fate in of_slice.get("fates", {}).items():
                period, kind = which.rsplit("/", 1)
                if (source, kind) in kinds:
                    found[(source, controller, period, kind)] = fate
    return found


def _accounting_tables() -> list[tuple[Table, set[tuple[str, str]]]]:
    by_name = {table.name: table for table in vars(silver).values() if isinstance(table, Table)}
    kinds = [(kind.accounted_in, (source.name, kind.name)) for source in SOURCES.values() for kind in source.file_kinds if kind.accounted_in]
    return [(by_name[name], {pair for table, pair in kinds if table == name}) for name in sorted({table for table, _ in kinds})]
