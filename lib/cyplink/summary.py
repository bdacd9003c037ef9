"""What a person reads at the end of a command: rich tables of counts and shares, never a record."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import duckdb
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from cyplink.balance import FATES, Balance
from cyplink.flow import STAGES, Step
from cyplink.lake import open_dataset
from cyplink.linkage.comparing import Compared
from cyplink.linkage.explaining import Explanation
from cyplink.research import open_published
from cyplink.return_files import ReturnFile
from cyplink.run import RunReport
from cyplink.runs import RunError, read_manifest
from cyplink.settings import Settings
from cyplink.sources import SOURCES
from cyplink.standardise import codelists
from cyplink.tables import gold, linkage, pathfinders, silver
from cyplink.tables.model import Table

LEAST_SHOWN = 10
"""Counts from which on a comparison tells them; fewer are told as fewer."""

GROUPS_SHOWN = ("ethnic_group", "sex", "age_band", "borough", "looked_after")


def print_synthesis(console: Console, made: Any, seconds: float) -> None:
    """One line: how many people and deliveries, or that they were there already."""
    if made.unchanged:
        console.print(f"Synthetic population: already there, unchanged ({made.people:,} people, {made.deliveries:,} deliveries).", highlight=False)
        return
    console.print(
        f"Synthetic population: {made.people:,} people, {made.looked_after:,} of them looked after in some return, "
        f"{made.deliveries:,} deliveries, {seconds:.0f} s.", highlight=False,
    )


def print_run(console: Console, report: RunReport) -> None:
    """What was run, landed, kept and quarantined; or that nothing changed."""
    # What was refused or is missing first: what was but noted would bury it.
    refused = sorted((line for landing in report.landings for line in landing.problems), key=lambda line: "undeclared columns" in line)
    for folder in report.strays:
        console.print(f"  not looked at: {folder} in landing; deliveries are in <source>/<controller>/<period>/<delivery>, sources: {', '.join(SOURCES)}", highlight=False, soft_wrap=True)
    if report.manifest is None:
        console.print(f"Nothing changed: no delivery is new, no input, code or setting differs ({report.seconds:.1f} s).", highlight=False)
    else:
        done = sum(step.state == "done" for step in report.steps)
        console.print(f"Run {report.run_id}: {done} of {len(report.steps)} jobs had work to do, {report.seconds:.0f} s.", highlight=False)
        if report.balance is not None:
            console.print(balance_grid(report.balance))
            console.print(reasons_grid(report.balance))
            console.print(withheld_grid(report.balance))
            if report.balance.not_built:
                console.print(f"  landed and not yet in silver: {', '.join(report.balance.not_built)}; `cyplink run` builds them.", highlight=False)
        for line in refused[:20]:
            console.print(f"  delivery: {line}", highlight=False, soft_wrap=True)
        if len(refused) > 20:
            console.print(f"  ... and {len(refused) - 20} more; see bronze.delivery and bronze.delivery_file.")


def print_explanation(console: Console, found: Explanation, with_values: bool) -> None:
    """Why two records are, or are not, one person; what they hold only `with_values`."""
    for letter, side in (("A", found.one), ("B", found.other)):
        names = "has names" if side.is_named else f"has no names, attached to {side.attached_to}" if side.attached_to else "has no names"
        console.print(f"{letter}: {side.source} of {side.controller}, {names}; {side.status} ({side.reason}); records of its person: {side.records}.", highlight=False)
    if found.comparisons:
        grid = _grid("What comparing them weighs, in bits", "comparison", "level", "weight", *(("A holds", "B holds") if with_values else ()))
        grid.columns[1].justify = "left"
        for column in grid.columns[3:]:
            column.justify = "left"
        grid.add_row("before any comparison", "", f"{found.prior:+.1f}", *(("", "") if with_values else ()))
        for one in found.comparisons:
            grid.add_row(one.name, one.level, f"{one.weight:+.1f}", *((escape(one.left), escape(one.right)) if with_values else ()))
        grid.add_row("all together", "", f"{found.weight:+.1f}", *(("", "") if with_values else ()))
        console.print(grid)
        met = f"They meet by the blocking rules: {'; '.join(found.met_by)}." if found.met_by else "They meet by no blocking rule: compared only if they are in one component."
        console.print(met, highlight=False)
    if found.path:
        console.print("Path through the person, the strongest there is:", highlight=False)
        for stage in found.path:
            console.print(f"  {stage.left} to {stage.right}: {stage.weight:+.1f}", highlight=False)
    if found.between is not None:
        console.print(f"Between the two people: a mean of {found.between:+.1f} over {found.pairs} pairs of records, {found.scored} of them scored.", highlight=False)
    console.print(found.verdict, highlight=False)
    if found.comparisons and not with_values:
        console.print("What the records hold is shown on a terminal only.", highlight=False)


def print_comparison(console: Console, found: Compared) -> None:
    """Links that the two models share, that one alone has, why and for whom; how good they are; what the gate says. Few are told as few."""

    def many(count: int) -> str:
        return f"{count:,}" if count == 0 or count >= LEAST_SHOWN else f"under {LEAST_SHOWN}"

    console.print(f"Version {found.challenger} beside the champion, version {found.champion}:", highlight=False)
    grid = _grid("Links", "", "pairs of records")
    grid.add_row("both have", many(found.both))
    for what, causes in (("gained", found.gained), ("lost", found.lost)):
        grid.add_row(what, many(sum(causes.values())))
        for cause, count in causes.items():
            grid.add_row(f"  {cause}", many(count))
    console.print(grid)
    by_group = found.by_group[(found.by_group["gained"] > 0) | (found.by_group["lost"] > 0)]
    if len(by_group):
        grid = _grid("For whom, by what the record's source says", "group", "value", "both", "gained", "lost")
        grid.columns[1].justify = "left"
        for row in by_group.to_dict("records"):
            grid.add_row(row["group"], row["value"], *(many(row[name]) for name in ("both", "gained", "lost")))
        console.print(grid)
    if found.quality:
        grid = _grid("Against the synthetic truth, %", "version", "precision", "recall", "bridge precision", "bridge recall", "worst group behind by", "worst group")
        for version, one in found.quality.items():
            grid.add_row(str(version), *(f"{100 * value:.2f}" for value in (one.precision, one.recall, one.bridge_precision, one.bridge_recall, one.worst_gap)), one.worst_group)
        console.print(grid)
    console.print(f"Records that would change person: {found.churn:.2%}.", highlight=False)
    if found.reasons:
        console.print(f"The gate refuses version {found.challenger}: {'; '.join(found.reasons)}.", highlight=False, soft_wrap=True)
    else:
        console.print(f"The gate lets version {found.challenger} pass: `cyplink promote {found.challenger}` makes it the champion.", highlight=False)


def balance_grid(balance: Balance) -> Grid:
    """Delivered = kept + repeated + superseded + quarantined + withheld + refused, by source."""
    grid = _grid("Rows delivered, and what became of them", "source", "delivered", *FATES)
    for line in balance.by_source():
        grid.add_row(line.source, *(f"{getattr(line, name):,}" for name in ("delivered", *FATES)))
    return grid


def withheld_grid(balance: Balance) -> Grid:
    """Statements in force by which somebody is withheld, by source and reason; the controllers' own counts are in the manifest."""
    grid = _grid("Withheld for", "source", "reason", "statements")
    counted: Counter[tuple[str, str]] = Counter()
    for source, _, reason, count in balance.withheld_for:
        counted[source, reason] += count
    for (source, reason), count in sorted(counted.items()):
        grid.add_row(source, reason, f"{count:,}")
    return grid


