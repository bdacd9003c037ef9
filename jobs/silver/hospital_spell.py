"""Silver hospital_spell: one row per provider and hospital spell, with the diagnoses and procedures of all its episodes.

Diagnoses are in the order of episodes and of their places in them, ICD-10 without a dot. Self-harm is X60-X84 anywhere, and
Y10-Y34 (intent not known) from the age of 15, as the Office for National Statistics counts it; a mental-health spell has F00-F99 as its main diagnosis.
"""

from cyplink import submit
from cyplink.delivered import typed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.sus.evidence import PATIENTS
from cyplink.sources.sus.payload import AT_THE_DOOR, below, fold, patients_of, with_parents
from cyplink.tables import silver

SELF_HARM, INTENT_NOT_KNOWN, MENTAL = "^X(6[0-9]|7[0-9]|8[0-4])", "^Y(1[0-9]|2[0-9]|3[0-4])", "^F[0-9]{2}"
ADULT_CODING_AGE = 15


def icd(value: str) -> str:
    """SQL of a classification's code without its dot or filler: X61.0 and X610 are one, F32X is F32."""
    return f"regexp_replace(code({value}), '[.\\s-]|X$', '', 'g')"


_ADMITTED = typed(
    "'spell'", f"(select *, iso(spell_admission_date) as started_on, iso({PATIENTS['spell']['birth_date']}) as born_on from ({patients_of('spell')}))",
    PRIMARYKEY_ID="PRIMARYKEY_ID",
    token="hash63('sus_spell', controller, given(spell_hospital_provider_spell_number))",
    record_id="record_id",
    started_on="started_on",
    is_withheld="is_withheld",
    discharged_on="iso(spell_discharge_date)",
    discharged_on_is_a_date="given(spell_discharge_date) is null or iso(spell_discharge_date) is not null",
    admission_method="code(spell_admission_method)",
    admission_source="code(spell_admission_source)",
    discharge_method="code(spell_discharge_method)",
    discharge_destination="code(spell_discharge_destination)",
    site="code(spell_care_location_site_code_of_treatment)",
    age="coalesce(full_years(born_on, started_on), int_number(spell_patient_identity_age_on_admission))",
)
_NTH = "int_number(EPISODES_ID)"
_SPECIALITY = " || '/' || ".join(f"coalesce(code(care_professional_{name}), '')" for name in ("main_specialty", "treatment_function"))
_BELOW = " union all ".join((
    below("episode", _SPECIALITY, _NTH, "int_number(number)"),
    below("diagnosis", icd("code"), _NTH, "int_number(ICD_ID)"),
    below("procedure", icd("code"), _NTH, "int_number(OPCS_ID)"),
))

SELECT = f"""
    with {AT_THE_DOOR}, admitted as ({_ADMITTED})
    {with_parents("admitted", _BELOW, "spell_token", "admitted_on")}"""
"""One row per delivered row of the four files: spells, and below them what their episodes say."""


def _any(pattern: str) -> str:
    return f"len(list_filter(diagnoses, lambda one: regexp_matches(one, '{pattern}'))) > 0"


MEANT = f"""
    select *,
        nullif(split_part(specialities[1], '/', 1), '') as main_specialty, nullif(split_part(specialities[1], '/', 2), '') as treatment_function,
        diagnoses[1] as main_diagnosis, {_any(SELF_HARM)} or (coalesce(age >= {ADULT_CODING_AGE}, false) and {_any(INTENT_NOT_KNOWN)}) as is_self_harm,
        coalesce(regexp_matches(diagnoses[1], '{MENTAL}'), false) as is_mental_health,
        coalesce(starts_with(admission_method, '2'), false) as is_emergency
    from ({fold("spell", {"episode": "specialities", "diagnosis": "diagnoses", "procedure": "procedures"}, "spell_token")})"""
"""One row per spell, with what its codes mean."""


job = Job(
    None,
    selects={"sus": SELECT},
    reads={
        **{name: SOURCES["sus"].kind(name).bronze for name in ("spell", "episode", "diagnosis", "procedure", "appointment", "attendance")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.HOSPITAL_SPELL,
    keep=MEANT,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
