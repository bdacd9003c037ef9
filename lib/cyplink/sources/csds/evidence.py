"""Who CSDS says its patients are: no names; NHS number with a status, birth date, postcode, practice, stated gender.

The mother's NHS number is delivered beside the child's. A child's number that is the mother's is hers: it is left out and marked. A
patient is withheld in every month, whichever month's row had the number; a row without a patient id, by its own.
"""

from cyplink.identity import evidence, of_records, withheld_among
from cyplink.sources.csds.payload import PATIENT

_GIVEN = f"""
    withheld as ({withheld_among("NHS_NUMBER", "csds_mpi")}),
    marked as (select *, NHS_NUMBER is not null and NHS_NUMBER in (select number from withheld) as is_listed from csds_mpi),
    patient as (
        select *, case when {PATIENT} is null then is_listed else bool_or(is_listed) over (partition by controller, {PATIENT}) end as is_withheld,
            nhs_number_of(NHS_NUMBER) as checked_nhs_number, iso(PERSON_BIRTH_DATE) as born_on,
            not coalesce(compact_number(NHS_NUMBER) = compact_number(NHS_NUMBER_MOTHER), false) as is_own
        from marked),
    there as (select delivery_id, {PATIENT}, bool_or(is_withheld) as is_withheld from patient group by all)"""

EVIDENCE = of_records(
    "csds",
    evidence(
        "'mpi'", "(select *, case when is_own then checked_nhs_number end as number from patient)",
        local_id=f"given({PATIENT})",
        date_of_birth="born_on",
        date_of_death="iso(PERSON_DEATH_DATE)",
        sex="sex_of(PERSON_STATED_GENDER_CODE)",
        postcode="home_postcode(POSTCODE_OF_USUAL_ADDRESS)",
        nhs_number="number",
        nhs_number_status="case when number is not null then code(NHS_NUMBER_STATUS_INDICATOR_CODE) end",
        school="code(ORGANISATION_IDENTIFIER_EDUCATIONAL_ESTABLISHMENT)",
        ethnicity_as_delivered="given(ETHNIC_CATEGORY)",
        is_named="false",
        is_withheld="is_withheld",
        date_of_birth_is_a_date="given(PERSON_BIRTH_DATE) is null or born_on is not null",
        nhs_number_is_valid="given(NHS_NUMBER) is null or checked_nhs_number is not null",
        nhs_number_is_own="is_own",
    ),
    evidence(
        "'gp'", f"(select csds_gp.*, is_withheld from csds_gp left join there using (delivery_id, {PATIENT}))",
        local_id=f"given({PATIENT})",
        practice="case when given(END_DATE_GMP_PATIENT_REGISTRATION) is null then code(GENERAL_MEDICAL_PRACTICE_PATIENT_REGISTRATION) end",
        is_named="false",
        is_withheld="is_withheld",
        person_is_delivered="is_withheld is not null",
    ),
    given=_GIVEN,
)
"""One row of evidence per delivered MPI row, and per GP row of a patient in the same submission's MPI."""
