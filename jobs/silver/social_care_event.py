"""Silver social_care_event: one row per council, child, kind of event and day, from Annex A lists 1 to 7.

Contacts and early help are in no other return; the others come here a year before the CIN census has them. Two contacts of one child
on one day count once. What ended an event, and whether it led on, is said for the kinds that have it.
"""

from cyplink import submit
from cyplink.delivered import last_word, record_ids, typed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.annex_a.categories import answer, label
from cyplink.sources.annex_a.evidence import day
from cyplink.tables import silver

LISTS = tuple(f"list_{number}" for number in range(1, 8))


def _events(list_name: str, kind: str, started: str, ended: str = "", category: str = "", code_set: str = "", led_on: str = "null::boolean") -> str:
    """SELECT of the rows of one list as events."""

    def given(column: str) -> str:
        return f"given({column})" if column else "null::varchar"

    return typed(
        f"'{list_name}'", list_name,
        kind=f"'{kind}'",
        child="given(child_unique_id)",
        started_on=day(started),
        ended_on=day(ended) if ended else "null::date",
        category=label(code_set, category) if category else "null::varchar",
        led_on=led_on,
        ended=given(ended),
        category_given=given(category),
    )


_LISTED = (
    _events("list_1", "contact", "date_of_contact", category="contact_source", code_set="contact_source"),
    _events("list_2", "early_help_assessment", "assessment_start_date", "assessment_completion_date"),
    _events("list_3", "referral", "date_of_referral", category="referral_source", code_set="contact_source", led_on=f"not {answer('referral_no_further_action')}"),
    _events("list_4", "assessment", "assessment_start_date", "assessment_authorisation_date", led_on=answer("requires_support")),
    _events("list_5", "section_47_enquiry", "strategy_discussion_date", "conference_date", led_on=answer("conference_led_to_plan")),
    _events("list_6", "need_episode", "cin_start_date", "cin_closure_date", category="primary_need", code_set="need"),
    _events("list_7", "protection_plan", "plan_start_date", "plan_end_date", category="latest_category_of_abuse", code_set="abuse"),
)

SELECT = f"""
    with event as ({" union all ".join(_LISTED)}), known as ({record_ids("annex_a", "event", "child")})
    select event.* exclude (child), record_id from event left join known on local_id = child"""
"""One row per delivered row of the seven lists."""

job = Job(
    None,
    selects={"annex_a": SELECT},
    reads={name: SOURCES["annex_a"].kind(name).bronze for name in LISTS},
    writes=silver.SOCIAL_CARE_EVENT,
    keep=last_word("record_id", "kind", "started_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
