"""Link one table of people with the kernel: a data frame in, one person a row out. No lake, no Spark, no MLflow.

Columns that a table lacks are left out of the model; what is compared, blocked on and trained follows from those it has.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from cyplink.identity import ACCUMULATED, WHOLE, evidence
from cyplink.linkage import records, scoring
from cyplink.linkage.clustering import partition
from cyplink.linkage.inputs import MILLIBITS, current_edges, facts_of, named_records, policy_of
from cyplink.linkage.model import SILVER, Shape
from cyplink.linkage.records import BlockingRule, Further
from cyplink.linkage.settings import LinkageSettings
from cyplink.linkage.training import TrainedModel, train
from cyplink.standardise.macros import open_macros

COLUMNS = ("forename", "middle_names", "surname", "other_surname", "full_name", "date_of_birth", "sex", "postcode", "uprn", "nhs_number", "upn")
"""What a table may say of a person. `full_name`: all names in one field, the surname last or before a comma; `other_surname`: a former or
preferred one; `uprn`: the property's reference number."""

MOST_IN_A_BLOCK = 10.0
"""Pairs per record up to which a further column that is `same` or not is worth a blocking rule of its own."""

_COMPARED = {"forename": ("forename",), "surname": ("surname",), "date_of_birth": ("date_of_birth",), "sex": ("sex",), "address": ("postcode", "uprn"),
             "nhs_number": ("nhs_number",), "upn": ("upn",)}  # fmt: skip
_WITHOUT_BIRTH_DATE = (BlockingRule(12, "names", "[forename || '|' || surname]"), BlockingRule(13, "surname and postcode", "[surname || '|' || p for p in postcodes]"))
_FIRST_FURTHER_RULE = 14

_FULL = "nullif(trim(full_name), '')"
_SPLIT = f"""case when contains({_FULL}, ',') then [trim(split_part({_FULL}, ',', 2)), trim(split_part({_FULL}, ',', 1))]
    else [coalesce(nullif(regexp_extract({_FULL}, '^(.*\\S)\\s+\\S+$', 1), ''), {_FULL}), nullif(regexp_extract({_FULL}, '^.*\\S\\s+(\\S+)$', 1), '')] end"""


def same(column: str) -> Further:
    """A further column that is the same or not: an email address, a birth place, an occupation. The rarer a value, the more it says."""
    return Further(column, "same")


def alike(column: str) -> Further:
    """A further column of text that may be spelt otherwise: by the distance of Jaro and Winkler."""
    return Further(column, "alike")


def near(column: str, within: float) -> Further:
    """A further column of numbers, such as a year of arrival: the same, at most `within` apart, or not."""
    return Further(column, "near", within=within)


@dataclass(frozen=True)
class Linked:
    """What linking came to.

    `people`: one row per row of the table: its id, `person` (the id of the person's first row), `match_weight` (mean, in bits, to the person's
    other rows; missing for a row alone), `margin` (lead over the next candidate, in bits) and `status` (linked, single, or review: two
    candidates are about equally good, so that it was left alone). `pairs`: `<id>_l`, `<id>_r`, `match_weight`, `match_probability` of every
    pair scored above the mark. `model`: levels with their m, u and weight, how training converged, pairs by blocking rule.
    """

    people: pd.DataFrame
    pairs: pd.DataFrame
    model: TrainedModel


def link(
    table: pd.DataFrame, id: str, columns: Mapping[str, str] | None = None, further: Sequence[Further] = (), settings: LinkageSettings | None = None,
    threads: int = 2,
) -> Linked:
    """Link the rows of a table that are one person. `columns`: which of its columns is which of COLUMNS, where it is not called so; `further`:
    other columns to compare (`same`, `alike`, `near`). The same table gives the same people whatever the order of its columns.

    Raises ValueError, with what to do, for a column that is not there, an id that is missing or repeated, or a table that says too little, and
    TrainingError when no two rows agree on anything to learn from.
    """
    settings = settings or LinkageSettings()
    names = _which(table, id, columns or {}, further)
    with records.open_connection(threads) as connection, _quiet():
        identity, further = _identity(connection, table, names, further)
        shape = _shape(identity, further)
        model = train(identity, _NO_MERGERS, settings, threads, shape)
        pairs = _scored(connection, identity, model, shape)
    numbered = named_records(identity, _NO_MERGERS)
    found = partition(*current_edges(pairs, numbered, 1), facts_of(numbered, _NO_DECISIONS, _NO_DECISIONS, _NO_ANCHORS), policy_of(settings))
    ids = table[id].to_numpy()
    people = pd.DataFrame({id: ids, "person": ids[found.label], "match_weight": found.weight / MILLIBITS, "margin": found.margin / MILLIBITS, "status": found.status})
    return Linked(people, _told(pairs, ids, id), model)


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink says of every level that no pair showed that it was not trained; such levels have usual weights here."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


