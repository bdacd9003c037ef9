"""Rows about pupils as silver has them: whose they are, where they came from, and what the caller reads from them. SQL over bronze."""

from collections.abc import Iterable

from cyplink.delivered import record_ids, typed
from cyplink.sources.school_census.evidence import of_a_file, pupils

ROLL_FILES = ("pupilonroll", "pupilnolongeronroll", "schoolcensus")
"""What `pupils` reads."""

WITH_RECORDS = f"{pupils()}, known as ({record_ids('school_census', 'pupil', 'local_id')}), of_record as (select * from pupil left join known using (local_id))"
"""Common tables: `of_record`, the rows of `pupil` with `record_id`."""


def of_pupils(files: Iterable[str], about: str = "", **said: str) -> str:
    """SELECT of one row per delivered row of `files` (file kinds): lineage, `record_id`, `census`, `pupil_is_delivered` and the columns of `said`, each in SQL.

    `about`: columns of `pupil`, in SQL with commas between, that `said` may use. A column that only some files have is null in the others. A
    row's pupil is found in the same delivery: the first of two with one identifier.
    """
    rows = " union all by name ".join(f"({of_a_file(name, 'pupilnolongeronroll' if name.endswith('offroll') else 'pupilonroll')})" for name in files)
    return f"""
        with {WITH_RECORDS},
        first_pupil as (
            select distinct on (delivery_id, file_kind, pupil_row) delivery_id, file_kind as roll, pupil_row, record_id{f", {about}" if about else ""}
            from of_record where pupil_row is not null order by delivery_id, file_kind, pupil_row, source_row),
        every as ({rows})
        {typed(
            "file_kind", "every left join first_pupil using (delivery_id, roll, pupil_row)",
            record_id="record_id", census="period", pupil_is_delivered="record_id is not null", **said,
        )}"""
