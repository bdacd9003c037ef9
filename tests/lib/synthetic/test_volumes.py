"""How much was delivered: counted per source and year, for the children that those sampled stand for, and told where it is thin."""

from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from cyplink.sources import SOURCES
from cyplink.synthetic import GenerationSummary, generate
from cyplink.synthetic.calibration import CALIBRATION, load
from cyplink.synthetic.comparison_page import print_report
from cyplink.synthetic.truth import Records
from cyplink.synthetic.volumes import Tally, beside_published, of_london, year_of_period
from cyplink.synthetic.world import World, make_world


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> GenerationSummary:
    return generate(tmp_path_factory.mktemp("volumes") / "london", ["207"], 0.02, seed=3)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(load(["207"]), 0.02, seed=3)


@pytest.mark.parametrize(("period", "year"), [("2024-25", 2025), ("2024-autumn", 2025), ("2025-spring", 2025), ("2025-summer", 2026), ("2024-04", 2025), ("2025-03", 2025)])
def test_the_year_to_march_a_period_falls_in(period: str, year: int) -> None:
    assert year_of_period(period) == year


def test_rows_count_as_often_as_the_children_they_stand_for_and_only_those_of_the_last_year() -> None:
    tally = Tally()
    tally.take("school_census", "2024-spring", {"pupilonroll": 70}, 100, 20.0)
    tally.take("school_census", "2026-spring", {"pupilonroll": 5, "senneeds": 1}, 10, 20.0)
    tally.take("school_census", "2025-autumn", {"pupilonroll": 6}, 10, 20.0)
    other = Tally()
    other.take("school_census", "2026-spring", {"pupilonroll": 1}, 3, 1.0)
    tally.add(other)
    assert tally.counted("school_census/pupilonroll") == 5 * 20 + 6 * 20 + 1
    assert tally.counted("school_census/pupilonroll", "spring") == 5 * 20 + 1
    assert tally.counted("school_census/pupilonroll -school_census/senneeds", "spring") == 4 * 20 + 1
    assert tally.counted("ssda903/header") == 0


def test_a_year_of_london_is_scaled_by_its_children() -> None:
    tally = Tally()
    tally.take("pds", "2026-03", {"person": 22_555}, 2_255_500, 1.0)  # Kensington and Chelsea's children, mid-2024
    [(source, rows, size)] = of_london(tally, ["207"]).itertuples(index=False)
    assert (source, round(rows, 6), round(size, 7)) == ("pds", 1.916086, 0.1916086)


def test_what_is_less_than_four_fifths_of_the_published_rate_is_thin(world: World) -> None:
    tally = Tally()
    children = float(world.people["weight"][(world.la_number == 207)].sum())
    tally.take("ssda903", "2025-26", {"header": 1000}, 1, children / 1000 * 0.011 * 0.6)
    tally.take("sus", "2026-03", {"attendance": 1000}, 1, children / 1000 * 0.369 * 2)
    found = beside_published(tally, world, Records()).set_index("measure")["verdict"]
    assert found["children in the header"] == "thin"
    assert found["emergency attendances per child"] == "more"
    assert found["hospital spells but births per child"] == "thin", "no spell at all"
    assert found["people per child"] == "not delivered"
    assert found["contacts per child"] == "not delivered"


def test_every_source_is_compared_and_every_rate_says_where_it_is_from() -> None:
    rates = pd.read_csv(CALIBRATION / "volumes.csv", dtype=str, keep_default_na=False)
    assert set(rates["source"]) == set(SOURCES)
    assert (rates["evidence"] != "").all() and set(rates["bound"]) == {"about", "at least"}
    assert rates["published"].map(lambda text: text == "" or float(text) > 0).all()


def test_the_report_shows_rates_and_what_is_thin(made: GenerationSummary, capsys: pytest.CaptureFixture[str]) -> None:
    volumes = pd.read_csv(made.out / "volumes.csv")
    page = Path(made.out / "calibration.html").read_text(encoding="utf-8")
    print_report(Console(width=250), made.out)
    shown = capsys.readouterr().out
    thin = volumes.loc[volumes["verdict"] == "thin", "measure"]
    for measure in ("people per child", *thin):
        assert measure in page and measure in shown
    sizes = pd.read_csv(made.out / "deliveries.csv").set_index("source")
    assert sizes.loc["all", "thin"] == len(thin)
    assert 4 < sizes.loc["pds", "london_million_rows"] < 16
