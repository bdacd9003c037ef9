"""Silver withheld_nhs_number: the numbers nothing may be made of, as keyed tokens, with the reason: marked confidential on PDS or by the
practice (s_flag), opted out nationally, objected, withdrawn.

A person's other numbers are withheld too, through every merger in between, so that an old number elsewhere, or the new one where
the opt-out was under the old, is met at the door as well.
"""

from cyplink import submit
from cyplink.selected import selected
from cyplink.sources import SOURCES
from cyplink.sources.gp_events.evidence import IS_FLAGGED
from cyplink.tables import silver

CONFIDENTIAL = "code(confidentiality_code) in ('S', 'Y')"
"""SQL over our PDS layout: S sensitive (adoption, protection), Y confidential."""

_WHY = "source, controller, period, reason"


def _numbers(rows: str, source: str, reason: str) -> str:
    return f"select compact_number(nhs_number) as nhs_number, '{source}' as source, controller, period, '{reason}' as reason from {rows}"


# An objection to one controller's records names them by its own id (silver.withheld_record); the number stays usable elsewhere.
_STATED = f"""
    {_numbers(f"person where {CONFIDENTIAL}", "pds", "confidential_on_pds")}
    union all {_numbers(f"confidentiality where given(effective_to) is null and {CONFIDENTIAL}", "pds", "confidential_on_pds")}
    union all {_numbers(f"patient where {IS_FLAGGED}", "gp_events", "flagged_by_practice")}
    union all select nhs_number, source, controller, period, kind from objection where ended_on is null and scope <> 'OWN_RECORDS'"""

SELECT = f"""
    with recursive
    merged as (
        select compact_number(superseded_nhs_number) as one, compact_number(current_nhs_number) as other from merger),
    either_way as (
        select one, other from merged where one is not null and other is not null
        union select other, one from merged where one is not null and other is not null),
    withheld as (
        select nhs_number, {_WHY} from ({_STATED}) where nhs_number is not null
        union select other, {_WHY} from withheld join either_way on nhs_number = one)
    select nhs_number_token(nhs_number) as nhs_number_token, reason, min(source) as source, min(controller) as controller, max(period) as period
    from (select distinct nhs_number, {_WHY} from withheld) group by all"""
"""One row per withheld number and reason."""

# Every health table reads it: that it is left alone when a new list says the same keeps them from being made again.
job = selected(
    SELECT,
    reads={
        "person": SOURCES["pds"].kind("person").bronze,
        "confidentiality": SOURCES["pds"].kind("confidentiality").bronze,
        "merger": SOURCES["pds"].kind("merger").bronze,
        "patient": SOURCES["gp_events"].kind("patient").bronze,
        "objection": silver.OBJECTION,
    },
    writes=silver.WITHHELD_NHS_NUMBER,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
