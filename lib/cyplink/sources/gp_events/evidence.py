"""Who practices say their patients are: names, birth date, home and practice; the NHS number is theirs, not the spine's, so it has no status."""

from cyplink.identity import evidence, of_records, withheld_among

LOCAL_ID = "code(practice_code) || '/' || coalesce(compact_number(nhs_number), given(nhs_number))"
"""SQL: `<practice>/<NHS number>`, of rows of any table: a patient of two practices is two records. Null where either is blank."""

IS_FLAGGED = "coalesce(code(s_flag) = 'Y', false)"
"""SQL: whether the practice's row says that the spine marks the patient sensitive."""

EVIDENCE = of_records(
    "gp_events",
    evidence(
        "'patient'", "(select *, nhs_number_of(nhs_number) as checked_nhs_number, iso(dob) as born_on from gp_patient)",
        is_named="true",
        forename="forenames",
        surname="surname",
        other_surname="previous_surname",
        local_id=LOCAL_ID,
        date_of_birth="born_on",
        sex="sex_of(sex)",
        postcode="home_postcode(postcode)",
        postcode_to_on="iso(reg_end)",
        uprn="whole_number(uprn, 999999999999)",
        nhs_number="checked_nhs_number",
        practice="case when given(reg_end) is null then code(practice_code) end",
        ethnicity_as_delivered="given(ethnic_category)",
        is_withheld=f"(nhs_number is not null and nhs_number in (select number from withheld)) or {IS_FLAGGED}",
        date_of_birth_is_a_date="given(dob) is null or born_on is not null",
        nhs_number_is_valid="given(nhs_number) is null or checked_nhs_number is not null",
    ),
    given=f"withheld as ({withheld_among('nhs_number', 'gp_patient')})",
)
"""One row of evidence per delivered patient; a registration that has ended gives no practice and no present home."""
