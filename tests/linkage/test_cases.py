"""Awkward children, in words (cases.yaml): who should be linked, who should not, who should wait for a reviewer."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import yaml

from cyplink.linkage.settings import LinkageSettings
from cyplink.linkage.training import TrainedModel
from tests.linkage.ledger import Ledger
from tests.linkage.population import MERGER_SCHEMA, record, table

CASES = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))
SOURCES = {"pds": "pds", "school": "school_census", "council": "case_management"}
NAMES = {
    "born": "date_of_birth", "quality": "date_of_birth_quality", "nhs": "nhs_number", "status": "nhs_number_status",
    "registrations": "main_registrations", "birth": "multiple_birth_id", "order": "multiple_birth_order",
}
STRIDE = 100


def _record_id(case: int, letter: str) -> int:
    return 1_000_000 + case * STRIDE + ord(letter) - ord("a")


def _row(case: int, letter: str, stated: dict[str, Any]) -> dict[str, object]:
    known = {NAMES.get(name, name): value for name, value in stated.items() if name not in {"source", "postcode", "uprn"}}
    places = {plural: [stated[single]] for single, plural in (("postcode", "postcodes"), ("uprn", "uprns")) if single in stated}
    return record(_record_id(case, letter), SOURCES[stated["source"]], **{"sex": "F", **known, **places})


@dataclass(frozen=True)
class Judged:
    """Per case: the people found (as letters) and the status of each record."""

    people: dict[int, set[frozenset[str]]]
    status: dict[int, dict[str, str]]
    edges: pd.DataFrame


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, model: TrainedModel, policy: LinkageSettings) -> Judged:
    """All cases scored and clustered at once, with the model of the made population."""
    identity = table([_row(n, letter, stated) for n, case in enumerate(CASES) for letter, stated in case["records"].items()])
    merged = {old: new for case in CASES for old, new in case.get("mergers", {}).items()}
    mergers = pa.table({"superseded_nhs_number": list(merged), "current_nhs_number": list(merged.values())}, schema=MERGER_SCHEMA)
    sealed = tuple((_record_id(n, a), _record_id(n, b)) for n, case in enumerate(CASES) for a, b in case.get("sealed", []))
    ledger = Ledger(tmp_path_factory.mktemp("cases"), model)
    ledger.score(identity, mergers, kinds=("score", "complete"))
    records, found = ledger.people(identity, policy, mergers, sealed)
    people, status = defaultdict(lambda: defaultdict(set)), defaultdict(dict)
    for record_id, label, one in zip(records["record_id"], found.label, found.status, strict=True):
        case, letter = divmod(record_id - 1_000_000, STRIDE)
        people[case][label].add(chr(ord("a") + letter))
        status[case][chr(ord("a") + letter)] = one
    return Judged({n: {frozenset(group) for group in groups.values()} for n, groups in people.items()}, dict(status), ledger.edges())


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case["name"] for case in CASES])
def test_awkward_child_is_judged_as_a_person_would(judged: Judged, number: int) -> None:
    case = CASES[number]
    assert judged.people[number] == {frozenset(group) for group in case["people"]}, case["why"]
    in_review = {letter for letter, status in judged.status[number].items() if status == "review"}
    assert in_review == set(case.get("review", [])), case["why"]


def test_no_case_touches_another(judged: Judged) -> None:
    links = judged.edges[judged.edges["match_weight"] > 0]
    assert ((links["record_id_l"] - 1_000_000) // STRIDE == (links["record_id_r"] - 1_000_000) // STRIDE).all()


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case_says_what_it_expects(case: dict[str, Any]) -> None:
    """The word agrees with the people listed, and every record is in one of them."""
    assert sorted(letter for group in case["people"] for letter in group) == sorted(case["records"])
    assert case["expect"] in {"should_link", "should_not_link", "should_review"}
    assert (len(case["people"]) == 1) == (case["expect"] == "should_link")
    assert case["expect"] != "should_review" or case["review"]
