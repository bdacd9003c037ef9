"""Gold linkage_quality: one row per kind of pair, group and value: how good the run's links are, and for whom they are worse.

Measured against the synthetic truth; empty where there is none. Pairs of withheld people are left out. Groups of few pairs are
hidden, with as many others as it takes; counts are rounded. Rates of shown groups are not hidden although few pairs are
missed: a missed pair is a fault of the linkage, not something about a child.
"""

import duckdb
import pandas as pd
import pyarrow as pa

from cyplink import submit
from cyplink.disclosure import Profile, round_count, shown
from cyplink.disclosure.intervals import to_four_places, wilson
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
        is_shown = shown(counts, ("pairs", "group"), ("true_pairs", "linked_pairs"), disclosure.profile)
        rows = [figures(row, bool(may), disclosure.profile) for (_, row), may in zip(counts.iterrows(), is_shown, strict=True)]
    made = {name: [row.get(name) for row in rows] for name in gold.LINKAGE_QUALITY.schema.names}
    context.lake.replace(gold.LINKAGE_QUALITY, pa.table(made), context.metadata)
    return Outcome(True, {gold.LINKAGE_QUALITY.name: len(rows)})


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
        "share_linked": to_four_places(row["linked_records"] / row["records"]) if to_four_places(row.get("linked_records")) is not None else None,
        "b_cubed_precision": to_four_places(row.get("b_cubed_precision")),
        "b_cubed_recall": to_four_places(row.get("b_cubed_recall")),
    }


def rate(name: str, part: int, whole: int) -> dict[str, float | None]:
    low, high = wilson(part, whole) if whole else (float("nan"), float("nan"))
    return {name: to_four_places(part / whole) if whole else None, f"{name}_low": to_four_places(low), f"{name}_high": to_four_places(high)}


job = Task(run, reads=READS, writes=(gold.LINKAGE_QUALITY,), uses=("disclosure",), reads_truth=True)

if __name__ == "__main__":
    submit.main(__file__)
