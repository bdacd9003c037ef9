"""Silver mental_health_spell: one row per provider and hospital provider spell, as last submitted, with its stays on wards."""

from cyplink import submit
from cyplink.delivered import folded
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.payload import WHOSE, last_said, of_referrals
from cyplink.tables import silver

_TOKEN = "hash63('mhsds_spell', controller, given(HospProvSpellID))"
_STAY = "{'started_on': iso(StartDateWardStay), 'ended_on': iso(EndDateWardStay), 'admitted_class': code(MHAdmittedPatientClass)}"

_ADMITTED = of_referrals(
    "hospital_spell", "hospital_spell",
    spell_token=_TOKEN,
    decided_on="iso(DecidedToAdmitDate)",
    admitted_on="iso(StartDateHospProvSpell)",
    discharged_on="iso(DischDateHospProvSpell)",
    source_of_admission="code(SourceAdmMHHospProvSpell)",
    method_of_admission="code(MethAdmMHHospProvSpell)",
    method_of_discharge="code(MethOfDischMHHospProvSpell)",
    destination_of_discharge="code(DestOfDischHospProvSpell)",
    discharged_on_is_a_date="given(DischDateHospProvSpell) is null or iso(DischDateHospProvSpell) is not null",
    part="''",
)
_STAYED = of_referrals(
    "ward_stay", "(select ward_stay.*, ServiceRequestID, admitted_on from ward_stay left join parent_spell using (HospProvSpellID))",
    spell_token=_TOKEN,
    admitted_on="admitted_on",
    part="given(WardStayID)",
    ward_stay=_STAY,
)

SELECT = f"""
    with {WHOSE},
    parent_spell as (
        select HospProvSpellID, {last_said("ServiceRequestID")} as ServiceRequestID, {last_said("iso(StartDateHospProvSpell)")} as admitted_on
        from hospital_spell where HospProvSpellID is not null group by HospProvSpellID)
    {_ADMITTED} union all by name {_STAYED}"""
"""One row per delivered row of a spell or of a ward stay."""


job = Job(
    None,
    selects={"mhsds": SELECT},
    reads={
        **{name: SOURCES["mhsds"].kind(name).bronze for name in ("hospital_spell", "ward_stay", "referral", "mpi")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_SPELL,
    keep=folded("controller", "spell_token", of="hospital_spell", lists={"ward_stays": "ward_stay"}),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
