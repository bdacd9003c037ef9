"""The data dictionary as a site: an index with a search, a page per source and per table, from the declarations alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cyplink.dictionary import declared_tables
from cyplink.flow import Step
from cyplink.lineage import lineage_of
from cyplink.pages.dictionary.index import entries_file, index_page
from cyplink.pages.dictionary.of_source import page_of_source
from cyplink.pages.dictionary.of_table import page_of_table
from cyplink.pages.dictionary.places import Site, source_page, table_page
from cyplink.pages.html import style, write_files
from cyplink.sources import SOURCES
from cyplink.sources.model import Source
from cyplink.tables.model import Table

FOLDER = Path(__file__).parent


def write_site(steps: Sequence[Step], out: Path) -> list[Path]:
    """The whole site in a folder, the index first; pages of ours that are no longer of it are removed."""
    return write_files(site_files(steps), out)


def site_files(
    steps: Sequence[Step], tables: Mapping[str, Sequence[Table]] | None = None, sources: Mapping[str, Source] = SOURCES,
) -> dict[str, str]:
    """The site's files by name; the same declarations give the same text. `tables`: by layer, all that are declared if not given."""
    site = Site(declared_tables() if tables is None else tables, sources, lineage_of(steps, sources))
    return {
        "index.html": index_page(site),
        **{source_page(source.name): page_of_source(site, source) for source in sources.values()},
        **{table_page(t.name): page_of_table(site, t) for of_layer in site.tables.values() for t in of_layer},
        "style.css": style() + _text("dictionary.css"),
        "entries.js": entries_file(site),
        "search.js": _text("search.js"),
    }


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