def reasons_grid(balance: Balance) -> Grid:
    """Quarantined rows by source and by the fact that does not hold."""
    grid = _grid("Quarantined rows, by the rule they break", "source", "rule", "rows")
    for source, reasons in balance.reasons.items():
        for rule, rows in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
            grid.add_row(source, rule, f"{rows:,}")
    return grid


def print_jobs(console: Console, steps: Sequence[Step]) -> None:
    """Jobs in order, with what they read and write."""
    grid = _grid("", "job", "reads", "writes")
    for step in steps:
        grid.add_row(step.name, _names(step.reads), _names(step.writes))
    console.print(grid)


def print_dry_run(console: Console, findings: Iterable[tuple[str, str]]) -> None:
    """What each job would do."""
    grid = _grid("Dry run: nothing was read or written", "job", "would")
    for name, finding in findings:
        grid.add_row(name, finding)
    console.print(grid)


def quality_figures(settings: Settings) -> dict[str, Any]:
    """gold.linkage_quality of the published run: `overall` and `bridge` (all pairs), and `groups`; `weights`, `goals`, `checks`: its gold.linkage_weight,
    gold.linkage_goal, gold.linkage_check."""
    rows = _published_rows(settings, gold.LINKAGE_QUALITY)
    whole = {row["pairs"]: row for row in rows if row["group"] == "overall"}
    figures = ("true_pairs", "linked_pairs", "precision", "precision_low", "precision_high", "recall", "recall_low", "recall_high",
               "share_linked", "b_cubed_precision", "b_cubed_recall")
    pick = {pairs: {name: row[name] for name in figures} for pairs, row in whole.items()}
    groups = [
        {name: row[name] for name in ("group", "value", "true_pairs", "precision", "recall")}
        for row in rows if row["pairs"] == "all" and row["group"] != "overall"
    ]
    bridge = [
        {name: row[name] for name in ("group", "value", "true_pairs", "precision", "recall")}
        for row in rows if row["pairs"] == "bridge" and row["group"] != "overall"
    ]
    judged = {"weights": gold.LINKAGE_WEIGHT, "goals": gold.LINKAGE_GOAL, "checks": gold.LINKAGE_CHECK}
    return {"overall": pick.get("all", {}), "bridge": pick.get("bridge", {}), "groups": groups, "bridge_groups": bridge, "anchors": anchor_figures(settings),
            **{name: _published_rows(settings, table) for name, table in judged.items()}}


