"""Where the coded items of a CSDS submission are: per file kind the columns that say whose it is, when, what, and how much."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cyplink.delivered import typed
from cyplink.sources.csds.payload import ACTIVITY, PATIENT, REQUEST

OF_A_PATIENT, OF_A_REQUEST, OF_AN_ACTIVITY = "patient", "request", "activity"
_OWNERS = {OF_A_PATIENT: PATIENT, OF_A_REQUEST: REQUEST, OF_AN_ACTIVITY: ACTIVITY}
_BLOOD_SPOT = "NEWBORN_BLOOD_SPOT_TEST_OUTCOME_STATUS_CODE"


@dataclass(frozen=True)
class Item:
    """The columns of one file kind. `codes`, `codings`: the first that is given counts. `results`: columns of a row that says several
    things, by the name silver has."""

    owner: str = OF_A_PATIENT
    on: str = ""
    codes: tuple[str, ...] = ()
    codings: tuple[str, ...] = ()
    value: str = ""
    unit: str = ""
    until: str = ""
    results: Mapping[str, str] = field(default_factory=dict)


ITEMS: Mapping[str, Item] = {
    "accommodation": Item(on="ACCOMMODATION_STATUS_RECORDED_DATE", codes=("ACCOMMODATION_STATUS_CODE",)),
    "care_activity": Item(
        OF_AN_ACTIVITY,
        codes=("CODED_OBSERVATION_CLINICAL_TERMINOLOGY", "CODED_FINDING_CODED_CLINICAL_ENTRY", "CODED_PROCEDURE_CLINICAL_TERMINOLOGY", "COMMUNITY_CARE_ACTIVITY_TYPE"),
        value="OBSERVATION_VALUE", unit="UCUM_UNIT_OF_MEASUREMENT",
    ),
    "special_educational_need": Item(codes=("SPECIAL_EDUCATIONAL_NEED_TYPE",)),
    "safeguarding_factor": Item(codes=("SAFEGUARDING_VULNERABILITY_FACTORS_TYPE",)),
    "child_protection_plan": Item(on="CHILD_PROTECTION_PLAN_START_DATE", codes=("CHILD_PROTECTION_PLAN_REASON_CODE",), until="CHILD_PROTECTION_PLAN_END_DATE"),
    "coded_immunisation": Item(
        on="IMMUNISATION_DATE", codes=("IMMUNISATION_PROCEDURE_CLINICAL_TERMINOLOGY",), codings=("PROCEDURE_SCHEME_IN_USE_COMMUNITY_CARE",)
    ),
    "immunisation": Item(on="IMMUNISATION_DATE", codes=("CHILDHOOD_IMMUNISATION_TYPE_CHILDREN_AND_YOUNG_PEOPLES_HEALTH_SERVICES",)),
    "disability": Item(codes=("DISABILITY_CODE",), value="DISABILITY_IMPACT_PERCEPTION"),
    "newborn_hearing": Item(
        on="PROCEDURE_DATE_NEWBORN_HEARING_AUDIOLOGY",
        results={"screening": "NEWBORN_HEARING_SCREENING_OUTCOME", "audiology": "NEWBORN_HEARING_AUDIOLOGY_OUTCOME"},
    ),
    "blood_spot": Item(
        on="BLOOD_SPOT_CARD_COMPLETION_DATE",
        results={
            disease.lower(): f"{_BLOOD_SPOT}_{disease}"
            for disease in (
                "PHENYLKETONURIA", "SICKLE_CELL_DISEASE", "CYSTIC_FIBROSIS", "CONGENITAL_HYPOTHYROIDISM",
                "MEDIUM_CHAIN_ACYL_COA_DEHYDROGENASE_DEFICIENCY", "HOMOCYSTINURIA", "MAPLE_SYRUP_URINE_DISEASE", "GLUTARIC_ACIDURIA_TYPE_1",
                "ISOVALERIC_ACIDURIA",
            )
        },
    ),
    "provisional_diagnosis": Item(
        OF_A_REQUEST, "PROVISIONAL_DIAGNOSIS_DATE", ("PROVISIONAL_DIAGNOSIS_CODED_CLINICAL_ENTRY",), ("DIAGNOSIS_SCHEME_IN_USE_COMMUNITY_CARE",)
    ),
    "primary_diagnosis": Item(OF_A_REQUEST, "DIAGNOSIS_DATE", ("PRIMARY_DIAGNOSIS_CODED_CLINICAL_ENTRY",), ("DIAGNOSIS_SCHEME_IN_USE_COMMUNITY_CARE",)),
    "secondary_diagnosis": Item(OF_A_REQUEST, "DIAGNOSIS_DATE", ("SECONDARY_DIAGNOSIS_CODED_CLINICAL_ENTRY",), ("DIAGNOSIS_SCHEME_IN_USE_COMMUNITY_CARE",)),
    "referral_assessment": Item(OF_A_REQUEST, "ASSESSMENT_TOOL_COMPLETION_DATE", ("CODED_ASSESSMENT_TOOL_TYPE_SNOMED_CT",), value="PERSON_SCORE"),
    "breastfeeding": Item(OF_AN_ACTIVITY, codes=("BREASTFEEDING_STATUS",)),
    "observation": Item(
        OF_AN_ACTIVITY, results={"weight_kg": "PERSON_WEIGHT", "height_m": "PERSON_HEIGHT_IN_METRES", "length_cm": "PERSON_LENGTH_IN_CENTIMETRES"}
    ),
    "contact_assessment": Item(OF_AN_ACTIVITY, codes=("CODED_ASSESSMENT_TOOL_TYPE_SNOMED_CT",), value="PERSON_SCORE"),
}


def in_shape(kind: str) -> str:
    """SELECT of the rows of a file kind with `owner_level` and `owner` (whose they are), `patient` where they name it, and texts as delivered."""
    item = ITEMS[kind]
    owner = f"given({_OWNERS[item.owner]})"
    said = ", ".join(f"{{'k': '{name}', 'v': code({column})}}" for name, column in item.results.items())
    results = f"map_from_entries(list_filter([{said}], lambda one: one.v is not null))" if said else "null::map(varchar, varchar)"
    return typed(
        f"'{kind}'", kind,
        kind=f"'{kind}'",
        owner_level=f"'{item.owner}'",
        owner=owner,
        patient=owner if item.owner == OF_A_PATIENT else "null::varchar",
        on_given=_first(item.on),
        until_given=_first(item.until),
        code=f"upper({_first(*item.codes)})",
        coding=f"upper({_first(*item.codings)})",
        value=_first(item.value),
        unit=_first(item.unit),
        results=results,
    )


def _first(*columns: str) -> str:
    named = [f"given({name})" for name in columns if name]
    return f"coalesce({', '.join(named)})" if named else "null::varchar"
