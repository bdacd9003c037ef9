"""Periods of days, in SQL: `from_on` and `to_on`, both included; no `to_on` means not ended."""

FOR_EVER = "date '9000-01-01'"
"""Stands in for an end that has not come; leaves room for a day after it."""

TERM_MONTHS = {"spring": (1, 3), "summer": (4, 8), "autumn": (9, 12)}
"""First and last month that a School Census stands for: it says where a pupil was on one day of them."""


def term(census: str) -> tuple[str, str]:
    """First and last day, in SQL, of the term of a census: a column that says it as 2025-spring."""

    def month(place: int) -> str:
        whens = " ".join(f"when '{name}' then {months[place]}" for name, months in TERM_MONTHS.items())
        return f"make_date({census}[:4]::int, case split_part({census}, '-', -1) {whens} end, 1)"

    return month(0), f"last_day({month(1)})"


def merge(periods: str, *by: str, keep: str = "") -> str:
    """SELECT: one row per `by` and unbroken period: overlapping and adjoining periods, of a view or a query in brackets, become one.

    keep: aggregates, named, over the periods that became one. A period that ends before it begins is left out.
    """
    keys, until = ", ".join(by), f"coalesce(to_on, {FOR_EVER})"
    in_order = f"partition by {keys} order by from_on, {until}"
    # Of periods alike the one that begins a run comes first again: DuckDB sorts each window on its own.
    return f"""
        select {keys}, min(from_on) as from_on, case when max(until) < {FOR_EVER} then max(until) end as to_on{f", {keep}" if keep else ""}
        from (
            select *, count(*) filter (where begins_anew) over ({in_order}, begins_anew desc rows unbounded preceding) as run
            from (
                select *, {until} as until,
                    coalesce(from_on > max({until}) over ({in_order} rows between unbounded preceding and 1 preceding) + 1, true) as begins_anew
                from {periods} where {until} >= from_on))
        group by {keys}, run"""


def overlap(left: str, right: str, *by: str) -> str:
    """SELECT: where a period of `left` and one of `right` (same `by`) overlap: the days they share, other columns of both."""
    keys = ", ".join(by)
    until = f"least(coalesce(a.to_on, {FOR_EVER}), coalesce(b.to_on, {FOR_EVER}))"
    start = "greatest(a.from_on, b.from_on)"
    return f"""
        select a.* exclude (from_on, to_on), b.* exclude ({keys}, from_on, to_on), {start} as from_on,
            case when {until} < {FOR_EVER} then {until} end as to_on
        from {left} a join {right} b using ({keys})
        where {start} <= {until}"""
