"""Silver identity: who every source says its people are, one row per source, controller and local person id.

Values accumulate over deliveries; the latest period has the last word on single values. Rows without a usable person id, and
addresses of nobody in the same delivery, are quarantined.
"""

from cyplink import submit
from cyplink.identities import EVIDENCE, READS
from cyplink.identity import ACCUMULATED
from cyplink.job import Job
from cyplink.tables import silver

job = Job(
    None,
    selects=EVIDENCE,
    reads={**READS, "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER},
    writes=silver.IDENTITY,
    keep=ACCUMULATED,
    apart="record_id",
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
