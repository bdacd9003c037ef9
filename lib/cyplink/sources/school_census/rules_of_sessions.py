"""Rules of attendance, suspensions and exclusions, of pupils on the roll and leavers (rules.py says where they come from)."""

from cyplink.sources.rules import ReturnRule, RulesOf

ABSENT = "('C', 'C1', 'C2', 'E', 'G', 'H', 'I', 'J1', 'M', 'N', 'O', 'R', 'S', 'T', 'U')"
LEAVE = "('C', 'C1', 'C2', 'E', 'H', 'I', 'J1', 'M', 'R', 'S', 'T')"
AUGUST = "make_date(year(last_day()) - 1, 8, 31)"
"""31 August before the academic year whose sessions are collected: each of a calendar year's three censuses collects that year's."""

COLLECTED = f"dob + interval 4 year <= {AUGUST} and dob + interval 16 year > {AUGUST} and coalesce(boarder, 'N') = 'N'"
"""Attendance is collected of pupils of 4 to 15 who do not board."""


def _of_attendance(roll: str, pupil_file: str, sessions: str, possible: str, numbers: tuple[str, ...]) -> tuple[ReturnRule, ...]:
    """Rules of the register codes of one part of the year; `numbers`: code, count, count without code, twice, possible, missed."""
    kind, row_id = f"{sessions}{roll}", f"{pupil_file}tableid"
    codes, pupils = RulesOf(kind), RulesOf(pupil_file)
    sums = f"select d.{row_id}, sum(d.sessions) as n from {kind} d where upper(d.attendancereason) in {{codes}} group by all"
    missed = f"select p.source_row from {pupil_file} p join ({sums.format(codes=ABSENT)}) s on s.{row_id} = p.{row_id} where s.n > p.{possible}"
    leave = f"select p.source_row from {pupil_file} p join ({sums.format(codes=LEAVE)}) s on s.{row_id} = p.{row_id} where p.{possible} > 0 and s.n > 0.3 * p.{possible}"
    code, count, without, twice, sessions_possible, too_many = numbers
    found = [
        codes.code(code, "attendancereason", "attendance"),
        codes.row(count, "sessions", "attendancereason is not null and (sessions is null or sessions <= 0)", "A register code has no sessions."),
        codes.row(without, "attendancereason", "sessions is not null and attendancereason is null", "Sessions have no register code."),
        codes.unique(twice, f"{row_id} attendancereason", "A register code is given twice of one pupil."),
        pupils.rows(too_many, possible, missed, "More sessions were missed than were possible.", reads=[kind]),
    ]
    in_term = "month(last_day()) = 10" if sessions.startswith("summer") else "true"
    found.append(pupils.row(sessions_possible, possible, f"({COLLECTED} and {in_term} and {possible} is null) or {possible} < 0", "The sessions possible are blank."))
    if possible == "termlysessionspossible":
        found.append(pupils.rows("2560", possible, leave, "More than three tenths of the sessions were missed with leave.", "Check the register.", reads=[kind]))
    return tuple(found)


def _of_exclusions(roll: str, pupil_file: str) -> tuple[ReturnRule, ...]:
    kind, row_id = f"termlyexclusions{roll}", f"{pupil_file}tableid"
    out = RulesOf(kind)
    return (
        out.row("2270", "startdate senprovision category", "startdate is null or senprovision is null or category is null", "The first day, provision or category of an exclusion is blank."),
        out.code("2275", "category", "exclusion_category"),
        out.row("2280", "reason1", "category is not null and coalesce(reason1, reason2, reason3) is null", "An exclusion has no reason."),
        *(out.code("2280", f"reason{place}", "exclusion_reason") for place in (1, 2, 3)),
        out.rows("2285", "category", f"select source_row from {kind} where category = 'PERM' qualify count(*) over (partition by {row_id}) > 1", "A pupil was permanently excluded twice."),
        out.row("2300", "sessions category", "category in ('SUSP', 'FIXD', 'LNCH') and sessions is null", "A suspension has no number of sessions."),
        out.code("2310", "senprovision", "sen_provision"),
        out.row("2320", "sessions", "sessions > 90", "A suspension is of more than 90 sessions.", "Check the number."),
        out.row("2330", "sessions category", "category = 'PERM' and sessions is not null", "A permanent exclusion has a number of sessions."),
    )


_ON, _OFF = RulesOf("termlyexclusionsonroll"), RulesOf("termlyexclusionsoffroll")
TERM = ("2475", "2480", "2490", "2505")
HALF_TERM = ("2572", "2573", "2574", "2577")
RULES_OF_SESSIONS: tuple[ReturnRule, ...] = (
    *_of_attendance("onroll", "pupilonroll", "termlysessiondetails", "termlysessionspossible", (*TERM, "2500", "2530")),
    *_of_attendance("offroll", "pupilnolongeronroll", "termlysessiondetails", "termlysessionspossible", (*TERM, "2510", "2530")),
    *_of_attendance("onroll", "pupilonroll", "summerhalfterm2sessiondetails", "summerhalfterm2sessionspossible", (*HALF_TERM, "2575", "2582")),
    *_of_attendance("offroll", "pupilnolongeronroll", "summerhalfterm2sessiondetails", "summerhalfterm2sessionspossible", (*HALF_TERM, "2579", "2582")),
    *_of_exclusions("onroll", "pupilonroll"),
    *_of_exclusions("offroll", "pupilnolongeronroll"),
    _OFF.row("2303", "startdate", "startdate > (select min(p.leavingdate) from pupilnolongeronroll p where p.pupilnolongeronrolltableid = termlyexclusionsoffroll.pupilnolongeronrolltableid)",
             "An exclusion starts after the pupil left.", reads=["pupilnolongeronroll"]),
    _ON.row("2335", "category", "category = 'PERM'", "A pupil still on the roll was permanently excluded.", "Return the pupil as no longer on the roll."),
)
