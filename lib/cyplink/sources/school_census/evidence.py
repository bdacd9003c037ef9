"""Who the School Census says its pupils are: names with former and preferred ones, UPN, birth date, home addresses.

A pupil of a census is on the roll (`pupilonroll`) or no longer on it (`pupilnolongeronroll`): two files, one record, in every term.
"""

from cyplink.identity import PUPIL, evidence, of_records

ON_ROLL, OFF_ROLL = "pupilonroll", "pupilnolongeronroll"
_ADDRESSES = {"school_addresses": ON_ROLL, "school_addressesonroll": ON_ROLL, "school_addressesoffroll": OFF_ROLL}


def of_a_file(name: str, roll: str) -> str:
    """SELECT of the rows of a file with `file_kind`, `roll`, and as `pupil_row` the identifier of the pupil's row that they are or belong to."""
    return f"select *, '{name.removeprefix('school_')}' as file_kind, '{roll}' as roll, given({roll}tableid) as pupil_row from {name}"


def pupils(which: str = "true") -> str:
    """Common tables: `pupil`, delivered pupils of both files with their school (`lea`, `estab`, `school_urn`, `term`), `file_kind`, `pupil_row`
    (the row identifier that other files refer to), `local_id` and `born_on`, one row per delivered row that is `which` (SQL of the file's columns)."""
    rolls = " union all by name ".join(f"({of_a_file(roll, roll)} where {which})" for roll in (ON_ROLL, OFF_ROLL))
    return f"""
    their_school as (select distinct on (delivery_id, schoolcensustableid) delivery_id, schoolcensustableid, lea, estab, urn as school_urn, term from schoolcensus),
    pupil as (
        select *, {PUPIL.format(establishment="estab", upn="upn", forename="forename", surname="surname", born_on="born_on")} as local_id
        from (select *, collect_date(dob) as born_on from ({rolls}) left join their_school using (delivery_id, schoolcensustableid)))"""


_FIRST = f"""
    first_pupil as (
        select distinct on (delivery_id, roll, pupil_row) delivery_id, roll, pupil_row, local_id
        from pupil where pupil_row is not null order by delivery_id, roll, pupil_row, source_row),
    address as ({" union all by name ".join(f"({of_a_file(name, roll)})" for name, roll in _ADDRESSES.items())})"""


_PUPIL = evidence(
    "file_kind", "(select *, upn_of(upn) as checked_upn, upn_of(formerupn) as checked_former_upn from pupil)",
    is_named="true",
    forename="forename",
    middle_names="middlenames",
    surname="surname",
    other_surname="preferredsurname",
    another_surname="formersurname",
    local_id="local_id",
    date_of_birth="born_on",
    sex="sex_of(coalesce(sex, gender))",
    upn="case when is_permanent(checked_upn) then checked_upn end",
    temporary_upn="case when not is_permanent(checked_upn) then checked_upn end",
    former_upn="checked_former_upn",
    school="given(lea) || '/' || given(estab)",
    main_registration="case when code(enrolstatus) in ('C', 'M') then period end",
    ethnicity_as_delivered="given(ethnicity)",
    date_of_birth_is_a_date="given(dob) is null or born_on is not null",
    upn_is_valid="given(upn) is null or checked_upn is not null",
)
_ADDRESS = evidence(
    "file_kind", "(select * from address left join first_pupil using (delivery_id, roll, pupil_row))",
    local_id="local_id",
    postcode="home_postcode(postcode)",
    uprn="whole_number(uniquepropertyreferencenumber, 999999999999)",
    is_named="true",
    person_is_delivered="local_id is not null",
)

EVIDENCE = of_records("school_census", _PUPIL, _ADDRESS, given=f"{pupils()}, {_FIRST}")
"""One row of evidence per delivered pupil and, of spring and summer, or autumn, per delivered address, under the pupil it is of."""
