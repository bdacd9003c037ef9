"""The declared sources: every code set used is there, every file kind has a table, and headers are the standard's."""

from pathlib import Path

import pytest
import yaml

from cyplink.sources import SOURCES
from cyplink.sources.model import FileKind, Source

KINDS = [kind for source in SOURCES.values() for kind in source.file_kinds]


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
def test_code_sets_are_those_that_fields_use(source: Source) -> None:
    used = {field.codes for kind in source.file_kinds for field in kind.fields if field.codes}
    assert used == set(source.codes)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.bronze.name)
def test_a_kind_s_fields_are_described_and_named_once(kind: FileKind) -> None:
    names = [name.lower() for name in kind.bronze.schema.names]
    assert len(set(names)) == len(names)
    assert [field.name for field in kind.fields if not field.description.endswith(".")] == []


HEADERS = [(source, kind, words) for source, kinds in yaml.safe_load(Path(__file__).with_name("headers.yaml").read_text(encoding="utf-8")).items() for kind, words in kinds.items()]


@pytest.mark.parametrize(("source", "kind", "words"), HEADERS, ids=[f"{source} {kind}" for source, kind, _ in HEADERS])
def test_a_file_has_the_columns_of_the_published_layout(source: str, kind: str, words: str) -> None:
    assert SOURCES[source].kind(kind).header == tuple(words.split())


def test_a_column_is_expected_only_while_it_is_collected() -> None:
    pupils = SOURCES["school_census"].kind("pupilonroll")
    assert "eligibilitycode" not in pupils.header_in("2024-spring")
    assert "eligibilitycode" in pupils.header_in("2025-spring")


def test_a_kind_knows_its_file_by_name() -> None:
    pupils, mpi = SOURCES["school_census"].kind("pupilonroll"), SOURCES["mhsds"].kind("mpi")
    assert pupils.is_called("2026_spring_pupilonroll.csv") and not pupils.is_called("2026_spring_addresses.csv")
    assert mpi.is_called("MHS001MPI.csv") and mpi.is_called("mhs001mpi.CSV") and not mpi.is_called("MHS002GP.csv")
