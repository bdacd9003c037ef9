"""Score pairs of records: in each Spark task one Splink chunk on DuckDB, its edges in one Parquet file of its own.

Edges: two record ids (left smaller), both record versions, weight in thousandths of a bit, first blocking rule. A record version
that has been scored with a model has a row paired with itself (rule 0, weight 0), so a run knows what is new and scores only that.
"""

import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
from splink import DuckDBAPI, Linker, block_on
from splink.internals.splink_dataframe import SplinkDataFrame

from cyplink.lake import Lake, Pin, WrittenFile, open_dataset
from cyplink.linkage import records
from cyplink.linkage.components import unfinished_components
from cyplink.linkage.training import TERM_SCHEMA, TrainedModel
from cyplink.tables.linkage import BLOCK_KEY, SCORED_PAIR

SCORED_MARK, COMPLETING = 0, -1
EDGE_COLUMNS = ("record_id_l", "record_id_r", "record_version_l", "record_version_r", "match_weight", "blocking_rule", "model_version")


@dataclass(frozen=True)
class ScoringInputs:
    """What a scoring task opens: pinned tables, the model and its version, and how many DuckDB threads it has. `keys`: linkage.block_key; without
    it keys of all records are made, and kept nowhere."""

    identity: Pin
    mergers: Pin
    terms: Pin
    scored: Pin
    model: str
    model_version: int
    threads: int
    memory: str
    keys: Pin | None = None

    def load_model(self) -> TrainedModel:
        """The model with its terms, from the pinned linkage.term_frequency."""
        return TrainedModel.from_json(self.model, read_terms(self.terms, self.model_version))


def read_terms(pin: Pin, model_version: int) -> pa.Table:
    """The terms of one model version: column_name, term, frequency."""
    dataset = open_dataset(pin.path, pin.version)
    return dataset.to_table(columns=TERM_SCHEMA.names, filter=ds.field("model_version") == model_version)


def open_records(inputs: ScoringInputs, model: TrainedModel) -> duckdb.DuckDBPyConnection:
    """A connection with `current` (id and version of each named record), `scored` (edges and marks of this model), `fresh` (what to score), `block` (the
    keys of every current record) and `keyed`: all records with their keys where all are fresh, else those that share a block with a fresh one.
    """
    connection = _open_tables(inputs)
    connection.execute("create table scored as from model_pair")
    everything, fresh = _count(connection, "current"), _count(connection, "fresh")
    if inputs.keys:
        connection.register("held", open_dataset(inputs.keys.path, inputs.keys.version))
    if inputs.keys is None or fresh == everything:
        _make_keyed(connection, model)
        connection.execute("create view block as select record_id, block_keys from keyed")
        return connection
    connection.execute(f"""
        create table block as
        select record_id, block_keys from held join current using (record_id, record_version) where model_version = {int(inputs.model_version)}""")
    _make_keyed(connection, model, "select record_id from fresh union select record_id from current where record_id not in (select record_id from block)")
    connection.execute("insert into block by name select record_id, block_keys from keyed where record_id not in (select record_id from block)")
    _touch(connection)
    _key(connection, "touched")
    return connection


def _open_tables(inputs: ScoringInputs) -> duckdb.DuckDBPyConnection:
    """A connection with `identity`, `merger`, `current`, `model_pair` (what linkage.scored_pair has of this model) and `fresh`."""
    connection = records.open_connection(inputs.threads, inputs.memory)
    identity, mergers, ledger = (open_dataset(pin.path, pin.version) for pin in (inputs.identity, inputs.mergers, inputs.scored))
    records.open_identity(connection, identity, mergers)
    connection.register("ledger", ledger)
    connection.execute(f"""
        create view model_pair as select * from ledger where model_version = {int(inputs.model_version)};
        create table current as select record_id, record_version from ({records.CURRENT});
        create table fresh as select record_id from current where (record_id, record_version) not in (
            select (record_id_l, record_version_l) from model_pair where record_id_l = record_id_r)""")
    return connection


def _make_keyed(connection: duckdb.DuckDBPyConnection, model: TrainedModel, only: str = "") -> None:
    records.select_records(connection, only)
    records.add_block_keys(connection, refined_blocks(model))


