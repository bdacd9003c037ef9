"""Policies of the declarations and of the code's shape. No Spark: milliseconds."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from cyplink import flow
from cyplink.bronze import BronzeJob
from cyplink.dry import check_selects
from cyplink.job import Job, Task
from cyplink.sources import SOURCES
from cyplink.tables import bronze, gold, linkage, pathfinders, silver
from cyplink.tables.model import Sensitivity, Table

ROOT = Path(__file__).parents[2]
DECLARED = [t for module in (bronze, silver, linkage, gold, pathfinders) for t in vars(module).values() if isinstance(t, Table)]
BRONZE = [kind.bronze for source in SOURCES.values() for kind in source.file_kinds]
TABLES = [*DECLARED, *BRONZE]
STEPS = flow.discover()
OBJECTIONS = {t.name for t in (silver.WITHHELD_NHS_NUMBER, silver.WITHHELD_RECORD, silver.OBJECTION, silver.SEPARATION)}
PYTHON = sorted((ROOT / "lib").rglob("*.py")) + sorted((ROOT / "jobs").rglob("*.py"))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_says_what_it_means_in_a_sentence(table: Table) -> None:
    unsaid = [c.name for c in table.all_columns if not c.description.endswith((".", "?"))]
    assert unsaid == []


@pytest.mark.parametrize("table", DECLARED, ids=lambda table: table.name)
def test_keys_are_declared_and_required(table: Table) -> None:
    assert table.key
    assert [name for name in table.key if not table.column(name).required] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rule_names_are_unique(table: Table) -> None:
    names = [rule.name for rule in table.rules]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_statistics_are_kept_on_keys_and_periods_only(table: Table) -> None:
    telling = {c.name for c in table.all_columns if c.sensitivity in (Sensitivity.DIRECT_IDENTIFIER, Sensitivity.QUASI_IDENTIFIER)}
    assert telling & set(table.statistics) == set()


def test_the_research_zone_declares_no_direct_identifier() -> None:
    found = [
        f"{t.name}.{c.name}" for t in DECLARED if t.layer in ("gold", "pathfinders")
        for c in t.all_columns if c.sensitivity is Sensitivity.DIRECT_IDENTIFIER
    ]
    assert found == []


def test_every_declared_table_has_exactly_one_writer() -> None:
    written = [t.name for step in STEPS for t in step.writes if not isinstance(step.job, BronzeJob)]
    wanted = [t.name for t in DECLARED if not t.authored and t.layer != "bronze"]
    assert sorted(written) == sorted(wanted)


def test_a_job_is_named_after_the_table_it_writes() -> None:
    makes_more = {"linkage.train_model"}  # a model, in MLflow; its table goes with it
    misnamed = [s.name for s in STEPS if isinstance(s.job, Job | Task) and s.name not in makes_more and s.name not in {t.name for t in s.writes}]
    assert misnamed == []


def test_gold_reads_silver_payload_linkage_and_gold_only() -> None:
    identifying = {silver.IDENTITY.name, silver.NHS_NUMBER_MERGER.name, *OBJECTIONS}
    wrong = [
        (s.name, t.name) for s in STEPS if s.stage == "gold"
        for t in s.reads
        if t.layer not in ("silver", "linkage", "gold") or (t.name in identifying and not s.name.startswith("gold.linkage_"))
    ]
    assert wrong == []


def test_pathfinders_read_gold_only() -> None:
    assert [(s.name, t.name) for s in STEPS if s.stage == "pathfinders" for t in s.reads if t.layer != "gold"] == []


def test_linkage_reads_no_payload() -> None:
    allowed = {silver.IDENTITY.name, silver.NHS_NUMBER_MERGER.name, *OBJECTIONS} - {silver.OBJECTION.name}
    wrong = [(s.name, t.name) for s in STEPS if s.stage == "linkage" for t in s.reads if t.layer != "linkage" and t.name not in allowed]
    assert wrong == []


def test_builds_take_the_tables_they_say_they_read() -> None:
    for step in STEPS:
        if isinstance(step.job, Job) and step.job.build:
            extra = {"pseudonyms"} if step.job.uses_key else set()
            extra |= set(step.job.uses)
            parameters = inspect.signature(step.job.build).parameters.values()
            taken = {p.name for p in parameters if p.default is inspect.Parameter.empty and p.kind is not inspect.Parameter.VAR_KEYWORD}
            takes_more = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
            given = set(step.job.reads) | extra
            assert taken <= given if takes_more else taken == given, step.name


def test_selects_make_the_columns_of_their_tables_from_all_the_tables_they_say_they_read() -> None:
    checked = [step.name for step in STEPS if isinstance(step.job, Task) and step.job.check and step.job.check() is None]
    checked += [step.name for step in STEPS if isinstance(step.job, Job) and step.job.selects and check_selects(step.job) is None]
    assert {"silver.identity", "linkage.anchor", "linkage.person_link", "gold.person"} <= set(checked)


def test_lib_never_imports_jobs_and_jobs_never_import_each_other() -> None:
    wrong = []
    for path in PYTHON:
        for name in _imports(path):
            if name.split(".")[0] == "jobs":
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert wrong == []


def test_only_the_lake_reads_and_writes_tables() -> None:
    """Source readers and scoring tasks, which are handed pinned paths, are the exceptions of DESIGN §2; readers of what is published too."""
    allowed = {"lake.py", "bronze.py", "research.py"}
    pattern = re.compile(r"\.write\b\.|\.writeTo\(|spark\.table\(|\.read\.(format|table|parquet|csv)|DeltaTable\(|write_deltalake")
    found = [
        str(path.relative_to(ROOT)) for path in PYTHON
        if pattern.search(path.read_text(encoding="utf-8")) and path.name not in allowed
        and "sources" not in path.parts and "synthetic" not in path.parts
    ]
    assert set(found) <= {"lib/cyplink/linkage/scoring.py", "lib/cyplink/linkage/records.py", "lib/cyplink/run.py"}


def test_no_table_is_called_by_a_banned_name() -> None:
    banned = {"utils", "helpers", "common", "manager", "base", "process"}
    assert [p for p in PYTHON if p.stem in banned] == []


def test_the_flow_has_an_order_and_no_second_writer() -> None:
    seen: set[str] = set()
    written_somewhere = {t.name for s in STEPS for t in s.writes}
    for step in STEPS:
        own = {t.name for t in step.writes}
        late = {t.name for t in step.reads if t.name in written_somewhere} - seen - own
        assert late == set(), f"{step.name} reads before it is written: {late}"
        seen |= own


def _imports(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names
