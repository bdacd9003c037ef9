"""Which delivered files say who somebody is, and their evidence by source."""

from collections.abc import Mapping

from cyplink.sources import SOURCES
from cyplink.sources.annex_a import CHILD_LISTS
from cyplink.sources.annex_a.evidence import EVIDENCE as OF_ANNEX_A
from cyplink.sources.attainment.evidence import EVIDENCE as OF_ATTAINMENT
from cyplink.sources.birth_notifications.evidence import EVIDENCE as OF_BIRTHS
from cyplink.sources.case_management.evidence import EVIDENCE as OF_CASE_MANAGEMENT
from cyplink.sources.cin_census.evidence import EVIDENCE as OF_CIN_CENSUS
from cyplink.sources.csds.evidence import EVIDENCE as OF_CSDS
from cyplink.sources.gp_events.evidence import EVIDENCE as OF_GP_EVENTS
from cyplink.sources.mhsds.evidence import EVIDENCE as OF_MHSDS
from cyplink.sources.pds.evidence import EVIDENCE as OF_PDS
from cyplink.sources.school_census.evidence import EVIDENCE as OF_SCHOOL_CENSUS
from cyplink.sources.ssda903.evidence import EVIDENCE as OF_SSDA903
from cyplink.sources.sus.evidence import EVIDENCE as OF_SUS
from cyplink.sources.sus.evidence import PATIENTS
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
        *((name, "sus", name) for name in PATIENTS), ("birth", "birth_notifications", "birth"),
        *((f"annex_a_{name}", "annex_a", name) for name in CHILD_LISTS),
    )
}

EVIDENCE: Mapping[str, str] = {
    "annex_a": OF_ANNEX_A, "attainment": OF_ATTAINMENT, "birth_notifications": OF_BIRTHS, "case_management": OF_CASE_MANAGEMENT,
    "cin_census": OF_CIN_CENSUS, "csds": OF_CSDS, "gp_events": OF_GP_EVENTS, "mhsds": OF_MHSDS, "pds": OF_PDS, "school_census": OF_SCHOOL_CENSUS,
    "ssda903": OF_SSDA903, "sus": OF_SUS,
}  # fmt: skip
"""By source a SELECT of evidence (lib/cyplink/identity.py) with `record_id`, over the tables of READS and withheld_nhs_number: a row per delivered row
that says who somebody is."""
