"""Evidence of identity from every source, marked where it is withheld. Shared by the two silver tables that accumulate it."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import is_withheld
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.annex_a import CHILD_LISTS
from cyplink.sources.annex_a import identity as annex_a_identity
from cyplink.sources.case_management import identity as case_management_identity
from cyplink.sources.cin_census import identity as cin_census_identity
from cyplink.sources.mhsds import identity as mhsds_identity
from cyplink.sources.pds import identity as pds_identity
from cyplink.sources.school_census import identity as school_census_identity
from cyplink.sources.ssda903 import identity as ssda903_identity
from cyplink.tables.model import Table

READS: Mapping[str, Table] = {
    name: SOURCES[source].kind(kind).bronze
    for name, source, kind in (
        ("header", "ssda903", "header"), ("episodes", "ssda903", "episodes"), ("cin_child", "cin_census", "child"),
        ("schoolcensus", "school_census", "schoolcensus"), ("pupilonroll", "school_census", "pupilonroll"),
        ("school_addresses", "school_census", "addresses"),
        ("ssd_person", "case_management", "ssd_person"), ("ssd_address", "case_management", "ssd_address"),
        ("pds_person", "pds", "person"), ("pds_address", "pds", "address"), ("pds_registration", "pds", "registration"),
        ("mpi", "mhsds", "mpi"), ("gp", "mhsds", "gp"),
        *((f"annex_a_{name}", "annex_a", name) for name in CHILD_LISTS),
    )
}


def all_evidence(bronze: Mapping[str, DataFrame], withheld: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """Evidence with `record_id` from the bronze tables named in READS; one row per delivered row of an accounted file kind."""
    pupils = school_census_identity.pupils(bronze["pupilonroll"], bronze["schoolcensus"], pseudonyms)
    spine = {name: is_withheld(F.col("nhs_number"), bronze[name], withheld, pseudonyms) for name in ("pds_person", "pds_address", "pds_registration")}
    mpi = is_withheld(F.col("NHSNumber"), bronze["mpi"], withheld, pseudonyms)
    # A patient is withheld in every month, whichever month's row had the number; a row without a patient id, by its own.
    patients = mhsds_identity.patients(mpi).select("controller", "LocalPatientID", F.col("is_withheld").alias("in_any_month"))
    mpi = mpi.join(patients, ["controller", "LocalPatientID"], how="left")
    mpi = mpi.withColumns({"is_withheld": F.coalesce("in_any_month", "is_withheld")}).drop("in_any_month")
    parts = (
        ssda903_identity.of_header(bronze["header"]),
        ssda903_identity.of_episodes(bronze["episodes"]),
        cin_census_identity.of_children(bronze["cin_child"]),
        school_census_identity.of_pupils(pupils),
        school_census_identity.of_addresses(bronze["school_addresses"], pupils),
        case_management_identity.of_people(bronze["ssd_person"]),
        case_management_identity.of_addresses(bronze["ssd_address"], bronze["ssd_person"]),
        pds_identity.of_people(spine["pds_person"]),
        pds_identity.of_addresses(spine["pds_address"], bronze["pds_person"]),
        pds_identity.of_registrations(spine["pds_registration"], bronze["pds_person"]),
        mhsds_identity.of_patients(mpi),
        mhsds_identity.of_practices(bronze["gp"], mpi),
        annex_a_identity.of_lists({name: bronze[f"annex_a_{name}"] for name in CHILD_LISTS}),
    )
    gathered = reduce(DataFrame.unionByName, parts)
    return gathered.withColumns({"record_id": pseudonyms.record_id("source", "controller", "local_id")})
