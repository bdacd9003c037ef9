"""Silver primary_care_event: observations, medication orders, appointments and referrals of practices' patients, one row each."""

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered, last_word
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.gp_events.identity import is_flagged, local_id
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given
from cyplink.tables import silver

HELPERS = ("local_id", "nhs_number", "practice", "event_id")


def build(
    observation: DataFrame, medication_order: DataFrame, appointment: DataFrame, referral: DataFrame, patient: DataFrame,
    withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per delivered event."""
    parts = (
        _in_shape(observation, "observation", "observation_id", "snomed_code", "value", "unit"),
        _in_shape(medication_order, "medication_order", "order_id", "snomed_code", "quantity", "unit"),
        _in_shape(appointment, "appointment", "appointment_id", "status", "mode", ""),
        _in_shape(referral, "referral", "referral_id", "snomed_code", "specialty", ""),
    )
    events = reduce(DataFrame.unionByName, parts)
    owners = _owners(events, patient, withheld_nhs_number, pseudonyms)
    return events.join(owners, ["controller", "local_id"], how="left").select(
        *(name for name in events.columns if name not in HELPERS),
        pseudonyms.hash63(F.lit("gp_events"), "kind", "controller", "practice", "event_id").alias("event_token"),
        "record_id", "patient_is_on_the_list", "is_withheld",
    )


def _in_shape(rows: DataFrame, kind: str, event_id: str, event_code: str, value: str, unit: str) -> DataFrame:
    is_status = kind == "appointment"
    return rows.select(
        *delivered("gp_events", kind),
        F.lit(kind).alias("kind"),
        local_id().alias("local_id"),
        F.col("nhs_number"),
        code(F.col("practice_code")).alias("practice"),
        given(F.col(event_id)).alias("event_id"),
        dates.iso(F.col("date")).alias("event_on"),
        (F.lower(given(F.col(event_code))) if is_status else code(F.col(event_code))).alias("code"),
        given(F.col(value)).alias("value"),
        (given(F.col(unit)) if unit else F.lit(None).cast("string")).alias("unit"),
    )


def _owners(events: DataFrame, patient: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per controller and patient of any event: hashed once each, and known to be withheld whether or not the list holds them."""
    listed = patient.groupBy("controller", local_id().alias("local_id")).agg(
        F.bool_or(is_flagged()).alias("is_flagged"), F.lit(True).alias("patient_is_on_the_list")
    )
    of_events = events.where("local_id is not null").groupBy("controller", "local_id").agg(F.first("nhs_number").alias("nhs_number"))
    known = of_events.join(listed, ["controller", "local_id"], how="left")
    marked = is_withheld(F.col("nhs_number"), known, withheld_nhs_number, pseudonyms)
    return marked.select(
        "controller", "local_id",
        pseudonyms.record_id(F.lit("gp_events"), "controller", "local_id").alias("record_id"),
        F.coalesce("patient_is_on_the_list", F.lit(False)).alias("patient_is_on_the_list"),
        (F.col("is_withheld") | F.coalesce("is_flagged", F.lit(False))).alias("is_withheld"),
    )


job = Job(
    build,
    reads={
        "observation": SOURCES["gp_events"].kind("observation").bronze,
        "medication_order": SOURCES["gp_events"].kind("medication_order").bronze,
        "appointment": SOURCES["gp_events"].kind("appointment").bronze,
        "referral": SOURCES["gp_events"].kind("referral").bronze,
        "patient": SOURCES["gp_events"].kind("patient").bronze,
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.PRIMARY_CARE_EVENT,
    keep=last_word("event_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
