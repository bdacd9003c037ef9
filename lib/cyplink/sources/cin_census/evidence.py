"""Who the CIN census says its children are: no names, no NHS number; the council's child id, UPNs, birth date, sex.

An expected birth date is no birth date and is left out: a child not yet born is anchored by the council's own id.
"""

from cyplink.identity import evidence, of_records

EVIDENCE = of_records(
    "cin_census",
    evidence(
        "'child'", "(select *, upn_of(UPN) as checked_upn, upn_of(FormerUPN) as checked_former_upn, iso(PersonBirthDate) as born_on from cin_child)",
        local_id="given(LAchildID)",
        date_of_birth="born_on",
        date_of_death="iso(PersonDeathDate)",
        sex="sex_of(coalesce(given(Sex), GenderCurrent))",
        upn="case when is_permanent(checked_upn) then checked_upn end",
        temporary_upn="case when not is_permanent(checked_upn) then checked_upn end",
        former_upn="checked_former_upn",
        is_named="false",
        ethnicity_as_delivered="given(Ethnicity)",
        date_of_birth_is_a_date="given(PersonBirthDate) is null or born_on is not null",
        upn_is_valid="given(UPN) is null or checked_upn is not null",
    ),
)
"""One row of evidence per delivered child."""
