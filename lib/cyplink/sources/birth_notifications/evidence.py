"""Who birth notifications say was born: an NHS number, a surname, rarely a forename, and the place among the children of one birth.

A mother's NHS number on the child is not used as the child's. The mother is no record of her own. A row whose child's or mother's number may
not be used is withheld, for it tells of both.
"""

from cyplink.identity import evidence, of_records, withheld_among

LIVE, STILL = "L", "S"

BIRTHS = f"""
    withheld as ({withheld_among("baby_nhs_number", "birth")} union {withheld_among("mother_nhs_number", "birth")}),
    numbered as (
        select *, coalesce(baby_nhs_number in (select number from withheld), false) or coalesce(mother_nhs_number in (select number from withheld), false) as is_withheld,
            nhs_number_of(baby_nhs_number) as child_number, nhs_number_of(mother_nhs_number) as mother_number, iso(birth_date) as born_on,
            int_number(number_of_births) > 1 as is_multiple
        from birth),
    born as (
        select *, child_number <> mother_number as nhs_number_is_own,
            case when coalesce(child_number <> mother_number, true) then child_number end as number
        from numbered)"""
"""Common tables: `born`, delivered births with valid numbers, whether the child's is its own (`number`: where it is), and `is_withheld`."""

MULTIPLE_BIRTH = "hash63('multiple_birth', case when is_multiple then mother_number end, born_on)"
"""SQL: 63 bits of a keyed hash of mother and birth date, where more than one was born; twins either side of midnight have two."""

EVIDENCE = of_records(
    "birth_notifications",
    evidence(
        "'birth'", f"born where code(live_or_still_birth) = '{LIVE}'",
        is_named="true",
        forename="baby_forename",
        surname="baby_surname",
        local_id="given(notification_id)",
        date_of_birth="born_on",
        sex="sex_of(baby_sex)",
        postcode="coalesce(home_postcode(address_postcode), home_postcode(mother_postcode))",
        postcode_from_on="born_on",
        nhs_number="number",
        nhs_number_status="case when number is not null then code(baby_nhs_number_status) end",
        practice="code(general_practice)",
        ethnicity_as_delivered="given(ethnic_category)",
        multiple_birth_id=f"hex({MULTIPLE_BIRTH})",
        multiple_birth_order="case when is_multiple then int_number(birth_order) end",
        is_withheld="is_withheld",
        date_of_birth_is_a_date="given(birth_date) is null or born_on is not null",
        nhs_number_is_valid="given(baby_nhs_number) is null or child_number is not null",
        nhs_number_is_own="nhs_number_is_own",
    ),
    given=BIRTHS,
)
"""One row of evidence per delivered live birth."""
