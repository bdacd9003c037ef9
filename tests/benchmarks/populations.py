"""Populations whose silver.identity the benches of linkage read, and folders in which their linkage is done anew."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cyplink import flow, synthetic
from cyplink.lake import Lake
from cyplink.linkage.truth import truth_of
from cyplink.pseudonym import Pseudonyms, load_key
from cyplink.runs import manifests, read_manifest
from cyplink.settings import Settings, load
from cyplink.tables import silver
from tests.benchmarks.costs import CYPLINK, Cost, cost
from tests.worlds import CONF

LINKED = (silver.IDENTITY, silver.NHS_NUMBER_MERGER)
ENV = os.environ.get("CYPLINK_BENCH_ENV", "london" if "CYPLINK_BENCH_LAKE" in os.environ or "CYPLINK_BENCH_LAKES" in os.environ else "local")
"""Settings of the lakes that are named, and of what is run on them."""


def made(root: Path, last: str, sample: float, seed: int = 1) -> Settings:
    """North West London's children, `sample` of them, and of the flow what job `last` needs, itself included."""
    synthetic.generate(root / "data" / "synthetic", synthetic.boroughs("nwl"), sample, seed)
    cost([*CYPLINK, "key"], root, "local")
    cost([*CYPLINK, "run", *(word for name in _needed(last) for word in ("--only", name))], root, "local")
    return load(CONF, "local", root)


def given_or_made(root: Path, last: str) -> Settings:
    """The lake in the working folder CYPLINK_BENCH_LAKE; without one, that of a twentieth of North West London, up to job `last`."""
    given = os.environ.get("CYPLINK_BENCH_LAKE")
    return load(CONF, ENV, Path(given)) if given else made(root, last, 0.05)


def _needed(last: str) -> list[str]:
    steps = flow.discover()
    writer = {table.name: step for step in steps for table in step.writes}
    found = {last}
    fresh = [step for step in steps if step.name == last]
    while fresh:
        before = {writer[table.name].name: writer[table.name] for step in fresh for table in step.reads if table.name in writer}
        fresh = [step for name, step in before.items() if name not in found]
        found |= set(before)
    return [step.name for step in steps if step.name in found]


def true_people(settings: Settings) -> pd.DataFrame:
    """The records of the lake's silver.identity as cyplink.linkage.truth has them."""
    root = settings.zones.identifiable
    pseudonyms = Pseudonyms(load_key(Path(settings.pseudonym_key_file)))
    truth = truth_of(Lake(settings.zones.roots()), read_manifest(root, manifests(root)[-1]), settings.truth, pseudonyms)
    assert truth is not None, "the lake's population has no truth beside it"
    return truth


def unlinked(settings: Settings, root: Path) -> Settings:
    """A working folder in which nothing is linked yet, of the same identities."""
    lake, folder = Lake(settings.zones.roots()), Lake(load(CONF, ENV, root).zones.roots())
    for table in LINKED:
        link = Path(folder.path(table))
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(lake.path(table))
    return with_key(root)


def with_key(root: Path) -> Settings:
    cost([*CYPLINK, "key"], root, ENV)
    return load(CONF, ENV, root)


def run_steps(root: Path, *names: str) -> tuple[Cost, Mapping[str, float]]:
    """What `cyplink run` of the named jobs costs, its start included, and seconds of each by themselves."""
    log = root / "output.log"
    before = log.stat().st_size if log.exists() else 0
    whole = cost([*CYPLINK, "run", *(word for name in names for word in ("--only", name))], root, ENV)
    told = log.read_text(encoding="utf-8")[before:]
    return whole, {name: float(seconds) for name, seconds in re.findall(r"^ +([a-z_.]+) +([0-9.]+) s$", told, re.M)}


def cleared(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
