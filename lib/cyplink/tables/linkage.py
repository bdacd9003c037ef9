"""Linkage: which records are one person, how strongly, and every change of a person id since the first run."""

from pyspark.sql.types import ArrayType, BooleanType, DoubleType, IntegerType, LongType

from cyplink.tables.model import Column, Sensitivity, Table, text

DIRECT, OPEN = Sensitivity.DIRECT_IDENTIFIER, Sensitivity.OPEN

RECORD_ID = Column("record_id", LongType(), "The local person record (silver.identity).", required=True)
MODEL_VERSION = Column("model_version", IntegerType(), "Version of the registered model `cyplink-linkage` that gave the weights.", OPEN, required=True)
WEIGHT = "in thousandths of a bit: log2 of how much likelier the agreement is in one person than in two"

ANCHOR = Table(
    name="linkage.anchor",
    grain="one row per record without names",
    key=("record_id",),
    marked=False,
    statistics=("record_id",),
    columns=(
        RECORD_ID,
        Column("anchor_record_id", LongType(), "The named record it attaches to; null when it attaches to none."),
        Column("step", IntegerType(), "Number of the rule that attached it (lib/cyplink/linkage/anchors.py); null when none did.", OPEN),
        text("reason", "The rule in words, or why none applied.", OPEN, required=True),
    ),
)

TERM_FREQUENCY = Table(
    name="linkage.term_frequency",
    grain="one row per model version, column and name",
    key=("model_version", "column_name", "term"),
    marked=False,
    append_only=True,
    columns=(
        MODEL_VERSION,
        text("column_name", "forename or surname.", OPEN, required=True),
        text("term", "The name.", DIRECT, required=True),
        Column("frequency", DoubleType(), "Its share of the records that have a value.", required=True),
    ),
)

SCORED_PAIR = Table(
    name="linkage.scored_pair",
    grain="one row per pair of record versions and model version",
    key=("record_id_l", "record_id_r", "record_version_l", "record_version_r", "model_version"),
    marked=False,
    append_only=True,
    statistics=("model_version",),
    columns=(
        Column("record_id_l", LongType(), "The smaller record_id of the pair.", required=True),
        Column("record_id_r", LongType(), "The larger record_id of the pair.", required=True),
        Column("record_version_l", LongType(), "Version of the left record that was scored: the edge counts only while it is current.", required=True),
        Column("record_version_r", LongType(), "Version of the right record.", required=True),
        Column("match_weight", IntegerType(), f"Match weight, {WEIGHT}.", required=True),
        Column("blocking_rule", IntegerType(), "Number of the first blocking rule that made the pair; -1 for pairs scored to complete a component.", OPEN, required=True),
        MODEL_VERSION,
    ),
)

BLOCK_KEY = Table(
    name="linkage.block_key",
    grain="one row per named record",
    key=("record_id",),
    marked=False,
    columns=(
        RECORD_ID,
        Column("record_version", LongType(), "Version of the record whose keys these are: they count only while it is current.", required=True),
        MODEL_VERSION,
        Column("block_keys", ArrayType(LongType()), "The blocks that it is in: number of the rule and a hash of what its records share.", required=True),
    ),
    note="Kept so that a run makes keys of new and changed records only, and reads no other but those that share a block with one.",
)

HUMAN_DECISION = Table(
    name="linkage.human_decision",
    grain="one row per pair somebody decided on",
    key=("record_id_l", "record_id_r"),
    marked=False,
    authored=True,
    columns=(
        Column("record_id_l", LongType(), "The smaller record_id.", required=True),
        Column("record_id_r", LongType(), "The larger record_id.", required=True),
        text("decision", "must_link or never_link; it beats the model.", OPEN, required=True, allowed=("must_link", "never_link")),
    ),
)

