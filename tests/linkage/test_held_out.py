"""The held-out NHS number: pairs are weighed and met without it, agreement is the truth, what was never scored is not linked."""

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from cyplink.linkage.checks import Check, group_people
from cyplink.linkage.evaluation import OVERALL
from cyplink.linkage.held_out import COMPARISON, held_out
from cyplink.linkage.meetings import sample_people
from cyplink.linkage.training import TrainedModel
from tests.linkage.population import NO_MERGERS, record, table

SHARED = {"sex": "M", "postcodes": ["HA11AA"], "date_of_birth": pd.Timestamp(2012, 5, 1).date()}
PEOPLE = range(40)


def identity() -> pa.Table:
    """A council record and a PDS record of 40 people, both with the NHS number; those of the last ten have nothing else in common."""
    rows = []
    for p in PEOPLE:
        stated = {"forename": f"ANN{p}", "surname": "LEE", "nhs_number": 9990000000 + p, **SHARED}
        other = {"forename": "XU", "surname": f"YE{p}", "date_of_birth": pd.Timestamp(2001, 1, 2).date(), "postcodes": []} if p >= 30 else {}
        rows += [record(1 + p, "case_management", **stated), record(1001 + p, "pds", **{**stated, **other})]
    return table(rows)


def bits(model: TrainedModel, level: str) -> float:
    return float(next(one["weight"] for one in model.levels if (one["comparison"], one["level"]) == (COMPARISON, level)))


def measured(model: TrainedModel, *scored: tuple[int, int, float, int], withheld: tuple[int, ...] = ()) -> dict[tuple[str, str, str], Check]:
    """`scored`: council record, PDS record, bits, first blocking rule."""
    people, links = identity(), pd.DataFrame({"record_id": [r for p in PEOPLE for r in (1 + p, 1001 + p)], "person_id": [p for p in PEOPLE for _ in range(2)]})
    links["is_withheld"] = links["person_id"].isin(withheld)
    person = pd.DataFrame({"person_id": PEOPLE, "sex": "M", "ethnic_group": "White", "birth_month": "2012-05", "was_ever_looked_after": [p < 20 for p in PEOPLE], "is_unaccompanied": False})
    edges = pd.DataFrame(
        [(left, right, left, right, round(1000 * weight), rule, 1) for left, right, weight, rule in scored],
        columns=["record_id_l", "record_id_r", "record_version_l", "record_version_r", "match_weight", "blocking_rule", "model_version"],
    )
    with duckdb.connect() as connection:
        for name, rows in {"identity": people, "merger": NO_MERGERS, "person_link": links, "person": person, "scored": edges}.items():
            connection.register(name, rows)
        group_people(connection)
        sample_people(connection, 1_000)
        found = held_out(connection, model, 1, 0.0, 2, "1GB")
    return {(one.measure, one.group, one.value): one for one in found}


def test_recall_needs_another_rule_and_weight_enough_without_the_number(model: TrainedModel) -> None:
    same = bits(model, "same, after mergers")
    found = measured(model, *((1 + p, 1001 + p, same + (-2.0 if 24 <= p < 30 else 2.0), 1) for p in PEOPLE if p != 0))
    recall = found["held_out_recall", OVERALL, "all"]
    assert (recall.counted, recall.share) == (40, pytest.approx(23 / 40)), "one was not scored, six weigh too little, ten meet by the number alone"
    assert recall.low is not None and recall.low < 23 / 40
    assert found["held_out_recall", "looked_after", "looked after"].share == pytest.approx(19 / 20)
    assert found["held_out_recall", "source_pair", "case_management + pds"].counted == 40
    assert found["held_out_precision", OVERALL, "all"].share == 1.0


def test_who_weighs_enough_and_has_another_number_is_a_false_link(model: TrainedModel) -> None:
    same, different = bits(model, "same, after mergers"), bits(model, "different")
    kept = max(0.0, model.keep_above - different)
    true = [(1 + p, 1001 + p, same + kept + 2.0, 1) for p in range(30)]
    false = [(1, 1002, different + kept + 2.0, 3), (2, 1001, different + kept - 0.5, 3), (3, 1004, different + kept + 2.0, -1)]
    found = measured(model, *true, *false)
    precision = found["held_out_precision", OVERALL, "all"]
    assert (precision.counted, precision.share) == (31, pytest.approx(30 / 31)), "one weighs too little, one met by no rule"


def test_withheld_people_are_in_no_figure(model: TrainedModel) -> None:
    found = measured(model, *((1 + p, 1001 + p, 60.0, 1) for p in PEOPLE), withheld=(0, 1, 2, 3, 4))
    assert found["held_out_recall", OVERALL, "all"].counted == 35
