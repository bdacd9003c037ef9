"""Anchors: records without names attach to records with names, by numbered rules, each exact; the number travels with the link.

A record takes the lowest step that finds it one record and nothing contradicts; one that finds several is ambiguous and is not
forced. A record that anchors to nothing is a person of its own, with the reason.
"""

from collections.abc import Mapping

from cyplink.duck import listed, literal, values

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

ANCHORED_TO_COUNCIL = ("ssda903", "cin_census", "annex_a")
"""Councils' returns without names, which attach to the council's own records, steps 1 to 4: their child ids are those of it."""

ANCHORED_TO_SPINE = ("mhsds", "csds", "sus")
"""Sources whose nameless records attach to the NHS spine, steps 11 to 14. A new one is added here and nowhere else."""

VERIFIED = "01"

FOUND: Mapping[int, str] = {
    0: "nameless n join wanted on n.record_id = wanted.one join named a on wanted.other = a.record_id",
    1: "council n join own a using (controller, local_id)",
    2: "council n join own a on n.controller = a.controller and n.local_id = a.alternative_local_id and n.date_of_birth = a.date_of_birth",
    3: "council n join own a using (controller, upn, date_of_birth)",
    4: "council n join school a using (upn, date_of_birth)",
    11: f"health n join spine a using (nhs_number, date_of_birth) where n.nhs_number_status = '{VERIFIED}'",
    12: "health n join spine a on n.current_nhs_number = a.nhs_number and n.date_of_birth = a.date_of_birth",
    13: """health n join spine a using (nhs_number)
        where (year(n.date_of_birth) = year(a.date_of_birth))::int + (month(n.date_of_birth) = month(a.date_of_birth))::int
            + (day(n.date_of_birth) = day(a.date_of_birth))::int >= 2 and coalesce(n.sex = a.sex, true)""",
    14: """health n join spine a using (date_of_birth, sex, practice)
        where n.nhs_number is null and n.postcode is not null and list_contains(a.postcodes, n.postcode)""",
}
"""By step: the record without names, n, and each record with names, a, that it finds. What is null agrees with nothing."""

CONTRADICTION: Mapping[int, str] = {1: "coalesce(n.date_of_birth <> a.date_of_birth and n.sex <> a.sex, false)"}
"""By step: when what it finds is not to be believed. The other steps look at the birth date themselves."""


def _candidates() -> str:
    return " union all ".join(
        f"select n.record_id, a.record_id as anchor_record_id, {step} as step, {CONTRADICTION.get(step, 'false')} as is_contradicted\n    from {found}"
        for step, found in FOUND.items()
    )


ANCHORS = f"""
with record as (
    select record_id, source, controller, local_id, alternative_local_id, date_of_birth, sex, nhs_number, nhs_number_status, current_nhs_number,
        upn, postcode, postcodes, practice, is_named
    from identity left join (select superseded_nhs_number as nhs_number, current_nhs_number from nhs_number_merger) using (nhs_number)
),
nameless as (select * from record where not is_named),
council as (select * from nameless where source in ({listed(ANCHORED_TO_COUNCIL)})),
health as (select * from nameless where source in ({listed(ANCHORED_TO_SPINE)})),
named as (select * from record where is_named),
own as (select * from named where source = 'case_management'),
school as (select * from named where source = 'school_census'),
spine as (select * from named where source = 'pds'),

-- What a person decided and what an adoption seals comes first; an order never to link counts as a reviewer's decision does.
wanted_pair as (select record_id_l, record_id_r from human_decision where decision = 'must_link'),
wanted as (
    select record_id_l as one, record_id_r as other from wanted_pair union all select record_id_r, record_id_l from wanted_pair
),
barred_pair as (
    select record_id_l, record_id_r from human_decision where decision = 'never_link'
    union all select record_id_l, record_id_r from separation where kind = 'never_link'
    union all select record_id_l, record_id_r from sealed_pair
),
barred as (
    select record_id_l as one, record_id_r as other from barred_pair union select record_id_r, record_id_l from barred_pair
),

candidate as (
    {_candidates()}
),
allowed as (
    select * from candidate anti join barred on candidate.record_id = barred.one and candidate.anchor_record_id = barred.other
),
found as (
    select record_id, step, min(anchor_record_id) as anchor_record_id, count(distinct anchor_record_id) as records
    from allowed where not is_contradicted group by record_id, step
),
lowest as (select distinct on (record_id) * from found order by record_id, step),
step_name as (select * from {values(*STEPS.items())} said(step, step_name)),

anchored as (
    select nameless.record_id,
        case when records = 1 then anchor_record_id end as anchor_record_id,
        case when records = 1 then step end as step,
        case
            when records = 1 then step_name
            when records > 1 then {literal(AMBIGUOUS)}
            when record_id in (select record_id from allowed) then {literal(CONTRADICTED)}
            when source in ({listed(ANCHORED_TO_COUNCIL)}) then {literal(NOT_IN_COUNCIL)}
            when coalesce(current_nhs_number, nhs_number) is null then {literal(NO_NUMBER)}
            when coalesce(current_nhs_number, nhs_number) in (select nhs_number from spine) then {literal(BIRTH_DATE)}
            else {literal(NOT_ON_SPINE)}
        end as reason
    from nameless left join lowest using (record_id) left join step_name using (step)
),

-- Two records that may not be one person and found the same anchor: nobody can tell whose it is, so neither has it.
parted as (
    select barred.one as record_id
    from barred join anchored one on barred.one = one.record_id join anchored other on barred.other = other.record_id
    where one.anchor_record_id = other.anchor_record_id
)
select record_id,
    case when not is_parted then anchor_record_id end as anchor_record_id,
    case when not is_parted then step end as step,
    case when is_parted then {literal(AMBIGUOUS)} else reason end as reason
from (select *, record_id in (select record_id from parted) as is_parted from anchored)"""
"""One row per record without names: record_id, anchor_record_id, step, reason (tables/linkage.py ANCHOR), over the views identity,
nhs_number_merger, human_decision, separation and sealed_pair.

A never-link or a seal bars an anchor as it bars a union, two records kept apart do not share one, and a must-link is step 0. A seal
shows in no reason.
"""
