"""What is said before linkage holds after it: a late record of a sealed life, orders as never-links, the whole person withheld."""

from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession

from cyplink.linkage.inputs import with_orders
from jobs.linkage import person_link, sealed_pair
from tests.tasks import KEY, written

FORMER, NEW, SUPERSEDED = 9990000018, 9990000026, 9990000034
SEAL = {"statement_token": 1, "kind": "adoption_seal", "controller": "304", "child_id": "C1", "former_nhs_number": FORMER, "new_nhs_number": NEW}


def who(record_id: int, source: str, controller: str, **more: Any) -> dict[str, Any]:
    return {"record_id": record_id, "source": source, "controller": controller, "is_named": source != "mhsds", **more}


def test_a_seal_finds_the_late_records_of_both_lives(spark_session: SparkSession) -> None:
    spine = [who(1, "pds", "X26", nhs_number=FORMER), who(2, "pds", "X26", nhs_number=NEW)]
    late = [
        who(3, "ssda903", "304", local_id="C1"), who(4, "case_management", "304", local_id="9", alternative_local_id="C1", nhs_number=NEW),
        who(5, "mhsds", "RV3", nhs_number=SUPERSEDED), who(6, "case_management", "307", local_id="C1"),
    ]
    merger = {"superseded_nhs_number": SUPERSEDED, "current_nhs_number": FORMER}

    def pairs(*identity: dict[str, Any]) -> set[tuple[int, int]]:
        found = written(spark_session, sealed_pair.job, separation=[SEAL], identity=identity, nhs_number_merger=[merger])
        assert len(found) == len({tuple(row.values()) for row in found})
        return {(row["record_id_l"], row["record_id_r"]) for row in found}

    assert pairs(*spine) == {(1, 2)}
    assert pairs(*spine, *late) == {(1, 2), (2, 3), (2, 4), (2, 5)}


def test_orders_join_the_decisions_as_never_links_and_seals_do_not() -> None:
    decisions = pa.table({"record_id_l": [5], "record_id_r": [6], "decision": ["must_link"]})
    stated = pa.table({"kind": ["never_link", "adoption_seal"], "record_id_l": [1, None], "record_id_r": [2, None]})
    assert with_orders(decisions, stated).to_pylist() == [
        {"record_id_l": 5, "record_id_r": 6, "decision": "must_link"}, {"record_id_l": 1, "record_id_r": 2, "decision": "never_link"},
    ]


def test_a_person_is_withheld_whole_when_any_record_is(spark_session: SparkSession) -> None:
    """Ann's school record says nothing: her council's record bears an opted-out number. Ben's council record was objected to. Cy is free."""
    ann, ben, cy = (1, 2), (3, 4), (5, 6)
    people = {record: min(pair) for pair in (ann, ben, cy) for record in pair}
    cluster = ({"record_id": r, "cluster_id": p, "status": "linked", "match_weight": 9, "model_version": 1} for r, p in people.items())
    events = ({"sequence": 1, "person_id": p, "record_id": r, "event": "joined"} for r, p in people.items())
    found = written(
        spark_session, person_link.job, cluster=cluster, person_event=events,
        identity=[{"record_id": 1, "nhs_number": FORMER}, {"record_id": 5, "nhs_number": NEW}],
        withheld_nhs_number=[{"nhs_number_token": KEY.hash63_text("nhs_number", str(FORMER)), "reason": "national_data_opt_out"}],
        withheld_record=[{"record_id": 4, "reason": "local_objection", "is_met_at_the_door": False}],
    )
    assert {row["record_id"] for row in found if row["is_withheld"]} == {*ann, *ben}
    assert len(found) == len(people)
