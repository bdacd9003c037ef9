"""Several councils landed together, in two goes: what one delivery's fault does to the others, and what is said of the data.

Every value in a delivered row says CANARY, so that one can be told wherever it does not belong.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cyplink.bronze import BronzeJob, LandingReport, current_files
from cyplink.lake import Lake
from cyplink.sources import SOURCES
from cyplink.tables.bronze import DELIVERY, DELIVERY_FILE, REJECTED_LINE
from cyplink.tables.model import Zone
from tests.contents import contents, differences
from tests.landing import current_rows, deliver

JOB = BronzeJob(SOURCES["ssda903"])
KINDS = {f"{kind.name}.csv": kind for kind in SOURCES["ssda903"].file_kinds}


def _csv(name: str, *values: str, extra: tuple[str, ...] = (), without: int = 0) -> str:
    """A file of this kind: one row per value, which stands in every column."""
    header = (*KINDS[name].header[: len(KINDS[name].header) - without], *extra)
    return "".join(",".join(row) + "\n" for row in [header, *([f"CANARY{value}"] * len(header) for value in values)])


def _first_arrivals(landing: Path) -> None:
    whole = {"header.csv": _csv("header.csv", "h1", "h2"), "episodes.csv": _csv("episodes.csv", "e1"), "reviews.csv": _csv("reviews.csv", "r1")}
    deliver(landing, "ssda903/201/2024-25/v1", whole)
    correction = {"header.csv": _csv("header.csv", "h1", "h2b", "h3"), "reviews.csv": _csv("reviews.csv", "r2", without=1)}
    deliver(landing, "ssda903/201/2024-25/v2", correction, version=2)
    # The same two deliveries, one council the correction last, the other first: the rest comes later.
    deliver(landing, "ssda903/202/2024-25/v1", {"header.csv": _csv("header.csv", "old"), "reviews.csv": _csv("reviews.csv", "old")})
    deliver(landing, "ssda903/203/2024-25/v2", {"header.csv": _csv("header.csv", "new")}, version=2)
    for name, content in {"absent": None, "no json": "{", "no manifest": "[]", "not whole": '{"source": "CANARY"}'}.items():
        folder = deliver(landing, f"ssda903/207/2024-25/{name}", whole)
        (folder / "manifest.json").unlink()
        if content is not None:
            (folder / "manifest.json").write_text(content, encoding="utf-8")
    deliver(landing, "ssda903/207/2024-25/another's", whole, controller="208")
    deliver(landing, "ssda903/207/2024-25/good", {"header.csv": _csv("header.csv", "good")})
    broken = _csv("reviews.csv", "1", "2") + 'CANARY\nCANARY,"CANARY"CANARY,CANARY,CANARY\n' + ",".join(["CANARY5"] * 4) + "\n"
    deliver(landing, "ssda903/209/2024-25/v1", {"reviews.csv": broken, "header.csv": _csv("header.csv", "1", extra=("Note",))})
    deliver(landing, "ssda903/210/2024-25/v1", {"header.csv": "CANARY,CANARY1\nCANARY,CANARY2\n", "reviews.csv": _csv("reviews.csv", "1")[:-9]})


def _late_arrivals(landing: Path) -> None:
    deliver(landing, "ssda903/202/2024-25/v2", {"header.csv": _csv("header.csv", "new")}, version=2)
    deliver(landing, "ssda903/203/2024-25/v1", {"header.csv": _csv("header.csv", "old"), "reviews.csv": _csv("reviews.csv", "old")})


@dataclass(frozen=True)
class Landed:
    """A lake after the first arrivals, the late ones, and a look that finds nothing new."""

    root: Path
    lake: Lake
    reports: tuple[LandingReport, ...]
    before_the_last: dict[str, tuple[int, int]]

    def current(self, controller: str, file: str) -> list[str]:
        """The children of the current rows of a kind."""
        rows = current_rows(self.lake, KINDS[file], controller)
        return sorted(row["CHILD"].removeprefix("CANARY") for row in rows)

    def folders(self, controller: str) -> dict[str, tuple[str, list[str]]]:
        rows = [row for row in self.lake.read_arrow(DELIVERY).to_pylist() if row["controller"] == controller]
        return {Path(row["folder"]).name: (row["status"], row["reasons"]) for row in rows}


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory, spark_session: SparkSession) -> Landed:
    root = tmp_path_factory.mktemp("together")
    landing, zones = root / "landing", {Zone.IDENTIFIABLE: str(root / "lake" / "i"), Zone.RESEARCH: str(root / "lake" / "r")}
    lake = Lake(zones, spark_session)
    _first_arrivals(landing)
    first = JOB.run(lake, landing, {"run": "1"})
    _late_arrivals(landing)
    late = JOB.run(lake, landing, {"run": "2"})
    before = contents(root / "lake")
    return Landed(root, lake, (first, late, JOB.run(lake, landing, {"run": "3"})), before)


def test_a_refused_file_of_a_correction_leaves_the_earlier_one_current(landed: Landed) -> None:
    assert landed.current("201", "header.csv") == ["h1", "h2b", "h3"]
    assert landed.current("201", "reviews.csv") == ["r1"]
    assert landed.current("201", "episodes.csv") == ["e1"]
    assert {name: status for name, (status, _) in landed.folders("201").items()} == {"v1": "accepted", "v2": "partly_accepted"}


def test_a_correction_that_comes_before_what_it_corrects_gives_the_same_rows(landed: Landed) -> None:
    for file, expected in {"header.csv": ["new"], "reviews.csv": ["old"]}.items():
        assert landed.current("202", file) == landed.current("203", file) == expected


def test_broken_manifests_of_every_kind_stop_nothing_else(landed: Landed) -> None:
    states = landed.folders("207")
    assert states.pop("good")[0] == "accepted" and landed.current("207", "header.csv") == ["good"]
    assert {status for status, _ in states.values()} == {"refused"}
    assert {name: reasons[0] for name, (_, reasons) in states.items()} == {
        "absent": "manifest_missing", "no json": "manifest_is_not_json", "no manifest": "manifest_whole: model_type",
        "not whole": "manifest_controller: missing", "another's": "manifest_is_for_another_folder",
    }
    assert not [file for file in current_files(landed.lake) if file["controller"] == "208"]


def test_counts_add_up_in_every_table(landed: Landed) -> None:
    files = landed.lake.read_arrow(DELIVERY_FILE).to_pylist()
    assert [f for f in files if f["rows_delivered"] != f["rows_kept"] + f["rows_quarantined"]] == []
    kept = {name: sum(f["rows_kept"] for f in files if f["file_kind"] == kind.name) for name, kind in KINDS.items()}
    assert kept == {name: landed.lake.rows(kind.bronze) for name, kind in KINDS.items()}
    assert sum(f["rows_quarantined"] for f in files) == landed.lake.rows(REJECTED_LINE) == 3
    assert sum(report.rows for report in landed.reports) == sum(kept.values())


def test_a_look_that_finds_nothing_new_changes_nothing(landed: Landed) -> None:
    assert landed.reports[2] == LandingReport("ssda903", changed=False)
    assert not differences(landed.before_the_last, contents(landed.root / "lake"))


def test_no_value_of_the_data_is_said_anywhere_but_in_the_rows(landed: Landed) -> None:
    problems = [problem for report in landed.reports for problem in report.problems]
    assert any("2 lines quarantined" in text for text in problems) and any("undeclared columns Note" in text for text in problems)
    registries = [json.dumps(landed.lake.read_arrow(table).to_pylist()) for table in (DELIVERY, DELIVERY_FILE)]
    paths = list((landed.root / "lake").rglob("*"))
    logs = [path.read_text(encoding="utf-8") for path in paths if path.suffix == ".json"]
    assert logs and not [text for text in (*problems, *registries, *logs, *map(str, paths)) if "CANARY" in text]


def test_a_limit_to_some_councils_leaves_the_others_for_later_and_takes_all_of_the_nhs(lake: Lake, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    for council in ("201", "202", "203"):
        deliver(landing, f"ssda903/{council}/2024-25/v1", {"header.csv": _csv("header.csv", council)})
    for provider in ("RV3", "RKL"):
        header = SOURCES["mhsds"].kind("header").header
        deliver(landing, f"mhsds/{provider}/2025-04/v1", {"MHS000Header.csv": f"{','.join(header)}\n{',' * (len(header) - 1)}\n"})
    for job in (JOB, BronzeJob(SOURCES["mhsds"])):
        job.run(lake, landing, {}, ("201", "203"))
    assert {file["controller"] for file in current_files(lake)} == {"201", "203", "RV3", "RKL"}
    JOB.run(lake, landing, {})
    assert {file["controller"] for file in current_files(lake)} == {"201", "202", "203", "RV3", "RKL"}
