"""The dictionary in the repository is the one the declarations give, and it leaves nothing out."""

import re
from pathlib import Path

import pytest
from pyspark.sql.types import DateType

from cyplink import breaks, flow
from cyplink.dictionary import declared_tables, markdown
from cyplink.lineage import declared_origins, lineage_of
from cyplink.sources import SOURCES
from cyplink.tables import gold, silver

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def written() -> str:
    return markdown(flow.discover())


def test_the_dictionary_in_the_repository_is_current(written: str) -> None:
    kept = (ROOT / "DICTIONARY.md").read_text(encoding="utf-8")
    assert kept == written, "DICTIONARY.md is stale; run `cyplink dictionary` and commit what it writes."


def test_every_delivered_field_is_in_it(written: str) -> None:
    absent = [
        f"{kind.bronze.name}.{field.name}" for source in SOURCES.values() for kind in source.file_kinds for field in kind.fields
        if f"| `{field.name}` |" not in written
    ]
    assert absent == []


def test_a_table_says_its_grain_its_writer_and_its_rules(written: str) -> None:
    episode = written.split(f"## {gold.LOOKED_AFTER_EPISODE.name}\n")[1].split("\n## ", maxsplit=1)[0]
    assert gold.LOOKED_AFTER_EPISODE.grain in episode
    assert "`gold.looked_after_episode`" in episode
    assert "`ends_after_it_starts` flags" in written.split(f"## {silver.REGISTRATION.name}\n")[1].split("\n## ", maxsplit=1)[0]


def test_links_lead_to_headings(written: str) -> None:
    headings = {re.sub(r"[^a-z0-9_ -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in written.splitlines() if line.startswith("#")}
    assert set(re.findall(r"\]\(#([^)]+)\)", written)) - headings == set()


def test_every_break_is_of_a_file_and_field_that_there_is_and_says_where_it_is_known_from() -> None:
    known = {(s.name, k.name, f) for s in SOURCES.values() for k in s.file_kinds for f in ("", *k.header)} | {(s, "", "") for s in SOURCES}
    stated = [(source.name, one) for source in SOURCES.values() for one in source.breaks]
    assert [(name, one) for name, one in stated if (name, one.file_kind, one.field) not in known] == []
    assert [one for _, one in stated if not (one.first_period and one.evidence and one.what.endswith("."))] == []


def test_every_origin_is_of_columns_that_there_are() -> None:
    tables = [t for of_layer in declared_tables().values() for t in of_layer] + [k.bronze for s in SOURCES.values() for k in s.file_kinds]
    known = {(table.name, column.name) for table in tables for column in table.all_columns}
    stated = {place for ends in declared_origins().items() for place in (ends[0], *ends[1])}
    assert stated - known == set()


def test_every_date_of_silver_and_every_column_researchers_compare_over_years_has_its_source() -> None:
    lineage = lineage_of(flow.discover(), SOURCES)
    compared = {("silver.record_characteristic", name) for name in ("sex", "ethnicity_as_delivered", "ethnic_category")}
    compared |= {("silver.looked_after_episode", name) for name in ("legal_status", "placement", "placement_provider", "need")}
    compared |= {("silver.mental_health_act_period", "legal_status"), ("silver.special_educational_need", "need"), ("silver.school_enrolment", "sen_provision")}
    compared |= {(silver.SCHOOL_ATTENDANCE.name, c.name) for c in silver.SCHOOL_ATTENDANCE.columns if c.name.startswith("sessions_")}
    compared |= {(t.name, c.name) for t in declared_tables()["silver"] for c in t.columns if isinstance(c.type, DateType)}
    assert len(compared) > 80
    assert [place for place in sorted(compared) if not lineage.delivered(place)] == []


@pytest.mark.parametrize(
    ("table", "column", "source", "said"),
    [
        ("silver.record_characteristic", "sex", "ssda903", "2024-25: 1 and 2 became M and F"),
        ("silver.record_characteristic", "sex", "cin_census", "after 2023-24: No longer delivered."),
        ("silver.record_characteristic", "ethnic_category", "school_census", "2025-spring: ABRI"),
        ("gold.person", "ethnic_group", "school_census", "2025-spring: ABRI"),
        ("gold.looked_after_episode", "legal_status", "ssda903", "2006-07: D1"),
        ("gold.looked_after_episode", "placement", "ssda903", "2024-25: K3"),
        ("gold.school_enrolment", "sen_provision", "school_census", "2018-autumn: S"),
        ("silver.school_attendance", "sessions_authorised", "school_census", "2024-autumn: Y was divided"),
        ("gold.mental_health_contact", "attendance", "mhsds", "after 2024-03: No longer called AttendOrDNACode."),
        ("silver.hospital_spell", "admitted_on", "sus", "2024-07: Same day emergency care"),
    ],
)  # fmt: skip
def test_a_column_has_the_breaks_of_the_fields_behind_it(written: str, table: str, column: str, source: str, said: str) -> None:
    of_table = written.split(f"## {table}\n")[1].split("\n## ", maxsplit=1)[0].split("Breaks in series:")[1]
    assert [line for line in of_table.splitlines() if line.startswith(f"- `{column}`, {source} ") and said in line]


def test_a_field_without_breaks_has_none() -> None:
    source = SOURCES["ssda903"]
    kind = source.kind("episodes")
    assert {f.name: breaks.of_field(source, kind, f) for f in kind.fields if f.name in ("DECOM", "RNE")} == {"DECOM": [], "RNE": []}
