"""The dictionary's pages: all there, every link leads to a place that exists, and lineage can be walked both ways."""

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from cyplink import flow
from cyplink.dictionary import declared_tables
from cyplink.pages.dictionary import site_files, write_site
from cyplink.sources import SOURCES
from cyplink.sources.model import Code
from cyplink.tables import gold

EPISODE = gold.LOOKED_AFTER_EPISODE.name


@pytest.fixture(scope="module")
def site() -> dict[str, str]:
    return site_files(flow.discover())


def _row(page: str, anchor: str) -> str:
    """A row of a table, by its id."""
    return page.split(f'<tr id="{anchor}">')[1].split("</tr>", maxsplit=1)[0]


def _entries(site: dict[str, str]) -> list[list[str | int]]:
    made: list[list[str | int]] = json.loads("[" + site["entries.js"].split("ENTRIES = [")[1].split("\n];")[0] + "]")
    return made


def test_every_source_and_every_table_has_a_page(site: dict[str, str]) -> None:
    named = {*SOURCES, *(table.name for tables in declared_tables().values() for table in tables), "index"}
    assert {name.removesuffix(".html") for name in site if name.endswith(".html")} == named


def test_every_link_leads_to_a_place_that_exists(site: dict[str, str]) -> None:
    ids = {name: set(re.findall(r' id="([^"]+)"', text)) for name, text in site.items()}
    links = {(name, unescape(link)) for name, text in site.items() if name.endswith(".html") for link in re.findall(r'(?:href|src)="([^"]+)"', text)}
    links |= {("index.html", str(entry[4])) for entry in _entries(site)}
    astray = []
    for page, link in links:
        file, _, place = link.partition("#")
        if (file or page) not in site or (place and place not in ids[file or page]):
            astray.append((page, link))
    assert astray == []


def test_no_id_stands_twice_on_a_page(site: dict[str, str]) -> None:
    for name, text in site.items():
        ids = re.findall(r' id="([^"]+)"', text)
        assert len(ids) == len(set(ids)), name


def test_a_gold_column_leads_back_to_the_field_it_was_delivered_in_and_the_field_to_it(site: dict[str, str]) -> None:
    assert 'href="silver.looked_after_episode.html#column.started_on"' in _row(site[f"{EPISODE}.html"], "column.started_on")
    assert 'href="ssda903.html#field.episodes.DECOM"' in _row(site["silver.looked_after_episode.html"], "column.started_on")
    assert 'href="silver.looked_after_episode.html#column.started_on"' in _row(site["ssda903.html"], "field.episodes.DECOM")
    assert f'href="{EPISODE}.html#column.started_on"' in _row(site["silver.looked_after_episode.html"], "column.started_on")


def test_the_search_knows_every_field_rule_and_code(site: dict[str, str]) -> None:
    known = {(str(name), str(link).split(".html")[0]) for _, name, _, _, link in _entries(site)}
    wanted = {(field.name, source.name) for source in SOURCES.values() for kind in source.file_kinds for field in kind.fields}
    wanted |= {(rule.number, source.name) for source in SOURCES.values() for rule in source.rules}
    wanted |= {(code, source.name) for source in SOURCES.values() for codes in source.codes.values() for code in codes}
    assert wanted - known == set()


def test_breaks_in_series_stand_by_the_period_in_which_they_fall(site: dict[str, str]) -> None:
    breaks = site["ssda903.html"].split('<h2 id="breaks-in-series">')[1].split("</section>")[0]
    changed = next(row for row in breaks.split("What came and went")[1].split("</tr>") if '<th scope="row">2023-24</th>' in row)
    assert 'code <code>1</code> of <a href="#codes.sex">' in changed
    assert "1 and 2 became M and F" in breaks
    assert "1 and 2 became M and F" in _row(site["silver.record_characteristic.html"], "column.sex")


def test_words_of_a_declaration_are_no_markup() -> None:
    source = next(iter(SOURCES.values()))
    hostile = replace(source, codes={"made_up": {"<b>": Code("<script>alert(1)</script>", "", "")}})
    files = site_files([], {}, {source.name: hostile})
    assert "<script>alert" not in files[f"{source.name}.html"]
    assert "<code>&lt;b&gt;</code>" in files[f"{source.name}.html"]


def test_written_again_it_is_the_same_and_old_pages_of_ours_go(tmp_path: Path) -> None:
    steps = flow.discover()
    first = {path.name: path.read_bytes() for path in write_site(steps, tmp_path)}
    (tmp_path / "silver.gone.html").write_bytes(first["index.html"])
    (tmp_path / "notes.html").write_text("<p>somebody's own</p>", encoding="utf-8")
    write_site(steps, tmp_path)
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert left == {**first, "notes.html": b"<p>somebody's own</p>"}
