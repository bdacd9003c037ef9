"""Silver identity: who every source says its people are, one row per source, controller and local person id.

Values accumulate over deliveries; the latest period has the last word on single values. Rows without a usable person id, and
addresses of nobody in the same delivery, are quarantined.
"""

from pyspark.sql import DataFrame

from cyplink import submit
from cyplink.identities import READS, all_evidence
from cyplink.identity import accumulate
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.tables import silver


def build(
    header: DataFrame, episodes: DataFrame, cin_child: DataFrame, schoolcensus: DataFrame, pupilonroll: DataFrame, school_addresses: DataFrame,
    ssd_person: DataFrame, ssd_address: DataFrame, pds_person: DataFrame, pds_address: DataFrame, pds_registration: DataFrame,
    mpi: DataFrame, gp: DataFrame, annex_a_list_1: DataFrame, annex_a_list_2: DataFrame, annex_a_list_3: DataFrame, annex_a_list_4: DataFrame,
    annex_a_list_5: DataFrame, annex_a_list_6: DataFrame, annex_a_list_7: DataFrame, annex_a_list_8: DataFrame, annex_a_list_9: DataFrame,
    annex_a_list_10: DataFrame, withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms,
) -> DataFrame:
    """Evidence (lib/cyplink/identity.py): a row per delivered row that says who somebody is."""
    bronze = {
        "header": header, "episodes": episodes, "cin_child": cin_child, "schoolcensus": schoolcensus, "pupilonroll": pupilonroll,
        "school_addresses": school_addresses, "ssd_person": ssd_person, "ssd_address": ssd_address, "pds_person": pds_person,
        "pds_address": pds_address, "pds_registration": pds_registration, "mpi": mpi, "gp": gp,
        "annex_a_list_1": annex_a_list_1, "annex_a_list_2": annex_a_list_2, "annex_a_list_3": annex_a_list_3, "annex_a_list_4": annex_a_list_4,
        "annex_a_list_5": annex_a_list_5, "annex_a_list_6": annex_a_list_6, "annex_a_list_7": annex_a_list_7, "annex_a_list_8": annex_a_list_8,
        "annex_a_list_9": annex_a_list_9, "annex_a_list_10": annex_a_list_10,
    }
    # Evidence has an empty broken_rules of its own, which the check would add nothing to: null and a list is null.
    return all_evidence(bronze, withheld_nhs_number, pseudonyms).drop("broken_rules")


job = Job(
    build,
    reads={**READS, "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER},
    writes=silver.IDENTITY,
    keep=accumulate,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
