"""What payload of MHSDS shares: which patient a row is of, through referral, contact and activity, and whether the patient is withheld.

A parent may have been submitted in an earlier month than its child: all months are looked through, and the latest has the last word.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.delivered import delivered
from cyplink.pseudonym import Pseudonyms
from cyplink.standardise import dates
from cyplink.standardise.texts import given

SDQ, RCADS, CGAS, ORS, YP_CORE = "sdq", "rcads", "cgas", "ors", "yp_core"
TOOLS = {
    "718134002": (SDQ, "self"), "986041000000107": (SDQ, "self"), "986121000000101": (SDQ, "parent"), "986371000000104": (SDQ, "parent"),
    "986211000000104": (SDQ, "teacher"), "718662005": (RCADS, "self"), "958281000000103": (RCADS, "self"), "718672008": (RCADS, "parent"),
    "958361000000103": (RCADS, "parent"), "860591000000104": (CGAS, "clinician"), "716613004": (ORS, "self"), "960251000000100": (ORS, "self"),
    "718437004": (YP_CORE, "self"), "960601000000104": (YP_CORE, "self"),
}  # fmt: skip
"""Tool and rater of the SNOMED CT codes of total scores (codes.csv, assessment_tool): the same scale under its former code too."""


def last_said(column: Column) -> Column:
    """Aggregate: the column's value in the latest month that gives one."""
    return F.max_by(column, F.when(column.isNotNull(), F.struct("period", "delivery_id", "source_row")))


def referrals(referral: DataFrame, known: DataFrame) -> DataFrame:
    """One row per provider and ServiceRequestID: LocalPatientID, received_on and what `known` (identity.patients) says of the patient."""
    whose = referral.groupBy("controller", "ServiceRequestID").agg(
        F.max_by("LocalPatientID", F.when(given(F.col("LocalPatientID")).isNotNull(), F.struct("period", "delivery_id", "source_row"))).alias("LocalPatientID"),
        last_said(dates.iso(F.col("ReferralRequestReceivedDate"))).alias("received_on"),
    )
    return whose.join(known, ["controller", "LocalPatientID"], how="left")


def contacts(care_contact: DataFrame) -> DataFrame:
    """One row per provider and CareContactID: ServiceRequestID and contact_on."""
    return care_contact.groupBy("controller", "CareContactID").agg(
        last_said(F.col("ServiceRequestID")).alias("ServiceRequestID"), last_said(dates.iso(F.col("CareContDate"))).alias("contact_on")
    )


def of_patients(rows: DataFrame, file_kind: str, pseudonyms: Pseudonyms, **said: Column) -> DataFrame:
    """Rows already joined to their patient: lineage, `record_id`, what they say, and whether the patient is known and withheld.

    `record_id` is null where the referral, contact or spell that would name the patient was never submitted.
    """
    return rows.select(
        *delivered("mhsds", file_kind),
        pseudonyms.record_id(F.lit("mhsds"), "controller", given(F.col("LocalPatientID"))).alias("record_id"),
        *(column.alias(name) for name, column in said.items()),
        (F.col("LocalPatientID").isNull() | F.col("patient_is_in_the_mpi").isNotNull()).alias("patient_is_in_the_mpi"),
        "is_withheld",
    )


def of_referrals(rows: DataFrame, whose: DataFrame, file_kind: str, pseudonyms: Pseudonyms, **said: Column) -> DataFrame:
    """Rows that give a ServiceRequestID, with the referral's token and patient (`whose`: `referrals`) and what they say."""
    joined = rows.join(whose, ["controller", "ServiceRequestID"], how="left")
    return of_patients(joined, file_kind, pseudonyms, service_request_token=request_token(pseudonyms), **said)


def request_token(pseudonyms: Pseudonyms) -> Column:
    return pseudonyms.hash63(F.lit("mhsds_referral"), "controller", given(F.col("ServiceRequestID")))


def contact_token(pseudonyms: Pseudonyms) -> Column:
    return pseudonyms.hash63(F.lit("mhsds_direct"), "controller", given(F.col("CareContactID")))


def or_blank(*columns: str) -> list[Column]:
    """Columns to hash of which some may be blank: a hash of a null is null."""
    return [F.coalesce(given(F.col(name)), F.lit("")) for name in columns]
