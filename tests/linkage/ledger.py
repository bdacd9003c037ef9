"""Scoring as the job does it, without Spark: real Delta tables, real tasks, one after the other."""

from dataclasses import dataclass
from pathlib import Path

import deltalake
import pandas as pd
import pyarrow as pa

from cyplink.lake import Lake, Pin
from cyplink.linkage.clustering import Partition, partition
from cyplink.linkage.inputs import current_edges, facts_of, named_records, policy_of
from cyplink.linkage.scoring import ScoringInputs, commit_keys, fresh_count, run_task
from cyplink.linkage.settings import LinkageSettings
from cyplink.linkage.training import TrainedModel
from cyplink.tables import linkage
from cyplink.tables.model import Zone
from tests.linkage.population import NO_MERGERS

VERSION = 1
NO_DECISIONS = pa.table({"record_id_l": pa.array([], pa.int64()), "record_id_r": pa.array([], pa.int64()), "decision": pa.array([], pa.string())})
NO_ANCHORS = pa.table({"record_id": pa.array([], pa.int64()), "anchor_record_id": pa.array([], pa.int64())})
EDGE = ["record_id_l", "record_id_r", "record_version_l", "record_version_r", "match_weight", "blocking_rule"]


@dataclass
class Ledger:
    """linkage.scored_pair in a folder of its own, and what it is scored with."""

    root: Path
    model: TrainedModel

    def __post_init__(self) -> None:
        self.lake = Lake({Zone.IDENTIFIABLE: str(self.root), Zone.RESEARCH: str(self.root)})
        self.lake.create(linkage.SCORED_PAIR)
        terms = self.model.terms.append_column("model_version", pa.array([VERSION] * self.model.terms.num_rows, pa.int32()))
        self.lake.append(linkage.TERM_FREQUENCY, terms, "terms", {})
        self.entries = self.pairs = 0

    def inputs(self, identity: pa.Table, mergers: pa.Table = NO_MERGERS) -> ScoringInputs:
        """Pinned tables as a task would be given them."""
        return ScoringInputs(
            identity=self._pin("identity", identity), mergers=self._pin("merger", mergers), terms=self.lake.pin(linkage.TERM_FREQUENCY),
            scored=self.lake.pin(linkage.SCORED_PAIR), model=self.model.to_json(), model_version=VERSION, threads=2, memory="2GB",
            keys=self.lake.pin(linkage.BLOCK_KEY),
        )

    def score(self, identity: pa.Table, mergers: pa.Table = NO_MERGERS, chunks: int = 1, kinds: tuple[str, ...] = ("score",)) -> int:
        """Score what is new (and complete components, if asked); returns how many records were new."""
        inputs = self.inputs(identity, mergers)
        fresh = fresh_count(inputs)
        for kind in kinds:
            self.entries += 1
            number = chunks if kind == "score" else 1  # "complete", or "both" in one task
            inputs = self.inputs(identity, mergers)
            said = [run_task(inputs, f"{self.entries}-{chunk}", chunk, number, kind != "complete", kind != "score") for chunk in range(number)]
            files = [file for one in said for file in one.files]
            self.pairs += sum(one.pairs for one in said)
            commit_keys(self.lake, [one.keys for one in said if one.keys], {})
            self.lake.commit_files(linkage.SCORED_PAIR, files, "test", self.entries, {})
        return fresh

    def edges(self) -> pd.DataFrame:
        """All edges, without the marks of records that have been scored; sorted."""
        rows = self.lake.read_arrow(linkage.SCORED_PAIR, EDGE).to_pandas()
        return rows[rows["record_id_l"] != rows["record_id_r"]].sort_values(EDGE).reset_index(drop=True)

    def keys(self) -> pd.DataFrame:
        """linkage.block_key: keys of a record in order, records in order."""
        rows = self.lake.read_arrow(linkage.BLOCK_KEY).to_pandas().sort_values("record_id").reset_index(drop=True)
        return rows.assign(block_keys=rows["block_keys"].map(sorted))

    def marks(self) -> int:
        rows = self.lake.read_arrow(linkage.SCORED_PAIR, EDGE).to_pandas()
        return int((rows["record_id_l"] == rows["record_id_r"]).sum())

    def current(self, identity: pa.Table) -> pd.DataFrame:
        """Edges between record versions that are current."""
        versions = identity.select(["record_id", "record_version"]).to_pandas().set_index("record_id")["record_version"]
        edges = self.edges()
        is_current = edges["record_id_l"].map(versions).eq(edges["record_version_l"]) & edges["record_id_r"].map(versions).eq(edges["record_version_r"])
        return edges[is_current].reset_index(drop=True)

    def people(
        self, identity: pa.Table, settings: LinkageSettings, mergers: pa.Table = NO_MERGERS, sealed: tuple[tuple[int, int], ...] = ()
    ) -> tuple[pd.DataFrame, Partition]:
        """Named records and their partition, as the cluster job makes it."""
        records = named_records(identity, mergers)
        edges = current_edges(self.lake.read_arrow(linkage.SCORED_PAIR), records, VERSION)
        seals = pa.table({"record_id_l": [min(pair) for pair in sealed], "record_id_r": [max(pair) for pair in sealed]})
        return records, partition(*edges, facts_of(records, NO_DECISIONS, seals, NO_ANCHORS), policy_of(settings))

    def _pin(self, name: str, rows: pa.Table) -> Pin:
        path = str(self.root / name)
        deltalake.write_deltalake(path, rows, mode="overwrite")
        return Pin(name, path, deltalake.DeltaTable(path).version())
