"""Silver record_characteristic: what gold may say of a record's person without identifying them, one row per record.

Birth and death are cut to the month; ethnicity is the latest code the source gave, and its NHS 2001 category. PDS gives none.
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import in_time
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.csds.payload import PATIENT as CSDS_PATIENT
from cyplink.sources.gp_events import identity as gp_events_identity
from cyplink.sources.school_census.identity import pupils
from cyplink.sources.sus.evidence import PATIENTS
from cyplink.sources.sus.identity import stated as hospital_patients
from cyplink.standardise import ethnicity
from cyplink.standardise.texts import given
from cyplink.tables import silver


def build(
    identity: DataFrame, header: DataFrame, cin_child: DataFrame, schoolcensus: DataFrame, pupilonroll: DataFrame, pupilnolongeronroll: DataFrame,
    ssd_person: DataFrame, mpi: DataFrame,
    csds_mpi: DataFrame, gp_patient: DataFrame,
    spell: DataFrame, appointment: DataFrame, attendance: DataFrame, birth: DataFrame, pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per record of silver.identity."""
    hospital = hospital_patients({"spell": spell, "appointment": appointment, "attendance": attendance})
    stated = (
        _stated(header, "ssda903", given(F.col("CHILD")), "ETHNIC"),
        _stated(cin_child, "cin_census", given(F.col("LAchildID")), "Ethnicity"),
        _stated(pupils(pupilonroll, pupilnolongeronroll, schoolcensus, pseudonyms), "school_census", F.col("local_id"), "ethnicity"),
        _stated(ssd_person, "case_management", given(F.col("pers_person_id")), "pers_ethnicity"),
        _stated(mpi, "mhsds", given(F.col("LocalPatientID")), "EthnicCategory"),
        _stated(csds_mpi, "csds", given(F.col(CSDS_PATIENT)), "ETHNIC_CATEGORY"),
        _stated(gp_patient, "gp_events", gp_events_identity.local_id(), "ethnic_category"),
        _stated(hospital, "sus", given(F.col("local_id")), "ethnic_category"),
        _stated(birth, "birth_notifications", given(F.col("notification_id")), "ethnic_category"),
    )
    order = F.struct(in_time(F.col("period")), "delivery_id", "source_row")
    latest = (
        reduce(DataFrame.unionByName, stated).where("ethnicity_as_delivered is not null")
        .groupBy("source", "controller", "local_id").agg(F.max_by("ethnicity_as_delivered", order).alias("ethnicity_as_delivered"))
    )
    return identity.join(latest, ["source", "controller", "local_id"], how="left").select(
        "record_id", "source", "controller", "sex", "ethnicity_as_delivered",
        F.date_format("date_of_birth", "yyyy-MM").alias("birth_month"),
        F.date_format("date_of_death", "yyyy-MM").alias("death_month"),
        ethnicity.nhs_category(F.col("ethnicity_as_delivered")).alias("ethnic_category"),
        F.col("last_period").alias("period"),
    )


def _stated(rows: DataFrame, source: str, local_id: Column, column: str) -> DataFrame:
    return rows.select(
        F.lit(source).alias("source"), "controller", local_id.alias("local_id"), given(F.col(column)).alias("ethnicity_as_delivered"),
        "period", "delivery_id", "source_row",
    )


job = Job(
    build,
    reads={
        "identity": silver.IDENTITY,
        "header": SOURCES["ssda903"].kind("header").bronze,
        "cin_child": SOURCES["cin_census"].kind("child").bronze,
        "schoolcensus": SOURCES["school_census"].kind("schoolcensus").bronze,
        "pupilonroll": SOURCES["school_census"].kind("pupilonroll").bronze,
        "pupilnolongeronroll": SOURCES["school_census"].kind("pupilnolongeronroll").bronze,
        "ssd_person": SOURCES["case_management"].kind("ssd_person").bronze,
        "mpi": SOURCES["mhsds"].kind("mpi").bronze,
        "csds_mpi": SOURCES["csds"].kind("mpi").bronze,
        "gp_patient": SOURCES["gp_events"].kind("patient").bronze,
        **{name: SOURCES["sus"].kind(name).bronze for name in PATIENTS},
        "birth": SOURCES["birth_notifications"].kind("birth").bronze,
    },
    writes=silver.RECORD_CHARACTERISTIC,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
