"""Anchors: records without names attach to records with names, by numbered rules, each exact; the number travels with the link.

A record takes the lowest step that finds it one record and nothing contradicts; one that finds several is ambiguous and is not
forced. A record that anchors to nothing is a person of its own, with the reason.
"""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

STEPS: Mapping[int, str] = {
    0: "a reviewer's decision",
    1: "council's own person record: same council and child id",
    2: "council's own person record: child id is its legacy id, birth dates agree",
    3: "council's own person record: same council, UPN and birth date",
    4: "school record: same UPN and birth date",
    11: "NHS spine: verified NHS number and birth date",
    12: "NHS spine: superseded NHS number, merged, and birth date",
    13: "NHS spine: NHS number, two of three parts of the birth date, sex not different",
    14: "NHS spine: birth date, sex, postcode and practice, unique, no number to contradict",
}

NOT_IN_COUNCIL = "not in the council's person records"
CONTRADICTED = "found, but birth date and sex both differ"
AMBIGUOUS = "several records fit equally"
NO_NUMBER = "no NHS number, and not unique by birth date, sex, postcode and practice"
NOT_ON_SPINE = "NHS number is not on the spine"
BIRTH_DATE = "birth date disagrees with the spine's for that NHS number"

REASONS = (NOT_IN_COUNCIL, CONTRADICTED, AMBIGUOUS, NO_NUMBER, NOT_ON_SPINE, BIRTH_DATE)

ANCHORED_TO_COUNCIL = ("ssda903", "cin_census", "annex_a")
"""Councils' returns without names, which attach to the council's own records, steps 1 to 4: their child ids are those of it."""

ANCHORED_TO_SPINE = ("mhsds", "csds", "sus")
"""Sources whose nameless records attach to the NHS spine, steps 11 to 14. A new one is added here and nowhere else."""

_WHO = ("record_id", "source", "controller", "local_id", "alternative_local_id", "date_of_birth", "sex", "nhs_number", "nhs_number_status", "upn", "postcode", "postcodes", "practice")
VERIFIED = "01"


def anchor(identity: DataFrame, mergers: DataFrame, decisions: DataFrame, seals: DataFrame) -> DataFrame:
    """One row per record without names: record_id, anchor_record_id, step, reason (tables/linkage.py ANCHOR).

    What a person decided and what an adoption seals come first: a never-link or a seal bars an anchor as it bars a union, two records
    kept apart do not share one, and a must-link is step 0. A seal shows in no reason.
    """
    resolved = F.broadcast(mergers.select(F.col("superseded_nhs_number").alias("nhs_number"), "current_nhs_number"))
    records = identity.select(*_WHO, "is_named").join(resolved, "nhs_number", how="left")
    nameless = _prefixed(records.where(~F.col("is_named")), "n")
    named = _prefixed(records.where("is_named"), "a")
    council = nameless.where(F.col("n_source").isin(*ANCHORED_TO_COUNCIL))
    health = nameless.where(F.col("n_source").isin(*ANCHORED_TO_SPINE))
    spine = named.where("a_source = 'pds'")
    barred = _either_way(decisions.where("decision = 'never_link'")).unionByName(_either_way(seals)).distinct()
    wanted = _either_way(decisions.where("decision = 'must_link'"))
    decided = _candidates(nameless.join(wanted, nameless["n_record_id"] == wanted["one"], "inner").join(named, F.col("other") == F.col("a_record_id"), how="inner"), 0)
    found = reduce(DataFrame.unionByName, (*_to_council(council, named), *_to_spine(health, spine), decided))
    candidates = found.join(barred, (F.col("n_record_id") == F.col("one")) & (F.col("anchor_record_id") == F.col("other")), how="left_anti")
    anchored = nameless.select("n_record_id").join(_best(candidates), "n_record_id", how="left").join(
        _why_not(nameless, spine), "n_record_id", how="left"
    ).select(
        F.col("n_record_id").alias("record_id"),
        F.when(F.col("candidates") == 1, F.col("anchor_record_id")).alias("anchor_record_id"),
        F.when(F.col("candidates") == 1, F.col("step")).alias("step"),
        F.when(F.col("candidates") == 1, F.element_at(_step_names(), F.col("step")))
        .when(F.col("candidates") > 1, F.lit(AMBIGUOUS))
        .when(F.col("is_contradicted"), F.lit(CONTRADICTED))
        .otherwise(F.col("why_not")).alias("reason"),
    )
    return _part_those_kept_apart(anchored, barred)


def _either_way(pairs: DataFrame) -> DataFrame:
    """Pairs as `one` and `other`, in both directions."""
    left, right = F.col("record_id_l"), F.col("record_id_r")
    return pairs.select(left.alias("one"), right.alias("other")).unionByName(pairs.select(right.alias("one"), left.alias("other")))


