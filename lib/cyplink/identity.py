"""Evidence of identity: what one delivered row says of who a person is, and how such rows add up to one record.

Every source turns its rows into EVIDENCE (lib/cyplink/sources/<source>/evidence.py); here they accumulate over files and
deliveries. The latest period wins for single values, ties broken by delivery and row, so that the order of arrival decides nothing.
"""

from collections.abc import Mapping, Sequence
from itertools import chain

from pyspark.sql.types import BooleanType, DataType, DateType, IntegerType, LongType, StringType

from cyplink.delivered import IN_TIME
from cyplink.standardise import dates, names
from cyplink.tables.model import BROKEN_RULES, duckdb_type

NAMES: Mapping[str, tuple[str, ...]] = {
    names.FORENAME: ("forename", "middle_names", "other_forename", "another_forename"),
    names.SURNAME: ("surname", "other_surname", "another_surname"),
}
"""Columns of names as delivered, by part: the main one first. Middle names count among the forenames; the others are alternates."""

SINGLE: Mapping[str, DataType] = {
    "alternative_local_id": StringType(),
    "date_of_birth": DateType(), "date_of_death": DateType(), "sex": StringType(), "nhs_number": LongType(),
    "nhs_number_status": StringType(), "upn": StringType(), "school": StringType(), "practice": StringType(),
    "ethnicity_as_delivered": StringType(), "multiple_birth_id": StringType(), "multiple_birth_order": IntegerType(),
}
"""Columns of which a record has the latest."""

UPNS = ("upn", "temporary_upn", "former_upn")
"""Columns of UPNs with a right check letter: a record has the latest permanent one, and all there are."""

OTHER: Mapping[str, DataType] = {
    **dict.fromkeys((*chain(*NAMES.values()), *UPNS[1:]), StringType()),
    "local_id": StringType(), "postcode": StringType(), "postcode_from_on": DateType(), "postcode_to_on": DateType(), "uprn": LongType(),
    "main_registration": StringType(), "is_placeholder_name": BooleanType(), "is_named": BooleanType(), "is_withheld": BooleanType(),
    "person_is_delivered": BooleanType(), "date_of_birth_is_a_date": BooleanType(), "nhs_number_is_valid": BooleanType(),
    "nhs_number_is_own": BooleanType(), "upn_is_valid": BooleanType(),
}

LINEAGE = ("controller", "period", "delivery_id", "source_row")

LINKAGE_COLUMNS = (
    "alternative_local_id", "forename", "middle_names", "surname", "forenames", "surnames", "date_of_birth", "date_of_birth_quality", "sex",
    "postcode", "postcodes", "dated_postcodes", "uprns", "nhs_number", "nhs_number_status", "upn", "upns", "school", "practice",
    "main_registrations", "multiple_birth_id", "multiple_birth_order", "is_named",
)
"""What record_version is a hash of."""


def evidence(file_kind: str, rows: str, **said: str) -> str:
    """SELECT of rows in the shape of evidence: lineage, `file_kind` (SQL of its name, or of the column that has it), and what they say, each in
    SQL, names as delivered. `rows` is what follows FROM. What a file says nothing of is no column of its evidence."""
    shape = {**SINGLE, **OTHER}
    assert set(said) <= set(shape), set(said) - set(shape)
    columns = ", ".join(f"cast({said[name]} as {duckdb_type(kind)}) as {name}" for name, kind in shape.items() if name in said)
    return f"select {file_kind} as file_kind, {', '.join(LINEAGE)}, {columns} from {rows}"


WHOLE = evidence("''", f"(select {', '.join(f'null::varchar as {name}' for name in LINEAGE[:-1])}, null::bigint as source_row) where false", **dict.fromkeys((name for name in (*SINGLE, *OTHER) if name != "is_placeholder_name"), "null"))
"""SELECT of no row with every column of evidence, for a union by name: what a source says nothing of is asked for too."""


def of_records(source: str, *evidence: str, given: str = "") -> str:
    """SELECT of all evidence of a source with `record_id`, the hash of which is worked out once a person. `given`: common tables before."""
    return f"""
        with {f"{given}," if given else ""} said as ({" union all by name ".join(f"({one})" for one in (WHOLE, *evidence))}),
        known as (
            select controller, local_id, hash63('{source}', controller, local_id) as record_id
            from (select distinct controller, local_id from said where local_id is not null))
        select said.*, record_id from said left join known using (controller, local_id)"""


def withheld_among(number: str, rows: str) -> str:
    """SELECT of those NHS numbers, as delivered, of `rows` (what follows FROM) that may not be used (silver.withheld_nhs_number): `number`. Each
    is hashed once, however it is spaced: a protected person's number written 3-3-4 must meet the same token."""
    return f"""
        select number from (
            select distinct {number} as number, nullif(regexp_replace({number}, '[\\s\\p{{Z}}-]', '', 'g'), '') as digits from {rows} where {number} is not null)
        where nhs_number_token(digits) in (select nhs_number_token from withheld_nhs_number)"""


PUPIL = """given({establishment}) || '/' || coalesce(code({upn}), '?' || hex(hash63('pupil', case when given({upn}) is null then
    coalesce(code({forename}), '') || '|' || coalesce(code({surname}), '') || '|' || coalesce({born_on}::varchar, '') end)))"""