_NO_MERGERS = pa.table({"superseded_nhs_number": pa.array([], pa.int64()), "current_nhs_number": pa.array([], pa.int64())})
_NO_DECISIONS = pa.table({name: pa.array([], kind) for name, kind in (("record_id_l", pa.int64()), ("record_id_r", pa.int64()), ("decision", pa.string()))})
_NO_ANCHORS = pa.table({"record_id": pa.array([], pa.int64()), "anchor_record_id": pa.array([], pa.int64())})


def _which(table: pd.DataFrame, id: str, columns: Mapping[str, str], further: Sequence[Further]) -> dict[str, str]:
    """The table's column for each of COLUMNS that it has."""
    if unknown := sorted(set(columns) - set(COLUMNS)):
        raise ValueError(f"link knows no {', '.join(unknown)}. It knows: {', '.join(COLUMNS)}; declare other columns with `further`.")
    names = {name: columns.get(name, name) for name in COLUMNS if name in columns or name in table.columns}
    if missing := sorted({id, *names.values(), *(one.column for one in further)} - set(table.columns)):
        raise ValueError(f"The table has no column {', '.join(missing)}. It has: {', '.join(map(str, table.columns))}.")
    if empty := int(table[id].isna().sum()):
        raise ValueError(f"{empty} rows have no {id}; give every row one.")
    if repeated := int(table[id].duplicated().sum()):
        raise ValueError(f"{repeated} rows repeat the {id} of another; it must tell the rows apart.")
    has_names = "full_name" in names or {"forename", "surname"} <= set(names)
    if not has_names and not {"nhs_number", "upn"} & set(names) and not any(one.kind == "same" for one in further):
        raise ValueError("The table says too little: link needs forename and surname, or full_name, or an identifier (nhs_number, upn, or a further column that is `same`).")
    if len(table) < 2:
        raise ValueError(f"The table has {len(table)} rows; linking needs two or more.")
    return names


def _identity(
    connection: duckdb.DuckDBPyConnection, table: pd.DataFrame, names: Mapping[str, str], further: Sequence[Further]
) -> tuple[pa.Table, tuple[Further, ...]]:
    """The table in the shape of silver.identity, one record per row numbered from 1, with the further columns, which are named here."""
    called = tuple(replace(one, name=f"further_{place}") for place, one in enumerate(further))
    text = {name: table[column].astype("string") for name, column in names.items()}
    text |= {one.name: table[one.column].astype("string") for one in called}
    connection.register("given_row", pa.table({"source_row": pa.array(range(1, len(table) + 1), pa.int64()), **{name: pa.array(values, pa.string()) for name, values in text.items()}}))
    open_macros(connection)
    said = {
        "forename": "forename", "middle_names": "middle_names", "surname": "surname", "other_surname": "other_surname", "sex": "sex_of(sex)",
        "date_of_birth": "coalesce(iso(date_of_birth), british(date_of_birth))", "postcode": "home_postcode(postcode)", "uprn": "whole_number(uprn, 999999999999)",
        "nhs_number": "nhs_number_of(nhs_number)", "upn": "upn_of(upn)",
    }  # fmt: skip
    said = {name: sql for name, sql in said.items() if name in names}
    if "full_name" in names:
        said |= {name: f"coalesce({said[name]}, ({_SPLIT})[{place}])" if name in said else f"({_SPLIT})[{place}]" for place, name in ((1, "forename"), (2, "surname"))}
    lineage = "'' as controller, '' as period, '' as delivery_id, *"
    rows = evidence("'table'", f"(select {lineage} from given_row)", local_id="source_row::varchar", is_named="true", **said)
    connection.execute(f"""
        create temp table usable as
        select *, source_row as record_id, 'table' as source, []::varchar[] as broken_rules from ({WHOLE} union all by name {rows})""")
    value = {"near": "try_cast({} as double)", "same": "upper(given({}))", "alike": "upper(given({}))"}
    more = "".join(f", {value[one.kind].format(one.name)} as {one.name}" for one in called)
    return connection.sql(f"""
        select accumulated.*{more} from ({ACCUMULATED}) as accumulated join given_row on source_row = record_id
        order by record_id""").to_arrow_table(), called