SEALED_PAIR = Table(
    name="linkage.sealed_pair",
    grain="one row per pair of records on the two sides of an adoption seal",
    key=("record_id_l", "record_id_r"),
    marked=False,
    columns=(
        Column("record_id_l", LongType(), "The smaller record_id.", required=True),
        Column("record_id_r", LongType(), "The larger record_id.", required=True),
    ),
    note="Made anew in every run from silver.separation, so that a late record of the former identity is caught. Shows in no output.",
)

CLUSTER = Table(
    name="linkage.cluster",
    grain="one row per record of silver.identity",
    key=("record_id",),
    marked=False,
    statistics=("record_id",),
    columns=(
        RECORD_ID,
        Column("cluster_id", LongType(), "Smallest record_id of the records found to be one person.", required=True),
        Column("match_weight", IntegerType(), f"Mean weight to the other named records of the cluster, {WEIGHT}; null when alone or anchored."),
        Column("margin", IntegerType(), f"Lead of that mean over the mean to the best other cluster, {WEIGHT}; null when there is no other candidate."),
        text("status", "linked, single (no candidate), review (equally good candidates or a refused union), anchored or unanchored.", OPEN, required=True,
             allowed=("linked", "single", "review", "anchored", "unanchored")),
        MODEL_VERSION,
    ),
)

REFUSED_UNION = Table(
    name="linkage.refused_union",
    grain="one row per pair of clusters whose union a hard constraint refused",
    key=("cluster_id_l", "cluster_id_r"),
    marked=False,
    columns=(
        Column("cluster_id_l", LongType(), "Smaller cluster id.", required=True),
        Column("cluster_id_r", LongType(), "Larger cluster id.", required=True),
        text("constraint_name", "Which constraint refused it.", OPEN, required=True),
        Column("match_weight", IntegerType(), f"Mean weight between the two, {WEIGHT}.", required=True),
        MODEL_VERSION,
    ),
)

PERSON_EVENT = Table(
    name="linkage.person_event",
    grain="one row per change of what a person id stands for: the id ledger, append-only",
    key=("sequence", "person_id", "record_id", "event"),
    marked=False,
    append_only=True,
    columns=(
        Column("sequence", LongType(), "Number of the ledger entry this change was part of, from 1.", OPEN, required=True),
        Column("person_id", LongType(), "The person id concerned.", required=True),
        Column("record_id", LongType(), "The record that came or went; 0 for an event of the whole id (minted, retired, reinstated).", required=True),
        text("event", "minted, joined, left, retired or reinstated.", OPEN, required=True,
             allowed=("minted", "joined", "left", "retired", "reinstated")),
        Column("other_person_id", LongType(), "Where the record came from or went to, or the id merged into or split from; null when none."),
        text("kind", "What the change was part of.", OPEN, required=True, allowed=("mint", "merge", "split", "move", "retirement", "reinstatement")),
        text("cause", "Why.", OPEN, required=True, allowed=("new_data", "changed_data", "new_model", "human_decision", "withdrawal")),
        MODEL_VERSION,
    ),
    note="Cannot be rebuilt from bronze: back it up as bronze is backed up.",
)

PERSON_LINK = Table(
    name="linkage.person_link",
    grain="one row per record of silver.identity",
    key=("record_id",),
    marked=False,
    statistics=("record_id", "person_id"),
    columns=(
        RECORD_ID,
        Column("person_id", LongType(), "The person, minted once and kept for ever.", required=True),
        Column("step", IntegerType(), "0 linked by the model, else the anchoring step; null for a record that stands alone.", OPEN),
        text("step_reason", "The step in words, or why the record stands alone.", OPEN, required=True),
        Column("match_weight", IntegerType(), f"Mean weight to the person's other named records, {WEIGHT}; an anchored record carries its anchor's."),
        Column("margin", IntegerType(), f"Lead over the next candidate person, {WEIGHT}."),
        text("status", "linked, single, review, anchored or unanchored.", OPEN, required=True),
        Column("is_withheld", BooleanType(), "Some record of the person is withheld, by its NHS number or its own id: gold leaves the person out.", required=True),
        MODEL_VERSION,
    ),
)
