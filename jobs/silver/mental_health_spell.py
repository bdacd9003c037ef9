"""Silver mental_health_spell: one row per provider and hospital provider spell, as last submitted, with its stays on wards."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import folded
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.identity import patients
from cyplink.sources.mhsds.payload import last_said, of_referrals, referrals
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given
from cyplink.tables import silver


def build(hospital_spell: DataFrame, ward_stay: DataFrame, referral: DataFrame, mpi: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered row of a spell or of a ward stay."""
    known = patients(is_withheld(F.col("NHSNumber"), mpi, withheld_nhs_number, pseudonyms))
    whose = referrals(referral, known)
    spell_token = pseudonyms.hash63(F.lit("mhsds_spell"), "controller", given(F.col("HospProvSpellID")))
    discharged = F.col("DischDateHospProvSpell")
    spells = of_referrals(
        hospital_spell, whose, "hospital_spell", pseudonyms,
        spell_token=spell_token, decided_on=dates.iso(F.col("DecidedToAdmitDate")), admitted_on=dates.iso(F.col("StartDateHospProvSpell")),
        discharged_on=dates.iso(discharged), source_of_admission=code(F.col("SourceAdmMHHospProvSpell")),
        method_of_admission=code(F.col("MethAdmMHHospProvSpell")), method_of_discharge=code(F.col("MethOfDischMHHospProvSpell")),
        destination_of_discharge=code(F.col("DestOfDischHospProvSpell")),
        discharged_on_is_a_date=given(discharged).isNull() | dates.iso(discharged).isNotNull(), part=F.lit(""),
    )
    parents = hospital_spell.groupBy("controller", "HospProvSpellID").agg(
        last_said(F.col("ServiceRequestID")).alias("ServiceRequestID"), last_said(dates.iso(F.col("StartDateHospProvSpell"))).alias("admitted_on")
    )
    stay = F.struct(
        dates.iso(F.col("StartDateWardStay")).alias("started_on"), dates.iso(F.col("EndDateWardStay")).alias("ended_on"),
        code(F.col("MHAdmittedPatientClass")).alias("admitted_class"),
    )
    stays = of_referrals(
        ward_stay.join(parents, ["controller", "HospProvSpellID"], how="left"), whose, "ward_stay", pseudonyms,
        spell_token=spell_token, admitted_on=F.col("admitted_on"), part=given(F.col("WardStayID")), ward_stay=stay,
    )
    return spells.unionByName(stays, allowMissingColumns=True)


job = Job(
    build,
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
