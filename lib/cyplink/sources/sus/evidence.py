"""Who SUS says its patients are: no names; NHS number with a status, birth date, postcode, practice, sex, the hospital's own number.

A hospital's number is one person's in all its files. A row whose identity the provider withheld has none of these, and stays at the door
(deploy/decisions/0007-withheld-identity-stays-at-the-door.md).
"""

from cyplink.identity import LINEAGE, evidence, of_records, withheld_among
from cyplink.sources.sus.identity import PATIENTS


def _stated(kind: str) -> str:
    columns = PATIENTS[kind]
    said = ", ".join(f"{column or 'null::varchar'} as {name}" for name, column in columns.items())
    return f"""
        select '{kind}' as file_kind, {", ".join(LINEAGE)}, {said},
            given({columns["withheld_reason"]}) is not null or given(system_record_confidentiality_category) is not null as is_anonymous
        from {kind}"""


STATED = f"stated as ({' union all '.join(_stated(kind) for kind in PATIENTS)})"
"""Common table: what spells, appointments and attendances say of their patients, one row per delivered row: lineage, `file_kind`, the names of
PATIENTS, and `is_anonymous`."""

EVIDENCE = of_records(
    "sus",
    evidence(
        "file_kind", "patient",
        local_id="local_id",
        date_of_birth="born_on",
        date_of_death="iso(death_date)",
        sex="sex_of(gender)",
        postcode="home_postcode(postcode)",
        nhs_number="checked_nhs_number",
        nhs_number_status="case when checked_nhs_number is not null then code(nhs_number_status) end",
        practice="code(practice)",
        ethnicity_as_delivered="given(ethnic_category)",
        is_named="false",
        is_withheld="is_withheld",
        date_of_birth_is_a_date="given(birth_date) is null or born_on is not null",
        nhs_number_is_valid="given(nhs_number) is null or checked_nhs_number is not null",
    ),
    given=f"""{STATED}, withheld as ({withheld_among("nhs_number", "stated")}),
        numbered as (
            select * replace (given(local_id) as local_id), nhs_number is not null and nhs_number in (select number from withheld) as is_listed,
                iso(birth_date) as born_on, nhs_number_of(nhs_number) as checked_nhs_number
            from stated where given(local_id) is not null),
        patient as (select *, bool_or(is_listed) over (partition by controller, local_id) or is_anonymous as is_withheld from numbered)""",
)
"""One row of evidence per delivered row that has a hospital number."""
