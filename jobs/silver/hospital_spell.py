"""Silver hospital_spell: one row per provider and hospital spell, with the diagnoses and procedures of all its episodes.

Diagnoses are in the order of episodes and of their places in them, ICD-10 without a dot. Self-harm is X60-X84 anywhere, and
Y10-Y34 (intent not known) from the age of 15, as the Office for National Statistics counts it; a mental-health spell has F00-F99 as its main diagnosis.
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.sus.identity import PATIENTS, at_the_door, local_id, withheld_patients
from cyplink.sources.sus.payload import SAID_OF_PARENT, below, fold, with_parents
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given, whole_number
from cyplink.tables import silver

SELF_HARM, INTENT_NOT_KNOWN, MENTAL = "^X(6[0-9]|7[0-9]|8[0-4])", "^Y(1[0-9]|2[0-9]|3[0-4])", "^F[0-9]{2}"
ADULT_CODING_AGE = 15


def build(
    spell: DataFrame, episode: DataFrame, diagnosis: DataFrame, procedure: DataFrame, appointment: DataFrame, attendance: DataFrame,
    withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per delivered row of the four files: spells, and below them what their episodes say."""
    patients = withheld_patients({"spell": spell, "appointment": appointment, "attendance": attendance}, withheld_nhs_number, pseudonyms)
    spells = at_the_door(spell, "spell", patients).withColumns(
        {
            "token": pseudonyms.hash63(F.lit("sus_spell"), "controller", given(F.col("spell_hospital_provider_spell_number"))),
            "record_id": pseudonyms.record_id(F.lit("sus"), "controller", local_id("spell")),
            "started_on": dates.iso(F.col("spell_admission_date")),
        }
    )
    nth = whole_number(F.col("EPISODES_ID"))
    speciality = F.concat_ws("/", *(F.coalesce(code(F.col(f"care_professional_{name}")), F.lit("")) for name in ("main_specialty", "treatment_function")))
    parts = (
        in_shape(spells),
        below(episode, "episode", speciality, nth, whole_number(F.col("number"))),
        below(diagnosis, "diagnosis", icd(F.col("code")), nth, whole_number(F.col("ICD_ID"))),
        below(procedure, "procedure", icd(F.col("code")), nth, whole_number(F.col("OPCS_ID"))),
    )
    rows = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), parts)
    return with_parents(rows, "spell").withColumnsRenamed({"token": "spell_token", "started_on": "admitted_on"})


def in_shape(spells: DataFrame) -> DataFrame:
    discharged, born = F.col("spell_discharge_date"), dates.iso(F.col(PATIENTS["spell"]["birth_date"]))
    by_birth = F.floor(F.months_between("started_on", born) / 12).cast("int")
    return spells.select(
        *delivered("sus", "spell"), "PRIMARYKEY_ID", *SAID_OF_PARENT,
        dates.iso(discharged).alias("discharged_on"),
        (given(discharged).isNull() | dates.iso(discharged).isNotNull()).alias("discharged_on_is_a_date"),
        code(F.col("spell_admission_method")).alias("admission_method"),
        code(F.col("spell_admission_source")).alias("admission_source"),
        code(F.col("spell_discharge_method")).alias("discharge_method"),
        code(F.col("spell_discharge_destination")).alias("discharge_destination"),
        code(F.col("spell_care_location_site_code_of_treatment")).alias("site"),
        F.coalesce(by_birth, whole_number(F.col("spell_patient_identity_age_on_admission")).cast("int")).alias("age"),
    )


def icd(column: Column) -> Column:
    """A classification's code without its dot or filler: X61.0 and X610 are one, F32X is F32."""
    return F.regexp_replace(code(column), r"[.\s-]|X$", "")


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
    build,
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