def _shape(identity: pa.Table, further: Sequence[Further]) -> Shape:
    """What there is to compare, block on and learn from: what some row says."""
    has = {name: identity[name].null_count < identity.num_rows for name in ("forename", "surname", "date_of_birth", "sex", "nhs_number", "upn", "postcode")}
    has["uprn"] = bool(pa.compute.any(pa.compute.greater(pa.compute.list_value_length(identity["uprns"]), 0)).as_py())
    used = tuple(one for one in further if identity[one.name].null_count < identity.num_rows)
    blocks = [one for one in used if one.kind == "same" and _pairs_per_record(identity, one.name) <= MOST_IN_A_BLOCK]
    rules = [*SILVER.rules, *(() if has["date_of_birth"] else _WITHOUT_BIRTH_DATE)]
    rules += [BlockingRule(_FIRST_FURTHER_RULE + place, one.column, f"[{one.name}]") for place, one in enumerate(blocks)]
    lacking = frozenset(name for name, needed in _COMPARED.items() if not any(has[one] for one in needed))
    compared = {*(name for name in _COMPARED if name not in lacking), *(one.name for one in used)}
    sessions = [(("nhs_number",), ("upn",), *((one.name,) for one in blocks), ("forename", "date_of_birth"), ("surname", "date_of_birth"), ("forename", "surname")),
                (("forename",), ("surname",))]  # fmt: skip
    # A session teaches nothing of what its block agrees on, and needs something to teach.
    useful = [[session for session in some if set(session) < compared] for some in sessions]
    if not any(useful):
        raise ValueError("The table says too little: linking weighs what rows agree on against what they do not, and needs two columns or more that can be compared.")
    same_names = "l.forename = r.forename and l.surname = r.surname"
    certain = [*SILVER.certain, *(f"l.{one.name} = r.{one.name}" for one in blocks)]
    certain += [] if has["date_of_birth"] else [f"{same_names} and list_has_any(l.postcodes, r.postcodes)"]
    return Shape(
        lacking=lacking, further=used, names_apart=not (has["nhs_number"] or has["upn"] or blocks), rules=tuple(rules), certain=tuple(certain),
        sessions=tuple(tuple(name.replace("date_of_birth", "dob") for name in session) for session in useful[0] or useful[1]),
    )


def _pairs_per_record(identity: pa.Table, column: str) -> float:
    counts = identity[column].drop_null().value_counts().field("counts").to_numpy()
    return float((counts * (counts - 1) / 2).sum() / max(identity.num_rows, 1))


def _scored(connection: duckdb.DuckDBPyConnection, identity: pa.Table, model: TrainedModel, shape: Shape) -> pa.Table:
    """Edges of all records, and of every component that is no clique the pairs that blocking left out."""
    records.make_records(connection, identity, _NO_MERGERS, shape.further)
    records.add_block_keys(connection, scoring.refined_blocks(model), shape.rules)
    connection.execute("create table current as select record_id, record_version from keyed; create table fresh as select record_id from keyed")
    scoring.score_chunk(connection, model, 1, 0, 1)
    connection.execute("create table scored as select * from edge")
    completed, _ = scoring.complete_components(connection, model, 1)
    return connection.sql(f"select * from scored union all select * from {completed} order by record_id_l, record_id_r").to_arrow_table()


def _told(pairs: pa.Table, ids: np.ndarray, id: str) -> pd.DataFrame:
    """Scored pairs under the table's own ids."""
    rows = pairs.to_pandas()
    rows = rows[rows["record_id_l"] < rows["record_id_r"]]
    bits = rows["match_weight"].to_numpy() / MILLIBITS
    told = {f"{id}_{side}": ids[rows[f"record_id_{side}"].to_numpy() - 1] for side in ("l", "r")}
    return pd.DataFrame({**told, "match_weight": bits, "match_probability": 1 / (1 + np.exp2(-bits))})
