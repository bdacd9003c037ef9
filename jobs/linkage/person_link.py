"""Linkage person_link: record to person, one row per record, with step, match weight, margin and status.

An anchored record carries its anchor's weight and margin. A person any of whose records is withheld is withheld.
"""

from cyplink import submit
from cyplink.selected import selected
from cyplink.tables import linkage, silver

BY_MODEL = "linked by the model"
ALONE = {"single": "no other record is likely the same person", "review": "awaits a reviewer: equally good candidates, or a union a constraint refused"}

SELECT = f"""
    -- As the ledger leaves them: the last joining of each record that it has not left since.
    with current_person as (
        select record_id, person_id from (
            select * from person_event where record_id <> 0
            qualify row_number() over (partition by record_id order by sequence desc, event = 'joined' desc) = 1)
        where event = 'joined'
    ),
    -- Records whose NHS number, or which themselves, are withheld (none of them health records: those were met at the door).
    withheld as (
        select record_id from identity
        where nhs_number is not null and nhs_number_token(nhs_number) in (select nhs_number_token from withheld_nhs_number)
        union select record_id from withheld_record
    ),
    strength as (select record_id as anchor_record_id, match_weight as anchor_weight, margin as anchor_margin from cluster),
    link as (
        select cluster.*, person_id, anchor.step as anchor_step, reason, anchor_weight, anchor_margin,
            record_id in (select record_id from withheld) as is_withheld, status = 'anchored' as is_anchored, match_weight is not null as is_with_others
        from cluster join current_person using (record_id) left join anchor using (record_id) left join strength using (anchor_record_id)
    )
    select record_id, person_id, status, model_version,
        case when is_anchored then anchor_step when is_with_others then 0 end as step,
        case
            when status in ('anchored', 'unanchored') then reason
            when is_with_others then '{BY_MODEL}'
            {" ".join(f"when status = '{status}' then '{why}'" for status, why in ALONE.items())}
        end as step_reason,
        case when is_anchored then anchor_weight else match_weight end as match_weight,
        case when is_anchored then anchor_margin else margin end as margin,
        bool_or(is_withheld) over (partition by person_id) as is_withheld
    from link"""

job = selected(
    SELECT,
    reads={
        "cluster": linkage.CLUSTER, "person_event": linkage.PERSON_EVENT, "anchor": linkage.ANCHOR, "identity": silver.IDENTITY,
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER, "withheld_record": silver.WITHHELD_RECORD,
    },
    writes=linkage.PERSON_LINK,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