"""SQL of a pupil's local id: `<estab>/<UPN>`; without a UPN `<estab>/?` and a keyed hash of FORENAME|SURNAME|yyyy-mm-dd as delivered, in upper case."""


def _known_names(part: str) -> str:
    """Every name of the part as delivered, and what it is: looked at once, for the same names come again and again."""
    delivered = " union ".join(f"select {column} as delivered from usable where {column} is not null" for column in NAMES[part])
    return f"""
        select delivered, is_placeholder, case when not is_placeholder then cleaned end as name, {names.first("name")} as first, {names.rest("name")} as rest,
            list_append(coalesce({names.parts("name")}, []), name) as every
        from (select *, {names.is_placeholder("cleaned", part)} as is_placeholder
            from (select delivered, {names.cleaned("delivered")} as cleaned from ({delivered})))"""


def _all_of(columns: Sequence[str]) -> str:
    """SELECT of `record_id` and each value that it has in one of the columns, once."""
    return " union ".join(f"select distinct record_id, {column} as one from usable where {column} is not null" for column in columns)


def _gathered(name: str, distinct: str) -> str:
    """SELECT of `record_id` and the list `name`, sorted, of every `one` of a SELECT that gives each of a record's but once: a list made for every
    row, and lists put together, would cost more than all else."""
    return f"select record_id, list_sort(list(one)) as {name} from ({distinct}) group by record_id"


def _every_name(part: str) -> str:
    """Names and parts of names: a placeholder is none."""
    said = f"({_all_of(NAMES[part])}) join {part}_known on one = delivered"
    return f"select distinct record_id, unnest(every) as one from (select record_id, every from {said} where name is not null)"


_DATED_POSTCODES = """
    select distinct record_id, {'postcode': postcode, 'from_on': postcode_from_on, 'to_on': postcode_to_on} as one from usable where postcode is not null"""

_LISTS: Mapping[str, str] = {
    "forenames": _every_name(names.FORENAME), "surnames": _every_name(names.SURNAME), "upns": _all_of(UPNS),
    "dated_postcodes": _DATED_POSTCODES, "postcodes": _all_of(["postcode"]), "uprns": _all_of(["uprn"]), "main_registrations": _all_of(["main_registration"]),
    BROKEN_RULES.name: f"select distinct record_id, unnest({BROKEN_RULES.name}) as one from usable where len({BROKEN_RULES.name}) > 0",
}
"""Columns that list all a record has, and the SELECT of `record_id` and each of them."""

_NAMED = f"""
    select usable.* replace (known_forename.first as forename, nullif(concat_ws(' ', known_forename.rest, known_middle_names.name), '') as middle_names, known_surname.name as surname),
        coalesce(known_forename.is_placeholder, false) as is_placeholder_name,
        concat_ws('|', {IN_TIME}, delivery_id, file_kind, lpad(source_row::varchar, 12, '0')) as stated
    from usable
        {" ".join(
            f"left join {part}_known known_{column} on usable.{column} = known_{column}.delivered"
            for part, column in ((names.FORENAME, "forename"), (names.FORENAME, "middle_names"), (names.SURNAME, "surname"))
        )}"""

_FOLDED = f"""
    select record_id, any_value(source) as source, any_value(controller) as controller, local_id,
        {", ".join(f"arg_max({name}, stated) filter (where {name} is not null) as {name}" for name in ("forename", "middle_names", "surname", *SINGLE))},
        arg_max(postcode, (postcode_to_on is null)::int || coalesce(strftime(postcode_from_on, '%Y%m%d'), '00000000') || stated || postcode)
            filter (where postcode is not null) as postcode,
        bool_or(is_placeholder_name) as is_placeholder_name,
        coalesce(bool_or(is_named), false) as is_named,
        arg_min(period, {IN_TIME}) as first_period, arg_max(period, {IN_TIME}) as last_period
    from named
    group by record_id, local_id"""

# As JSON, which names the columns: a hash of the values alone passes over nulls, so that a name moved to another changes nothing.
_SAID = ", ".join(f"'{name}': {name}" for name in LINKAGE_COLUMNS)

ACCUMULATED = f"""
    with {", ".join(f"{part}_known as materialized ({_known_names(part)})" for part in NAMES)},
    named as ({_NAMED}),
    folded as ({_FOLDED}),
    {", ".join(f"of_{name} as ({_gathered(name, distinct)})" for name, distinct in _LISTS.items())},
    complete as (
        select folded.*, {", ".join(f"coalesce({name}, []) as {name}" for name in _LISTS)}, {dates.BIRTH_DATE_QUALITY} as date_of_birth_quality
        from folded {" ".join(f"left join of_{name} using (record_id)" for name in _LISTS)})
    select *, (md5_number_lower(to_json({{{_SAID}}})::varchar) & {(1 << 63) - 1}::ubigint)::bigint as record_version from complete"""
"""Evidence with `record_id` to one row per record, in the shape of silver.identity (and `ethnicity_as_delivered`). SQL over `usable`
(see settling.settle)."""