def anchor_figures(settings: Settings) -> list[dict[str, Any]]:
    """Records without names of the published run: how many each numbered step attached, and why the others are attached to nobody.

    One row per source, step (None where none applied) and reason; empty for a reader who has the research zone only.
    """
    run_id = open_published(settings.zones.research).run_id
    try:
        pinned = read_manifest(settings.zones.identifiable, run_id).tables
    except (RunError, OSError):
        return []
    connection = duckdb.connect()
    for table, columns in ((silver.IDENTITY, ["record_id", "source"]), (linkage.ANCHOR, ["record_id", "step", "reason"])):
        pin = pinned[table.name]
        connection.register(table.name.split(".")[1], open_dataset(f"{settings.zones.identifiable.rstrip('/')}/{table.name.replace('.', '/')}", pin["version"]).scanner(columns))
    counted = connection.execute(
        "select source, step, reason, count(*) from anchor join identity using (record_id) group by all order by source, step nulls last, count(*) desc, reason"
    ).fetchall()
    return [dict(zip(("source", "step", "reason", "records"), row, strict=True)) for row in counted]


def print_quality(console: Console, figures: Mapping[str, Any], groups: Sequence[str] | None = None) -> None:
    """Precision and recall, overall, of bridge pairs, and by group."""
    if not figures["overall"]:
        console.print("There is no synthetic truth to measure the links against.")
        return
    grid = _grid("People found, against the truth", "pairs", "true pairs", "precision %", "recall %")
    for name, label in (("overall", "all pairs of one person's records"), ("bridge", "bridge: school or council with NHS, no shared NHS number")):
        one = figures[name]
        grid.add_row(label, _count(one.get("true_pairs")), _share(one, "precision"), _share(one, "recall"))
    for one in sorted(figures["groups"], key=lambda row: (row["group"], _first_number(row["value"]), row["value"])):
        if groups is None or one["group"] in groups:
            grid.add_row(f"  {one['group']}: {one['value']}", _count(one["true_pairs"]), _percent(one["precision"]), _percent(one["recall"]))
    console.print(grid)
    weights = figures["weights"]
    if weights:
        worst = max(weights, key=lambda row: abs(row["probability"] - row["share_true"]))
        console.print(
            f"Match probability beside the truth, in {len(weights)} ranges of weight: furthest off from {worst['weight_from']} bits on, where the model says "
            f"{worst['probability']:.0%} and {worst['share_true']:.0%} are true ({worst['pairs']:,} pairs; gold.linkage_weight).", highlight=False, soft_wrap=True,
        )  # fmt: skip


