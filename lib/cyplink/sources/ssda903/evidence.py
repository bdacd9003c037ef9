"""Who SSDA903 says its children are: no names, no NHS number; UPN, birth date, sex, and two postcodes an episode."""

from cyplink.identity import evidence, of_records


def _at(column: str, from_on: str, to_on: str) -> str:
    return evidence(
        "'episodes'", f"(select *, home_postcode({column}) as home, given(CHILD) as child_id, british(DECOM) as started_on from episodes) where child_id is not null",
        local_id="child_id",
        postcode="home",
        postcode_from_on=from_on,
        postcode_to_on=to_on,
        is_named="false",
    )


EVIDENCE = of_records(
    "ssda903",
    evidence(
        "'header'", "(select *, upn_of(UPN) as checked_upn, british(DOB) as born_on, given(UPN) as upn_given from header)",
        local_id="given(CHILD)",
        date_of_birth="born_on",
        sex="sex_of(SEX)",
        upn="case when is_permanent(checked_upn) then checked_upn end",
        temporary_upn="case when not is_permanent(checked_upn) then checked_upn end",
        is_named="false",
        ethnicity_as_delivered="given(ETHNIC)",
        date_of_birth_is_a_date="given(DOB) is null or born_on is not null",
        upn_is_valid="upn_given is null or regexp_matches(upn_given, '^UN[1-5]$') or checked_upn is not null",
    ),
    f"{_at('HOME_POST', 'null', 'started_on')} and home is not null",
    _at("PL_POST", "started_on", "british(DEC)"),
)
"""One row of evidence per delivered Header row, and two per episode: the home the child left when it began, and where the child was placed."""
