"""What the ledger's last entry changed: records that are of another person, and links gained and lost (domain: drift between runs).

The ledger grows only where somebody's person changes, so that its last entry is the last run that changed anybody.
"""

import duckdb

from cyplink.linkage.checks import CAUSE, SOURCE_PAIR, Check, share_of
from cyplink.linkage.evaluation import ALL, OVERALL
from cyplink.linkage.spine import NOBODY
from cyplink.people import PEOPLE

PLACES = f"""
    create or replace temp table place as
    with last as (select max(sequence) as sequence from person_event),
    moved as (select * from person_event where record_id <> 0),
    -- The last word on a record before: of its last entry, in which it leaves before it joins.
    before as (
        select record_id, nullif(arg_max(case when event = 'joined' then person_id else {NOBODY} end, sequence * 2 + (event = 'joined')::int), {NOBODY}) as was
        from moved where sequence < (select sequence from last) group by record_id),
    now as (select record_id, any_value(cause) as cause from moved where event = 'joined' and sequence = (select sequence from last) group by record_id)
    select record_id, source::varchar as source, was, person_id as is_of, cause
    from {PEOPLE} join (select record_id, source from identity) using (record_id) left join before using (record_id) left join now using (record_id)"""


def change(connection: duckdb.DuckDBPyConnection) -> list[Check]:
    """person_changed overall and by the causes there are, links_lost and links_gained overall and by pair of sources; none where nobody had a person before.

    The connection has `person_event` (linkage.person_event), `person_link` and `identity`.
    """
    connection.execute(PLACES)
    changed = dict(connection.execute("select case when was <> is_of then cause end, count(*) from place where was is not null group by 1").fetchall())
    records = sum(changed.values())
    if not records:
        return []
    found = [share_of("person_changed", OVERALL, ALL, records, sum(n for cause, n in changed.items() if cause))]
    found += [share_of("person_changed", CAUSE, cause, records, n) for cause, n in sorted(changed.items(), key=str) if cause]
    before, after, kept = (_links(connection, *unit) for unit in (("was",), ("is_of",), ("was", "is_of")))
    for measure, links in (("links_lost", before), ("links_gained", after)):
        found.append(share_of(measure, OVERALL, ALL, sum(links.values()), sum(links.values()) - sum(kept.values())))
        found += [share_of(measure, SOURCE_PAIR, pair, n, n - kept.get(pair, 0)) for pair, n in sorted(links.items())]
    return found


def _links(connection: duckdb.DuckDBPyConnection, *unit: str) -> dict[str, int]:
    """Pairs of records that have the columns of `unit` in common, by their two sources."""
    columns = ", ".join(unit)
    return dict(connection.execute(f"""
        with one as (select {columns}, source, count(*) as n from place where {unit[0]} is not null group by all)
        select l.source || ' + ' || r.source, sum(case when l.source = r.source then l.n * (l.n - 1) // 2 else l.n * r.n end)::bigint as pairs
        from one l join one r using ({columns}) where l.source <= r.source group by all having pairs > 0""").fetchall())
