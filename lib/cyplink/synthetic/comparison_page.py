"""The comparison as it is shown: on the terminal, and as a page that asks nothing of any network."""

from collections import Counter
from collections.abc import Mapping
from html import escape
from pathlib import Path

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table as Grid

FILE, PAGE, SIZES, VOLUMES = "calibration.csv", "calibration.html", "deliveries.csv", "volumes.csv"
_RULE = "A figure is met within 10 % or three children (three sampled children for the population)."


_VOLUMES = (
    "Of each source's last year, which is its year of returns or twelve monthly submissions; sampled children count for the others. "
    "Thin: below 0.8 of the published rate. More: above 1.25 of one that is no lower bound."
)


def write(folder: Path, table: pd.DataFrame, rows: Mapping[str, int], people: int, london: pd.DataFrame, volumes: pd.DataFrame) -> None:
    """calibration.csv, calibration.html, deliveries.csv and volumes.csv in `folder`, whose landing is written. `rows`: by `source/file`;
    `london`: volumes.of_london; `volumes`: volumes.beside_published."""
    table.to_csv(folder / FILE, index=False, lineterminator="\n")
    volumes = volumes.assign(**{name: volumes[name].round(5) for name in ("delivered", "ratio")})
    volumes.to_csv(folder / VOLUMES, index=False, lineterminator="\n")
    sizes = _sizes(folder / "landing", rows, people, london, volumes)
    sizes.to_csv(folder / SIZES, index=False, lineterminator="\n")
    missed = table[~table["met"]]
    body = f"""<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Synthetic London beside published figures</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}}table{{border-collapse:collapse;width:100%;margin:1rem 0}}
th,td{{border-bottom:1px solid #999;padding:.2rem .5rem;text-align:left}}td.n,th.n{{text-align:right;font-variant-numeric:tabular-nums}}</style></head>
<body><h1>Synthetic London beside published figures</h1>
<p>Every child here is made up. {_share(table)} {_RULE}</p>
<h2>What was delivered</h2>{_html(sizes)}
<h2>How much it is, beside published rates</h2><p>{_VOLUMES} {_thin(volumes)}</p>{_html(_shown_volumes(volumes))}
<h2>By kind of figure</h2>{_html(_by_kind(table))}
<h2>Not met</h2>{_html(_shown(missed)) if len(missed) else "<p>None.</p>"}
<h2>Every figure</h2>{_html(_shown(table))}
</body></html>
"""
    (folder / PAGE).write_text(body, encoding="utf-8", newline="\n")


def _sizes(landing: Path, rows: Mapping[str, int], people: int, london: pd.DataFrame, volumes: pd.DataFrame) -> pd.DataFrame:
    """Per source: files, rows of all of them, megabytes, rows per person of the population, rows and gigabytes of a year of all London, and how
    many of its rates are thin; a line for all at the end."""
    by_source: Counter[str] = Counter()
    for name, count in rows.items():
        by_source[name.split("/")[0]] += count
    made = []
    for source in sorted(by_source):
        files = [path for path in (landing / source).rglob("*") if path.is_file() and path.name != "manifest.json"]
        made.append((source, len(files), by_source[source], sum(path.stat().st_size for path in files) / 1e6))
    made.append(("all", *(sum(column) for column in list(zip(*made, strict=True))[1:])))
    table = pd.DataFrame(made, columns=["source", "files", "rows", "megabytes"])
    table = table.assign(megabytes=table["megabytes"].round(1), rows_per_person=(table["rows"] / people).round(2))
    of_london = pd.concat([london, london.drop(columns="source").sum().to_frame().T.assign(source="all")], ignore_index=True)
    table = table.merge(of_london.round({"london_million_rows": 3, "london_gigabytes": 3}), on="source", how="left")
    thin = volumes[volumes["verdict"] == "thin"].groupby("source").size()
    return table.assign(thin=[len(volumes[volumes["verdict"] == "thin"]) if source == "all" else int(thin.get(source, 0)) for source in table["source"]])


