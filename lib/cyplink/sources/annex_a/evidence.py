"""Who Annex A says its children are: the council's child id, birth date and sex; no names. List 8 adds where a child is placed."""

from cyplink.duck import listed
from cyplink.identity import LINEAGE, evidence, of_records
from cyplink.sources.annex_a import CHILD_LISTS, SOURCE
from cyplink.sources.annex_a.categories import label

ACCOUNTED_HERE = tuple(kind.name for kind in SOURCE.file_kinds if kind.accounted_in == "silver.identity")
_STATED = ("child_unique_id", "gender", "date_of_birth")
_PLACED = ("placement_postcode", "placement_start_date", "looked_after_end_date")


def _list(name: str) -> str:
    placed = _PLACED if name == "list_8" else tuple(f"null::varchar as {column}" for column in _PLACED)
    return f"select '{name}' as list, {', '.join((*LINEAGE, *_STATED, *placed))} from annex_a_{name}"


def day(value: str) -> str:
    """SQL of a date cell (ISO text in bronze) or a date typed as text, dd/mm/yyyy, as DATE; null when it is no date."""
    return f"coalesce(iso({value}), british({value}))"


EVIDENCE = of_records(
    "annex_a",
    evidence(
        "list", f"""(select *, given(child_unique_id) as child, {day("date_of_birth")} as born_on from ({" union all ".join(_list(name) for name in CHILD_LISTS)}))
            where child is not null or list in ({listed(ACCOUNTED_HERE)})""",
        local_id="child",
        date_of_birth="born_on",
        sex=f"sex_of({label('gender', 'gender')})",
        postcode="home_postcode(placement_postcode)",
        postcode_from_on=day("placement_start_date"),
        postcode_to_on=day("looked_after_end_date"),
        is_named="false",
        date_of_birth_is_a_date="given(date_of_birth) is null or born_on is not null",
    ),
)
"""One row of evidence per delivered row of lists 8 to 10, and per row with a child id of lists 1 to 7, which are accounted elsewhere."""
