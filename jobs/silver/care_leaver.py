"""Silver care_leaver: one row per council, care leaver and year."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.tables import silver

SELECT = of_children(
    "oc3",
    year="period",
    in_touch="code(IN_TOUCH)",
    activity="code(ACTIV)",
    accommodation="regexp_extract(code(ACCOM), '^([A-Z])[12]$', 1)",
    accommodation_is_suitable="case when regexp_matches(ACCOM, '[12]$') then ends_with(ACCOM, '1') end",
)
"""One row per delivered oc3 row."""

job = Job(
    None,
    selects={"ssda903": SELECT},
    reads={"oc3": SOURCES["ssda903"].kind("oc3").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.CARE_LEAVER,
    keep=last_word("record_id", "year"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
