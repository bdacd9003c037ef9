"""Train the linkage model: chances from people known to differ, agreement from records known to be one person, by EM.

u is estimated among PDS records, which are of different people by construction (random pairs of all records hold too
many true ones in a small area); m by expectation maximisation in blocks that share an identifier or forename and birth date.
"""

import hashlib
import json
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
from splink import DuckDBAPI, Linker, block_on
from splink.internals.exceptions import EMTrainingException

from cyplink.linkage import records
from cyplink.linkage.model import (
    M_WHEN_UNTRAINED,
    MINIMUM_M,
    NAME_COLUMNS,
    NEARER,
    NEARER_OF_FURTHER,
    SILVER,
    WHEN_NEVER_SEEN,
    Facts,
    Shape,
    splink_settings,
)
from cyplink.linkage.settings import LinkageSettings

log = logging.getLogger(__name__)

MINIMUM_REFERENCE = 1_000
TOLERANCE, SETTLED = 1.0, 0.005

TERM_SCHEMA = pa.schema([("column_name", pa.string()), ("term", pa.string()), ("frequency", pa.float64())])


class TrainingError(ValueError):
    """There is too little to learn from; the message says what is missing."""


@dataclass(frozen=True)
class TrainedModel:
    """A trained model and what it pins. Only `terms` (column_name, term, frequency) identifies anybody.

    `terms` holds name frequencies and, as column_name `block <rule>`, the keys of blocks that are refined.
    """

    settings: Mapping[str, Any]
    terms: pa.Table
    levels: tuple[Mapping[str, Any], ...]
    history: tuple[Mapping[str, Any], ...]
    blocking: tuple[Mapping[str, Any], ...]
    facts: Mapping[str, float]
    keep_above: float
    component_budget: int

    def to_json(self) -> str:
        """The model without its terms: what MLflow and scoring tasks get."""
        content = {
            "splink": self.settings, "keep_above": self.keep_above, "component_budget": self.component_budget,
            "facts": self.facts, "levels": self.levels, "blocking": self.blocking, "history": self.history,
        }
        return json.dumps(content, sort_keys=True, indent=1)

    @classmethod
    def from_json(cls, text: str, terms: pa.Table) -> "TrainedModel":
        """The inverse of `to_json`, with the terms of linkage.term_frequency of the same version."""
        content = json.loads(text)
        return cls(
            settings=content["splink"], terms=terms.select(TERM_SCHEMA.names).cast(TERM_SCHEMA), levels=tuple(content["levels"]),
            history=tuple(content["history"]), blocking=tuple(content["blocking"]), facts=content["facts"],
            keep_above=content["keep_above"], component_budget=content["component_budget"],
        )

    def terms_hash(self) -> str:
        """SHA-256 over the sorted terms and frequencies: what MLflow gets instead of the names."""
        rows = self.terms.sort_by([("column_name", "ascending"), ("term", "ascending")]).to_pylist()
        text = "\n".join(f"{r['column_name']}\x1f{r['term']}\x1f{r['frequency']!r}" for r in rows)
        return hashlib.sha256(text.encode()).hexdigest()


def train(identity: pa.Table | ds.Dataset, mergers: pa.Table | ds.Dataset, settings: LinkageSettings, threads: int = 2, shape: Shape = SILVER) -> TrainedModel:
    """A model trained on silver.identity (its linkage columns) and silver.nhs_number_merger.

    The same rows and settings give the same model whatever their order and the number of threads.
    Raises TrainingError when there are too few named records that share an identifier to learn from, or what was learnt makes no sense.
    """
    with records.open_connection(threads, settings.scoring.memory) as connection:
        return _trained(connection, identity, mergers, settings, shape)


def _trained(connection: duckdb.DuckDBPyConnection, identity: object, mergers: object, settings: LinkageSettings, shape: Shape) -> TrainedModel:
    count = records.make_records(connection, identity, mergers, shape.further)
    refined = records.oversized_blocks(connection, settings.scoring.block_budget, shape.rules)
    records.add_block_keys(connection, refined, shape.rules)
    blocking = records.count_blocks(connection, shape.rules)
    connection.execute("create table trainable as select * from keyed order by record_id; drop table keyed")
    facts = measure_facts(connection, settings, shape)
    chances = _estimate_chances(connection, facts, settings, shape)
    linker = Linker(DuckDBAPI(connection=connection).register("trainable"), _names_apart(chances) if shape.names_apart else chances, log_level=None)
    history = _run_sessions(linker, settings, shape)
    trained = _complete(_with_trained(chances, linker.misc.save_model_to_json()))
    levels = _levels(trained)
    refuse_nonsense(levels, history)
    return TrainedModel(
        settings=trained,
        terms=_terms(connection, refined, shape),
        levels=tuple(levels),
        history=tuple(history),
        blocking=tuple(blocking),
        facts={"records": count, "people": facts.people, "prior": facts.prior,
               "shared_property": facts.shared_property, "shared_postcode": facts.shared_postcode},
        keep_above=settings.scoring.keep_above,
        component_budget=settings.scoring.component_budget,
    )


