"""Silver mental_health_score: scores of assessments, of a referral (MHS606) or of an activity in a contact (MHS607), each once over months."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.identity import patients
from cyplink.sources.mhsds.payload import TOOLS, contact_token, contacts, last_said, of_referrals, or_blank, referrals
from cyplink.standardise import codelists, dates
from cyplink.standardise.texts import given
from cyplink.tables import silver


def build(
    referral_score: DataFrame, activity_score: DataFrame, care_activity: DataFrame, care_contact: DataFrame, referral: DataFrame, mpi: DataFrame,
    withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per delivered row."""
    whose = referrals(referral, patients(is_withheld(F.col("NHSNumber"), mpi, withheld_nhs_number, pseudonyms)))
    of_referral = of_referrals(
        referral_score, whose, "referral_score", pseudonyms,
        score_token=pseudonyms.hash63(F.lit("mhsds_referral_score"), "controller", *or_blank("ServiceRequestID", "CodedAssToolType", "AssToolCompTimestamp", "PersScore")),
        assessed=F.lit("referral"), assessed_on=dates.iso(F.col("AssToolCompTimestamp")), **score(),
    )
    activities = care_activity.groupBy("controller", "CareActID").agg(last_said(F.col("CareContactID")).alias("CareContactID"))
    of_contact = activities.join(contacts(care_contact), ["controller", "CareContactID"], how="left")
    of_activity = of_referrals(
        activity_score.join(of_contact, ["controller", "CareActID"], how="left"), whose, "activity_score", pseudonyms,
        score_token=pseudonyms.hash63(F.lit("mhsds_activity_score"), "controller", *or_blank("CareActID", "CodedAssToolType", "PersScore")),
        assessed=F.lit("activity"), assessed_on=F.col("contact_on"), contact_token=contact_token(pseudonyms), **score(),
    )
    return of_activity.unionByName(of_referral, allowMissingColumns=True)


def score() -> dict[str, Column]:
    """The tool, whose scale a code stands for, who rated, and the score as a number."""
    tool, given_score = given(F.col("CodedAssToolType")), given(F.col("PersScore"))
    number = given_score.try_cast("double")
    return {
        "tool_code": tool,
        "tool": codelists.mapped(tool, {of: name for of, (name, _) in TOOLS.items()}),
        "rater": codelists.mapped(tool, {of: rater for of, (_, rater) in TOOLS.items()}),
        "score": number,
        "score_is_a_number": given_score.isNull() | number.isNotNull(),
    }


job = Job(
    build,
    reads={
        **{name: SOURCES["mhsds"].kind(name).bronze for name in ("referral_score", "activity_score", "care_activity", "care_contact", "referral", "mpi")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_SCORE,
    keep=last_word("controller", "score_token"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
