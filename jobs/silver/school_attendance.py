"""Silver school_attendance: one row per pupil record and census, its register codes summed by what they mean.

A census collects the term before it: the spring census the autumn term, the summer census the spring term, the autumn census the summer
term, in two halves.
"""

from collections.abc import Sequence

from cyplink import submit
from cyplink.duck import listed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.school_census.payload import ROLL_FILES, of_pupils
from cyplink.standardise.macros import meaning
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

_HALVES = ("int_number(termlysessionspossible)", "int_number(summerhalfterm2sessionspossible)")
_YEAR = "period[:4]::integer"

SELECT = of_pupils(
    FILES,
    # Of the term, both halves where it is the summer's; null where neither is given.
    about=f"case when coalesce({', '.join(_HALVES)}) is not null then coalesce({_HALVES[0]}, 0) + coalesce({_HALVES[1]}, 0) end as sessions_possible",
    # Each of the three censuses of a year collects a term of the academic year that began the year before.
    academic_year=f"({_YEAR} - 1)::varchar || '-' || lpad(({_YEAR} % 100)::varchar, 2, '0')",
    term=meaning("split_part(period, '-', -1)", TERM_BEFORE),
    sessions_possible="sessions_possible",
    attendance_code="code(attendancereason)",
    sessions="coalesce(int_number(sessions), 0)",
    attendance_code_is_known=f"coalesce(code(attendancereason) in ({listed(KNOWN)}), false)",
    sessions_are_a_number="int_number(sessions) is not null",
)
"""One row per delivered code of a pupil, with the sessions possible that the pupil's row has."""



def _sum(codes: Sequence[str]) -> str:
    return f"coalesce(sum(sessions) filter (where attendance_code in ({listed(codes)})), 0)::integer"


ADDED_UP = f"""
    select record_id, source, controller, census, academic_year, term, max(sessions_possible) as sessions_possible,
        {", ".join(f"{_sum(codes)} as {name}" for name, codes in SUMS.items())},
        max(period) as period, list_sort(list_distinct(flatten(list(broken_rules)))) as broken_rules
    from usable group by record_id, source, controller, census, academic_year, term"""
"""The codes of a pupil and census added up."""


job = Job(
    None,
    selects={"school_census": SELECT},
    reads={name: SOURCES["school_census"].kind(name).bronze for name in (*ROLL_FILES, *FILES)},
    writes=silver.SCHOOL_ATTENDANCE,
    keep=ADDED_UP,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