def measure_facts(connection: duckdb.DuckDBPyConnection, settings: LinkageSettings, shape: Shape = SILVER) -> Facts:
    """Number of people, chance agreement on addresses, and the prior, from table `trainable`."""
    on_spine = _one(connection, "select count(*) from trainable where source = 'pds'")
    total = _one(connection, "select count(*) from trainable")
    everybody = on_spine < MINIMUM_REFERENCE
    where = "true" if everybody else "source = 'pds'"
    connection.execute(f"create or replace table reference as select * from trainable where {where} order by record_id")
    size = total if everybody else on_spine
    pairs = max(size * (size - 1) / 2, 1.0)
    shared = {
        column: _one(connection, f"""
            with one as (select unnest({column}) as place from reference), n as (select count(*) as n from one group by place)
            select coalesce(sum(n * (n - 1) / 2), 0) from n""") / pairs
        for column in ("uprns", "postcodes")
    }
    pair = "select l.record_id, r.record_id from trainable l join trainable r on l.record_id < r.record_id"
    certain = _one(connection, f"select count(*) from ({' union '.join(f'{pair} and {condition}' for condition in shape.certain)})")
    prior = max(certain, 1) / settings.training.deterministic_recall / max(total * (total - 1) / 2, 1.0)
    floor = 1 / pairs
    return Facts(
        people=max(int(size), 2),
        shared_property=max(shared["uprns"], floor),
        shared_postcode=max(shared["postcodes"] - shared["uprns"], floor),
        prior=min(prior, 0.5),
    )


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    return float(connection.execute(sql).fetchall()[0][0])


def _estimate_chances(connection: duckdb.DuckDBPyConnection, facts: Facts, settings: LinkageSettings, shape: Shape) -> dict[str, Any]:
    """The model's settings with u estimated on random pairs of the reference records."""
    linker = Linker(DuckDBAPI(connection=connection).register("reference"), splink_settings(facts, settings, shape), log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=settings.training.u_pairs, seed=settings.seed, min_count_per_level=None, num_chunks=1)
    return dict(linker.misc.save_model_to_json())


def _run_sessions(linker: Linker, settings: LinkageSettings, shape: Shape) -> list[dict[str, Any]]:
    """Every EM session, and the history of its estimates; a session whose block makes no pairs is passed over."""
    history: list[dict[str, Any]] = []
    for columns in shape.sessions:
        try:
            session = linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*columns), estimate_without_term_frequencies=True, max_pairs=settings.training.em_pairs,
                record_sample_proportion=1.0 if settings.training.em_pairs > MINIMUM_REFERENCE else 0.01,
            )
        except EMTrainingException:
            log.warning("no pairs agree on %s: its training session is passed over", " and ".join(columns))
            continue
        history += [{"session": " and ".join(columns), **_step(r)} for r in session._iteration_history_records if r.m_probability is not None]
    if not history:
        shared = "; ".join(" and ".join(columns) for columns in shape.sessions)
        raise TrainingError(f"No two named records share any of these: {shared}. There is nothing to train on.")
    return history


def _names_apart(model: Mapping[str, Any]) -> dict[str, Any]:
    """The model with each name compared by itself: Splink trains no comparison that mentions a column of the session's block, and the levels of
    one name that mention the other, or the birth date, have weights of policy."""
    apart: dict[str, Any] = json.loads(json.dumps(model))
    for comparison in apart["comparisons"]:
        name = comparison["output_column_name"]
        if name in NAME_COLUMNS:
            levels = [level for level in comparison["comparison_levels"] if not level.get("fix_m_probability")]
            comparison["comparison_levels"] = [
                {**level, "sql_condition": f"{name}_l is null or {name}_r is null"} if level.get("is_null_level") else level for level in levels
            ]
    return apart


def _with_trained(model: Mapping[str, Any], trained: Mapping[str, Any]) -> dict[str, Any]:
    """The model with what was trained of its levels, by their labels."""
    whole: dict[str, Any] = {**json.loads(json.dumps(model)), "probability_two_random_records_match": trained["probability_two_random_records_match"]}
    for comparison, found in zip(whole["comparisons"], trained["comparisons"], strict=True):
        said = {level["label_for_charts"]: level for level in found["comparison_levels"]}
        comparison["comparison_levels"] = [
            {**level, **{key: value for key, value in said.get(level["label_for_charts"], {}).items() if key != "sql_condition"}} for level in comparison["comparison_levels"]
        ]
    return whole


