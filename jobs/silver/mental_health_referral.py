"""Silver mental_health_referral: one row per provider and service request, as last submitted, with its teams and other reasons.

MHSDS is monthly and rolling: an open referral comes again every month; the latest month has the last word. Up to version 5 the
teams of a referral are all in MHS102, which says their type and whether they rejected it; the first of them stands for the referral's own.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import folded
from cyplink.identity import is_withheld
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.mhsds.identity import patients
from cyplink.sources.mhsds.payload import last_said, of_patients, of_referrals, referrals, request_token
from cyplink.standardise import dates
from cyplink.standardise.texts import code, given
from cyplink.tables import silver


def build(
    referral: DataFrame, other_service: DataFrame, other_reason: DataFrame, onward_referral: DataFrame, team: DataFrame, mpi: DataFrame,
    withheld_nhs_number: DataFrame, pseudonyms: Pseudonyms,
) -> DataFrame:
    """One row per delivered row of a referral, another team, another reason or a referral onward."""
    known = patients(is_withheld(F.col("NHSNumber"), mpi, withheld_nhs_number, pseudonyms))
    whose, types, first = referrals(referral, known), team_types(team), first_teams(other_service)
    others = other_service.join(types, (other_service["controller"] == types["of"]) & (code(F.col("OtherCareProfTeamLocalID")) == types["team"]), how="left")
    others = others.drop("of").join(first.select("controller", "ServiceRequestID", F.col("first.team").alias("first")), ["controller", "ServiceRequestID"], how="left")
    is_another = ~F.coalesce(F.col("first") == code(F.col("OtherCareProfTeamLocalID")), F.lit(False))
    type_of_other = F.coalesce("team_type", code(F.col("ServTeamTypeRefToMH")))
    onward = F.struct(
        dates.iso(F.col("OnwardReferDate")).alias("referred_on"), code(F.col("OnwardReferReason")).alias("reason"),
        code(F.col("OrgIDReceiving")).alias("organisation"),
    )
    added = (
        of_referrals(others, whose, "other_service", pseudonyms, received_on=F.col("received_on"),
                     part=code(F.col("OtherCareProfTeamLocalID")), other_team_type=F.when(is_another, type_of_other)),
        of_referrals(other_reason, whose, "other_reason", pseudonyms, received_on=F.col("received_on"),
                     part=code(F.col("OtherReasonReferMH")), other_reason=code(F.col("OtherReasonReferMH"))),
        of_referrals(onward_referral, whose, "onward_referral", pseudonyms, received_on=F.col("received_on"), part=F.to_json(onward), onward=onward),
    )
    found = in_shape(referral.join(known, ["controller", "LocalPatientID"], how="left"), types, first, pseudonyms)
    for rows in added:
        found = found.unionByName(rows, allowMissingColumns=True)
    return found


def in_shape(rows: DataFrame, types: DataFrame, first: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """Referral rows joined to their patients, as they say themselves and as their team and, in version 5, their first team says."""
    joined = rows.join(types, (rows["controller"] == types["of"]) & (code(F.col("CareProfTeamLocalID")) == types["team"]), how="left")
    joined = joined.drop("of", "team").join(first, ["controller", "ServiceRequestID"], how="left")
    return of_patients(
        joined, "referral", pseudonyms,
        service_request_token=request_token(pseudonyms),
        received_on=dates.iso(F.col("ReferralRequestReceivedDate")),
        source_of_referral=code(F.col("SourceOfReferralMH")),
        primary_reason=code(F.col("PrimReasonReferralMH")),
        priority=code(F.col("ClinRespPriorityType")),
        discharged_on=dates.iso(F.col("ServDischDate")),
        rejected_on=F.coalesce(dates.iso(F.col("ReferRejectionDate")), F.col("first.rejected_on")),
        closure_reason=F.coalesce(code(F.col("ReferClosReason")), F.col("first.closure_reason")),
        rejection_reason=F.coalesce(code(F.col("ReferRejectReason")), F.col("first.rejection_reason")),
        team_type=F.coalesce("team_type", F.col("first.team_type")),
        discharged_on_is_a_date=given(F.col("ServDischDate")).isNull() | dates.iso(F.col("ServDischDate")).isNotNull(),
        rejected_on_is_a_date=given(F.col("ReferRejectionDate")).isNull() | dates.iso(F.col("ReferRejectionDate")).isNotNull(),
        part=F.lit(""),
    )


def team_types(team: DataFrame) -> DataFrame:
    """Type of each team of a provider, as last submitted (MHS902)."""
    return team.groupBy(F.col("controller").alias("of"), code(F.col("CareProfTeamLocalID")).alias("team")).agg(last_said(code(F.col("ServTeamTypeMH"))).alias("team_type"))


def first_teams(other_service: DataFrame) -> DataFrame:
    """Of each referral the first team of its last month in version 5, the only one whose rows give a team's type."""
    said = F.struct(
        code(F.col("OtherCareProfTeamLocalID")).alias("team"), code(F.col("ServTeamTypeRefToMH")).alias("team_type"),
        dates.iso(F.col("ReferRejectionDate")).alias("rejected_on"), code(F.col("ReferRejectReason")).alias("rejection_reason"),
        code(F.col("ReferClosReason")).alias("closure_reason"),
    )
    of_version_5 = other_service.where(given(F.col("ServTeamTypeRefToMH")).isNotNull())
    return of_version_5.groupBy("controller", "ServiceRequestID").agg(F.max_by(said, F.struct("period", "delivery_id", -F.col("source_row"))).alias("first"))


job = Job(
    build,
    reads={
        **{name: SOURCES["mhsds"].kind(name).bronze for name in ("referral", "other_service", "other_reason", "onward_referral", "team", "mpi")},
        "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER,
    },
    writes=silver.MENTAL_HEALTH_REFERRAL,
    keep=folded(
        "controller", "service_request_token", of="referral",
        lists={"other_team_types": "other_team_type", "other_reasons": "other_reason", "onward_referrals": "onward"},
    ),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
