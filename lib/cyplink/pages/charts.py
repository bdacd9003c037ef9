"""Charts as SVG text to stand inside a page: nothing is fetched when it is opened, and colour never speaks alone."""

import re
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from cyplink.pages.figures import Figures

INK, MUTED, STRONG, PALE, LINE = "#1d2433", "#5b6478", "#0b5a8f", "#c9d3df", "#a3461f"
FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
FONT_SIZE = 14


def compare(boroughs: list[Figures], together: Figures | None, highlight: str = "") -> str:
    """Dot and whisker per borough, largest share first; those not shown say so. A line marks the boroughs together."""
    shown = sorted((b for b in boroughs if b.share is not None), key=lambda b: (-(b.share or 0), b.name))
    order = [b.name for b in (*shown, *(b for b in boroughs if b.share is None))]
    end = min(1.0, round(max([b.high or 0 for b in shown] + [0.1]) + 0.1, 1))
    scale = alt.Scale(domain=[0, end], nice=False)
    data = pd.DataFrame([
        {"name": b.name, "share": b.share, "low": b.low, "high": b.high, "own": b.authority == highlight or not highlight,
         "label": "not shown" if b.share is None else f"{b.share:.0%}"} for b in boroughs
    ])
    names = _names(labelFontWeight=_bold_if(highlight, boroughs))
    layers = _whiskers(alt.Chart(data).encode(y=alt.Y("name:N", sort=order, title=None, axis=names)), scale, end, "diamond" if highlight else "circle")
    if together is not None and together.share is not None:
        layers = [_line(together.share, scale), *layers, _line_label(together.share, scale, f"together {together.share:.0%}")]
    return _svg(alt.layer(*layers).properties(width=360, height=alt.Step(38)))


def parts(figures: Figures) -> str:
    """One bar of the children looked after: in contact, followed without contact, not followed. Empty when hidden."""
    if figures.looked_after is None or figures.observable is None or figures.unseen is None:
        return ""
    seen = figures.observable
    pieces = [("followed", seen, STRONG)]
    if figures.in_contact is not None:
        pieces = [("in contact", figures.in_contact, STRONG), ("followed, no contact", seen - figures.in_contact, "#6aa5cc")]
    pieces.append(("could not be followed", figures.unseen, PALE))
    starts = [sum(count for _, count, _ in pieces[:i]) for i in range(len(pieces))]
    data = pd.DataFrame([
        {"part": name, "from": start, "to": start + count, "count": f"about {count:,}", "colour": colour}
        for (name, count, colour), start in zip(pieces, starts, strict=True)
    ])
    data = data[data["to"] > data["from"]]
    scale = alt.Scale(domain=[0, 1.3 * figures.looked_after], nice=False)  # room for the last label
    base = alt.Chart(data).encode(y=alt.Y("part:N", sort=list(data["part"]), title=None, axis=_names(ticks=False, domain=False)))
    bars = base.mark_bar(height=24, stroke="white").encode(
        x=alt.X("from:Q", scale=scale, axis=alt.Axis(title="Children looked after", grid=False, tickCount=5)), x2="to:Q",
        color=alt.Color("colour:N", scale=None),
    )
    labels = base.mark_text(fontSize=FONT_SIZE, fontWeight="bold", align="left", dx=6).encode(
        x=alt.X("to:Q", scale=scale), text="count:N", color=alt.value(INK)
    )
    return _svg(alt.layer(bars, labels).properties(width=360, height=alt.Step(34)))


def _whiskers(rows: alt.Chart, scale: alt.Scale, end: float, own_shape: str) -> list[alt.Chart]:
    """The layers of a dot-and-whisker chart: range, dot, share; or the words that stand for a hidden share."""
    tenths = [tenth / 10 for tenth in range(round(10 * end) + 1)]
    axis = alt.Axis(format=".0%", title="Share in contact, with the range that fits the data", grid=True, values=tenths, labelFlush=False)
    shown, hidden = rows.transform_filter("isValid(datum.share)"), rows.transform_filter("!isValid(datum.share)")
    colour = alt.condition("datum.own", alt.value(STRONG), alt.value(MUTED))
    return [
        shown.mark_rule(strokeWidth=3).encode(x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", color=colour),
        shown.mark_point(filled=True, opacity=1).encode(
            x=alt.X("share:Q", scale=scale), color=colour, size=alt.condition("datum.own", alt.value(150), alt.value(90)),
            shape=alt.condition("datum.own", alt.value(own_shape), alt.value("circle")),
        ),
        shown.mark_text(dx=8, align="left", fontSize=FONT_SIZE, fontWeight="bold").encode(x=alt.X("high:Q", scale=scale), text="label:N", color=colour),
        hidden.mark_text(align="left", fontSize=FONT_SIZE, fontStyle="italic", color=MUTED).encode(x=alt.value(6), text="label:N"),
    ]


def _names(**more: Any) -> alt.Axis:
    """An axis of names with room that does not hang on how wide the reader's font is."""
    return alt.Axis(minExtent=205, maxExtent=205, labelLimit=205, **more)


def _bold_if(highlight: str, boroughs: list[Figures]) -> Any:
    own = next((b.name for b in boroughs if b.authority == highlight), "")
    return alt.condition(alt.datum.value == own, alt.value("bold"), alt.value("normal"))


def _line(share: float, scale: alt.Scale) -> alt.Chart:
    return alt.Chart(pd.DataFrame({"x": [share]})).mark_rule(color=LINE, strokeDash=[6, 4], strokeWidth=2).encode(x=alt.X("x:Q", scale=scale))


def _line_label(share: float, scale: alt.Scale, label: str) -> alt.Chart:
    data = pd.DataFrame({"x": [share], "label": [label]})
    return alt.Chart(data).mark_text(color=LINE, align="center", baseline="bottom", fontSize=FONT_SIZE - 1, fontWeight="bold").encode(
        x=alt.X("x:Q", scale=scale), y=alt.value(-5), text="label:N"
    )


def styled(chart: alt.LayerChart) -> alt.LayerChart:
    """The chart in this project's letters and colours, on white."""
    return chart.configure(font=FONT, background="white").configure_axis(
        labelFontSize=FONT_SIZE, titleFontSize=FONT_SIZE - 1, titleFontWeight="normal", titleColor=MUTED, labelColor=INK, gridColor="#e6e9ef",
        titlePadding=10, domainColor=MUTED,
    ).configure_view(stroke=None)


def _svg(chart: alt.LayerChart) -> str:
    """The chart as an inline SVG that scales with the page and leaves speaking to the page's own words."""
    svg: str = vl_convert.vegalite_to_svg(styled(chart).to_json())
    return re.sub(r'<svg ([^>]*?)width="[\d.]+" height="[\d.]+"', r'<svg \1aria-hidden="true" focusable="false"', svg, count=1)
