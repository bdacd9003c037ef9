"""Rows of an SSDA903 file as silver has them: whose they are, where they came from, and what the caller reads from them. SQL over bronze."""

from cyplink.delivered import record_ids, typed


def of_children(file_kind: str, **said: str) -> str:
    """SELECT of one row per delivered row: lineage, `record_id`, `child_is_in_the_header` (whether the council returned the child's Header in any year,
    INT03) and the columns of `said`, each in SQL."""
    return f"""
        with child as (select distinct given(CHILD) as child from header),
        known as ({record_ids("ssda903", file_kind, "given(CHILD)")})
        {typed(
            f"'{file_kind}'", f"(select {file_kind}.*, record_id from {file_kind} left join known on local_id = given(CHILD))",
            record_id="record_id", child_is_in_the_header="coalesce(given(CHILD) in (select child from child), false)", **said,
        )}"""
