"""From records to people: the one way by which gold leaves out whoever is withheld."""

IS_IN_GOLD = "not is_withheld"
"""Of a row of linkage.person_link, in SQL that Spark and DuckDB read alike: its person is in gold (DESIGN §3.7)."""

PEOPLE = f"(select * from person_link where {IS_IN_GOLD})"
"""SQL: the links of people who are in gold, over `person_link`."""


def of_people(rows: str) -> str:
    """SQL: those of `rows` (a view, with record_id) that are of people in gold, with their `person_id`: nobody withheld, no row twice."""
    return f"(select {rows}.*, person_id from {rows} join {PEOPLE} using (record_id))"
