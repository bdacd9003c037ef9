"""Silver identity: who every source says its people are, one row per source, controller and local person id.

Values accumulate over deliveries; the latest period has the last word on single values. Rows without a usable person id, and
addresses of nobody in the same delivery, are quarantined.
"""

from pyspark.sql import DataFrame

from cyplink import submit
from cyplink.identities import READS, all_evidence
from cyplink.identity import ACCUMULATED
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.tables import silver


def build(
    header: DataFrame, episodes: DataFrame, schoolcensus: DataFrame, pupilonroll: DataFrame, pupilnolongeronroll: DataFrame,
    school_addresses: DataFrame, school_addressesonroll: DataFrame, school_addressesoffroll: DataFrame, eyfsp: DataFrame, ks2: DataFrame,
    ks4: DataFrame, ssd_person: DataFrame, ssd_address: DataFrame, ssd_linked_identifiers: DataFrame, pds_person: DataFrame, pds_name: DataFrame,
    pds_confidentiality: DataFrame, pds_address: DataFrame, pds_registration: DataFrame, mpi: DataFrame, gp: DataFrame, csds_mpi: DataFrame, csds_gp: DataFrame, gp_patient: DataFrame, spell: DataFrame, appointment: DataFrame,
    attendance: DataFrame, birth: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms,
) -> DataFrame:
    """Evidence (lib/cyplink/identity.py): a row per delivered row that says who somebody is."""
    bronze = {
        "header": header, "episodes": episodes, "schoolcensus": schoolcensus, "pupilonroll": pupilonroll,
        "pupilnolongeronroll": pupilnolongeronroll, "school_addresses": school_addresses, "school_addressesonroll": school_addressesonroll,
        "school_addressesoffroll": school_addressesoffroll, "eyfsp": eyfsp, "ks2": ks2, "ks4": ks4, "ssd_person": ssd_person, "ssd_address": ssd_address,
        "ssd_linked_identifiers": ssd_linked_identifiers, "pds_person": pds_person, "pds_name": pds_name, "pds_confidentiality": pds_confidentiality,
        "pds_address": pds_address, "pds_registration": pds_registration, "mpi": mpi, "gp": gp,
        "csds_mpi": csds_mpi, "csds_gp": csds_gp, "gp_patient": gp_patient,
        "spell": spell, "appointment": appointment, "attendance": attendance, "birth": birth,
    }
    # Evidence has an empty broken_rules of its own, which the check would add nothing to: null and a list is null.
    return all_evidence(bronze, withheld_nhs_number, pseudonyms).drop("broken_rules")


job = Job(
    build,
    reads={**READS, "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER},
    writes=silver.IDENTITY,
    keep=ACCUMULATED,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
