"""Silver identity: who every source says its people are, one row per source, controller and local person id; and record_characteristic, what gold
may say of the same records' people without identifying them.

Values accumulate over deliveries; the latest period has the last word on single values. Rows without a usable person id, and
addresses of nobody in the same delivery, are quarantined. Birth and death are cut to the month; ethnicity is the latest code the source
gave, and its NHS 2001 category. PDS gives none.
"""

from cyplink import submit
from cyplink.identities import EVIDENCE, READS
from cyplink.identity import ACCUMULATED
from cyplink.job import Job
from cyplink.tables import silver

CHARACTERISTICS = """
    select record_id, source, controller, sex, strftime(date_of_birth, '%Y-%m') as birth_month, strftime(date_of_death, '%Y-%m') as death_month,
        ethnicity_as_delivered, nhs_category(ethnicity_as_delivered) as ethnic_category, last_period as period
    from kept"""

job = Job(
    None,
    selects=EVIDENCE,
    reads={**READS, "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER},
    writes=silver.IDENTITY,
    keep=ACCUMULATED,
    apart="record_id",
    beside=(silver.RECORD_CHARACTERISTIC, CHARACTERISTICS),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