def refuse_nonsense(levels: Sequence[Mapping[str, Any]], history: Sequence[Mapping[str, Any]]) -> None:
    """Raises TrainingError, naming all of them, where a nearer level weighs less than a farther one (by more than TOLERANCE bits, which chance may do
    to a rare level; one that no session saw in one person is passed over), or where a session's last round still moved an m by more than SETTLED."""
    faults = []
    weights: dict[str, dict[str, float]] = {}
    for level in levels:
        if level["m"] > MINIMUM_M:
            weights.setdefault(level["comparison"], {})[level["level"]] = level["weight"]
    for comparison, of_level in weights.items():
        chain = [name for name in NEARER.get(comparison, NEARER_OF_FURTHER) if name in of_level]
        for near, far in pairwise(chain):
            if of_level[near] < of_level[far] - TOLERANCE:
                faults.append(f"{comparison}: '{near}' weighs {of_level[near]:.1f} bits, less than '{far}' with {of_level[far]:.1f}")
    rounds: dict[tuple[str, str, str], list[float]] = {}
    for step in sorted(history, key=lambda step: step["iteration"]):
        rounds.setdefault((step["session"], step["comparison"], step["level"]), []).append(step["m"])
    moved = sorted({session for (session, *_), values in rounds.items() if len(values) > 1 and abs(values[-1] - values[-2]) > SETTLED})
    faults += [f"training in blocks of {session} had not settled in its last round" for session in moved]
    if faults:
        raise TrainingError(
            f"The trained model makes no sense and is not used: {'; '.join(faults)}. Look at what the sources deliver in these columns (quarantine, "
            "`cyplink returns`), or give the training more pairs (linkage.yaml: training)."
        )


def _step(record: Any) -> dict[str, Any]:
    return {
        "iteration": record.iteration, "comparison": record.comparison_name, "level": record.label_for_charts,
        "m": _rounded(record.m_probability), "prior": _rounded(record.probability_two_random_records_match),
    }


def _complete(model: Mapping[str, Any]) -> dict[str, Any]:
    """Give levels too rare to be seen the weight their kind has elsewhere, keep chances off zero, and round.

    Sums of floats depend on their order in the last digits; twelve digits do not.
    """
    completed: dict[str, Any] = json.loads(json.dumps(model))
    for comparison in completed["comparisons"]:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        if not any(isinstance(level.get("m_probability"), float | int) for level in levels):
            _suppose(levels)
        for level in levels:
            m, u = level.get("m_probability"), level.get("u_probability")
            seen = isinstance(m, float | int) and isinstance(u, float | int)
            if not seen:
                # What was never met in one person counts against by how often it is met between two.
                m, u = WHEN_NEVER_SEEN.get(level["label_for_charts"], (MINIMUM_M, u if isinstance(u, float | int) else MINIMUM_M))
            by_policy = level.get("fix_m_probability")
            level["m_probability"] = _rounded(m if by_policy else max(m, MINIMUM_M))
            level["u_probability"] = _rounded(u)
    completed["probability_two_random_records_match"] = _rounded(completed["probability_two_random_records_match"])
    return completed


def _suppose(levels: list[dict[str, Any]]) -> None:
    """Give a comparison that no session met the chances of agreement that are usual."""
    closest, between, farthest = M_WHEN_UNTRAINED
    levels[0]["m_probability"], levels[-1]["m_probability"] = closest, farthest
    for level in levels[1:-1]:
        level["m_probability"] = between / (len(levels) - 2)


def _rounded(value: float) -> float:
    return float(f"{value:.12g}")


def _levels(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per comparison level: m, u and weight in bits."""
    return [
        {
            "comparison": comparison["output_column_name"], "level": level["label_for_charts"], "m": level["m_probability"],
            "u": level["u_probability"], "weight": math.log2(level["m_probability"] / level["u_probability"]),
        }
        for comparison in model["comparisons"]
        for level in comparison["comparison_levels"]
        if not level.get("is_null_level")
    ]


def _terms(connection: duckdb.DuckDBPyConnection, refined: pa.Table, shape: Shape) -> pa.Table:
    names = " union all ".join(
        f"select '{column}' as column_name, {column}::varchar as term, count(*) / sum(count(*)) over () as frequency "
        f"from trainable where {column} is not null group by {column}"
        for column in shape.terms
    )
    connection.register("refined_now", refined)
    sql = f"select * from ({names} union all select 'block ' || rule, key, records::double from refined_now) order by column_name, term"
    return connection.sql(sql).to_arrow_table().cast(TERM_SCHEMA)
