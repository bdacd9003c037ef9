"""Hiding small counts: by hand where the answer is plain, by an attacker of its own making everywhere else."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from cyplink.disclosure import Profile, hide_counts, publish_counts, round_count

PROJECT = Profile(threshold=10, round_to=5, shows_zeros=False)
DFE = Profile(threshold=6, round_to=1, shows_zeros=True)
MEASURES = ["looked_after", "observable", "in_contact"]


def table(**rows: tuple[int, int, int]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index", columns=MEASURES)


def shown(counts: pd.DataFrame, profile: Profile = PROJECT) -> dict[str, list[str]]:
    is_shown = hide_counts(counts, profile)
    return {area: [m for m in MEASURES if is_shown.loc[area, m]] for area in is_shown.index}


def test_large_counts_are_all_shown() -> None:
    assert shown(table(a=(100, 60, 20), b=(200, 120, 40))) == {"a": MEASURES, "b": MEASURES, "all": MEASURES}


def test_a_small_count_is_hidden_with_the_smallest_other_area_so_that_the_total_does_not_give_it_away() -> None:
    found = shown(table(a=(100, 60, 4), b=(200, 120, 40), c=(150, 90, 25)))
    assert found == {"a": MEASURES[:2], "b": MEASURES, "c": MEASURES[:2], "all": MEASURES}


def test_a_small_complement_hides_the_measure_that_gives_it_away() -> None:
    found = shown(table(a=(100, 97, 40), b=(200, 120, 40), c=(150, 90, 25)))
    assert found["a"] == ["looked_after"], "100 less 97 would tell the 3 who could not be seen"
    assert found["c"] == ["looked_after"]


def test_a_single_area_hides_its_total_too() -> None:
    assert shown(table(a=(100, 60, 4))) == {"a": MEASURES[:2], "all": MEASURES[:2]}


def test_zeros_are_hidden_unless_the_profile_shows_them() -> None:
    counts = table(a=(100, 60, 0), b=(200, 120, 40), c=(150, 90, 25))
    assert "in_contact" not in shown(counts)["a"]
    assert shown(counts, DFE)["a"] == MEASURES


def test_two_small_counts_that_sum_to_less_than_the_threshold_need_a_third() -> None:
    found = shown(table(a=(100, 60, 3), b=(120, 70, 4), c=(150, 90, 25), d=(300, 200, 80)))
    assert [area for area, measures in found.items() if "in_contact" not in measures] == ["a", "b", "c"]


def test_order_of_the_areas_does_not_matter() -> None:
    counts = table(a=(100, 60, 4), b=(200, 120, 30), c=(150, 90, 30), d=(40, 30, 12))
    assert hide_counts(counts, PROJECT).to_dict() == hide_counts(counts.iloc[::-1], PROJECT).to_dict()


def test_a_measure_larger_than_the_one_before_it_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than the one before"):
        hide_counts(table(a=(10, 20, 5)), PROJECT)


@pytest.mark.parametrize(("count", "rounded"), [(10, 10), (12, 10), (13, 15), (14, 15), (0, 0), (299, 300)])
def test_counts_are_rounded_to_the_base(count: int, rounded: int) -> None:
    assert round_count(count, PROJECT) == rounded


@st.composite
def nested_counts(draw: st.DrawFn) -> pd.DataFrame:
    sizes = st.one_of(st.integers(0, 12), st.integers(0, 300))
    cells = draw(st.lists(st.tuples(sizes, sizes, sizes), min_size=1, max_size=6))
    return pd.DataFrame(
        [(a + b + c, a + b, a) for a, b, c in cells], columns=MEASURES, index=[f"area{i}" for i in range(len(cells))]
    )


@settings(max_examples=60, deadline=None)
@example(pd.DataFrame([(6, 2, 0), (6, 4, 0)], columns=MEASURES, index=["area0", "area1"]), DFE)  # a total of nobody tells of every area
@given(nested_counts(), st.sampled_from([PROJECT, DFE]))
def test_no_hidden_count_can_be_worked_out_from_exact_neighbours(counts: pd.DataFrame, profile: Profile) -> None:
    published = publish_counts(counts, profile)
    exact = pd.concat([counts, counts.sum().to_frame("all").T])
    known = {
        (area, m): (exact.loc[area, m], exact.loc[area, m]) for area in exact.index for m in MEASURES
        if not pd.isna(published.loc[area, m])
    }
    assert narrowest(known, list(counts.index), exact, profile) >= profile.threshold - 1e-6


@settings(max_examples=40, deadline=None)
@given(nested_counts())
def test_no_hidden_count_can_be_worked_out_from_what_is_published(counts: pd.DataFrame) -> None:
    """The reader of the page: rounded counts, and whole-percentage shares where both of their counts are shown."""
    published = publish_counts(counts, PROJECT)
    exact = pd.concat([counts, counts.sum().to_frame("all").T])
    known, shares = {}, {}
    for area in published.index:
        for m in MEASURES:
            if not pd.isna(published.loc[area, m]):
                known[area, m] = (published.loc[area, m] - 2.5, published.loc[area, m] + 2.5)
        if not pd.isna(published.loc[area, "in_contact"]):
            shares[area] = round(100 * exact.loc[area, "in_contact"] / exact.loc[area, "observable"]) / 100
    assert narrowest(known, list(counts.index), exact, PROJECT, shares) >= PROJECT.threshold - 1e-6


@settings(max_examples=60, deadline=None)
@given(nested_counts(), st.sampled_from([PROJECT, DFE]))
def test_nothing_small_is_shown_nor_left_over(counts: pd.DataFrame, profile: Profile) -> None:
    is_shown = hide_counts(counts, profile)
    exact = pd.concat([counts, counts.sum().to_frame("all").T])
    for area in is_shown.index:
        for i, measure in enumerate(MEASURES):
            if is_shown.loc[area, measure]:
                assert not profile.is_sensitive(exact.loc[area, measure])
                assert i == 0 or not profile.is_sensitive(exact.loc[area, MEASURES[i - 1]] - exact.loc[area, measure])


def narrowest(
    known: dict[tuple[str, str], tuple[float, float]], areas: list[str], exact: pd.DataFrame, profile: Profile,
    shares: dict[str, float] | None = None,
) -> float:
    """Width of the narrowest range in which somebody could place a hidden count or a hidden small difference."""
    names = [(area, m) for area in areas for m in MEASURES]
    where = {name: i for i, name in enumerate(names)}

    def vector(area: str, measure: str) -> np.ndarray:
        row = np.zeros(len(names))
        row[[where[a, measure] for a in (areas if area == "all" else [area])]] = 1.0
        return row

    limits, most = [], []
    for area in areas:
        for wide, narrow in itertools.pairwise(MEASURES):
            limits.append(vector(area, narrow) - vector(area, wide))
            most.append(0.0)
    for (area, measure), (low, high) in known.items():
        limits += [vector(area, measure), -vector(area, measure)]
        most += [float(high), -float(low)]
    for area, share in (shares or {}).items():
        numerator, denominator = vector(area, "in_contact"), vector(area, "observable")
        limits += [numerator - (share + 0.005) * denominator, (share - 0.005) * denominator - numerator]
        most += [0.0, 0.0]
    targets = [vector(*name) for name in [(a, m) for a in exact.index for m in MEASURES] if name not in known]
    for area in exact.index:
        for wide, narrow in itertools.pairwise(MEASURES):
            if profile.is_sensitive(exact.loc[area, wide] - exact.loc[area, narrow]):
                targets.append(vector(area, wide) - vector(area, narrow))
    widths = [np.inf]
    for target in targets:
        ends = [linprog(sign * target, A_ub=np.array(limits), b_ub=most, bounds=(0, None)) for sign in (1, -1)]
        assert all(end.status in (0, 3) for end in ends)
        widths.append(-ends[1].fun - ends[0].fun if all(end.status == 0 for end in ends) else np.inf)
    return min(widths)
