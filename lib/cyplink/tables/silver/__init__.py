"""Silver: every source split in two. `identity` says who, the payload tables say what happened, keyed by record_id."""

from cyplink.tables.silver.children_in_need import (
    CHILD_IN_NEED_REFERRAL,
    SECTION_47_ENQUIRY,
    SOCIAL_CARE_ASSESSMENT,
    SOCIAL_CARE_PLAN,
)
from cyplink.tables.silver.education import SCHOOL_ENROLMENT
from cyplink.tables.silver.identity import IDENTITY, NHS_NUMBER_MERGER, RECORD_CHARACTERISTIC, WITHHELD_NHS_NUMBER
from cyplink.tables.silver.looked_after import (
    ADOPTION,
    ADOPTION_DECISION,
    CARE_LEAVER,
    DEPRIVATION_OF_LIBERTY,
    MISSING_EPISODE,
    PREVIOUS_PERMANENCE,
    SOCIAL_WORKER_EPISODE,
)
from cyplink.tables.silver.mental_health import (
    MENTAL_HEALTH_CONTACT,
    MENTAL_HEALTH_PATIENT_INDICATOR,
    MENTAL_HEALTH_REFERRAL,
    MENTAL_HEALTH_SUBMISSION,
)
from cyplink.tables.silver.primary_care import REGISTRATION
from cyplink.tables.silver.returns import RETURN_ERROR
from cyplink.tables.silver.social_care import (
    LOOKED_AFTER_ANNUAL,
    LOOKED_AFTER_EPISODE,
    LOOKED_AFTER_REVIEW,
    SOCIAL_CARE_EVENT,
    UNACCOMPANIED_CHILD,
)

__all__ = [
    "ADOPTION",
    "ADOPTION_DECISION",
    "CARE_LEAVER",
    "CHILD_IN_NEED_REFERRAL",
    "DEPRIVATION_OF_LIBERTY",
    "IDENTITY",
    "LOOKED_AFTER_ANNUAL",
    "LOOKED_AFTER_EPISODE",
    "LOOKED_AFTER_REVIEW",
    "MENTAL_HEALTH_CONTACT",
    "MENTAL_HEALTH_PATIENT_INDICATOR",
    "MENTAL_HEALTH_REFERRAL",
    "MENTAL_HEALTH_SUBMISSION",
    "MISSING_EPISODE",
    "NHS_NUMBER_MERGER",
    "PREVIOUS_PERMANENCE",
    "RECORD_CHARACTERISTIC",
    "REGISTRATION",
    "RETURN_ERROR",
    "SCHOOL_ENROLMENT",
    "SECTION_47_ENQUIRY",
    "SOCIAL_CARE_ASSESSMENT",
    "SOCIAL_CARE_EVENT",
    "SOCIAL_CARE_PLAN",
    "SOCIAL_WORKER_EPISODE",
    "UNACCOMPANIED_CHILD",
    "WITHHELD_NHS_NUMBER",
]
