"""`synth --second-period`: the quarter after, from the same population."""

from pathlib import Path

import pandas as pd
import pytest

from cyplink import synthetic

_SMALL = 0.02


def _landing(made: Path) -> dict[str, bytes]:
    root = made / "landing"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A borough's population after the first period and after the second."""
    folder, brent = tmp_path_factory.mktemp("periods"), synthetic.boroughs("Brent")
    first = synthetic.generate(folder / "first", brent, _SMALL, 3)
    second = synthetic.generate(folder / "second", brent, _SMALL, 3, with_second_period=True)
    return first.out, second.out


def test_what_was_sent_before_is_as_it_was(both: tuple[Path, Path]) -> None:
    first, second = map(_landing, both)
    assert {name: second[name] for name in first} == first
    new = {tuple(name.split("/")[:4]) for name in second.keys() - first.keys()}
    assert {source for source, *_ in new} >= {"pds", "gp_events", "sus", "mhsds", "csds", "birth_notifications", "school_census", "case_management", "objections", "ssda903", "cin_census"}
    assert {(source, period) for source, _, period, folder in new if folder == "v2"} == {
        ("ssda903", "2025-26"), ("cin_census", "2025-26"), ("school_census", "2026-spring"), ("mhsds", "2026-03"),
    }  # fmt: skip


def test_somebody_is_born_moves_dies_and_withdraws(both: tuple[Path, Path]) -> None:
    happened = pd.read_parquet(both[1] / "truth/second_period.parquet")
    assert set(happened["what"]) >= {"born", "moved", "died", "renumbered", "protected", "opted_out", "withdrawn", "mended", "removed"}
    people = [pd.read_parquet(made / "truth/person.parquet").set_index("truth_person_id") for made in both]
    assert set(people[1].index) - set(people[0].index) == set(happened.loc[happened["what"] == "born", "truth_person_id"])


def test_the_truth_keeps_whose_each_record_is_and_knows_the_new_ones(both: tuple[Path, Path]) -> None:
    key = ["source", "controller", "local_id"]
    before, after = (pd.read_parquet(made / "truth/record.parquet").set_index(key)["truth_person_id"] for made in both)
    assert after.loc[before.index].equals(before)
    extract = next((both[1] / "landing/pds").glob("*/2026-06/v1/person*"))
    sent = pd.read_csv(extract, dtype=str)["nhs_number"]
    known = after.loc["pds"].index.get_level_values("local_id")
    assert sent.isin(known).mean() > 0.99  # but for numbers spoilt on the way
