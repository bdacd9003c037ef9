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


def build(withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms, **bronze: DataFrame) -> list[DataFrame]:
    """Evidence (lib/cyplink/identity.py) from the tables of identities.READS: a row per delivered row that says who somebody is."""
    return all_evidence(bronze, withheld_nhs_number, pseudonyms)


job = Job(
    build,
    reads={**READS, "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER},
    writes=silver.IDENTITY,
    keep=ACCUMULATED,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
