"""Who SUS says its patients are: no names; NHS number with a status, birth date, postcode, practice, sex, the hospital's own number.

A hospital's number is one person's in all its files. A row whose identity the provider withheld has none of these, and stays at the door
(deploy/decisions/0007-withheld-identity-stays-at-the-door.md).
"""

from collections.abc import Mapping

from cyplink.identity import LINEAGE, evidence, of_records, withheld_among

PATIENTS: Mapping[str, Mapping[str, str]] = {
    kind: {
        "nhs_number": f"{who}_nhs_number_value", "nhs_number_status": f"{who}_nhs_number_status", "local_id": f"{who}_local_patient_identifier_value",
        "birth_date": f"{who}_birth_date", "gender": f"{who}_{gender}", "ethnic_category": f"{who}_ethnic_category",
        "postcode": f"{address}_postcode", "practice": f"{registration}_general_practice", "withheld_reason": f"{who}_withheld_identity_reason",
        "death_date": "" if kind == "attendance" else f"{who}_pds_date_of_death",
    }
    for kind, who, gender, address, registration in (
        ("spell", "spell_patient_identity", "gender", "spell_patient_residence", "spell_patient_registration"),
        ("appointment", "appointment_patient_identity", "gender", "appointment_patient_residence", "appointment_patient_registration"),
        ("attendance", "patient", "stated_gender", "patient_usual_address", "patient_gp_registration"),
    )
}  # fmt: skip
"""Bronze columns that say who the patient is, by file kind; blank for what a file does not say."""


def _stated(kind: str) -> str:
    columns = PATIENTS[kind]
    said = ", ".join(f"{column or 'null::varchar'} as {name}" for name, column in columns.items())
    return f"""
        select '{kind}' as file_kind, {", ".join(LINEAGE)}, {said},
            given({columns["withheld_reason"]}) is not null or given(system_record_confidentiality_category) is not null as is_anonymous,
            coalesce(given({columns["local_id"]}), 'NHS ' || compact_number({columns["nhs_number"]})) as patient_key
        from {kind}"""


STATED = f"stated as ({' union all '.join(_stated(kind) for kind in PATIENTS)})"
"""Common table: what spells, appointments and attendances say of their patients, one row per delivered row: lineage, `file_kind`, the names of
PATIENTS, `is_anonymous`, and `patient_key`, the hospital number, else the NHS number: it tells a provider's patients apart at the door."""

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
