"""Agreement on a held-out NHS number: what linkage would make of records that have one if it did not look at it.

A pair is a named school or council record and a named NHS record, both with an NHS number (mergers looked up). Without the number it weighs its
match weight less what the comparison of the two numbers weighs, and meets by the other blocking rules only; it is taken as linked where
that is above the mark of clustering. That a number agrees is taken for truth.
"""

import duckdb

from cyplink.duck import listed
from cyplink.linkage.checks import PERSON_GROUPS, SOURCE_PAIR, Check, by_group
from cyplink.linkage.evaluation import NHS_SOURCES
from cyplink.linkage.inputs import MILLIBITS
from cyplink.linkage.meetings import meet
from cyplink.linkage.records import BLOCKING_RULES
from cyplink.linkage.training import TrainedModel

COMPARISON = "nhs_number"
ITS_RULE = next(rule.number for rule in BLOCKING_RULES if rule.name == COMPARISON)
IS_NHS = f"source in ({listed(NHS_SOURCES)})"

AGREEING = f"""
    create or replace temp table agreeing as
    select c.record_id as record_id, n.record_id as nhs_record_id, c.person_id as person_id, c.source || ' + ' || n.source as {SOURCE_PAIR},
        least(c.record_id, n.record_id) as record_id_l, greatest(c.record_id, n.record_id) as record_id_r
    from (select * from named semi join sampled using (person_id) where not {IS_NHS}) c
    join (select * from named where {IS_NHS}) n using (nhs_number)"""


def _weighed(model_version: int) -> str:
    """Scored pairs of a sampled person's school or council record and an NHS record, both with a number: whether it is the same, and the weight."""
    return f"""
        create or replace temp table weighed as
        with edge as (
            select record_id_l, record_id_r, l.source as source_l, r.source as source_r, l.person_id as person_l, r.person_id as person_r,
                l.nhs_number = r.nhs_number as agrees, match_weight / {MILLIBITS} as weight, blocking_rule
            from scored join named l on l.record_id = record_id_l and l.record_version = record_version_l
            join named r on r.record_id = record_id_r and r.record_version = record_version_r
            where model_version = {int(model_version)} and record_id_l < record_id_r and l.nhs_number is not null and r.nhs_number is not null
                and (l.{IS_NHS}) <> (r.{IS_NHS}))
        select record_id_l, record_id_r, bool_and(agrees) as agrees, max(weight) as weight, max(blocking_rule) as blocking_rule,
            any_value(case when source_l in ({listed(NHS_SOURCES)}) then source_r || ' + ' || source_l else source_l || ' + ' || source_r end) as {SOURCE_PAIR},
            any_value(case when source_l in ({listed(NHS_SOURCES)}) then person_r else person_l end) as person_id
        from edge group by record_id_l, record_id_r"""


def held_out(
    connection: duckdb.DuckDBPyConnection, model: TrainedModel, model_version: int, merge_above: float, threads: int, memory: str
) -> list[Check]:
    """held_out_precision and held_out_recall, overall and by group, of the sampled people's records (meetings.sample_people).

    `merge_above`: the mark of clustering, bits. Pairs whose numbers differ are stored only where they weigh more than the model keeps, so that
    precision is taken from the weight on from which all of them would be. The connection has `grouped`, `named`, `sampled` and `scored`.
    """
    bits = {level["level"]: level["weight"] for level in model.levels if level["comparison"] == COMPARISON}
    same, different = bits["same, after mergers"], bits["different"]
    seen_above = max(merge_above, model.keep_above - different)
    connection.execute(AGREEING)
    connection.execute(_weighed(model_version))
    meet(connection, model, "select record_id_l, record_id_r from agreeing", threads, memory)
    met = f"len(list_filter(rules, lambda rule: rule <> {ITS_RULE})) > 0"
    groups = f"{SOURCE_PAIR}, {', '.join(PERSON_GROUPS)}"
    without = f"""
        select agreeing.person_id, agreeing.{SOURCE_PAIR}, true as agrees, {met} as is_met, coalesce(weight - {same}, '-infinity'::double) as weight_without
        from agreeing join meeting using (record_id_l, record_id_r) left join weighed using (record_id_l, record_id_r)
        union all
        select person_id, {SOURCE_PAIR}, false, blocking_rule > 0, weight - {different} from weighed semi join sampled using (person_id) where not agrees"""
    told = f"""
        with pair as ({without})
        select 'held_out_recall' as measure, is_met and weight_without > {merge_above} as shows_it, {groups} from pair join grouped using (person_id) where agrees
        union all
        select 'held_out_precision', agrees, {groups} from pair join grouped using (person_id) where is_met and weight_without > {seen_above}"""
    return by_group(connection, told, (*PERSON_GROUPS, SOURCE_PAIR))