def _key(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Add to `keyed` the records that the table names and that are not there."""
    wanted = f"select record_id from {table} where record_id not in (select record_id from keyed)"
    if _count(connection, f"({wanted})"):
        records.select_records(connection, wanted)
        connection.execute("insert into keyed by name select * from record join block using (record_id)")


def refined_blocks(model: TrainedModel) -> pa.Table:
    """Keys of the blocks that the model splits further: rule, key."""
    blocks = model.terms.filter(pa.compute.starts_with(model.terms["column_name"], "block "))
    rules = pa.array([int(name.removeprefix("block ")) for name in blocks["column_name"].to_pylist()], pa.int32())
    return pa.table({"rule": rules, "key": blocks["term"]})


def open_linker(connection: duckdb.DuckDBPyConnection, model: TrainedModel, table: str) -> Linker:
    """A linker over `table` with the model's name frequencies; a name the model never met is as rare as a name met once."""
    api = DuckDBAPI(connection=connection)
    linker = Linker(api.register(table), dict(model.settings), log_level=None)
    connection.register("model_term", model.terms)
    for column in sorted(name for name in model.terms["column_name"].unique().to_pylist() if not name.startswith("block ")):
        connection.execute(f"""
            create or replace table tf_of_{column} as
            with pinned as (select term, frequency from model_term where column_name = '{column}')
            select term as {column}, frequency as tf_{column} from pinned
            union all
            select distinct {column}, (select min(frequency) from pinned) from keyed
            where {column} is not null and {column} not in (select term from pinned)""")
        linker.table_management.register_term_frequency_lookup(api.register(f"tf_of_{column}"), column)
    return linker


def score_chunk(connection: duckdb.DuckDBPyConnection, model: TrainedModel, model_version: int, chunk: int, chunks: int) -> str:
    """Score chunk `chunk` (from 0) of `chunks` of what is fresh; returns the name of a table of edges.

    When all is fresh: one chunk of Splink's own. Otherwise fresh records of the chunk against old ones and later fresh ones.
    """
    fresh, everything = _count(connection, "fresh"), _count(connection, "current")
    mine = f"hash(record_id) % {int(chunks)} = {int(chunk)}"
    parts: list[SplinkDataFrame] = []
    if fresh and fresh == everything:
        linker = open_linker(connection, model, "keyed")
        parts = [linker.inference.predict_chunk(left_chunk=(chunk + 1, chunks), threshold_match_weight=model.keep_above)]
    elif fresh:
        parts = _score_fresh(connection, model, mine)
    predicted = " union all ".join(f"select record_id_l, record_id_r, match_weight from {part.physical_name}" for part in parts)
    edges = _edges(connection, predicted or "select 0::bigint as record_id_l, 0::bigint as record_id_r, 0.0 as match_weight where false", model_version)
    connection.execute(f"""
        insert into {edges}
        select record_id, record_id, record_version, record_version, 0, {SCORED_MARK}, {int(model_version)}
        from keyed where record_id in (select record_id from fresh) and {mine}""")
    return edges


def _score_fresh(connection: duckdb.DuckDBPyConnection, model: TrainedModel, mine: str) -> list[SplinkDataFrame]:
    """Fresh records of the chunk: among themselves, and against everything that is not fresh or in a later chunk."""
    connection.execute(f"create table mine as select * from keyed where record_id in (select record_id from fresh) and {mine}")
    chunk_of = mine.split(" = ", maxsplit=1)[0]
    _touch(connection)
    connection.execute(f"""
        create table others as
        select * from keyed
        where not (record_id in (select record_id from fresh) and {chunk_of} <= {mine.split(" = ")[1]})
          and record_id in (select record_id from touched where key in (select key from touched where is_fresh and {mine}))""")
    linker = open_linker(connection, model, "mine")
    api = linker._db_api
    within = linker.inference.predict_within(api.register("mine"), threshold_match_weight=model.keep_above)
    between = linker.inference.predict_between(api.register("mine"), api.register("others"), threshold_match_weight=model.keep_above)
    return [within, between]


def complete_components(connection: duckdb.DuckDBPyConnection, model: TrainedModel, model_version: int) -> tuple[str, list[int]]:
    """Score every pair, not yet scored, inside components that are not cliques.

    Returns the table of edges and the sizes of the components over budget, which are left for review.
    """
    edges = connection.sql("""
        select s.record_id_l as l, s.record_id_r as r, s.match_weight as w from scored s
        join current a on a.record_id = s.record_id_l and a.record_version = s.record_version_l
        join current b on b.record_id = s.record_id_r and b.record_version = s.record_version_r
        where s.record_id_l < s.record_id_r""").to_arrow_table()
    member = unfinished_components(edges["l"].to_numpy(), edges["r"].to_numpy(), edges["w"].to_numpy(), model.component_budget)
    connection.register("member", pa.table({"record_id": member.record_ids, "component": member.components}))
    _key(connection, "member")
    connection.execute("create table unfinished as select k.*, component from keyed k join member using (record_id)")
    predicted = "select 0::bigint as record_id_l, 0::bigint as record_id_r, 0.0 as match_weight where false"
    if len(member.record_ids):
        linker = open_linker(connection, model, "unfinished")
        found = linker.inference.predict_within(linker._db_api.register("unfinished"), blocking_rules_to_generate_predictions=[block_on("component")])
        predicted = f"select record_id_l, record_id_r, match_weight from {found.physical_name}"
    table = _edges(connection, predicted, model_version, completing=True)
    connection.execute(f"""
        delete from {table} where (record_id_l, record_id_r, record_version_l, record_version_r) in (
            select (record_id_l, record_id_r, record_version_l, record_version_r) from scored)""")
    return table, member.over_budget


def _edges(connection: duckdb.DuckDBPyConnection, predicted: str, model_version: int, completing: bool = False) -> str:
    """A table of edges: ids in order, weights as whole thousandths of a bit (half to even), the first rule they share."""
    rule = str(COMPLETING) if completing else f"(list_min(list_intersect(l.block_keys, r.block_keys)) >> {records.KEY_BITS})"
    connection.execute(f"""
        create or replace table edge as
        with pair as (
            select least(record_id_l, record_id_r) as a, greatest(record_id_l, record_id_r) as b, match_weight as weight from ({predicted}))
        select a as record_id_l, b as record_id_r, l.record_version as record_version_l, r.record_version as record_version_r,
               round_even(weight * 1000, 0)::integer as match_weight, ({rule})::integer as blocking_rule, {int(model_version)} as model_version
        from pair join keyed l on l.record_id = a join keyed r on r.record_id = b""")
    return "edge"


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def write_edges(connection: duckdb.DuckDBPyConnection, table: str, folder: str, name: str) -> WrittenFile | None:
    """Write the edges as one Parquet file under a name fixed by content; whole or not at all; None when there are none."""
    return _write(connection, f"select {', '.join(EDGE_COLUMNS)} from {table} order by record_id_l, record_id_r", folder, name, "zstd")


def _write(connection: duckdb.DuckDBPyConnection, rows: str, folder: str, name: str, compression: str) -> WrittenFile | None:
    target, partial = Path(folder) / name, Path(folder) / f".{name}.{uuid.uuid4().hex}"
    target.parent.mkdir(parents=True, exist_ok=True)
    [(count,)] = connection.execute(f"copy ({rows}) to '{partial}' (format parquet, compression {compression})").fetchall()
    if not count:
        partial.unlink()
        return None
    os.replace(partial, target)
    return WrittenFile(path=name, size=target.stat().st_size, rows=int(count))


def _write_keys(connection: duckdb.DuckDBPyConnection, inputs: ScoringInputs, name: str, chunk: int, chunks: int) -> WrittenFile | None:
    """The chunk's share of linkage.block_key, as it is now, in one file; None where none is kept or it has these keys and no other."""
    if inputs.keys is None or not _keys_differ(connection, inputs):
        return None
    rows = f"""
        select record_id, record_version, {int(inputs.model_version)} as model_version, block_keys
        from block join current using (record_id) where hash(record_id) % {int(chunks)} = {int(chunk)}"""
    return _write(connection, rows, inputs.keys.path, f"keys-{name}.parquet", "uncompressed")  # hashes do not compress


def _keys_differ(connection: duckdb.DuckDBPyConnection, inputs: ScoringInputs) -> bool:
    held = f"(select record_id from held join current using (record_id, record_version) where model_version = {int(inputs.model_version)})"
    return not _count(connection, "held") == _count(connection, held) == _count(connection, "current")


@dataclass(frozen=True)
class Scored:
    """What a task wrote by scoring and by completing, the keys it keeps, the sizes of components over budget; how many records were fresh, and the
    pairs that blocks hold of them, said by the first chunk: a pair counts once for each rule it meets by, and is scored once."""

    scored: WrittenFile | None = None
    completed: WrittenFile | None = None
    keys: WrittenFile | None = None
    over_budget: tuple[int, ...] = ()
    fresh: int = 0
    pairs: int = 0

    @property
    def files(self) -> list[WrittenFile]:
        return [file for file in (self.scored, self.completed) if file]


def run_task(inputs: ScoringInputs, name: str, chunk: int, chunks: int, scores: bool = True, completes: bool = True) -> Scored:
    """The body of one task: score a chunk, complete the components that the pairs of all chunks make, or, where one chunk is all, one after
    the other, on records that are read once. `name`: of its files, apart from what they are."""
    model, folder = inputs.load_model(), inputs.scored.path
    connection = open_records(inputs, model)
    scored: WrittenFile | None = None
    completed: WrittenFile | None = None
    over_budget: list[int] = []
    fresh = pairs = 0
    keys: WrittenFile | None = None
    try:
        if scores:
            keys = _write_keys(connection, inputs, name, chunk, chunks)
            if chunk == 0:
                fresh, pairs = _count(connection, "fresh"), _pairs_in_blocks(connection)
            table = score_chunk(connection, model, inputs.model_version, chunk, chunks)
            scored = write_edges(connection, table, folder, f"score-{name}.parquet")
        if completes:
            if scores:
                connection.execute(f"insert into scored by name select * from {table}")
            table, over_budget = complete_components(connection, model, inputs.model_version)
            completed = write_edges(connection, table, folder, f"complete-{name}.parquet")
        return Scored(scored, completed, keys, tuple(over_budget), fresh, pairs)
    finally:
        connection.close()


def _touch(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table `touched`, if it is not there: the blocks that a fresh record is in, a row for each record of one: record_id, key, is_fresh."""
    connection.execute("""
        create table if not exists touched as
        with one as (select record_id, unnest(block_keys) as key from block)
        select record_id, key, record_id in (select record_id from fresh) as is_fresh from one
        where key in (select unnest(block_keys) from keyed where record_id in (select record_id from fresh))""")


def commit_keys(lake: Lake, files: Sequence[WrittenFile], metadata: Mapping[str, Any]) -> None:
    """Make linkage.block_key what tasks wrote, if they wrote any, in one commit."""
    if files:
        lake.exchange(BLOCK_KEY, files, lambda _: True, metadata)


def commit_pairs(lake: Lake, files: Sequence[WrittenFile], metadata: Mapping[str, Any]) -> None:
    """Add what tasks wrote to linkage.scored_pair, in one commit."""
    app_id = "scored-pair"
    lake.commit_files(SCORED_PAIR, files, app_id, lake.next_transaction(SCORED_PAIR, app_id), metadata)


def _pairs_in_blocks(connection: duckdb.DuckDBPyConnection) -> int:
    if _count(connection, "fresh") == _count(connection, "current"):
        one = "(select unnest(block_keys) as key, true as is_fresh from keyed)"
    else:
        _touch(connection)
        one = "touched"
    found = connection.execute(f"""
        with block as (select count(*) as n, count(*) filter (where is_fresh) as fresh from {one} group by key)
        select coalesce(sum(fresh * (n - fresh) + fresh * (fresh - 1) // 2), 0)::bigint from block""").fetchall()
    return int(found[0][0])


def fresh_count(inputs: ScoringInputs) -> int:
    """How many current record versions this model has not scored yet."""
    with _open_tables(inputs) as connection:
        return _count(connection, "fresh")
