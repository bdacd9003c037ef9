"""Whose a CSDS row is: the patient of a referral, and the referral and day of an activity, as the provider last submitted them."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.identity import is_withheld
from cyplink.pseudonym import Pseudonyms
from cyplink.sources.csds.identity import PATIENT, patients
from cyplink.standardise import dates
from cyplink.standardise.texts import given

REQUEST, CONTACT, ACTIVITY = "SERVICE_REQUEST_IDENTIFIER", "CARE_CONTACT_IDENTIFIER", "CARE_ACTIVITY_IDENTIFIER"


def known_patients(mpi: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per provider and patient id: `is_withheld`, `patient_is_in_the_mpi`."""
    return patients(is_withheld(F.col("NHS_NUMBER"), mpi, withheld_nhs_number, pseudonyms))


def record_id(pseudonyms: Pseudonyms) -> Column:
    """The record of the row's patient."""
    return pseudonyms.record_id(F.lit("csds"), "controller", given(F.col(PATIENT)))


def request_token(pseudonyms: Pseudonyms) -> Column:
    """The token of the row's referral."""
    return pseudonyms.hash63(F.lit("csds_referral"), "controller", given(F.col(REQUEST)))


def patients_of_requests(referral: DataFrame) -> DataFrame:
    """One row per provider and referral that names its patient: the patient last submitted."""
    return _latest(referral, REQUEST, PATIENT)


def activities(care_activity: DataFrame, care_contact: DataFrame, referral: DataFrame) -> DataFrame:
    """One row per provider and care activity: its patient and the day of its contact (`contact_on`), null where not submitted."""
    contacts = _latest(care_contact, CONTACT, REQUEST, "CARE_CONTACT_DATE")
    found = _latest(care_activity, ACTIVITY, CONTACT).join(contacts, ["controller", CONTACT], how="left")
    return found.join(patients_of_requests(referral), ["controller", REQUEST], how="left").select(
        "controller", ACTIVITY, PATIENT, dates.iso(F.col("CARE_CONTACT_DATE")).alias("contact_on")
    )


def _latest(rows: DataFrame, key: str, first: str, *more: str) -> DataFrame:
    """Per provider and key the values of the latest row that gives `first`."""
    order = F.when(given(F.col(first)).isNotNull(), F.struct("period", "delivery_id", "source_row"))
    return rows.groupBy("controller", key).agg(*(F.max_by(name, order).alias(name) for name in (first, *more)))
