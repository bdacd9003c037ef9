"""`python stock_splink.py ENGINE BLOCKS IDENTITY MERGERS TARGET CORES MEMORY`: Splink as its own documentation sets it up, the whole of a linkage.

ENGINE: duckdb or spark. BLOCKS: `same`, the rules of cyplink.linkage.records on the same columns, lists exploded; or `latest`, those rules on what
was recorded last, which is what a table of people without lists would have. IDENTITY and MERGERS: folders of silver.identity and
silver.nhs_number_merger (Delta). Writes edges.parquet, clusters.parquet and told.json (seconds by part, edges) into TARGET.

From its examples (deduplicate_50k_synthetic, Spark's deduplicate_1k_synthetic) come the comparisons, the number of random pairs, the training without term
frequencies and the threshold of clusters; from its guides (scaling up, optimising Spark) the limit on training pairs and five partitions a core. What they do
not say and a competent user would do: a u for identifiers, which random pairs never show (one in the number of people), a training session on birth
date and postcode, for a birth date alone makes a hundred times as many pairs of strangers, and a space in the postcode, which its comparison asks for.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import deltalake
import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from pyspark.sql import SparkSession
from splink import DuckDBAPI, Linker, SettingsCreator, SparkAPI, block_on
from splink.backends.spark import similarity_jar_location

RECORDS = """
    select i.record_id, i.forename, i.surname, i.forename || ' ' || i.surname as full_name, i.forenames, i.surnames, i.date_of_birth, i.sex,
           left(i.postcode, length(i.postcode) - 3) || ' ' || right(i.postcode, 3) as postcode, i.postcodes, i.uprns, i.upn, i.upns,
           coalesce(m.current_nhs_number, i.nhs_number) as nhs_number
    from identity i left join merger m on i.nhs_number = m.superseded_nhs_number
    where i.is_named"""
RANDOM_PAIRS, TRAINING_PAIRS, RECALL, KEEP_ABOVE, CLUSTER_ABOVE = 1e7, 1e7, 0.85, -5.0, 0.95


def blocks(kind: str) -> list[Any]:
    """The rules of cyplink.linkage.records in Splink's own terms."""
    year, day = "year(date_of_birth)", ("month(date_of_birth)", "day(date_of_birth)")
    of_names = [
        block_on("nhs_number"), block_on("least(forename, surname)", "greatest(forename, surname)", "date_of_birth"),
        block_on("forename", "surname", year), block_on("forename", "surname", *day),
    ]  # fmt: skip
    if kind == "latest":
        return [
            *of_names, block_on("upn"), block_on("date_of_birth", "postcode"), block_on("forename", "date_of_birth"), block_on("surname", "date_of_birth"),
            block_on("surname", "postcode", year), block_on("forename", "postcode"),
        ]  # fmt: skip
    listed = {
        "upns": (), "postcodes": ("date_of_birth",), "uprns": ("date_of_birth",), "forenames": ("date_of_birth",), "surnames": ("date_of_birth",),
    }  # fmt: skip
    exploded = [block_on(column, *others, arrays_to_explode=[column]) for column, others in listed.items()]
    return [
        *of_names, *exploded, block_on("surname", "postcodes", year, arrays_to_explode=["postcodes"]), block_on("forename", "postcodes", arrays_to_explode=["postcodes"]),
    ]  # fmt: skip


def _identifier(column: str, people: int) -> cl.CustomComparison:
    by_chance = ((cll.ExactMatchLevel(column), 1 / people), (cll.ElseLevel(), 1 - 1 / people))
    levels = [cll.NullLevel(column), *(level.configure(u_probability=u, fix_u_probability=True) for level, u in by_chance)]
    return cl.CustomComparison(levels, output_column_name=column)


def _settings(people: int, kind: str) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=[
            cl.ForenameSurnameComparison("forename", "surname", forename_surname_concat_col_name="full_name"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=False),
            cl.PostcodeComparison("postcode"),
            cl.ExactMatch("sex"),
            _identifier("nhs_number", people),
            _identifier("upn", people),
        ],
        blocking_rules_to_generate_predictions=blocks(kind),
    )