def print_checks(console: Console, figures: Mapping[str, Any]) -> None:
    """What is told of the links without a truth, overall; changes by cause too."""
    if not figures["checks"]:
        return
    grid = _grid("Without a truth (what each is: gold.linkage_check in DICTIONARY.md)", "measure", "of", "share % (95 % interval)")
    place = {measure: at for at, measure in enumerate(gold.LINKAGE_CHECKS)}
    for one in sorted(figures["checks"], key=lambda row: (place[row["measure"]], row["group"] != "overall", row["group"], row["value"])):
        if one["group"] in ("overall", "cause"):
            label = one["measure"].replace("_", " ") if one["group"] == "overall" else f"  {one['group']}: {one['value'].replace('_', ' ')}"
            grid.add_row(label, _count(one["counted"]), _share(one, "share"))
    console.print(grid)


def print_goals(console: Console, figures: Mapping[str, Any]) -> None:
    """Who is found across the sectors and who is wrongly joined, beside what is aimed at."""
    if not figures["goals"]:
        return
    grid = _grid("What the links are for, against the truth (what each is: gold.linkage_goal in DICTIONARY.md)", "measure", "of", "share % (95 % interval)", "goal %")
    for one in figures["goals"]:
        aims = [f"{word} {100 * one[name]:g}" for word, name in (("at least", "at_least"), ("at most", "at_most")) if one[name] is not None]
        grid.add_row(one["measure"].replace("_", " "), _count(one["counted"]), _share(one, "share"), " ".join(aims) or "–")
    console.print(grid)


def print_anchors(console: Console, figures: Mapping[str, Any]) -> None:
    """Records without names, by the step that attached them or the reason that none did."""
    if not figures["anchors"]:
        return
    grid = _grid("Records without names: what each is attached by, or why it is attached to nobody", "source", "step", "rule", "records")
    for one in figures["anchors"]:
        grid.add_row(one["source"], "–" if one["step"] is None else str(one["step"]), one["reason"], _count(one["records"]))
    console.print(grid)


def print_return_files(console: Console, written: Sequence[tuple[Path, ReturnFile]]) -> None:
    """How many return files, files and errors there are by source, and where they lie."""
    grid = _grid("Return files", "source", "controllers", "delivered files", "refused", "errors listed", "kept and marked")
    for name in sorted({found.source.name for _, found in written}):
        of_source = [found for _, found in written if found.source.name == name]
        files = [file for found in of_source for file in found.files]
        errors, marked = sum(len(found.errors) for found in of_source), sum(sum(found.marked.values()) for found in of_source)
        grid.add_row(name, *map(_count, (len(of_source), len(files), sum(file.status != "accepted" for file in files), errors, marked)))
    console.print(grid)
    console.print(f"They are in {_near(written[0][0].parents[1])}/<source>/<controller>.xlsx", highlight=False, soft_wrap=True)


