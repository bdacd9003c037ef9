"""Who attainment files say their pupils are: names, UPN and birth date, under the school that entered them."""

from cyplink.identity import PUPIL, evidence, of_records

STAGES = ("eyfsp", "ks2", "ks4")

PUPILS = f"""
    pupil as (
        select *, {PUPIL.format(establishment="Estab", upn="UPN", forename="Forename", surname="Surname", born_on="born_on")} as local_id
        from (select *, iso(DOB) as born_on from ({" union all by name ".join(f"select *, '{stage}' as file_kind from {stage}" for stage in STAGES)})))"""
"""Common table: `pupil`, delivered pupils of all stages with `file_kind`, `local_id` and `born_on`; one row per delivered row."""

EVIDENCE = of_records(
    "attainment",
    evidence(
        "file_kind", "(select *, upn_of(UPN) as checked_upn, upn_of(FormerUPN) as checked_former_upn from pupil)",
        is_named="true",
        forename="Forename",
        middle_names="MiddleNames",
        surname="Surname",
        local_id="local_id",
        date_of_birth="born_on",
        sex="sex_of(Sex)",
        upn="case when is_permanent(checked_upn) then checked_upn end",
        temporary_upn="case when not is_permanent(checked_upn) then checked_upn end",
        former_upn="checked_former_upn",
        school="given(LA) || '/' || given(Estab)",
        date_of_birth_is_a_date="given(DOB) is null or born_on is not null",
        upn_is_valid="given(UPN) is null or checked_upn is not null",
    ),
    given=PUPILS,
)
"""One row of evidence per delivered pupil."""
