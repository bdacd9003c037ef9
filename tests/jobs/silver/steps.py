"""Running one silver job on a few delivered rows as the flow would: build, check, set aside, bring to the grain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

from cyplink.build import WITHHELD, without_withheld
from cyplink.identity import with_withheld_records
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.quality import check_key, conform, mark, split
from cyplink.tables import silver
from tests.rows import rows

KEY = Pseudonyms(bytes(range(32)))

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Fate:
    """What became of the delivered rows: rows of the table, rows set aside, and how many were withheld."""

    kept: list[dict[str, Any]]
    quarantined: list[dict[str, Any]]
    withheld: int

    def only(self, **values: Any) -> dict[str, Any]:
        """The one kept row that has these values."""
        (found,) = (row for row in self.kept if all(row[name] == value for name, value in values.items()))
        return found


def delivered(controller: str, period: str, *given: Row) -> list[Row]:
    """Rows of one file as bronze holds them: with controller, period, delivery and row number."""
    lineage = {"controller": controller, "period": period, "delivery_id": f"{controller}-{period}"}
    return [{**lineage, "source_row": place, **row} for place, row in enumerate(given, start=1)]


def fate(spark: SparkSession, job: Job, met: Iterable[Row] = (), **given: Iterable[Row]) -> Fate:
    """Run `job` on rows by the names in its `reads`; a table that is not given is empty. `met`: rows of silver.withheld_record."""
    assert not set(given) - set(job.reads)
    inputs: dict[str, Any] = {name: rows(spark, table, *given.get(name, ())) for name, table in job.reads.items()}
    if job.uses_key:
        inputs["pseudonyms"] = KEY
    built = job.build(**inputs)
    listed = list(met)
    built = with_withheld_records(built, rows(spark, silver.WITHHELD_RECORD, *listed)) if listed else built
    marked = mark(built, job.writes).persist()
    usable, quarantined = split(without_withheld(marked)).usable, split(without_withheld(marked)).quarantined
    kept = conform(job.keep(usable) if job.keep else usable, job.writes)
    check_key(kept, job.writes)
    withheld = marked.where(WITHHELD).count() if WITHHELD in marked.columns else 0
    found = Fate(_dicts(kept), _dicts(quarantined), withheld)
    marked.unpersist()
    return found


def _dicts(frame: Any) -> list[dict[str, Any]]:
    return [row.asDict(recursive=True) for row in frame.collect()]
