"""Pages for councillors: one self-contained HTML page per borough and an overview, from what is published."""

from cyplink.pages.facts import Facts, facts_of
from cyplink.pages.publish import write_pages, write_pages_of

__all__ = ["Facts", "facts_of", "write_pages", "write_pages_of"]
