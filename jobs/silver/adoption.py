"""Silver adoption: one row per council and child adopted from care."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.tables import silver

SELECT = of_children(
    "ad1",
    decided_on="british(DATE_INT)",
    matched_on="british(DATE_MATCH)",
    is_by_foster_carer="yes_or_no(FOSTER_CARE)",
    number_of_adopters="code(NB_ADOPTR)",
    sex_of_adopters="code(SEX_ADOPTR)",
    legal_status_of_adopters="code(LS_ADOPTR)",
)
"""One row per delivered ad1 row."""

job = Job(
    None,
    selects={"ssda903": SELECT},
    reads={"ad1": SOURCES["ssda903"].kind("ad1").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.ADOPTION,
    keep=last_word("record_id"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
