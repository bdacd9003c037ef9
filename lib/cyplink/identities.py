"""Evidence of identity from every source, marked where it is withheld. Shared by the two silver tables that accumulate it."""

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import is_withheld
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.annex_a import CHILD_LISTS
from cyplink.sources.annex_a import identity as annex_a_identity
from cyplink.sources.attainment import identity as attainment_identity
from cyplink.sources.birth_notifications import identity as births_identity
from cyplink.sources.case_management import identity as case_management_identity
from cyplink.sources.cin_census import identity as cin_census_identity
from cyplink.sources.csds import identity as csds_identity
from cyplink.sources.gp_events import identity as gp_events_identity
from cyplink.sources.mhsds import identity as mhsds_identity
from cyplink.sources.pds import identity as pds_identity
from cyplink.sources.school_census import identity as school_census_identity
from cyplink.sources.ssda903 import identity as ssda903_identity
from cyplink.sources.sus import identity as sus_identity
from cyplink.tables.model import Table

READS: Mapping[str, Table] = {
    name: SOURCES[source].kind(kind).bronze
    for name, source, kind in (
        ("header", "ssda903", "header"), ("episodes", "ssda903", "episodes"), ("cin_child", "cin_census", "child"),
        ("schoolcensus", "school_census", "schoolcensus"), ("pupilonroll", "school_census", "pupilonroll"),
        ("pupilnolongeronroll", "school_census", "pupilnolongeronroll"), ("school_addresses", "school_census", "addresses"),
        ("school_addressesonroll", "school_census", "addressesonroll"), ("school_addressesoffroll", "school_census", "addressesoffroll"),
        *((stage, "attainment", stage) for stage in ("eyfsp", "ks2", "ks4")),
        ("ssd_person", "case_management", "ssd_person"), ("ssd_address", "case_management", "ssd_address"),
        ("ssd_linked_identifiers", "case_management", "ssd_linked_identifiers"),
        ("pds_name", "pds", "name"), ("pds_confidentiality", "pds", "confidentiality"),
        ("pds_person", "pds", "person"), ("pds_address", "pds", "address"), ("pds_registration", "pds", "registration"),
        ("mpi", "mhsds", "mpi"), ("gp", "mhsds", "gp"),
        ("csds_mpi", "csds", "mpi"), ("csds_gp", "csds", "gp"), ("gp_patient", "gp_events", "patient"),
        *((name, "sus", name) for name in sus_identity.PATIENTS), ("birth", "birth_notifications", "birth"),
        *((f"annex_a_{name}", "annex_a", name) for name in CHILD_LISTS),
    )
}


def all_evidence(bronze: Mapping[str, DataFrame], withheld: DataFrame, pseudonyms: Pseudonyms) -> list[DataFrame]:
    """Evidence with `record_id` from the bronze tables named in READS, file by file: one row per delivered row of an accounted file kind.

    Not one DataFrame: planning one of forty files takes Spark far longer than planning forty.
    """
    pupils = school_census_identity.pupils(bronze["pupilonroll"], bronze["pupilnolongeronroll"], bronze["schoolcensus"], pseudonyms)
    of_pds = ("pds_person", "pds_name", "pds_confidentiality", "pds_address", "pds_registration")
    spine = {name: is_withheld(F.col("nhs_number"), bronze[name], withheld, pseudonyms) for name in of_pds}
    mpi = _withheld_in_any_month(is_withheld(F.col("NHSNumber"), bronze["mpi"], withheld, pseudonyms), "LocalPatientID")
    csds_mpi = _withheld_in_any_month(is_withheld(F.col("NHS_NUMBER"), bronze["csds_mpi"], withheld, pseudonyms), csds_identity.PATIENT)
    births = births_identity.at_the_door(bronze["birth"], withheld, pseudonyms)
    parts = (
        ssda903_identity.of_header(bronze["header"]),
        ssda903_identity.of_episodes(bronze["episodes"]),
        cin_census_identity.of_children(bronze["cin_child"]),
        school_census_identity.of_pupils(pupils),
        school_census_identity.of_addresses(
            bronze["school_addresses"], bronze["school_addressesonroll"], bronze["school_addressesoffroll"], pupils
        ),
        attainment_identity.of_pupils(attainment_identity.pupils({stage: bronze[stage] for stage in ("eyfsp", "ks2", "ks4")}, pseudonyms)),
        case_management_identity.of_people(bronze["ssd_person"]),
        case_management_identity.of_addresses(bronze["ssd_address"], bronze["ssd_person"]),
        case_management_identity.of_linked_identifiers(bronze["ssd_linked_identifiers"], bronze["ssd_person"]),
        pds_identity.of_people(spine["pds_person"]),
        pds_identity.of_names(spine["pds_name"], bronze["pds_person"]),
        pds_identity.of_flags(spine["pds_confidentiality"], bronze["pds_person"]),
        pds_identity.of_addresses(spine["pds_address"], bronze["pds_person"]),
        pds_identity.of_registrations(spine["pds_registration"], bronze["pds_person"]),
        mhsds_identity.of_patients(mpi),
        mhsds_identity.of_practices(bronze["gp"], mpi),
        csds_identity.of_patients(csds_mpi),
        csds_identity.of_practices(bronze["csds_gp"], csds_mpi),
        gp_events_identity.of_patients(is_withheld(F.col("nhs_number"), bronze["gp_patient"], withheld, pseudonyms)),
        sus_identity.of_patients(bronze, withheld, pseudonyms),
        births_identity.of_births(births, pseudonyms),
        annex_a_identity.of_lists({name: bronze[f"annex_a_{name}"] for name in CHILD_LISTS}),
    )
    return [part.withColumns({"record_id": pseudonyms.record_id("source", "controller", "local_id")}) for part in parts]


def _withheld_in_any_month(mpi: DataFrame, patient_id: str) -> DataFrame:
    """A patient is withheld in every month, whichever month's row had the number; a row without a patient id, by its own."""
    in_any = mpi.groupBy("controller", patient_id).agg(F.bool_or("is_withheld").alias("in_any_month"))
    marked = mpi.join(in_any, ["controller", patient_id], how="left")
    return marked.withColumns({"is_withheld": F.coalesce("in_any_month", "is_withheld")}).drop("in_any_month")
