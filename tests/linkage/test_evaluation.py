"""Link quality on one example small enough to count by hand."""

import pandas as pd
import pytest

from cyplink.disclosure.intervals import wilson
from cyplink.linkage.evaluation import ALL, BRIDGE, evaluate

# Person 1: school + PDS + mental health (same NHS number as PDS) + council (same NHS number as PDS).
# Person 2: school + PDS. Person 3: PDS alone.
TRUTH = pd.DataFrame(
    [
        (11, 1, "school_census", None, "F"),
        (12, 1, "pds", 100, "F"),
        (13, 1, "mhsds", 100, "F"),
        (14, 1, "case_management", 100, "F"),
        (21, 2, "school_census", None, "M"),
        (22, 2, "pds", 200, "M"),
        (31, 3, "pds", 300, None),
    ],
    columns=["record_id", "truth_person_id", "source", "nhs_number", "sex"],
).astype({"nhs_number": "Int64"})

# Clusters: {11, 12, 13, 31}, {14}, {21, 22}: person 1's council record is missed, person 3 is wrongly with person 1.
LINKS = pd.DataFrame({"record_id": [31, 22, 21, 14, 13, 12, 11], "person_id": [7, 9, 9, 8, 7, 7, 7]})


def test_all_pairs_are_counted_as_by_hand() -> None:
    """True: 6 within person 1, 1 within person 2. Linked: 6 in the four, 1 in the two. Both: 3 + 1."""
    found = evaluate(LINKS, TRUTH).one(ALL)
    assert (found["true_pairs"], found["linked_pairs"], found["found_pairs"]) == (7, 7, 4)
    assert (found["records"], found["linked_records"]) == (7, 6)


def test_bridge_pairs_leave_out_those_that_share_a_number() -> None:
    """True: school 11 with 12 and 13, school 21 with 22; council 14 shares its number with both. Linked also: 11 with 31."""
    found = evaluate(LINKS, TRUTH).one(BRIDGE)
    assert (found["true_pairs"], found["linked_pairs"], found["found_pairs"]) == (3, 4, 3)
    assert found["records"] == 3


def test_b_cubed_is_the_mean_over_records() -> None:
    found = evaluate(LINKS, TRUTH).one(ALL)
    # 11, 12 and 13: three of the four they are with are theirs, three of their four are found.
    assert found["b_cubed_precision"] == pytest.approx((3 * 3 / 4 + 1 + 1 + 1 + 1 / 4) / 7)
    assert found["b_cubed_recall"] == pytest.approx((3 * 3 / 4 + 1 / 4 + 1 + 1 + 1) / 7)


def test_pairs_belong_to_the_group_of_their_left_record() -> None:
    found = evaluate(LINKS, TRUTH, ["sex"])
    girls, boys = found.one(ALL, "sex", "F"), found.one(ALL, "sex", "M")
    assert (girls["true_pairs"], girls["linked_pairs"], girls["found_pairs"]) == (6, 6, 3)
    assert (boys["true_pairs"], boys["linked_pairs"], boys["found_pairs"]) == (1, 1, 1)
    bridge = found.one(BRIDGE, "sex", "F")
    assert (bridge["true_pairs"], bridge["linked_pairs"], bridge["found_pairs"]) == (2, 3, 2)
    of_sex = found.counts[found.counts["group"] == "sex"]
    assert set(of_sex["value"]) == {"F", "M"}, "who has no value is in no group"


def test_pairs_are_told_apart_by_their_two_sources() -> None:
    counts = evaluate(LINKS, TRUTH).counts
    by_source = counts[counts["group"] == "source_pair"].set_index("value")[["true_pairs", "linked_pairs", "found_pairs"]]
    assert by_source.loc["pds + school_census"].tolist() == [2, 3, 2]
    assert by_source.loc["mhsds + pds"].tolist() == [1, 2, 1]
    assert by_source.loc["pds + pds"].tolist() == [0, 1, 0]
    assert by_source.loc["case_management + pds"].tolist() == [1, 0, 0]
    assert by_source.sum().tolist() == [7, 7, 4], "every pair has its two sources"


def test_perfect_links_score_one_and_no_links_nothing() -> None:
    perfect = evaluate(TRUTH.rename(columns={"truth_person_id": "person_id"})[["record_id", "person_id"]], TRUTH).one(ALL)
    assert perfect["found_pairs"] == perfect["true_pairs"] == perfect["linked_pairs"] == 7
    assert (perfect["b_cubed_precision"], perfect["b_cubed_recall"]) == (1.0, 1.0)
    alone = evaluate(TRUTH[["record_id"]].assign(person_id=TRUTH["record_id"]), TRUTH).one(ALL)
    assert (alone["linked_pairs"], alone["found_pairs"], alone["linked_records"]) == (0, 0, 0)
    assert alone["b_cubed_precision"] == 1.0


def test_order_of_rows_changes_no_count() -> None:
    first = evaluate(LINKS, TRUTH, ["sex"]).counts
    second = evaluate(LINKS.sample(frac=1, random_state=1), TRUTH.sample(frac=1, random_state=2), ["sex"]).counts
    pd.testing.assert_frame_equal(first, second)


def test_records_that_only_truth_or_only_links_know_are_left_out() -> None:
    more = pd.concat([LINKS, pd.DataFrame({"record_id": [99], "person_id": [7]})])
    fewer = TRUTH[TRUTH["record_id"] != 31]
    found = evaluate(more, fewer).one(ALL)
    assert (found["true_pairs"], found["linked_pairs"], found["found_pairs"]) == (7, 4, 4)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(9, 10, 0.5958, 0.9821), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (998, 1000, 0.9927, 0.9995)],
)
def test_interval_of_a_share_is_wilson_s(part: int, whole: int, low: float, high: float) -> None:
    """Values as Wilson's formula gives them to four places; a share of all is not certain."""
    assert wilson(part, whole) == pytest.approx((low, high), abs=5e-5)


def test_interval_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        wilson(0, 0)
