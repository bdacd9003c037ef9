"""Pictures of how good the links are, for MLflow: PNG, of counted groups and ranges only."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from cyplink.pages.charts import LINE, MUTED, STRONG, styled

Rows = Sequence[Mapping[str, Any]]


def pictures(quality: Rows, weights: Rows) -> dict[str, bytes]:
    """By file name, what rows of gold.linkage_quality and gold.linkage_weight show; none of what has no rows."""
    found = {}
    if weights:
        found["reliability.png"] = _png(reliability(weights))
        found["thresholds.png"] = _png(thresholds(weights))
    for pairs in ("all", "bridge"):
        rows = [row for row in quality if row["pairs"] == pairs and row["recall"] is not None and row["group"] not in ("overall", "source_pair", "ethnic_category")]
        if rows:
            found[f"recall_by_group_{pairs}.png"] = _png(recall_by_group(rows, pairs))
    return found


def reliability(weights: Rows) -> alt.LayerChart:
    """The share of true pairs beside the mean match probability, a point for each range of weights; on the line they are the same."""
    data = pd.DataFrame(weights)
    axis = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%")}
    line = alt.Chart(pd.DataFrame({"at": [0, 1]})).mark_line(color=MUTED, strokeDash=[4, 4]).encode(x=alt.X("at:Q", **axis), y=alt.Y("at:Q", **axis))
    base = alt.Chart(data).encode(x=alt.X("probability:Q", title="match probability the model gives", **axis))
    whiskers = base.mark_rule(color=STRONG).encode(y=alt.Y("share_true_low:Q", **axis), y2="share_true_high:Q")
    points = base.mark_circle(color=STRONG, size=60, opacity=1).encode(y=alt.Y("share_true:Q", title="share of the pairs that is true", **axis))
    return alt.layer(line, whiskers, points).properties(width=420, height=420, title="Does the match probability mean what it says?")


def thresholds(weights: Rows) -> alt.LayerChart:
    """Precision and recall of scored pairs by the match weight from which on they would be linked."""
    data = pd.DataFrame(weights).melt("weight_from", ["precision_above", "recall_above"], "what", "share")
    data["what"] = data["what"].str.removesuffix("_above")
    colour = alt.Color("what:N", title=None, scale=alt.Scale(domain=["precision", "recall"], range=[STRONG, LINE]))
    base = alt.Chart(data).encode(
        x=alt.X("weight_from:Q", title="linked from this match weight on, bits"), y=alt.Y("share:Q", title=None, axis=alt.Axis(format=".1%"), scale=alt.Scale(zero=False)),
        color=colour, strokeDash=alt.StrokeDash("what:N", legend=None),
    )  # fmt: skip
    return alt.layer(base.mark_line(strokeWidth=2), base.mark_circle(opacity=1)).properties(width=520, height=320, title="Scored pairs, before clusters are made")


def recall_by_group(quality: Rows, pairs: str) -> alt.LayerChart:
    """Recall with its interval, a row for each group; where a line is long the group is small."""
    data = pd.DataFrame(quality).assign(name=lambda rows: rows["group"].str.replace("_", " ") + ": " + rows["value"])
    base = alt.Chart(data).encode(y=alt.Y("name:N", sort=list(data["name"]), title=None, axis=alt.Axis(labelLimit=320)))
    scale = alt.Scale(zero=False)
    whiskers = base.mark_rule(color=STRONG, strokeWidth=2).encode(x=alt.X("recall_low:Q", scale=scale, title="recall, %", axis=alt.Axis(format=".1%")), x2="recall_high:Q")
    points = base.mark_circle(color=STRONG, size=50, opacity=1).encode(x=alt.X("recall:Q", scale=scale))
    what = "all pairs" if pairs == "all" else "pairs of a school or council record and an NHS record"
    return alt.layer(whiskers, points).properties(width=420, height=alt.Step(20), title=f"For whom links are found: {what}")


def _png(chart: alt.LayerChart) -> bytes:
    png: bytes = vl_convert.vegalite_to_png(styled(chart).to_json(), scale=1.5)
    return png
