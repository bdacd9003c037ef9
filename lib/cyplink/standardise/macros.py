"""The standardisations of this package as macros of DuckDB's SQL, for the tables that are made by a SELECT."""

import duckdb

from cyplink.duck import literal
from cyplink.standardise import codelists, dates, ethnicity, postcodes, sex, upns
from cyplink.standardise.texts import BLANKS, LARGEST_INT

_BLANKS = " || ".join(f"chr({ord(blank)})" for blank in BLANKS)


_MONTHS = {name: f"{place:02}" for place, name in enumerate(["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1)}


def meaning(expression: str, meanings: dict[str, str]) -> str:
    """SQL: the meaning of each code; null where the code has none. The expression is worked out once: DuckDB writes it out for every WHEN."""
    said = " ".join(f"when {literal(code)} then {literal(what)}" for code, what in sorted(meanings.items()))
    return f"(select case meant {said} end from (select {expression} as meant))"


def _not_a_home() -> str:
    """SQL of whether the compact postcode `p` is nobody's home."""
    listed = "|".join(f"{row['postcode']}{'$' if row['match'] == 'whole' else ''}" for row in codelists.read("postcodes_not_a_home"))
    return f"regexp_matches(p, {literal(f'^(?:{listed})')})" if listed else "false"  # a pattern of nothing fits everything


_DIGITS_OF_NUMBER = " + ".join(f"(number // {10 ** (9 - place)} % 10) * {10 - place}" for place in range(10))
_PLACES_OF_UPN = " + ".join(f"try_cast(upn[{place}] as integer) * {place}" for place in range(2, 13))


def macros() -> dict[str, str]:
    """SQL by `name(parameters)`."""
    return {
        # Most values have no blank at either end, which is quickly seen. No subquery: planning many of them costs more than a few rows do.
        "given(value)": f"case when value[1] between '!' and '~' and value[-1] between '!' and '~' then value else nullif(trim(value, {_BLANKS}), '') end",
        "code(value)": "upper(given(value))",
        "whole_number(value, largest)": """
            (select case when n <= largest then n end from (select try_cast(regexp_extract(given(value), '^(\\d{1,18})(\\.0*)?$', 1) as bigint) as n))""",
        "int_number(value)": f"whole_number(value, {LARGEST_INT})",
        "yes_or_no(value)": "case when code(value) in ('1', 'TRUE', 'Y', 'YES', '1.0') then true when code(value) in ('0', 'FALSE', 'N', 'NO', '0.0') then false end",
        # Most are plain dates.
        "iso(value)": f"try_cast(case when regexp_full_match(value, '{dates.YEAR}-\\d{{2}}-\\d{{2}}') then value else regexp_extract(given(value), {literal(dates.ISO)}, 1) end as date)",
        "british(value)": f"try_cast(regexp_replace(given(value), {literal(dates.BRITISH)}, '\\3-\\2-\\1') as date)",
        "collect_date(value)": f"""(select try_cast(d[:5] || {meaning("upper(d[6:8])", _MONTHS)} || d[9:] as date)
            from (select regexp_extract(given(value), {literal(dates.COLLECT)}, 1) as d))""",
        "partial_date(value)": """(select case when t like 'zz/zz/%' then british('31/12/' || t[7:]) when t like 'zz/%' then last_day(british('01/' || t[4:])) else british(v) end
            from (select lower(given(value)) as t, value as v))""",
        # Months as Spark counts them: whole between equal days of the month or last days, else by days of a month of 31.
        "full_years(since, until)": """(select floor((
            (year(b) - year(a)) * 12 + month(b) - month(a)
            + case when day(a) = day(b) or (a = last_day(a) and b = last_day(b)) then 0 else (day(b) - day(a)) / 31 end) / 12)::integer
            from (select since as a, until as b))""",
        "sex_of(value)": meaning("code(value)", sex.MEANINGS),
        "compact_postcode(value)": f"(select case when regexp_matches(p, '^{postcodes.SHAPE}$') then p end from (select upper(regexp_replace(value, '[^A-Za-z0-9]', '', 'g')) as p))",
        "home_postcode(value)": f"(select case when regexp_matches(p, '^{postcodes.SHAPE}$') and not {_not_a_home()} then p end from (select upper(regexp_replace(value, '[^A-Za-z0-9]', '', 'g')) as p))",
        "postcode_district(value)": "regexp_extract(home_postcode(value), '^(.+)...$', 1)",
        "compact_number(value)": "(select case when regexp_full_match(t, '[0-9]{10}') then t end from (select regexp_replace(value, '[\\s\\p{Z}-]', '', 'g') as t))",
        "has_right_digit(number)": f"({_DIGITS_OF_NUMBER}) % 11 = 0",
        "right_number(number)": "case when has_right_digit(number) and number % 1111111111 <> 0 then number end",
        "nhs_number_of(value)": "(select right_number(n) from (select try_cast(compact_number(value) as bigint) as n))",
        "compact_upn(value)": f"(select case when regexp_matches(t, {literal(upns.SHAPE)}) then t end from (select regexp_replace(code(value), '[\\s\\p{{Z}}]', '', 'g') as t))",
        "right_upn(upn)": f"""case when substr('{upns.LETTERS}', ((coalesce(try_cast(upn[13] as integer), instr('{upns.LETTERS}', upn[13]) - 1) * 13 + {_PLACES_OF_UPN}) % {len(upns.LETTERS)})::bigint + 1, 1) = upn[1] then upn end""",
        "upn_of(value)": "(select right_upn(u) from (select compact_upn(value) as u))",
        "is_permanent(upn)": "regexp_matches(upn, '[0-9]$')",
        "nhs_category(value)": meaning("code(value)", ethnicity.column_of("nhs")),
    }


def open_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the connection every macro."""
    for name, sql in macros().items():
        connection.execute(f"create temp macro {name} as {sql}")
