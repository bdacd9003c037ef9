"""Silver objection: who opted out, objected or withdrew, one row per controller and person.

Of national opt-outs the last month's list counts, which is whole: a number no longer on it has opted in again. An objection or a
withdrawal stands until it is said to have ended, whether it is sent again or not.
"""

from cyplink import submit
from cyplink.delivered import typed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.tables import silver

NATIONAL, LOCAL, WITHDRAWN = "national_data_opt_out", "local_objection", "withdrawn"
EVERYTHING = "EVERYTHING"


def _stated(kind: str, file_kind: str, **said: str) -> str:
    nothing = {**dict.fromkeys(("upn", "local_id", "held_by"), "null::varchar"), "scope": f"'{EVERYTHING}'", "stated_on": "null::date", "ended_on": "null::date",
               "ended_on_is_a_date": "true"}  # fmt: skip
    return typed(
        f"'{file_kind}'", file_kind,
        kind=f"'{kind}'",
        nhs_number="compact_number(nhs_number)",
        **{**nothing, **said},
        nhs_number_is_valid="given(nhs_number) is null or coalesce(has_right_digit(compact_number(nhs_number)::bigint), false)",
    )


_LOCAL_ID = "given(local_person_id)"
_STATED = (
    _stated(NATIONAL, "national_data_opt_out"),
    _stated(
        LOCAL, "local_objection",
        local_id=_LOCAL_ID,
        held_by=f"case when {_LOCAL_ID} is not null then controller end",
        # Where only the controller's records are objected to and it does not say which, everything is meant: the safer reading.
        scope=f"case when {_LOCAL_ID} is null then '{EVERYTHING}' else coalesce(code(scope), '{EVERYTHING}') end",
        stated_on="iso(objected_on)",
        ended_on="iso(ended_on)",
        ended_on_is_a_date="given(ended_on) is null or iso(ended_on) is not null",
    ),
    _stated(
        WITHDRAWN, "withdrawal_request",
        upn="compact_upn(upn)",
        local_id=_LOCAL_ID,
        held_by=f"case when {_LOCAL_ID} is not null then coalesce(code(held_by), controller) end",
        stated_on="iso(withdrawn_on)",
    ),
)
_WHOM = ", ".join(f"coalesce({name}, '')" for name in ("kind", "controller", "nhs_number", "upn", "held_by", "local_id"))

SELECT = f"select *, hash63('objection', {_WHOM}) as statement_token from ({' union all by name '.join(_STATED)})"
"""One row per delivered row of the three files."""

IN_FORCE = f"""
    with listed as (select * from usable qualify kind <> '{NATIONAL}' or period = max(period) over (partition by controller, kind))
    select * from listed
    qualify row_number() over (partition by statement_token order by period desc, delivery_id desc, source_row desc) = 1"""
"""The last word on each person; of national opt-outs, those on the controller's last list."""


job = Job(
    None,
    selects={"objections": SELECT},
    reads={name: SOURCES["objections"].kind(name).bronze for name in ("national_data_opt_out", "local_objection", "withdrawal_request")},
    writes=silver.OBJECTION,
    keep=IN_FORCE,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
