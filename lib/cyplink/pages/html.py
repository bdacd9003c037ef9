"""The parts a page is put together from. Names are escaped here; sentences come from `words` and may hold markup."""

from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from pathlib import Path

from cyplink.pages.facts import Facts
from cyplink.pages.figures import NOT_OBSERVABLE, Figures

GENERATOR = '<meta name="generator" content="cyplink">'


def page(title: str, lead: str, body: str, facts: Facts) -> str:
    """A whole page that asks nothing of any network."""
    banner = '<div class="synthetic" role="note">Synthetic data: every child on this page is made up. No figure here says anything about a real borough.</div>'
    made = f"Run {escape(facts.run_id)}, finished {escape(facts.finished_at)}; linkage model version {escape(facts.model_version)}."
    return document(
        title, lead, body, head=f"<style>{style()}</style>", skip="Skip to the figures", banner=banner if facts.is_synthetic else "",
        footer=f"{made}{' Made from synthetic data.' if facts.is_synthetic else ''}",
    )


def document(title: str, lead: str, body: str, head: str, skip: str, footer: str, banner: str = "") -> str:
    """The frame that every page has. `title` and `lead` are escaped here; all else is markup."""
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{GENERATOR}
<title>{escape(title)}</title>
{head}
</head>
<body>
<a class="skip" href="#content">{skip}</a>
{banner}
<header><div class="inner"><h1>{escape(title)}</h1><p>{escape(lead)}</p></div></header>
<main id="content">
{body}
</main>
<footer><p>{footer}</p></footer>
</body>
</html>
"""


def write_files(files: Mapping[str, str], out: Path) -> list[Path]:
    """Write files by name, in order; pages of ours that an earlier time left in the folder and are none of these are removed."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.html"):
        if old.name not in files and GENERATOR in old.read_text(encoding="utf-8"):
            old.unlink()
    for name, content in files.items():
        (out / name).write_text(content, encoding="utf-8")
    return [out / name for name in files]


def section(heading: str, *parts: str, anchor: str = "") -> str:
    anchor = anchor or "".join(c if c.isalnum() else "-" for c in heading.lower())
    return f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{heading}</h2>\n' + "\n".join(part for part in parts if part) + "\n</section>"


def paragraphs(sentences: Iterable[str]) -> str:
    return "\n".join(f"<p>{sentence}</p>" for sentence in sentences)


def bullets(sentences: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{sentence}</li>" for sentence in sentences) + "</ul>"


def figure(caption: str, svg: str, spoken: str) -> str:
    """A chart with a caption, and `spoken` for those who do not see it."""
    return f'<figure><figcaption>{caption}</figcaption><div class="scroll" role="img" aria-label="{escape(spoken, quote=True)}" tabindex="0">{svg}</div></figure>'


def numbers(own: Figures) -> str:
    """The three counts and the share, large."""
    share = None if own.share is None else f"{own.share:.0%}"
    interval = "" if own.low is None or own.high is None else f" (range {own.low:.0%} to {own.high:.0%})"
    boxes = [
        (count(own.looked_after), f"children looked after on {own.last_day}"),
        (count(own.observable), "of them could be followed in NHS data"),
        (count(own.in_contact), "of those were in contact with mental-health services"),
        (share, f"of those followed were in contact{interval}"),
    ]
    return '<ul class="numbers">' + "".join(
        f'<li><b{"" if value else " class=hidden"}>{value or "not shown"}</b> <span>{label}</span></li>' for value, label in boxes
    ) + "</ul>"


def boroughs_table(rows: list[Figures], own: str, links: dict[str, str]) -> str:
    head = "<tr><th scope=col>Borough<th scope=col>Looked after<th scope=col>Could be followed<th scope=col>In contact<th scope=col>Share<th scope=col>Range</tr>"
    lines = [_line(f, f"<a href=\"{links[f.authority]}\">{escape(f.name)}</a>" if f.authority in links else escape(f.name),
                   "own" if f.authority == own else "together" if f.authority not in links else "") for f in rows]
    year = rows[0].last_day if rows else ""
    return f"<div class=scroll tabindex=0><table><caption>Year to {year}, by responsible council</caption><thead>{head}</thead><tbody>{''.join(lines)}</tbody></table></div>"


def years_table(rows: list[Figures]) -> str:
    head = "<tr><th scope=col>Year to<th scope=col>Looked after<th scope=col>Could be followed<th scope=col>In contact<th scope=col>Share<th scope=col>Range</tr>"
    lines = [_line(f, f.last_day, "") for f in rows]
    return f"<div class=scroll tabindex=0><table class=years><caption>Years to 31 March</caption><thead>{head}</thead><tbody>{''.join(lines)}</tbody></table></div>"


def count(value: int | None) -> str | None:
    return None if value is None else f"{value:,}"


def _line(own: Figures, label: str, kind: str) -> str:
    absent = "no data" if own.status == NOT_OBSERVABLE else "not shown"
    share = absent if own.share is None else f"{own.share:.0%}"
    interval = "" if own.low is None or own.high is None else f"{own.low:.0%}&nbsp;to&nbsp;{own.high:.0%}"
    cells = [count(own.looked_after) or "not shown", count(own.observable) or absent, count(own.in_contact) or absent, share, interval or absent]
    return f'<tr class="{kind}"><th scope=row>{label}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


@cache
def style() -> str:
    """The style sheet of every page."""
    return (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