def _part_those_kept_apart(anchored: DataFrame, barred: DataFrame) -> DataFrame:
    """Two records that may not be one person and found the same anchor: nobody can tell whose it is, so neither has it."""
    one = anchored.select(F.col("record_id").alias("one"), F.col("anchor_record_id").alias("anchor_of_one")).where("anchor_of_one is not null")
    other = anchored.select(F.col("record_id").alias("other"), F.col("anchor_record_id").alias("anchor_of_other"))
    clashing = barred.join(one, "one").join(other, "other").where("anchor_of_one = anchor_of_other").select(F.col("one").alias("record_id"), F.lit(True).alias("clashes")).distinct()
    parted = F.col("clashes").isNotNull()
    return anchored.join(clashing, "record_id", how="left").select(
        "record_id",
        F.when(~parted, F.col("anchor_record_id")).alias("anchor_record_id"),
        F.when(~parted, F.col("step")).alias("step"),
        F.when(parted, F.lit(AMBIGUOUS)).otherwise(F.col("reason")).alias("reason"),
    )


def _to_council(council: DataFrame, named: DataFrame) -> list[DataFrame]:
    """Candidates for council records: steps 1 to 4."""
    own = named.where("a_source = 'case_management'")
    schools = named.where("a_source = 'school_census'")
    same_council = F.col("n_controller") == F.col("a_controller")
    same_birth = F.col("n_date_of_birth") == F.col("a_date_of_birth")
    same_upn = F.col("n_upn") == F.col("a_upn")
    contradicted = (F.col("n_date_of_birth") != F.col("a_date_of_birth")) & (F.col("n_sex") != F.col("a_sex"))
    return [
        _candidates(council.join(own, same_council & (F.col("n_local_id") == F.col("a_local_id")), how="inner"), 1, contradicted),
        _candidates(council.join(own, same_council & (F.col("n_local_id") == F.col("a_alternative_local_id")) & same_birth, how="inner"), 2),
        _candidates(council.join(own, same_council & same_upn & same_birth, how="inner"), 3),
        _candidates(council.join(schools, same_upn & same_birth, how="inner"), 4),
    ]


def _to_spine(health: DataFrame, spine: DataFrame) -> list[DataFrame]:
    """Candidates for health records: steps 11 to 14."""
    same_number = F.col("n_nhs_number") == F.col("a_nhs_number")
    same_birth = F.col("n_date_of_birth") == F.col("a_date_of_birth")
    parts = sum(
        (F.coalesce(part("n_date_of_birth") == part("a_date_of_birth"), F.lit(False)).cast("int") for part in (F.year, F.month, F.dayofmonth)),
        F.lit(0),
    )
    sex_differs = F.coalesce(F.col("n_sex") != F.col("a_sex"), F.lit(False))
    is_verified = F.col("n_nhs_number_status") == VERIFIED
    by_number = health.join(spine, same_number, how="inner")
    same_place = same_birth & (F.col("n_sex") == F.col("a_sex")) & (F.col("n_practice") == F.col("a_practice")) & F.array_contains("a_postcodes", F.col("n_postcode"))
    return [
        _candidates(by_number.where(is_verified & same_birth), 11),
        _candidates(health.join(spine, (F.col("n_current_nhs_number") == F.col("a_nhs_number")) & same_birth, how="inner"), 12),
        _candidates(by_number.where((parts >= 2) & ~sex_differs), 13),
        _candidates(health.where("n_nhs_number is null").join(spine, same_place, how="inner"), 14),
    ]


def _candidates(found: DataFrame, step: int, contradicted: Column | None = None) -> DataFrame:
    is_contradicted = F.coalesce(contradicted, F.lit(False)) if contradicted is not None else F.lit(False)
    return found.select("n_record_id", F.col("a_record_id").alias("anchor_record_id"), F.lit(step).alias("step"), is_contradicted.alias("is_contradicted"))


def _best(candidates: DataFrame) -> DataFrame:
    """Per record the lowest step without contradiction, its record, and how many records it found."""
    sound = candidates.where(~F.col("is_contradicted"))
    lowest = sound.groupBy("n_record_id").agg(F.min("step").alias("step"))
    found = (
        sound.join(lowest, ["n_record_id", "step"], how="inner").groupBy("n_record_id", "step")
        .agg(F.min("anchor_record_id").alias("anchor_record_id"), F.count_distinct("anchor_record_id").alias("candidates"))
    )
    doubtful = candidates.groupBy("n_record_id").agg(F.bool_and("is_contradicted").alias("is_contradicted"))
    return doubtful.join(found, "n_record_id", how="left")


def _why_not(nameless: DataFrame, spine: DataFrame) -> DataFrame:
    """Per record the reason it would be left with if no step found it."""
    numbers = spine.select(F.col("a_nhs_number").alias("n_number"), F.lit(True).alias("is_on_spine")).distinct()
    looked_up = nameless.select(
        "n_record_id", "n_source", F.coalesce("n_current_nhs_number", "n_nhs_number").alias("n_number")
    ).join(numbers, "n_number", how="left")
    reason = (
        F.when(F.col("n_source").isin(*ANCHORED_TO_COUNCIL), F.lit(NOT_IN_COUNCIL))
        .when(F.col("n_number").isNull(), F.lit(NO_NUMBER))
        .when(F.col("is_on_spine"), F.lit(BIRTH_DATE))
        .otherwise(F.lit(NOT_ON_SPINE))
    )
    return looked_up.select("n_record_id", reason.alias("why_not"))


def _prefixed(records: DataFrame, prefix: str) -> DataFrame:
    return records.select([F.col(name).alias(f"{prefix}_{name}") for name in records.columns])


def _step_names() -> Column:
    pairs = [part for step, name in STEPS.items() for part in (F.lit(step), F.lit(name))]
    return F.create_map(*pairs)
