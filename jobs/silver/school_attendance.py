"""Silver school_attendance: one row per pupil record and census, its register codes summed by what they mean.

A census collects the term before it: the spring census the autumn term, the summer census the spring term, the autumn census the summer
term, in two halves.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.school_census.identity import pupils
from cyplink.sources.school_census.payload import of_pupils
from cyplink.standardise.codelists import mapped
from cyplink.standardise.texts import code, whole_number
from cyplink.tables import silver

FILES = tuple(f"{part}sessiondetails{roll}" for part in ("termly", "summerhalfterm2") for roll in ("onroll", "offroll"))
TERM_BEFORE = {"spring": "autumn", "summer": "spring", "autumn": "summer"}
AUTHORISED = ("C", "C1", "C2", "E", "H", "I", "J1", "M", "R", "S", "T")
SUMS = {
    "sessions_attended": ("/", "\\", "L", "B", "K", "P", "V", "W", "J"),
    "sessions_authorised": AUTHORISED,
    "sessions_unauthorised": ("G", "N", "O", "U"),
    "sessions_ill": ("I",),
    "sessions_medical": ("M",),
    "sessions_suspended": ("E",),
    "sessions_part_time_timetable": ("C2",),
    "sessions_holiday": ("H", "G"),
    "sessions_late": ("U",),
    "sessions_not_required": ("D", "Q", "X", "Y", *(f"Y{n}" for n in range(1, 8)), "Z", "#"),
}
KNOWN = sorted({code for codes in SUMS.values() for code in codes})


def build(
    pupilonroll: DataFrame, pupilnolongeronroll: DataFrame, schoolcensus: DataFrame, pseudonyms: Pseudonyms,
    termlysessiondetailsonroll: DataFrame, termlysessiondetailsoffroll: DataFrame,
    summerhalfterm2sessiondetailsonroll: DataFrame, summerhalfterm2sessiondetailsoffroll: DataFrame,
) -> DataFrame:
    """One row per delivered code of a pupil, with the sessions possible that the pupil's row has."""
    details = (termlysessiondetailsonroll, termlysessiondetailsoffroll, summerhalfterm2sessiondetailsonroll, summerhalfterm2sessiondetailsoffroll)
    rows = pupils(pupilonroll, pupilnolongeronroll, schoolcensus, pseudonyms).withColumns({"sessions_possible": _sessions_possible()})
    year, term = F.substring("period", 1, 4).cast("int"), F.substring_index("period", "-", -1)
    began = year - 1  # each of the three censuses of a year collects a term of the academic year that began the year before
    return of_pupils(
        dict(zip(FILES, details, strict=True)), rows, pseudonyms, ("sessions_possible",),
        academic_year=F.concat_ws("-", began.cast("string"), F.lpad((year % 100).cast("string"), 2, "0")),
        term=mapped(term, TERM_BEFORE),
        sessions_possible=F.col("sessions_possible"),
        attendance_code=code(F.col("attendancereason")),
        sessions=F.coalesce(whole_number(F.col("sessions")), F.lit(0)),
        attendance_code_is_known=F.coalesce(code(F.col("attendancereason")).isin(KNOWN), F.lit(False)),
        sessions_are_a_number=whole_number(F.col("sessions")).isNotNull(),
    )


def _sessions_possible() -> Column:
    """Of the term, both halves where it is the summer's; null where neither is given."""
    parts = [whole_number(F.col(name)) for name in ("termlysessionspossible", "summerhalfterm2sessionspossible")]
    return F.when(parts[0].isNotNull() | parts[1].isNotNull(), F.coalesce(parts[0], F.lit(0)) + F.coalesce(parts[1], F.lit(0))).cast("int")


def _sum(codes: Sequence[str]) -> str:
    listed = ", ".join(f"'{one}'" for one in codes)
    return f"coalesce(sum(sessions) filter (where attendance_code in ({listed})), 0)::integer"


ADDED_UP = f"""
    select record_id, source, controller, census, academic_year, term, max(sessions_possible) as sessions_possible,
        {", ".join(f"{_sum(codes)} as {name}" for name, codes in SUMS.items())},
        max(period) as period, list_sort(list_distinct(flatten(list(broken_rules)))) as broken_rules
    from usable group by record_id, source, controller, census, academic_year, term"""
"""The codes of a pupil and census added up."""


job = Job(
    build,
    reads={name: SOURCES["school_census"].kind(name).bronze for name in ("pupilonroll", "pupilnolongeronroll", "schoolcensus", *FILES)},
    writes=silver.SCHOOL_ATTENDANCE,
    keep=ADDED_UP,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
