"""Writes the pages: index.html with all boroughs side by side and one page per borough, each whole in itself."""

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cyplink.disclosure.counts import ALL
from cyplink.pages import words
from cyplink.pages.charts import compare, parts
from cyplink.pages.facts import Facts, facts_of
from cyplink.pages.figures import Figures, figures_of, latest_year
from cyplink.pages.html import (
    boroughs_table,
    bullets,
    figure,
    numbers,
    page,
    paragraphs,
    section,
    write_files,
    years_table,
)
from cyplink.research import open_published
from cyplink.settings import Settings

TITLE = "Looked-after children and mental-health services"


def write_pages_of(settings: Settings) -> Path:
    """The pages of the published run, in the folder the settings name. Returns the overview's path."""
    published = open_published(settings.zones.research)
    rows = published.pandas("pathfinders.looked_after_mental_health")
    return write_pages(rows, facts_of(published, settings.disclosure.profile), Path(settings.pages))[0]


def write_pages(rows: pd.DataFrame, facts: Facts, out: Path) -> list[Path]:
    """One page per borough and an overview, first in the list; pages of an earlier run are removed.

    rows: pathfinders.looked_after_mental_health, one row per authority (and `all`) and year, after disclosure control.
    """
    figures = figures_of(rows, {**facts.councils, ALL: "All boroughs together"})
    boroughs = {f.authority: f.name for f in figures if f.authority != ALL}
    links = {authority: f"{_slug(name)}.html" for authority, name in boroughs.items()}
    pages = {"index.html": overview(figures, links, facts)}
    pages |= {links[authority]: borough(authority, figures, links, facts) for authority in boroughs}
    return write_files(pages, out)


def overview(figures: list[Figures], links: Mapping[str, str], facts: Facts) -> str:
    """All boroughs of the latest year that could be observed, side by side."""
    year = latest_year(figures)
    of_year = [f for f in figures if f.year == year]
    boroughs, together = [f for f in of_year if f.authority != ALL], _together(of_year)
    body = [
        f'<p class="answer">{words.overview_answer(together, len(boroughs))}</p>',
        numbers(together) if together else "",
        section("Borough by borough", f"<p>{words.spread(boroughs, together)}</p>", _comparison_figure(boroughs, together, ""),
                boroughs_table(of_year, "", dict(links)), _note(facts)),
        section("How to read this", paragraphs(
            ["The dot is the share of the children we could follow who were in contact with mental-health services. The bar around it is the range that fits the data: "
             "with few children it is wide. Two boroughs whose bars overlap much may not differ at all, so do not rank them."])),
        section("Who could not be seen, and why", bullets(words.unseen(together, facts)) if together else ""),
        section("Year by year", years_table([f for f in figures if f.authority == ALL]),
                '<p class="note">“No data” means that mental-health providers’ data for that year are not held, not that there was no contact.</p>'),
        section("Before you use these figures", bullets(words.caveats())),
        section("How this was made", paragraphs(words.how_made(facts))),
    ]
    return page(TITLE, f"{len(boroughs)} London boroughs, year to {_day(of_year)}", "\n".join(body), facts)


def borough(authority: str, figures: list[Figures], links: Mapping[str, str], facts: Facts) -> str:
    """One borough's page: the answer, the comparison, what could not be seen, caveats, how it was made."""
    year = latest_year(figures)
    of_year = [f for f in figures if f.year == year]
    boroughs, together = [f for f in of_year if f.authority != ALL], _together(of_year)
    years = [f for f in figures if f.authority == authority]
    own = next((f for f in years if f.year == year), years[-1])
    children = parts(own)
    body = [
        '<nav aria-label="Pages"><p><a href="index.html">All boroughs</a></p></nav>',
        f'<p class="answer">{words.answer(own)}</p>',
        numbers(own),
        section("How sure is this?", paragraphs(words.how_sure(own))) if own.share is not None else "",
        section("Beside the other boroughs", f"<p>{words.comparison(own, together, len(boroughs))}</p>", _comparison_figure(boroughs, together, authority),
                boroughs_table(of_year, authority, dict(links)), _note(facts)),
        section("Who could not be seen, and why",
                figure(f"{words.of_whom(own)} on {own.last_day}", children, _spoken_parts(own)) if children else "",
                bullets(words.unseen(own, facts))),
        section("Year by year", years_table(years),
                '<p class="note">“No data” means that mental-health providers’ data for that year are not held, not that there was no contact.</p>'),
        section("Before you use these figures", bullets(words.caveats())),
        section("How this was made", paragraphs(words.how_made(facts))),
    ]
    return page(f"{TITLE}: {own.name}", f"Children for whom {own.name} council is responsible, wherever they live. Year to {own.last_day}.", "\n".join(body), facts)


def _comparison_figure(boroughs: list[Figures], together: Figures | None, authority: str) -> str:
    shown = [f for f in boroughs if f.share is not None]
    if not shown:
        return ""
    said = "; ".join(f"{f.name} {f.share:.0%}, range {f.low:.0%} to {f.high:.0%}" for f in shown)
    line = f" All together {together.share:.0%}." if together and together.share is not None else ""
    return figure("Share of the children we could follow who were in contact with mental-health services",
                  compare(boroughs, together, authority), f"Dot and whisker chart. {said}.{line} The same figures are in the table below.")


def _note(facts: Facts) -> str:
    return f'<p class="note">{words.small_numbers(facts.profile)}</p>'


def _spoken_parts(own: Figures) -> str:
    contact = f"about {own.in_contact:,} were in contact" if own.in_contact is not None else "how many were in contact is not shown"
    return f"Bar chart. Of about {own.looked_after:,} looked-after children about {own.observable:,} could be followed, of whom {contact}; about {own.unseen:,} could not be followed."


def _together(of_year: list[Figures]) -> Figures | None:
    return next((f for f in of_year if f.authority == ALL), None)


def _day(of_year: list[Figures]) -> str:
    return of_year[0].last_day if of_year else ""


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
