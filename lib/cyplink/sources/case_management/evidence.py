"""Who a council's case management says the people it knows are: names, partly NHS number and UPN, dated addresses."""

from cyplink.identity import evidence, of_records

PLACEHOLDER = "PLACEHOLDER_DATA"
"""What the standard's own scripts fill linked identifiers with."""


def _with_person(name: str, person: str, more: str = "") -> str:
    return f"""(select *{more}, coalesce(is_there, false) as person_is_there from {name}
        left join (select distinct delivery_id, pers_person_id as {person}, true as is_there from ssd_person) using (delivery_id, {person}))"""


_LINKED = _with_person(
    "ssd_linked_identifiers", "link_person_id",
    f", code(link_identifier_type) as kind, given(nullif(link_identifier_value, '{PLACEHOLDER}')) as value, given(link_valid_to_date) is null as is_current",
)

EVIDENCE = of_records(
    "case_management",
    evidence(
        "'ssd_person'", "(select *, upn_of(pers_upn) as checked_upn, nhs_number_of(pers_single_unique_id) as checked_nhs_number, iso(pers_dob) as born_on from ssd_person)",
        is_named="true",
        forename="pers_forename",
        surname="pers_surname",
        local_id="given(pers_person_id)",
        alternative_local_id="given(pers_legacy_id)",
        date_of_birth="born_on",
        date_of_death="iso(pers_death_date)",
        sex="sex_of(pers_sex)",
        nhs_number="checked_nhs_number",
        upn="case when is_permanent(checked_upn) then checked_upn end",
        temporary_upn="case when not is_permanent(checked_upn) then checked_upn end",
        ethnicity_as_delivered="given(pers_ethnicity)",
        date_of_birth_is_a_date="given(pers_dob) is null or born_on is not null",
        nhs_number_is_valid="given(pers_single_unique_id) is null or checked_nhs_number is not null",
        upn_is_valid="given(pers_upn) is null or regexp_matches(given(pers_upn), '^UN[1-7]$') or checked_upn is not null",
    ),
    # The UPRN is inside the address JSON.
    evidence(
        "'ssd_address'", _with_person("ssd_address", "addr_person_id"),
        local_id="given(addr_person_id)",
        postcode="home_postcode(addr_address_postcode)",
        postcode_from_on="iso(addr_address_start_date)",
        postcode_to_on="iso(addr_address_end_date)",
        uprn="whole_number(case when json_valid(addr_address_json) then json_extract_string(addr_address_json, '$.UPRN') end, 999999999999)",
        is_named="true",
        person_is_delivered="person_is_there",
    ),
    # NHS numbers and UPNs are used where valid, an ended UPN as a former one, an ended NHS number not at all; a case number is a second id of
    # the person. Other kinds, and placeholders, say nothing.
    evidence(
        "'ssd_linked_identifiers'", f"""(select *, kind = 'NHS NUMBER' as is_number, kind in ('UNIQUE PUPIL NUMBER', 'FORMER UNIQUE PUPIL NUMBER') as is_upn,
            upn_of(value) as checked_upn, nhs_number_of(value) as checked_nhs_number from {_LINKED})""",
        local_id="given(link_person_id)",
        alternative_local_id="case when kind = 'CASE NUMBER' and value <> link_person_id then value end",
        nhs_number="case when is_number and is_current then checked_nhs_number end",
        upn="case when kind = 'UNIQUE PUPIL NUMBER' and is_current and is_permanent(checked_upn) then checked_upn end",
        former_upn="case when is_upn then checked_upn end",
        is_named="true",
        person_is_delivered="person_is_there",
        nhs_number_is_valid="not is_number or value is null or checked_nhs_number is not null",
        upn_is_valid="not is_upn or value is null or checked_upn is not null",
    ),
)
"""One row of evidence per delivered row."""
