"""The dictionary in the repository is the one the declarations give, and it leaves nothing out."""

import re
from pathlib import Path

import pytest

from cyplink import flow
from cyplink.dictionary import markdown
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
