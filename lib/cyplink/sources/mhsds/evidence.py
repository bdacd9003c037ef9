"""Who MHSDS says its patients are: no names; NHS number with a status, birth date, postcode, practice, gender identity.

A patient is withheld in every month, whichever month's row had the number; a row without a patient id, by its own.
"""

from cyplink.identity import evidence, of_records, withheld_among

_GIVEN = f"""
    withheld as ({withheld_among("NHSNumber", "mpi")}),
    marked as (select *, NHSNumber is not null and NHSNumber in (select number from withheld) as is_listed from mpi),
    patient as (
        select *, case when LocalPatientID is null then is_listed else bool_or(is_listed) over (partition by controller, LocalPatientID) end as is_withheld,
            nhs_number_of(NHSNumber) as checked_nhs_number, iso(PersonBirthDate) as born_on
        from marked),
    there as (select delivery_id, LocalPatientID, bool_or(is_withheld) as is_withheld from patient group by all)"""

EVIDENCE = of_records(
    "mhsds",
    evidence(
        "'mpi'", "patient",
        local_id="given(LocalPatientID)",
        date_of_birth="born_on",
        date_of_death="iso(PersDeathDate)",
        sex="coalesce(sex_of(Gender), sex_of(GenderIDCode))",
        postcode="home_postcode(Postcode)",
        nhs_number="checked_nhs_number",
        # The status of the number, not of a later month's lack of one: the two are accumulated apart.
        nhs_number_status="case when checked_nhs_number is not null then code(NHSNumberStatus) end",
        school="code(OrgIDEduEstab)",
        ethnicity_as_delivered="given(EthnicCategory)",
        is_named="false",
        is_withheld="is_withheld",
        date_of_birth_is_a_date="given(PersonBirthDate) is null or born_on is not null",
        nhs_number_is_valid="given(NHSNumber) is null or checked_nhs_number is not null",
    ),
    evidence(
        "'gp'", "(select gp.*, is_withheld from gp left join there using (delivery_id, LocalPatientID))",
        local_id="given(LocalPatientID)",
        practice="case when given(EndDateGMPRegistration) is null then code(GMPReg) end",
        is_named="false",
        is_withheld="is_withheld",
        person_is_delivered="is_withheld is not null",
    ),
    given=_GIVEN,
)
"""One row of evidence per delivered MPI row, and per GP row of a patient in the same submission's MPI."""