@dataclass(frozen=True)
class Engine:
    """Splink's interface to an engine in which table `person` has the records; a query's rows, and a table of Splink's written as Parquet."""

    api: Any
    query: Callable[[str], list[Any]]
    write: Callable[[str, Path], object]


def _on_duckdb(identity: str, mergers: str, target: Path, cores: int, memory: str) -> Engine:
    connection = duckdb.connect(config={"threads": cores, "memory_limit": f"{memory}GB", "temp_directory": str(target / "spilt")})
    for name, path in (("identity", identity), ("merger", mergers)):
        connection.read_parquet(deltalake.DeltaTable(path).file_uris()).create_view(name)
    connection.execute(f"create table person as {RECORDS}")
    return Engine(
        DuckDBAPI(connection=connection),
        lambda sql: connection.execute(sql).fetchall(),
        lambda sql, path: connection.execute(f"copy ({sql}) to '{path}' (format parquet)"),
    )


def _on_spark(identity: str, mergers: str, target: Path, cores: int, memory: str) -> Engine:
    options = {
        "spark.master": f"local[{cores}]", "spark.driver.memory": f"{memory}g", "spark.jars": similarity_jar_location(), "spark.ui.enabled": "false",
        "spark.default.parallelism": str(5 * cores), "spark.sql.shuffle.partitions": str(5 * cores), "spark.local.dir": str(target / "spilt"),
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.showConsoleProgress": "false",
    }  # fmt: skip
    builder = SparkSession.builder.appName("stock")
    for name, value in options.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    spark.sparkContext.setCheckpointDir(str(target / "checkpoints"))
    for name, path in (("identity", identity), ("merger", mergers)):
        spark.read.parquet(*deltalake.DeltaTable(path).file_uris()).createOrReplaceTempView(name)
    spark.sql(RECORDS).createOrReplaceTempView("person")
    return Engine(SparkAPI(spark_session=spark), lambda sql: spark.sql(sql).collect(), lambda sql, path: spark.sql(sql).write.parquet(str(path)))


def link(engine: str, kind: str, identity: str, mergers: str, target: Path, cores: int, memory: str) -> dict[str, Any]:
    """Train, score, cluster, write; seconds by part and the number of edges."""
    seconds, began = {}, time.monotonic()

    def done(part: str) -> None:
        nonlocal began
        seconds[part], began = time.monotonic() - began, time.monotonic()

    opened = {"duckdb": _on_duckdb, "spark": _on_spark}[engine](identity, mergers, target, cores, memory)
    people = int(opened.query("select count(distinct nhs_number) from person")[0][0])
    linker = Linker(opened.api.register("person"), _settings(people, kind), log_level=None)
    done("read")
    certain = [block_on("nhs_number"), block_on("upn"), block_on("forename", "surname", "date_of_birth")]
    linker.training.estimate_probability_two_random_records_match(certain, recall=RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS)
    for block in (block_on("forename", "surname"), block_on("date_of_birth", "postcode")):
        linker.training.estimate_parameters_using_expectation_maximisation(block, estimate_without_term_frequencies=True, max_pairs=TRAINING_PAIRS)
    done("train")
    predicted = linker.inference.predict(threshold_match_weight=KEEP_ABOVE)
    done("score")
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=CLUSTER_ABOVE)
    done("cluster")
    opened.write(f"select record_id_l, record_id_r, match_weight from {predicted.physical_name}", target / "edges.parquet")
    opened.write(f"select record_id, cluster_id from {clusters.physical_name}", target / "clusters.parquet")
    done("write")
    edges = int(opened.query(f"select count(*) from {predicted.physical_name}")[0][0])
    (target / "model.json").write_text(json.dumps(linker.misc.save_model_to_json()))
    return {"seconds": seconds, "edges": edges}


if __name__ == "__main__":
    engine, kind, identity, mergers, target, cores, memory = sys.argv[1:]
    told = link(engine, kind, identity, mergers, Path(target), int(cores), memory)
    (Path(target) / "told.json").write_text(json.dumps(told))
