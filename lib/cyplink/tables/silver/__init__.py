"""Silver: every source split in two. `identity` says who, the payload tables say what happened, keyed by record_id."""

from cyplink.tables.silver.community import COMMUNITY_CONTACT, COMMUNITY_FINDING, COMMUNITY_REFERRAL
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
from cyplink.tables.silver.mental_health_care import (
    MENTAL_HEALTH_ACT_PERIOD,
    MENTAL_HEALTH_DIAGNOSIS,
    MENTAL_HEALTH_SCORE,
    MENTAL_HEALTH_SPELL,
)
from cyplink.tables.silver.objections import OBJECTION, SEPARATION, WITHHELD_RECORD
from cyplink.tables.silver.primary_care import PRIMARY_CARE_EVENT, REGISTRATION
from cyplink.tables.silver.returns import RETURN_ERROR
from cyplink.tables.silver.secondary_care import (
    BIRTH,
    EMERGENCY_ATTENDANCE,
    HOSPITAL_SPELL,
    OUTPATIENT_APPOINTMENT,
)
from cyplink.tables.silver.social_care import (
    LOOKED_AFTER_ANNUAL,
    LOOKED_AFTER_EPISODE,
    LOOKED_AFTER_REVIEW,
    UNACCOMPANIED_CHILD,
)

__all__ = [
    "ADOPTION",
    "ADOPTION_DECISION",
    "BIRTH",
    "CARE_LEAVER",
    "COMMUNITY_CONTACT",
    "COMMUNITY_FINDING",
    "COMMUNITY_REFERRAL",
    "DEPRIVATION_OF_LIBERTY",
    "EMERGENCY_ATTENDANCE",
    "HOSPITAL_SPELL",
    "IDENTITY",
    "LOOKED_AFTER_ANNUAL",
    "LOOKED_AFTER_EPISODE",
    "LOOKED_AFTER_REVIEW",
    "MENTAL_HEALTH_ACT_PERIOD",
    "MENTAL_HEALTH_CONTACT",
    "MENTAL_HEALTH_DIAGNOSIS",
    "MENTAL_HEALTH_PATIENT_INDICATOR",
    "MENTAL_HEALTH_REFERRAL",
    "MENTAL_HEALTH_SCORE",
    "MENTAL_HEALTH_SPELL",
    "MENTAL_HEALTH_SUBMISSION",
    "MISSING_EPISODE",
    "NHS_NUMBER_MERGER",
    "OBJECTION",
    "OUTPATIENT_APPOINTMENT",
    "PREVIOUS_PERMANENCE",
    "PRIMARY_CARE_EVENT",
    "RECORD_CHARACTERISTIC",
    "REGISTRATION",
    "RETURN_ERROR",
    "SCHOOL_ENROLMENT",
    "SEPARATION",
    "SOCIAL_WORKER_EPISODE",
    "UNACCOMPANIED_CHILD",
    "WITHHELD_NHS_NUMBER",
    "WITHHELD_RECORD",
]
