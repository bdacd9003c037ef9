"""CIN census payload: what is returned again, lists, what is no date, and whose it is."""

from datetime import date

import pytest
from pyspark.sql import SparkSession

from jobs.silver import child_in_need_referral, identity, section_47_enquiry, social_care_assessment, social_care_plan
from tests.jobs.silver.steps import KEY, Fate, Row, delivered, fate

BRENT, YEAR, NEXT = "304", "2024-25", "2025-26"
ANN = KEY.hash63_text("cin_census", BRENT, "A1")


def row(child: str = "A1", **more: str) -> Row:
    return {"LAchildID": child, "CINdetailsID": "1", "CINreferralDate": "2024-05-01", **more}


@pytest.fixture(scope="module")
def referrals(spark_session: SparkSession) -> Fate:
    first = delivered(
        BRENT, YEAR, row(ReferralSource="5d", PrimaryNeedCode="N1", ReferralNFA="0", Disability="LD;AUT;LD;"), row(" "), row("B2", CINreferralDate="2024-02-30"),
        row("C3", CINclosureDate="soon", ReasonForClosure="RC7", ReferralNFA="true"), row("D4", CINclosureDate="2024-04-01", ReasonForClosure="RC12"),
    )  # fmt: skip
    second = delivered(BRENT, NEXT, row(ReferralSource="5D", PrimaryNeedCode="N1", ReferralNFA="false", CINclosureDate="2025-06-01", ReasonForClosure="RC7", Disability="NONE"))
    return fate(spark_session, child_in_need_referral.job, referral=[*second, *first])


def test_an_episode_returned_open_and_closed_the_next_year_is_one_closed_episode(referrals: Fate) -> None:
    found = referrals.only(record_id=ANN)
    assert (found["closed_on"], found["closure_reason"], found["period"], found["disabilities"]) == (date(2025, 6, 1), "RC7", NEXT, ["NONE"])
    assert (found["referral_source"], found["is_no_further_action"], found["broken_rules"]) == ("5D", False, [])


def test_a_referral_without_a_child_or_a_day_is_set_aside_and_a_doubtful_closure_is_marked(referrals: Fate) -> None:
    assert sorted(row["fatal_rules"] for row in referrals.quarantined) == [["record_id_is_present"], ["referred_on_is_present"]]
    marks = {row["closure_reason"]: (row["is_no_further_action"], row["broken_rules"]) for row in referrals.kept if row["record_id"] != ANN}
    assert marks == {"RC7": (True, ["closed_on_is_a_date", "closure_and_reason_go_together"]), "RC12": (None, ["closed_after_it_began", "closure_reason_is_a_known_code"])}


def test_factors_are_a_list_in_order_and_the_last_return_has_the_word(spark_session: SparkSession) -> None:
    begun = row(AssessmentActualStartDate="2025-03-20")
    given = [*delivered(BRENT, YEAR, begun, row("B2")), *delivered(BRENT, NEXT, {**begun, "AssessmentAuthorisationDate": "2025-04-20", "AssessmentFactors": "3B; 15a;4A;3B"})]
    found = fate(spark_session, social_care_assessment.job, assessment=given)
    (one,) = found.kept
    assert (one["record_id"], one["referred_on"], one["authorised_on"], one["factors"], one["broken_rules"]) == (ANN, date(2024, 5, 1), date(2025, 4, 20), ["15A", "3B", "4A"], [])
    assert [row["fatal_rules"] for row in found.quarantined] == [["started_on_is_present"]]


def test_an_enquiry_has_its_conference_or_needs_none(spark_session: SparkSession) -> None:
    enquiries = delivered(
        BRENT, YEAR, row(S47ActualStartDate="2024-05-03", DateOfInitialCPC="2024-05-01", ICPCnotRequired="0"), row(S47ActualStartDate="2024-07-03", ICPCnotRequired="1", DateOfInitialCPC="?"),
    )  # fmt: skip
    found = {row["started_on"].month: (row["conference_on"], row["conference_not_required"], row["broken_rules"]) for row in fate(spark_session, section_47_enquiry.job, section_47=enquiries).kept}
    assert found == {5: (date(2024, 5, 1), False, ["conference_after_it_began"]), 7: (None, True, ["conference_on_is_a_date"])}


def test_both_kinds_of_plan_are_in_one_table(spark_session: SparkSession) -> None:
    protection = row(CPPstartDate="2024-06-01", InitialCategoryOfAbuse="neg", LatestCategoryOfAbuse="BAD", NumberOfPreviousCPP="2", CPPreviewDate="2024-09-01;2024-13-01;2024-08-01")
    in_need = [row(CINPlanStartDate="2024-06-01", CINPlanEndDate="2024-05-01"), row(CINPlanStartDate="never")]
    found = fate(spark_session, social_care_plan.job, child_protection_plan=delivered(BRENT, YEAR, protection), cin_plan=delivered(BRENT, YEAR, *in_need))
    plan = found.only(kind="child_protection")
    assert (plan["initial_category"], plan["earlier_plans"], plan["reviewed_on"], plan["ended_on"]) == ("NEG", 2, [date(2024, 8, 1), date(2024, 9, 1)], None)
    assert (plan["broken_rules"], found.only(kind="child_in_need")["broken_rules"]) == (["latest_category_is_a_known_code"], ["ends_after_it_starts"])
    assert [(row["file_kind"], row["fatal_rules"]) for row in found.quarantined] == [("cin_plan", ["started_on_is_present"])]


def test_identity_gathers_what_the_census_says_over_the_years(spark_session: SparkSession) -> None:
    unborn = delivered(BRENT, "2023-24", {"LAchildID": "A1", "ExpectedPersonBirthDate": "2024-05-01", "GenderCurrent": "0"})
    born = delivered(BRENT, YEAR, {"LAchildID": "A1", "PersonBirthDate": "2024-05-03", "Sex": "F", "UPN": "A123", "UPNunknown": "UN1"})
    known = delivered(BRENT, NEXT, {"LAchildID": "B2", "PersonBirthDate": "2012-02-30", "Sex": "U", "UPN": "E304123456789", "FormerUPN": "C30412345678A", "Ethnicity": "WBRI"}, {"Sex": "M"})
    found = fate(spark_session, identity.job, cin_child=[*known, *born, *unborn])
    child = found.only(local_id="A1")
    assert (child["date_of_birth"], child["sex"], child["upn"], child["is_named"], child["record_id"]) == (date(2024, 5, 3), "F", None, False, ANN)
    assert (child["first_period"], child["broken_rules"]) == ("2023-24", ["upn_is_valid"])
    other = found.only(local_id="B2")
    assert (other["date_of_birth"], other["sex"], other["upn"]) == (None, None, "E304123456789") and other["upns"] == sorted(["E304123456789", "C30412345678A"])
    assert len(found.quarantined) == 1
