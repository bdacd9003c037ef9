"""One table of people, without London: whatever columns it has, its rows become people, and what it lacks is no matter."""

import re
import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cyplink.linkage import Linked, alike, link, near, same

PROJECT = Path(__file__).parents[2]
NAMES = {"forename": "first_name", "surname": "last_name", "date_of_birth": "born"}


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """The table of the example, with whose every row is."""
    return pd.read_csv(PROJECT / "notebooks" / "people.csv", dtype=str)


def quality(linked: Linked, people: pd.DataFrame) -> tuple[float, float]:
    """Precision and recall over pairs of rows."""
    both = linked.people.merge(people[["id", "truth"]], on="id")
    found, true, right = (int((n := both.groupby(by).size()).mul(n - 1).sum()) for by in (["person"], ["truth"], ["person", "truth"]))
    return right / max(found, 1), right / true


def test_names_birth_dates_and_postcodes_are_enough(people: pd.DataFrame) -> None:
    linked = link(people, id="id", columns=NAMES)
    precision, recall = quality(linked, people)
    assert precision > 0.99 and recall > 0.95
    assert list(linked.people.columns) == ["id", "person", "match_weight", "margin", "status"] and list(linked.people["id"]) == list(people["id"])
    assert {"id_l", "id_r", "match_weight", "match_probability"} == set(linked.pairs.columns)
    assert {level["comparison"] for level in linked.model.levels} == {"forename", "surname", "date_of_birth", "sex", "address"}
    again = link(people, id="id", columns=NAMES, threads=1)
    pd.testing.assert_frame_equal(linked.people, again.people)


def test_a_name_in_one_field_is_taken_apart(people: pd.DataFrame) -> None:
    first, last = people["first_name"].fillna(""), people["last_name"].fillna("")
    whole = np.where(people.index % 2 == 0, first + " " + last, last + ", " + first)
    precision, recall = quality(link(people.assign(full_name=whole).drop(columns=["first_name", "last_name"]), id="id", columns={"date_of_birth": "born"}), people)
    assert precision > 0.995 and recall > 0.93


def test_further_columns_are_compared_each_in_its_way(people: pd.DataFrame) -> None:
    by_row = people.index.to_numpy()
    truth = people["truth"].astype(int)
    table = people.assign(
        email=np.where(by_row % 5 == 0, None, "p" + people["truth"] + "@example.org"), occupation=np.where(truth % 3 == 0, "nurse", "baker"), arrived=2000 + truth % 20 + by_row % 2,
    )
    linked = link(table.drop(columns=["postcode", "sex"]), id="id", columns=NAMES, further=[same("email"), alike("occupation"), near("arrived", within=1)])
    levels = {(level["comparison"], level["level"]): level["weight"] for level in linked.model.levels}
    assert levels["further_0", "same"] > 5 and levels["further_2", "different"] < 0
    assert ("further_1", "spelt alike") in levels and ("further_2", "near") in levels
    assert "email" in {block["name"] for block in linked.model.blocking} and "occupation" not in {block["name"] for block in linked.model.blocking}
    precision, recall = quality(linked, people)
    assert precision > 0.998 and recall > 0.96


def test_without_birth_dates_names_meet_by_place(people: pd.DataFrame) -> None:
    linked = link(people.drop(columns=["born", "sex"]), id="id", columns={name: column for name, column in NAMES.items() if column != "born"})
    precision, recall = quality(linked, people)
    assert precision > 0.9 and recall > 0.4
    assert "names" in {block["name"] for block in linked.model.blocking}


CARELESS: list[tuple[Callable[[pd.DataFrame], pd.DataFrame], dict[str, object], str]] = [
    (lambda table: table, {"id": "number"}, "has no column number. It has: id"),
    (lambda table: table.assign(id="1"), {"id": "id"}, "rows repeat the id"),
    (lambda table: table.assign(id=None), {"id": "id"}, "rows have no id"),
    (lambda table: table, {"id": "id", "columns": {"firstname": "first_name"}}, "knows no firstname"),
    (lambda table: table[["id", "born"]], {"id": "id", "columns": {"date_of_birth": "born"}}, "says too little"),
    (lambda table: table.head(1), {"id": "id", "columns": NAMES}, "has 1 rows"),
    (lambda table: table[["id", "postcode"]].assign(email="a@example.org"), {"id": "id", "further": [same("email")]}, "says too little|nothing to train on"),
]


@pytest.mark.parametrize(("spoil", "asked", "said"), CARELESS, ids=[said for _, _, said in CARELESS])
def test_a_careless_call_is_told_what_to_do(people: pd.DataFrame, spoil: Callable[[pd.DataFrame], pd.DataFrame], asked: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        link(spoil(people), **asked)  # type: ignore[arg-type]


def test_the_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "cyplink.linkage" in block]
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    (tmp_path / "notebooks").symlink_to(PROJECT / "notebooks")
    (tmp_path / "example.py").write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    runpy.run_path("example.py")
    linked = pd.read_csv(tmp_path / "linked.csv")
    assert {"id", "person"} <= set(linked.columns) and str(linked["person"].nunique()) in capsys.readouterr().out
