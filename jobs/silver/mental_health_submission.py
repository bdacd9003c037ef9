"""Silver mental_health_submission: which provider submitted which month, one row each: without it no contact means nothing."""

from cyplink import submit
from cyplink.delivered import last_word, typed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.tables import silver

SELECT = typed(
    "'header'", "header",
    period_starts_on="iso(ReportingPeriodStartDate)",
    period_ends_on="iso(ReportingPeriodEndDate)",
    data_set_version="given(DatSetVer)",
)
"""One row per delivered header row."""


job = Job(
    None,
    selects={"mhsds": SELECT},
    reads={"header": SOURCES["mhsds"].kind("header").bronze},
    writes=silver.MENTAL_HEALTH_SUBMISSION,
    keep=last_word("controller", "period"),
)

if __name__ == "__main__":
    submit.main(__file__)
