"""Who PDS says people are: the spine of the NHS side, with previous names, dated addresses and practices. Every number is verified."""

from cyplink.identity import evidence, of_records, withheld_among

VERIFIED = "01"

_FILES = ("pds_person", "pds_name", "pds_confidentiality", "pds_address", "pds_registration")
_GIVEN = f"""
    there as (select distinct delivery_id, nhs_number, true as is_there from pds_person),
    number as ({" union ".join(f"select nhs_number from {name}" for name in _FILES)}),
    withheld as ({withheld_among("nhs_number", "number")})"""


def _rows(name: str) -> str:
    """The rows of a file with `is_withheld` and `is_there`: whether the person is delivered with them."""
    return f"""(
        select *, nhs_number is not null and nhs_number in (select number from withheld) as is_withheld, coalesce(is_there, false) as person_is_there
        from {name} left join there using (delivery_id, nhs_number))"""


EVIDENCE = of_records(
    "pds",
    evidence(
        "'person'", f"(select *, nhs_number_of(nhs_number) as checked_nhs_number, iso(date_of_birth) as born_on from {_rows('pds_person')})",
        is_named="true",
        forename="given_name",
        middle_names="other_given_names",
        other_forename="previous_given_name",
        surname="family_name",
        other_surname="previous_family_name",
        local_id="compact_number(nhs_number)",
        date_of_birth="born_on",
        date_of_death="iso(date_of_death)",
        sex="sex_of(gender)",
        nhs_number="checked_nhs_number",
        nhs_number_status=f"'{VERIFIED}'",
        is_withheld="is_withheld",
        date_of_birth_is_a_date="given(date_of_birth) is null or born_on is not null",
        nhs_number_is_valid="checked_nhs_number is not null",
    ),
    # Alternates of the name in the person file, never the main one.
    evidence(
        "'name'", _rows("pds_name"),
        other_forename="given_name",
        another_forename="other_given_names",
        other_surname="family_name",
        local_id="compact_number(nhs_number)",
        is_named="true",
        is_withheld="is_withheld",
        person_is_delivered="person_is_there",
    ),
    # That the person is there, and whether withheld; a lifted flag says no more.
    evidence(
        "'confidentiality'", _rows("pds_confidentiality"),
        local_id="compact_number(nhs_number)",
        is_named="true",
        is_withheld="is_withheld",
        person_is_delivered="person_is_there",
    ),
    evidence(
        "'address'", f"(select *, iso(effective_from) as from_on from {_rows('pds_address')})",
        local_id="compact_number(nhs_number)",
        postcode="home_postcode(postcode)",
        postcode_from_on="from_on",
        postcode_to_on="coalesce(iso(effective_to), case when code(address_type) <> 'H' then from_on end)",
        uprn="whole_number(uprn, 999999999999)",
        is_named="true",
        is_withheld="is_withheld",
        person_is_delivered="person_is_there",
    ),
    # Of registrations those that are current: the person's practice.
    evidence(
        "'registration'", f"{_rows('pds_registration')} where person_is_there and given(effective_to) is null",
        local_id="compact_number(nhs_number)",
        practice="code(practice_code)",
        is_named="true",
        is_withheld="is_withheld",
    ),
    given=_GIVEN,
)
"""One row of evidence per delivered row; the local id is the NHS number."""
