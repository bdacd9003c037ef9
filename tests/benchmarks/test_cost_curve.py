"""What training, scoring and clustering cost as the population grows, by million pairs: a table, and a picture of it.

A smaller population is fewer boroughs, all their people and all their records, not a share of everybody: a share would thin out streets and schools as no
smaller place is thinner. A larger one than a synthetic London is several, of different seeds, side by side: names and birth dates are drawn from the same
lists, so that blocks of them grow as those of a larger country do, and what places and registers give out (postcodes, properties, NHS numbers, UPNs,
multiple births) is apart. The generator makes no more than one London; each population is landed by itself, and they meet in silver.identity, which is
what linkage reads.

CYPLINK_BENCH_LAKES: working folders, with spaces between them, one for each seed, in which `cyplink run --to silver` was done (settings
CYPLINK_BENCH_ENV, default london); without it two populations, each a fiftieth of North West London, are made. CYPLINK_BENCH_CHILDREN: sizes in
people, with spaces between them (of London: 500000 1000000 2000000 4000000); default a quarter, a half, one and two of the first population. Whole boroughs come
nearest to them. CYPLINK_BENCH_OUT: where the table and the picture are left.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import altair as alt
import pandas as pd
import pytest
from rich.console import Console
from rich.table import Table as Grid

from cyplink import duck
from cyplink.lake import Lake, files_at
from cyplink.pages.charts import styled
from cyplink.settings import Settings, load
from cyplink.settling import write_file
from cyplink.tables import silver
from tests.benchmarks.populations import ENV, cleared, made, run_steps, true_people, with_key
from tests.worlds import CONF

pytestmark = pytest.mark.bench
STEPS = {"training": "linkage.train_model", "scoring": "linkage.scored_pair", "clustering": "linkage.cluster"}
ELSEWHERE = "elsewhere"


def _populations(root: Path) -> list[Settings]:
    if given := os.environ.get("CYPLINK_BENCH_LAKES"):
        return [load(CONF, ENV, Path(one)) for one in given.split()]
    return [made(root / f"seed-{seed}", "linkage.train_model", 0.02, seed) for seed in (1, 2)]


def _chosen(people: Sequence[pd.DataFrame], size: int) -> list[pd.Series]:
    """Of each population the records of whole boroughs whose people come nearest to `size` in all; the last of a population are those of elsewhere."""
    left, chosen = size, []
    for population in people:
        by_borough = population.groupby("borough", observed=True)["truth_person_id"].nunique()
        order = sorted(by_borough.index, key=lambda name: (name == ELSEWHERE, name))
        taken = []
        for borough in order:
            if by_borough[borough] / 2 < left:
                taken.append(borough)
                left -= by_borough[borough]
        chosen.append(population.loc[population["borough"].isin(taken), "record_id"])
    return chosen


def _lay(populations: Sequence[Settings], chosen: Sequence[pd.Series], root: Path) -> None:
    """The chosen records of all populations as the silver.identity, with its mergers, of a working folder in which nothing is linked."""
    trial = Lake(with_key(root).zones.roots())
    for place, (settings, records) in enumerate(zip(populations, chosen, strict=True)):
        if records.empty:
            continue
        lake = Lake(settings.zones.roots())
        with duck.connection(os.cpu_count() or 1) as connection:
            for table, select in ((silver.IDENTITY, _apart(place)), (silver.NHS_NUMBER_MERGER, _mergers_apart(place))):
                connection.execute(f"create or replace temp view held as select * from read_parquet([{duck.listed(files_at(lake.pin(table)))}], union_by_name=true)")
                connection.register("chosen", pd.DataFrame({"record_id": records}))
                file = write_file(connection, select, trial.path(table), f"{place}-", table.statistics)
                trial.commit_files(table, [file] if file else [], f"population-{place}", 1, {})


def _apart(place: int) -> str:
    """SELECT of the chosen records; of a further population, under record ids, numbers and places of its own."""
    if not place:
        return "select held.* from held semi join chosen using (record_id)"
    own = f"'{chr(ord('A') + place)}' || "
    return f"""
        select held.* replace (
            (hash(record_id, {place}) >> 1)::bigint as record_id, nhs_number + {place * 10**10} as nhs_number, {own}upn as upn, [{own}one for one in upns] as upns,
            {own}postcode as postcode, [{own}one for one in postcodes] as postcodes, [one + {place * 10**13} for one in uprns] as uprns,
            {own}multiple_birth_id as multiple_birth_id)
        from held semi join chosen using (record_id)"""


def _mergers_apart(place: int) -> str:
    return f"""
        select held.* replace (superseded_nhs_number + {place * 10**10} as superseded_nhs_number, current_nhs_number + {place * 10**10} as current_nhs_number)
        from held"""


def _measured(root: Path, people: int) -> list[dict[str, object]]:
    """A row for each step: people, million pairs in blocks, seconds of the step by itself, most memory of all its processes."""
    steps = {step: run_steps(root, name) for step, name in STEPS.items()}
    journal = root / "data" / "lake" / "identifiable" / "_runs" / "steps" / "linkage.scored_pair.json"
    figures = json.loads(journal.read_text(encoding="utf-8"))["figures"]
    return [
        {
            "people": people, "named_records": figures["fresh_records"], "million_pairs": figures["pairs_in_blocks"] / 1e6, "step": step,
            "seconds": seconds[STEPS[step]], "peak_gb": whole.peak / 1000,
        }
        for step, (whole, seconds) in steps.items()
    ]  # fmt: skip


def _draw(costs: pd.DataFrame, path: Path) -> None:
    base = alt.Chart(costs).mark_line(point=True).encode(x=alt.X("million_pairs:Q", title="million pairs in blocks"), color=alt.Color("step:N", sort=list(STEPS), title=None))
    drawn = {"seconds": "seconds", "peak_gb": "most memory of all processes, GB"}
    styled(alt.hconcat(*(base.encode(y=alt.Y(f"{name}:Q", title=title)).properties(width=420, height=300) for name, title in drawn.items()))).save(path)


def _print(costs: pd.DataFrame) -> None:
    grid = Grid(title=f"{os.cpu_count()} cores; seconds of each step by itself, without the start of its process")
    for heading in ("people", "named records", "million pairs", "pairs a record", *(f"{step} s" for step in STEPS), "s per million pairs", "times the first", *(f"{step} GB" for step in STEPS)):
        grid.add_column(heading, justify="right")
    rates = []
    for people, rows in costs.groupby("people"):
        pairs, records = rows["million_pairs"].iloc[0], rows["named_records"].iloc[0]
        by_step = rows.set_index("step")
        rates.append(by_step["seconds"].sum() / pairs)
        grid.add_row(
            f"{people:,}", f"{records:,}", f"{pairs:.2f}", f"{pairs * 1e6 / records:.1f}", *(f"{by_step['seconds'][step]:.1f}" for step in STEPS),
            f"{rates[-1]:.2f}", f"{rates[-1] / rates[0]:.2f}", *(f"{by_step['peak_gb'][step]:.1f}" for step in STEPS),
        )  # fmt: skip
    Console(width=180).print(grid)


def test_cost_curve(tmp_path: Path) -> None:
    populations = _populations(tmp_path)
    people = [true_people(settings)[["record_id", "truth_person_id", "borough"]] for settings in populations]
    first = people[0]["truth_person_id"].nunique()
    sizes = [int(size) for size in os.environ.get("CYPLINK_BENCH_CHILDREN", "").split()] or [first // 4, first // 2, first, 2 * first]
    rows = []
    for size in sizes:
        root = cleared(tmp_path / f"people-{size}")
        chosen = _chosen(people, size)
        _lay(populations, chosen, root)
        rows += _measured(root, sum(population.loc[records.index, "truth_person_id"].nunique() for population, records in zip(people, chosen, strict=True)))
    costs = pd.DataFrame(rows)
    out = Path(os.environ.get("CYPLINK_BENCH_OUT", tmp_path)) / "cost_curve"
    out.mkdir(parents=True, exist_ok=True)
    costs.to_csv(out / "cost_curve.csv", index=False)
    _draw(costs, out / "cost_curve.png")
    _print(costs)
    Console(width=180).print(f"The table and the picture: {out}")
    grown = costs.groupby("people")["million_pairs"].first()
    assert grown.is_monotonic_increasing, "more people make fewer pairs"