def print_report(console: Console, folder: Path) -> None:
    """What was delivered and how much it is, the share met by kind of figure, and the largest misses, of the population under `folder`."""
    console.print(_grid("What was delivered", pd.read_csv(folder / SIZES)))
    volumes = pd.read_csv(folder / VOLUMES)
    console.print(_grid("How much it is, beside published rates", _shown_volumes(volumes).drop(columns=["evidence"])))
    console.print(f"{_VOLUMES} {_thin(volumes)}", highlight=False, soft_wrap=True)
    table = pd.read_csv(folder / FILE, dtype={"la": str, "year": str})
    console.print(_grid("Synthetic London beside published figures", _by_kind(table)))
    missed = table[~table["met"]]
    missed = missed.assign(by=(missed["synthetic"] - missed["published"]).abs() / missed["published"].clip(lower=1))
    if len(missed):
        worst = missed.sort_values("by", ascending=False, kind="stable").head(30)
        console.print(_grid(f"Not met: {min(len(missed), 30)} of {len(missed)}, largest difference first", _shown(worst).drop(columns=["source"])))
    console.print(f"{_share(table)} {_RULE}\nAll of them: {folder / PAGE}", highlight=False, soft_wrap=True)


def _thin(volumes: pd.DataFrame) -> str:
    found = volumes[volumes["verdict"] == "thin"]
    said = "; ".join(f"{source}: {measure}" for source, measure in zip(found["source"], found["measure"], strict=True))
    compared = int(volumes["published"].notna().sum())
    return f"Thin are {len(found)} of {compared}: {said}." if len(found) else f"None of {compared} is thin."


def _shown_volumes(volumes: pd.DataFrame) -> pd.DataFrame:
    def figure(value: float) -> str:
        return "" if pd.isna(value) else f"{value:.2f}" if value >= 0.1 else f"{value:.5f}"

    return volumes.assign(**{name: volumes[name].map(figure) for name in ("delivered", "published", "ratio")})


def _share(table: pd.DataFrame) -> str:
    return f"{int(table['met'].sum())} of {len(table)} figures are met ({table['met'].mean():.1%})."


def _by_kind(table: pd.DataFrame) -> pd.DataFrame:
    kind = table["measure"].str.replace("cla_31_march_count|", "", regex=False)
    kind = kind.where(kind.str.startswith("lait"), kind.str.split("|").str[0])
    kind = kind.where(~kind.str.startswith("children of ethnic"), "children of each ethnic group")
    made = table.assign(kind=kind).groupby("kind", sort=True).agg(figures=("met", "size"), met=("met", "sum")).reset_index()
    return made.assign(share=[f"{met / size:.0%}" for met, size in zip(made["met"], made["figures"], strict=True)])


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    difference = table["synthetic"] - table["published"]
    shown = table[["borough", "measure", "published", "synthetic"]].assign(difference=difference.round(1))
    return shown.assign(unit=table["unit"], source=table["source"], year=table["year"])


def _html(table: pd.DataFrame) -> str:
    numeric = [pd.api.types.is_numeric_dtype(table[name]) for name in table.columns]
    mark = [' class="n"' if is_number else "" for is_number in numeric]
    head = "".join(f"<th{m}>{escape(name)}</th>" for name, m in zip(table.columns, mark, strict=True))
    lines = (
        "<tr>" + "".join(f"<td{m}>{escape(_text(v))}</td>" for v, m in zip(row, mark, strict=True)) + "</tr>"
        for row in table.itertuples(index=False)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _grid(title: str, table: pd.DataFrame) -> Grid:
    grid = Grid(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for name in table.columns:
        grid.add_column(str(name), justify="right" if pd.api.types.is_numeric_dtype(table[name]) else "left")
    for row in table.itertuples(index=False):
        grid.add_row(*(_text(value) for value in row))
    return grid
