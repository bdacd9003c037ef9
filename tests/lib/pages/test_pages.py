"""The pages: what they say, what they keep to themselves, and that they stand alone."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from cyplink.disclosure import Profile
from cyplink.pages import Facts, words, write_pages
from cyplink.pages.charts import compare, parts
from cyplink.pages.facts import Rate
from cyplink.pages.figures import Figures

FACTS = Facts(
    councils={"304": "Brent", "207": "Kensington and Chelsea", "307": "Ealing"}, providers=("First Trust", "Second Trust"),
    profile=Profile(threshold=10, round_to=5, shows_zeros=False), run_id="run-1", finished_at="2026-11-24T01:00:00Z", model_version="3",
    is_synthetic=True, link_precision=Rate(0.999, 0.998, 1.0), link_recall=Rate(0.98, 0.97, 0.99),
)
BRENT = Figures("304", "Brent", "2025-26", 295, 120, 30, 0.26, 0.19, 0.35, "shown")
KENSINGTON = Figures("207", "Kensington and Chelsea", "2025-26", 105, 40, None, None, None, None, "suppressed")
TOGETHER = Figures("all", "All boroughs together", "2025-26", 400, 160, 40, 0.24, 0.18, 0.31, "shown")
COLUMNS = ["responsible_authority", "year", "looked_after", "observable", "in_contact", "share", "share_low", "share_high", "status"]


def table() -> pd.DataFrame:
    now = [(f.authority, f.year, f.looked_after, f.observable, f.in_contact, f.share, f.low, f.high, f.status) for f in (BRENT, KENSINGTON, TOGETHER)]
    before = [(a, "2024-25", n, None, None, None, None, None, "not_observable") for a, n in (("304", 290), ("207", 100), ("all", 390))]
    return pd.DataFrame(now + before, columns=COLUMNS)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    out = tmp_path_factory.mktemp("pages")
    return {path.name: path.read_text(encoding="utf-8") for path in write_pages(table(), FACTS, out)}


def test_an_overview_and_a_page_per_borough(pages: dict[str, str]) -> None:
    assert list(pages) == ["index.html", "brent.html", "kensington-and-chelsea.html"]


def test_the_answer_comes_first_in_plain_words(pages: dict[str, str]) -> None:
    said = re.search(r'class="answer">([^<]+)', pages["brent.html"])
    assert said is not None and said[1].startswith("About 26 in every 100 of Brent’s looked-after children whose care we could follow")


def test_a_hidden_figure_is_nowhere_on_the_page(pages: dict[str, str]) -> None:
    said = pages["kensington-and-chelsea.html"]
    assert "We cannot show how many" in said
    row = re.search(r'<tr class="own">.*?</tr>', said)
    assert row is not None and re.findall(r"<td>([^<]+)</td>", row[0]) == ["105", "40", "not shown", "not shown", "not shown"]


def test_a_year_without_deliveries_says_no_data_rather_than_nought(pages: dict[str, str]) -> None:
    row = re.search(r"31 March 2025</th>(.*?)</tr>", pages["brent.html"])
    assert row is not None and re.findall(r"<td>([^<]+)</td>", row[1]) == ["290", "no data", "no data", "no data", "no data"]


def test_every_page_says_that_the_data_are_synthetic_and_what_could_not_be_seen(pages: dict[str, str]) -> None:
    for page in pages.values():
        assert "every child on this page is made up" in page
        assert "Placed out of the area" in page and "Not linked" in page


def test_every_page_asks_nothing_of_a_network(pages: dict[str, str]) -> None:
    for page in pages.values():
        fetched = re.findall(r"""(?:src|href|action)=["']?(?:https?:)?//|@import|url\((?!#)|<script|<link|<iframe""", page)
        assert fetched == []


def test_a_chart_has_words_for_those_who_do_not_see_it(pages: dict[str, str]) -> None:
    for page in pages.values():
        for figure in re.findall(r"<figure>.*?</figure>", page, flags=re.DOTALL):
            assert re.search(r'role="img" aria-label="[^"]{40,}"', figure)
            assert "<table>" in page


def test_pages_of_an_earlier_run_go_and_other_files_stay(tmp_path: Path) -> None:
    write_pages(table(), FACTS, tmp_path)
    (tmp_path / "own.html").write_text("<p>not ours</p>", encoding="utf-8")
    write_pages(table()[lambda rows: rows["responsible_authority"] != "207"], FACTS, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["brent.html", "index.html", "own.html"]


def test_the_same_rows_give_the_same_pages(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_pages(table(), FACTS, tmp_path / "a")]
    again = [path.read_bytes() for path in write_pages(table().iloc[::-1], FACTS, tmp_path / "b")]
    assert first == again


def test_a_name_is_escaped(tmp_path: Path) -> None:
    facts = replace(FACTS, councils={**FACTS.councils, "304": "B<b>rent"})
    pages = [path.read_text(encoding="utf-8") for path in write_pages(table(), facts, tmp_path)]
    assert [page for page in pages if "B<b>rent" in page] == []


@pytest.mark.parametrize(("low", "high", "said"), [(0.19, 0.35, "not clearly different"), (0.26, 0.40, "higher"), (0.05, 0.20, "lower")])
def test_a_borough_differs_only_where_its_range_leaves_the_others_out(low: float, high: float, said: str) -> None:
    assert f"<strong>{said}</strong>" in words.comparison(replace(BRENT, share=(low + high) / 2, low=low, high=high), TOGETHER, 8)


def test_charts_are_well_formed_and_name_every_borough() -> None:
    drawn = compare([BRENT, KENSINGTON], TOGETHER, "304")
    ET.fromstring(drawn)
    assert all(name in drawn for name in ("Brent", "Kensington and Chelsea", "not shown", "together 24%"))


def test_a_bar_whose_parts_are_hidden_shows_only_what_may_be_shown() -> None:
    assert "in contact" not in parts(KENSINGTON)
    assert parts(replace(KENSINGTON, observable=None)) == ""
