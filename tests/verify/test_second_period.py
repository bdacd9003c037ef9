"""A second period over the first: what changed is worked on, what is the same keeps its id, and the result is what one run over everything gives."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import deltalake
import pandas as pd
import pytest

from cyplink import synthetic
from cyplink.pseudonym import Pseudonyms
from tests.contents import differences
from tests.verify.conftest import KEY, Outside, make_outside

pytestmark = pytest.mark.verify


@dataclass(frozen=True)
class Later:
    """A world in which the second period was run over the first; its people's truth, and links and figures of both runs."""

    outside: Outside
    both: Path
    first_links: pd.DataFrame
    links: pd.DataFrame
    first_figures: dict[str, dict[str, int]]
    figures: dict[str, dict[str, int]]

    def truth(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.both / "truth" / f"{name}.parquet")


def _rows(outside: Outside, table: str, zone: str = "identifiable") -> pd.DataFrame:
    return deltalake.DeltaTable(str(outside.root / "data" / "lake" / zone / table)).to_pyarrow_table().to_pandas()


def _figures(outside: Outside) -> dict[str, dict[str, int]]:
    steps = outside.root / "data" / "lake" / "identifiable" / "_runs" / "steps"
    return {path.stem: json.loads(path.read_text())["figures"] for path in steps.glob("linkage.*.json")}


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory, population: Path) -> Later:
    both = tmp_path_factory.mktemp("both") / "synthetic"
    synthetic.generate(both, synthetic.boroughs("Brent,Kensington and Chelsea"), 0.01, 7, with_second_period=True)
    outside = make_outside(tmp_path_factory.mktemp("later"), population)
    outside.cyplink("run")
    first_links, first_figures = _rows(outside, "linkage/person_link"), _figures(outside)
    shutil.copytree(both, outside.root / "data" / "synthetic", dirs_exist_ok=True)
    outside.cyplink("run")
    return Later(outside, both, first_links, _rows(outside, "linkage/person_link"), first_figures, _figures(outside))


def test_everyone_keeps_the_id_but_those_the_ledger_tells_of(later: Later) -> None:
    kept = later.first_links.merge(later.links, on="record_id", suffixes=("", "_now"))
    moved = kept[kept["person_id"] != kept["person_id_now"]]
    events = _rows(later.outside, "linkage/person_event")
    told = events[(events["sequence"] == events["sequence"].max()) & (events["event"] == "joined")]
    assert events["sequence"].nunique() == 2
    assert set(moved["record_id"]) <= set(told["record_id"])
    assert len(moved) < 0.02 * len(kept), "a quarter of a year moves few"
    held = events[events["event"] == "joined"].groupby("person_id")["record_id"].agg(set)
    reinstated = set(events.loc[events["event"] == "reinstated", "person_id"])
    minted = events[events["event"] == "minted"]
    assert not minted["person_id"].duplicated().any() and set(held.index) <= set(minted["person_id"]) | reinstated


def test_what_the_second_run_changed_is_told(later: Later) -> None:
    told = {(row["measure"], row["group"]): row for row in _rows(later.outside, "gold/linkage_check", "research").to_dict("records") if row["group"] == "overall"}
    now = later.links[~later.links["is_withheld"]]
    kept = later.first_links[["record_id", "person_id"]].merge(now, on="record_id", suffixes=("", "_now"))
    moved = kept["person_id"] != kept["person_id_now"]

    def pairs(rows: pd.DataFrame, *by: str) -> int:
        sizes = rows.groupby(list(by)).size()
        return int((sizes * (sizes - 1) // 2).sum())

    before, both, after = pairs(kept, "person_id"), pairs(kept, "person_id", "person_id_now"), pairs(now, "person_id")
    assert told["person_changed", "overall"]["share"] == round(moved.mean(), 4)
    assert told["links_lost", "overall"]["share"] == round(1 - both / before, 4)
    assert told["links_gained", "overall"]["share"] == round(1 - both / after, 4) > 0


def test_who_withdrew_is_gone_and_who_was_born_is_there(later: Later) -> None:
    record, happened = later.truth("record"), later.truth("second_period")
    hashed = [Pseudonyms(KEY).hash63_text(*one) for one in record[["source", "controller", "local_id"]].itertuples(index=False)]
    person_of = dict(zip(hashed, record["truth_person_id"], strict=True))
    people = {what: set(rows["truth_person_id"]) for what, rows in happened.groupby("what")}
    before, now = ({person_of[one] for one in links["record_id"] if one in person_of} for links in (later.first_links, later.links))
    assert people["withdrawn"] and not people["withdrawn"] & now
    assert people["withdrawn"] & before, "so that there was something to withdraw"
    born = people["born"] - people["withdrawn"] - people.get("opted_out", set())
    assert len(born & now) > 0.9 * len(born) and not born & before


def test_the_work_is_in_proportion_to_what_changed(later: Later) -> None:
    first, second = later.first_figures["linkage.scored_pair"], later.figures["linkage.scored_pair"]
    assert second["model_version"] == first["model_version"]
    share = second["fresh_records"] / first["fresh_records"]
    assert 0 < share < 0.5
    # A fresh record meets the old ones as well: at most twice its share of the pairs.
    assert second["pairs_in_blocks"] < 2 * share * first["pairs_in_blocks"]


def test_silver_is_what_one_run_over_everything_makes(later: Later, tmp_path: Path) -> None:
    at_once = make_outside(tmp_path, later.both)
    at_once.cyplink("run", "--to", "silver")
    found = differences(at_once.contents(), later.outside.contents())
    assert [one for one in found if one.startswith(("silver/", "quarantine/"))] == []


def test_the_partition_and_ids_are_what_scoring_everything_again_makes(later: Later) -> None:
    before, clusters = later.outside.contents(), _rows(later.outside, "linkage/cluster")
    for table in ("scored_pair", "cluster"):
        shutil.rmtree(later.outside.root / "data" / "lake" / "identifiable" / "linkage" / table)
    later.outside.cyplink("run")
    again = _figures(later.outside)["linkage.scored_pair"]
    assert again["fresh_records"] > later.figures["linkage.scored_pair"]["fresh_records"], "everything was scored"
    columns = ["record_id", "cluster_id", "match_weight", "margin", "status"]
    pd.testing.assert_frame_equal(*(rows[columns].sort_values("record_id", ignore_index=True) for rows in (clusters, _rows(later.outside, "linkage/cluster"))))
    assert [one for one in differences(before, later.outside.contents()) if one.startswith(("gold/", "linkage/person"))] == []
