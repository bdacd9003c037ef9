"""Silver mental_health_patient_indicator: what the provider last said of the patient's circumstances and where the patient lived, one row per patient."""

from cyplink import submit
from cyplink.delivered import folded
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.payload import of_patients, patients
from cyplink.tables import silver

_HOME = """{
    'recorded_on': coalesce(iso(AccommodationTypeDate), iso(AccommodationTypeStartDate)), 'accommodation_type': code(AccommodationType),
    'settled': code(SettledAccommodationInd)}"""

_INDICATED = of_patients(
    "patient_indicator", "(select * from patient_indicator left join patient using (LocalPatientID))",
    looked_after="code(LACStatus)",
    child_protection_plan="code(CPP)",
    young_carer="code(YoungCarer)",
    learning_disability="code(LDStatus)",
    autism="code(AutismStatus)",
    part="''",
)
_HOUSED = of_patients(
    "accommodation", f"(select *, {_HOME} as home from accommodation left join patient using (LocalPatientID))",
    part="to_json(home)::varchar",
    accommodation="home",
)

SELECT = f"""
    with {patients("patient_indicator", "accommodation")}
    {_INDICATED} union all by name {_HOUSED}"""
"""One row per delivered row of indicators or of an accommodation."""


job = Job(
    None,
    selects={"mhsds": SELECT},
    reads={
        **{name: SOURCES["mhsds"].kind(name).bronze for name in ("patient_indicator", "accommodation", "mpi")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_PATIENT_INDICATOR,
    keep=folded("controller", "record_id", of="patient_indicator", lists={"accommodations": "accommodation"}),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
