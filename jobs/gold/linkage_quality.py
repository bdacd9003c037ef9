"""Gold linkage_quality: one row per kind of pair, group and value: how good the run's links are, and for whom they are worse.

Measured against the synthetic truth; empty where there is none. Pairs of withheld people are left out. Groups of few pairs are
hidden, with as many others as it takes; counts are rounded. Rates of shown groups are not hidden although few pairs are
missed: a missed pair is a fault of the linkage, not something about a child.
"""

from math import isnan

import duckdb
import pandas as pd
import pyarrow as pa

from cyplink import submit
from cyplink.disclosure import Profile, hide_counts, round_count
from cyplink.disclosure.intervals import wilson
from cyplink.job import Outcome, Task, TaskContext
from cyplink.linkage.evaluation import evaluate
from cyplink.linkage.truth import GROUPS, true_records
from cyplink.people import IS_IN_GOLD
from cyplink.selected import in_one_task
from cyplink.tables import gold, linkage, silver

READS = {"identity": silver.IDENTITY, "person_link": linkage.PERSON_LINK}


def run(context: TaskContext) -> Outcome:
    truth, disclosure = context.settings.truth, context.settings.disclosure
    rows: list[dict[str, object]] = []
    if truth is not None:

        def measure(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
            links = connection.execute(f"select record_id, person_id from person_link where {IS_IN_GOLD}").df()
            return evaluate(links, true_records(connection, truth), GROUPS).counts

        counts = in_one_task(context, READS, measure, uses_key=True)
        is_shown = shown(counts, disclosure.profile)
        rows = [figures(row, bool(may), disclosure.profile) for (_, row), may in zip(counts.iterrows(), is_shown, strict=True)]
    made = {name: [row.get(name) for row in rows] for name in gold.LINKAGE_QUALITY.schema.names}
    context.lake.replace(gold.LINKAGE_QUALITY, pa.table(made), context.metadata)
    return Outcome(True, {gold.LINKAGE_QUALITY.name: len(rows)})


def shown(counts: pd.DataFrame, profile: Profile) -> pd.Series:
    """Which rows may be shown: neither their true nor their linked pairs are few or could be worked out from the other groups."""
    is_shown = pd.Series(True, index=counts.index)
    for _, rows in counts.groupby(["pairs", "group"]):
        for name in ("true_pairs", "linked_pairs"):
            is_shown.loc[rows.index] &= hide_counts(rows[[name]], profile).loc[rows.index, name]
    return is_shown


def figures(row: pd.Series, is_shown: bool, profile: Profile) -> dict[str, object]:
    """One row of the table; counts and rates are null where hidden, rates to a hundredth of a percentage."""
    labels = {name: str(row[name]) for name in ("pairs", "group", "value")}
    if not is_shown:
        return {**labels}
    return {
        **labels,
        "true_pairs": round_count(row["true_pairs"], profile),
        "linked_pairs": round_count(row["linked_pairs"], profile),
        **rate("precision", row["found_pairs"], row["linked_pairs"]),
        **rate("recall", row["found_pairs"], row["true_pairs"]),
        "share_linked": known(row["linked_records"] / row["records"]) if known(row.get("linked_records")) is not None else None,
        "b_cubed_precision": known(row.get("b_cubed_precision")),
        "b_cubed_recall": known(row.get("b_cubed_recall")),
    }


def rate(name: str, part: int, whole: int) -> dict[str, float | None]:
    low, high = wilson(part, whole) if whole else (float("nan"), float("nan"))
    return {name: known(part / whole) if whole else None, f"{name}_low": known(low), f"{name}_high": known(high)}


def known(value: float | None) -> float | None:
    """To four places; what is less than all stays less than all."""
    if value is None or isnan(value):
        return None
    return round(float(value), 4) if value >= 1 else min(round(float(value), 4), 0.9999)


job = Task(run, reads=READS, writes=(gold.LINKAGE_QUALITY,), uses=("disclosure",), reads_truth=True)

if __name__ == "__main__":
    submit.main(__file__)
