"""By which blocking rules pairs of records meet, for a sample of people: as scoring blocks them, oversized blocks split."""

import duckdb

from cyplink.linkage import records
from cyplink.linkage.records import CURRENT, IDENTITY_COLUMNS
from cyplink.linkage.scoring import refined_blocks
from cyplink.linkage.training import TrainedModel
from cyplink.people import PEOPLE

FOLDS = 20
"""Parts that the sample is divided into, person by person, for intervals."""


def sample_people(connection: duckdb.DuckDBPyConnection, people: int) -> None:
    """Make temp tables of people in gold: `named`, their current named records (record_id, record_version, source, nhs_number after mergers,
    person_id), and `sampled`, about `people` of them (person_id, fold), the same whenever the people are the same.

    The connection has `identity`, `merger` and `person_link`.
    """
    connection.execute(f"""
        create or replace temp table named as
        select record_id, record_version, source::varchar as source, resolved as nhs_number, person_id from ({CURRENT}) join {PEOPLE} using (record_id)""")
    connection.execute(f"""
        create or replace temp table sampled as
        with everyone as (select distinct person_id, hash(person_id) as place from named),
            part as (select greatest(1, ceil(count(*) / {int(people)}))::ubigint as parts from everyone)
        select person_id, (place // parts % {FOLDS})::int as fold from everyone, part where place % parts = 0""")


def meet(connection: duckdb.DuckDBPyConnection, model: TrainedModel, pairs: str, threads: int, memory: str) -> None:
    """Make view `meeting` of SQL `pairs` (record_id_l, record_id_r; named records): the same and `rules`, numbers of the blocking rules of the model
    that both are in one block of, in order."""
    connection.execute(f"create or replace temp table paired as {pairs}")
    wanted = "(select record_id_l from paired union select record_id_r from paired)"
    columns = ", ".join(IDENTITY_COLUMNS)
    identity = connection.sql(f"select {columns} from identity where record_id in {wanted}").to_arrow_table()
    mergers = connection.sql("select superseded_nhs_number, current_nhs_number from merger").to_arrow_table()
    paired = connection.sql("select record_id_l, record_id_r from paired").to_arrow_table()
    with records.open_connection(threads, memory) as own:
        records.make_records(own, identity, mergers)
        records.add_block_keys(own, refined_blocks(model))
        own.register("paired", paired)
        found = own.sql(f"""
            select record_id_l, record_id_r, list_sort(list_distinct([key >> {records.KEY_BITS} for key in list_intersect(l.block_keys, r.block_keys)])) as rules
            from paired join keyed l on l.record_id = record_id_l join keyed r on r.record_id = record_id_r""").to_arrow_table()
    connection.register("meeting", found)
