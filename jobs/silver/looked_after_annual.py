"""Silver looked_after_annual: outcomes (OC2) of children looked after for twelve months at 31 March, one row per child and year."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.tables import silver

ANSWERS = {
    "was_convicted": "CONVICTED", "had_health_check": "HEALTH_CHECK", "immunisations_up_to_date": "IMMUNISATIONS",
    "had_teeth_check": "TEETH_CHECK", "had_health_assessment": "HEALTH_ASSESSMENT", "has_substance_misuse": "SUBSTANCE_MISUSE",
    "received_intervention": "INTERVENTION_RECEIVED", "was_offered_intervention": "INTERVENTION_OFFERED",
}

SELECT = of_children(
    "oc2",
    year="period",
    sdq_score="int_number(SDQ_SCORE)",
    sdq_reason="code(SDQ_REASON)",
    sdq_score_is_a_number="given(SDQ_SCORE) is null or int_number(SDQ_SCORE) is not null",
    answers_are_yes_or_no=" and ".join(f"(given({column}) is null or yes_or_no({column}) is not null)" for column in ANSWERS.values()),
    **{name: f"yes_or_no({column})" for name, column in ANSWERS.items()},
)
"""One row per delivered OC2 row."""

job = Job(
    None,
    selects={"ssda903": SELECT},
    reads={"oc2": SOURCES["ssda903"].kind("oc2").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.LOOKED_AFTER_ANNUAL,
    keep=last_word("record_id", "year"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
