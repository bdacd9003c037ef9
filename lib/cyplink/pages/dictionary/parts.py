"""The parts that pages of the dictionary are put together from; they take markup."""

from collections.abc import Iterable, Sequence
from html import escape

from cyplink.pages.dictionary.places import Site
from cyplink.pages.html import bullets, document

FOOTER = "Written by <code>cyplink dictionary</code> from the declarations under lib/cyplink. It holds no data."
HEAD = '<link rel="stylesheet" href="style.css">'
SEVERAL = 8
"""Of more links than this in a cell the rest is folded away."""


def dictionary_page(title: str, lead: str, *body: str, head: str = "") -> str:
    """A page with the way back to the search; the index is the one without."""
    way = "" if head else '<nav aria-label="Dictionary"><p><a href="index.html">Data dictionary: search, sources and tables</a></p></nav>\n'
    return document(title, lead, way + "\n".join(part for part in body if part), head=HEAD + head, skip="Skip to the content", footer=FOOTER)


def table(caption: str, headings: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    """A table of rows: the row's id (may be none) and its cells, the first of which names the row. Columns that no row fills are left
    out. On a phone every cell stands under its heading."""
    filled = [(anchor, list(cells)) for anchor, cells in rows]
    kept = [place for place in range(len(headings)) if not place or any(cells[place] for _, cells in filled)]
    lines = []
    for anchor, cells in filled:
        own = f' id="{anchor}"' if anchor else ""
        rest = "".join(f'<td data-is="{escape(headings[place])}">{cells[place]}</td>' if cells[place] else "<td></td>" for place in kept[1:])
        lines.append(f'<tr{own}><th scope="row">{cells[0]}</th>{rest}</tr>')
    head = "".join(f'<th scope="col">{escape(headings[place])}</th>' for place in kept)
    return f"<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(lines) + "\n</tbody>\n</table>"


def links(found: Sequence[str]) -> str:
    """Links one under the other; of many, all but the first few folded away."""
    if len(found) <= SEVERAL:
        return "<br>".join(found)
    return f"{'<br>'.join(found[:SEVERAL])}<details><summary>{len(found) - SEVERAL} more</summary>{'<br>'.join(found[SEVERAL:])}</details>"


def made_lines(site: Site, name: str) -> tuple[list[str], list[str]]:
    """Links to the tables that a table or file is made from, and to those that jobs make with it."""
    return [site.link(t) for t in site.lineage.reads.get(name, ())], [site.link(t) for t in site.lineage.read_by.get(name, ())]


def listed(found: Sequence[str], otherwise: str) -> str:
    """Bullets, in columns where there is room; or what to say where there are none."""
    return bullets(found).replace("<ul>", '<ul class="many">', 1) if found else f"<p>{otherwise}</p>"
