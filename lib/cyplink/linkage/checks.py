"""How good links are where no truth is known: what is counted, and for whom (tables/gold.py LINKAGE_CHECK)."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from cyplink.disclosure.intervals import wilson
from cyplink.linkage.evaluation import ALL, OVERALL

SOURCE_PAIR, CAUSE = "source_pair", "cause"
PERSON_GROUPS = ("sex", "ethnic_group", "born", "looked_after", "unaccompanied")

GROUPED = """
    create or replace temp table grouped as
    select person_id, coalesce(sex, 'not known') as sex, ethnic_group,
        coalesce(birth_month[:4]::int // 5 * 5 || ' to ' || birth_month[:4]::int // 5 * 5 + 4, 'not known') as born,
        case when was_ever_looked_after then 'looked after' else 'not looked after' end as looked_after,
        case when is_unaccompanied then 'unaccompanied' else 'not unaccompanied' end as unaccompanied
    from person"""


@dataclass(frozen=True)
class Check:
    """A measure of one group: of `counted`, `share` (None: not known) with its 95 % interval (None: not known). `found`: how many of them, where they were
    counted one by one."""

    measure: str
    group: str
    value: str
    counted: int
    share: float | None
    low: float | None = None
    high: float | None = None
    found: int = 0


def share_of(measure: str, group: str, value: str, counted: int, found: int) -> Check:
    """The check of `found` among `counted`, with Wilson's interval."""
    if not counted:
        return Check(measure, group, value, 0, None)
    return Check(measure, group, value, counted, found / counted, *wilson(found, counted), found)


def group_people(connection: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `grouped` of `person` (gold.person): person_id and PERSON_GROUPS as text."""
    connection.execute(GROUPED)


def by_group(connection: duckdb.DuckDBPyConnection, told: str, groups: Sequence[str] = PERSON_GROUPS) -> list[Check]:
    """Checks overall and by group of SQL `told`: measure, shows_it (boolean) and the groups, a row for each person or pair that could show it."""
    names = ", ".join(groups)
    cells = connection.execute(f"select measure, {names}, count(*) as counted, count(*) filter (shows_it) as found from ({told}) group by all").df()
    whole = cells.assign(**{OVERALL: ALL})
    found = []
    for group in (OVERALL, *groups):
        counted = whole.groupby(["measure", group], sort=True)[["counted", "found"]].sum().reset_index()
        found += [share_of(row["measure"], group, row[group], int(row["counted"]), int(row["found"])) for row in counted.to_dict("records")]
    return found
