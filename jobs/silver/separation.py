"""Silver separation: what is to stay apart, one row per adoption seal (stated on identifiers) and per order about two records."""

from cyplink import submit
from cyplink.delivered import last_word, typed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.tables import silver


def _record(place: int) -> str:
    return f"hash63(lower(given(source_{place})), given(controller_{place}), given(local_person_id_{place}))"


_SEALED = typed(
    "'adoption_seal'", "(select *, nhs_number_of(former_nhs_number) as former, nhs_number_of(new_nhs_number) as new from adoption_seal)",
    kind="'adoption_seal'",
    child_id="given(child_id)",
    former_nhs_number="former",
    new_nhs_number="new",
    record_id_l="null::bigint",
    record_id_r="null::bigint",
    reason="null::varchar",
    ordered_on="iso(ordered_on)",
    former_nhs_number_is_valid="given(former_nhs_number) is null or former is not null",
)
_ORDERED = typed(
    "'never_link_order'", f"(select *, {_record(1)} as one, {_record(2)} as other from never_link_order)",
    kind="'never_link'",
    child_id="null::varchar",
    former_nhs_number="null::bigint",
    new_nhs_number="null::bigint",
    record_id_l="case when one is not null and other is not null then least(one, other) end",
    record_id_r="case when one is not null and other is not null then greatest(one, other) end",
    reason="code(reason)",
    ordered_on="iso(ordered_on)",
    former_nhs_number_is_valid="true",
)
_WHOM = ", ".join(
    f"coalesce({name}::varchar, '')" for name in ("kind", "controller", "child_id", "former_nhs_number", "new_nhs_number", "record_id_l", "record_id_r")
)

SELECT = f"select *, hash63('separation', {_WHOM}) as statement_token from ({_SEALED} union all by name {_ORDERED})"
"""One row per delivered row of the two files."""

job = Job(
    None,
    selects={"objections": SELECT},
    reads={name: SOURCES["objections"].kind(name).bronze for name in ("adoption_seal", "never_link_order")},
    writes=silver.SEPARATION,
    keep=last_word("statement_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
