"""The checks that the department a return goes to would make: what a source's `rules.py` declares.

A rule selects rows of one file of one return (source, controller, period) that break it, in DuckDB's SQL, over views named after
the file kinds. A view has the delivered columns, trimmed, null where blank, dates as DATE, integers as BIGINT and numbers as DOUBLE (null
where they are none; `<COLUMN>_given` is the text as delivered), and `source_row`. The return of the period before, where a
rule asks for it, is `last_<file kind>`. `first_day()` and `last_day()` are the period's. `$codes(set)` is the list of the codes of a
code set that were in use in the period.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cyplink.sources.calendar import in_time
from cyplink.tables.model import Severity


@dataclass(frozen=True)
class ReturnRule:
    """One published check.

    `number` is the publisher's; `query` selects the `source_row` of rows of `file_kind` that break it, `condition` is true of a row
    that does (one of the two). `reads`: the other views it needs; it is not checked where one was not delivered. `first_period` and
    `last_period`: the periods it is in force. `says` and `to_do` are what the council or provider reads.
    """

    number: str
    file_kind: str
    columns: tuple[str, ...]
    says: str
    to_do: str
    condition: str = ""
    query: str = ""
    severity: Severity = Severity.FLAG
    reads: tuple[str, ...] = ()
    first_period: str = ""
    last_period: str = ""

    def is_in_force(self, period: str) -> bool:
        return in_time(self.first_period) <= in_time(period) and (not self.last_period or in_time(period) <= in_time(self.last_period))


@dataclass(frozen=True)
class RuleTable:
    """What several rules read, worked out once for a return: a `query` over the views and tables that it `reads`."""

    name: str
    query: str
    reads: tuple[str, ...]


@dataclass(frozen=True)
class Years:
    """When a rule is in force; both ends included, none means no bound."""

    first: str = ""
    last: str = ""


ALWAYS = Years()
FLAG, QUARANTINE = Severity.FLAG, Severity.QUARANTINE


@dataclass(frozen=True)
class RulesOf:
    """Makes the rules of one file kind, so that a declaration says what differs: number, columns, words."""

    file_kind: str
    years: Years = field(default=ALWAYS)

    def row(
        self, number: str, columns: str, condition: str, says: str, to_do: str = "",
        severity: Severity = FLAG, reads: Sequence[str] = (), years: Years | None = None,
    ) -> ReturnRule:
        """A rule of one row, or of one row and what subqueries find in the views it `reads`: broken where `condition` is true."""
        within = years or self.years
        return ReturnRule(
            number, self.file_kind, tuple(columns.split()), says, to_do or f"Correct {_listed(columns)}.", condition=condition,
            severity=severity, reads=tuple(reads), first_period=within.first, last_period=within.last,
        )

    def rows(
        self, number: str, columns: str, query: str, says: str, to_do: str = "",
        severity: Severity = FLAG, reads: Sequence[str] = (), years: Years | None = None,
    ) -> ReturnRule:
        """A rule of several rows at once: broken by the rows whose `source_row` the query selects."""
        within = years or self.years
        return ReturnRule(
            number, self.file_kind, tuple(columns.split()), says, to_do or f"Correct {_listed(columns)}.", query=query,
            severity=severity, reads=tuple(reads), first_period=within.first, last_period=within.last,
        )

    def required(self, number: str, column: str, severity: Severity = FLAG, years: Years | None = None, when: str = "", says: str = "") -> ReturnRule:
        """The column must be given, always or `when` a condition holds."""
        condition = f"{column}_given is null" + (f" and ({when})" if when else "")
        return self.row(number, column, condition, says or f"{column} is blank.", f"Give {column}.", severity, years=years)

    def code(self, number: str, column: str, code_set: str, years: Years | None = None, severity: Severity = FLAG) -> ReturnRule:
        """The column, where given, must hold a code in use in the period."""
        condition = f"{column} is not null and upper({column}) not in $codes({code_set})"
        return self.row(number, column, condition, f"{column} is not one of the return's codes.", f"Give {column} as a code of the return's guidance for the year.", severity, years=years)

    def date(self, number: str, column: str, layout: str, severity: Severity = FLAG, years: Years | None = None) -> ReturnRule:
        """The column, where given, must be a date in the return's layout."""
        condition = f"{column}_given is not null and {column} is null"
        return self.row(number, column, condition, f"{column} is not a date.", f"Give {column} as {layout}.", severity, years=years)

    def number(self, number: str, column: str, least: int, most: int, years: Years | None = None) -> ReturnRule:
        """The column, where given, must be a number within bounds."""
        condition = f"{column}_given is not null and ({column} is null or {column} not between {least} and {most})"
        return self.row(number, column, condition, f"{column} is not a number from {least} to {most}.", years=years)

    def unique(self, number: str, columns: str, says: str, to_do: str = "Return it once.", severity: Severity = FLAG, years: Years | None = None) -> ReturnRule:
        """No two rows may have the same values in the columns; rows with a blank among them are left out."""
        names = columns.split()
        whole = " and ".join(f"{name} is not null" for name in names)
        query = f"select source_row from {self.file_kind} where {whole} qualify count(*) over (partition by {', '.join(names)}) > 1"
        return self.rows(number, columns, query, says, to_do, severity, years=years)

    def found_in(self, number: str, columns: str, other: str, says: str, to_do: str, other_columns: str = "", severity: Severity = FLAG, years: Years | None = None) -> ReturnRule:
        """The row's columns must be found together in the other file of the return; rows with a blank among them are left out."""
        pairs = list(zip(columns.split(), (other_columns or columns).split(), strict=True))
        same = " and ".join(f"o.{theirs} = t.{ours}" for ours, theirs in pairs)
        whole = " and ".join(f"t.{ours} is not null" for ours, _ in pairs)
        query = f"select t.source_row from {self.file_kind} t where {whole} and not exists (select 1 from {other} o where {same})"
        return self.rows(number, columns, query, says, to_do, severity, (other,), years)


def _listed(columns: str) -> str:
    names = columns.split()
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"

