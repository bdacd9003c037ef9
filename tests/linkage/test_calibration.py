"""Scored pairs by weight against the truth: every range holds enough pairs, stale pairs and pairs of unknown people do not count."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from cyplink.linkage.calibration import LEAST_PAIRS, ranges, weighed
from cyplink.pseudonym import Pseudonyms

KEY = Pseudonyms(bytes(range(32)))


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        ([(bit, LEAST_PAIRS, LEAST_PAIRS, 190.0) for bit in (0, 5, 9)], [(0, 5, 200), (5, 9, 200), (9, None, 200)]),
        ([(0, 300, 1, 1.0), (8, 150, 140, 149.0), (9, 60, 60, 60.0)], [(0, 8, 300), (8, None, 210)]),
        ([(-5, 20, 0, 1.0), (0, 300, 1, 1.0)], [(-5, None, 320)]),
        ([(3, 5, 5, 5.0)], [(3, None, 5)]),
        ([], []),
    ],
)
def test_bits_are_put_together_until_a_range_holds_enough(counted: list[tuple[int, int, int, float]], expected: list[tuple[int, int | None, int]]) -> None:
    found = ranges(counted)
    assert [(one.weight_from, one.weight_to, one.pairs) for one in found] == expected
    if found:
        assert (found[0].pairs_above, found[0].true_above) == (sum(one[1] for one in counted), sum(one[2] for one in counted))


def test_pairs_count_while_both_records_are_as_they_were_scored(tmp_path: Path) -> None:
    people = [(1, "case_management", "304", "a", 1), (2, "pds", "X26", "b", 1), (3, "pds", "X26", "c", 2), (4, "school_census", "304", "2001/?" + f"{KEY.hash63_text('pupil', 'ANN|LI|'):X}", 1)]
    with duckdb.connect() as connection, KEY.in_duckdb(connection):
        connection.execute("create table identity (record_id bigint, source varchar, controller varchar, local_id varchar, record_version bigint, is_named boolean, nhs_number bigint)")
        connection.executemany("insert into identity values (?, ?, ?, ?, ?, true, null)", [(record, source, controller, local, 10 * record) for record, source, controller, local, _ in people])
        connection.execute("create table merger (superseded_nhs_number bigint, current_nhs_number bigint)")
        connection.execute("create table scored (record_id_l bigint, record_id_r bigint, record_version_l bigint, record_version_r bigint, match_weight int, model_version int)")
        pairs = [(1, 2, 10, 20, 9500, 1), (1, 3, 10, 30, 2500, 1), (2, 4, 20, 40, 20000, 1), (2, 3, 20, 31, 3000, 1), (1, 2, 10, 20, 1000, 2), (1, 1, 10, 10, 0, 1)]
        connection.executemany("insert into scored values (?, ?, ?, ?, ?, ?)", pairs)
        truth = pa.table({"source": [one[1] for one in people], "controller": [one[2] for one in people], "local_id": ["a", "b", "c", "2001/?ANN|LI|"], "truth_person_id": [one[4] for one in people]})
        connection.register("told", truth)
        connection.execute(f"copy told to '{tmp_path}/record.parquet'")
        (found,), true = weighed(connection, 1, str(tmp_path))
    assert (found.pairs, found.true, true) == (3, 2, 3)
    assert found.probability == pytest.approx(sum(1 / (1 + 2**-weight) for weight in (9.5, 2.5, 20)))