def print_demo(console: Console, settings: Settings, seconds: float, changed: bool) -> None:
    """The end of the demo: rows per layer, link quality, the pathfinder by borough, and what to open next."""
    console.print(layers_grid(settings))
    print_quality(console, quality_figures(settings), GROUPS_SHOWN)
    console.print(pathfinder_grid(settings))
    pages = Path(settings.pages) / "index.html"
    console.print(
        f"\nOpen next:\n  {_near(pages)}   pages for councillors, one per borough\n"
        "  notebooks/   how a researcher asks the data a question\n"
        "  DICTIONARY.md   every table and column\n"
        "  .venv/bin/cyplink quality | list | runs | mlflow   how good the links are, what runs, what ran, how the model was trained",
        highlight=False,
    )
    console.print(f"\nDemo {'finished' if changed else 'changed nothing: everything was there already'}, {seconds:.0f} s.", highlight=False)


def layers_grid(settings: Settings) -> Grid:
    """Tables and rows per layer of the published run."""
    manifest = read_manifest(settings.zones.identifiable, open_published(settings.zones.research).run_id)
    grid = _grid("What there is now", "layer", "tables", "rows")
    for layer in STAGES:
        entries = [entry for name, entry in manifest.tables.items() if name.startswith(f"{layer}.")]
        grid.add_row(layer, str(len(entries)), f"{sum(entry['rows'] for entry in entries):,}")
    return grid


def pathfinder_grid(settings: Settings) -> Grid:
    """Pathfinder 1 by borough, latest observable year, after disclosure control."""
    names = {"all": "all together", **{row["la"]: row["name"] for row in codelists.read("boroughs")}}
    rows = _published_rows(settings, pathfinders.LOOKED_AFTER_MENTAL_HEALTH)
    years = [row["year"] for row in rows if row["status"] != "not_observable"] or [row["year"] for row in rows]
    year = max(years, default="")
    grid = _grid(f"Looked-after children in contact with mental-health services, year to 31 March, {year}",
                 "borough", "looked after", "observable", "in contact", "share % (95 % interval)")
    for row in sorted(rows, key=lambda row: row["responsible_authority"]):
        if row["year"] == year:
            shown = f"{100 * row['share']:.0f} ({100 * row['share_low']:.0f} to {100 * row['share_high']:.0f})" if row["share"] is not None else row["status"]
            grid.add_row(names.get(row["responsible_authority"], row["responsible_authority"]), *(_count(row[n]) for n in ("looked_after", "observable", "in_contact")), shown)
    return grid


def _published_rows(settings: Settings, table: Table) -> list[dict[str, Any]]:
    """Rows of a table of the published run; none where the run is older than the table."""
    published = open_published(settings.zones.research)
    return list(published.dataset(table.name).to_table().to_pylist()) if table.name in published.tables else []


def _grid(title: str, *columns: str) -> Grid:
    grid = Grid(title=title, title_justify="left", title_style="bold", header_style="", pad_edge=False, box=box.SIMPLE_HEAD)
    for i, name in enumerate(columns):
        is_number = i > 0 and name not in ("rule", "reads", "writes", "would", "value")
        grid.add_column(name, justify="right" if is_number else "left", overflow="fold")
    return grid


def _names(tables: Iterable[Table]) -> str:
    return ", ".join(table.name for table in tables)


def _first_number(value: str) -> int:
    """So that 5 to 10 comes before 11 to 15."""
    digits = "".join(takewhile(str.isdigit, value))
    return int(digits) if digits else 0


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}"


def _share(one: Mapping[str, Any], name: str) -> str:
    if one.get(name) is None:
        return "–"
    low, high = one[f"{name}_low"], one[f"{name}_high"]
    interval = f" ({100 * low:.2f}–{100 * high:.2f})" if low is not None and high is not None else ""
    return f"{100 * one[name]:.2f}{interval}"


def _near(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
