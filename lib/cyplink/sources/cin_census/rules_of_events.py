"""Rules of the CIN census about referrals and what lies in them: assessments, section 47 enquiries, plans."""

from cyplink.sources.rules import ReturnRule, RulesOf, Years

ISO_DATE = "yyyy-mm-dd"
FROM_2024 = Years("2024-25")
REFERRAL, ASSESSMENT, SECTION_47 = RulesOf("referral"), RulesOf("assessment"), RulesOf("section_47")
CIN_PLAN, CPP = RulesOf("cin_plan"), RulesOf("child_protection_plan")

YES, NO = "('1', 'true', 'True', 'TRUE')", "('0', 'false', 'False', 'FALSE')"
TAKEN_FORWARD = f"ReferralNFA in {NO}"
NOT_FORWARD = f"ReferralNFA in {YES}"
NO_CONFERENCE = f"{{row}}.DateOfInitialCPC is null and ({{row}}.ICPCnotRequired is null or {{row}}.ICPCnotRequired not in {YES})"
"""Whether an enquiry has neither a conference nor the mark that none was required."""
FACTORS = "string_split(upper(AssessmentFactors), ';')"
EVERY_EVENT = ["assessment", "section_47", "cin_plan", "child_protection_plan"]


def _within(view: str, condition: str, row: str = "referral") -> str:
    """Whether something of the other view lies in the same referral as the row, and meets the condition."""
    return f"exists (select 1 from {view} o where o.CINdetailsID = {row}.CINdetailsID and ({condition}))"


def _of_the_child(view: str, condition: str, row: str) -> str:
    """Whether another row of the view is of the same child, and meets the condition."""
    return f"exists (select 1 from {view} o where o.LAchildID = {row}.LAchildID and ({condition}))"


def _other(view: str, condition: str, by: str = "CINdetailsID") -> str:
    """Rows of a view for which another row of it, of one referral or child, meets the condition; `o` is the other."""
    return f"select t.source_row from {view} t where exists (select 1 from {view} o where o.{by} = t.{by} and o.source_row <> t.source_row and ({condition}))"


def _in_the_year(rules: RulesOf, number: str, column: str, what: str) -> ReturnRule:
    return rules.row(number, column, f"{column} not between first_day() and last_day()", f"{what} is outside the census year.")


def _not_before_referral(rules: RulesOf, number: str, column: str, what: str) -> ReturnRule:
    return rules.row(number, f"{column} CINreferralDate", f"{column} < CINreferralDate", f"{what} is before the referral.")


def _after_death(rules: RulesOf, number: str, kind: str, column: str, what: str) -> ReturnRule:
    return rules.row(number, column, _of_the_child("child", f"o.PersonDeathDate < {kind}.{column}", kind), f"{what} is after the child's death.", reads=["child"])


RULES_OF_REFERRAL = (
    REFERRAL.row("8600", "CINreferralDate", "CINreferralDate is null or CINreferralDate > last_day()", "The referral has no date, or one after the reference date.", f"Give it as {ISO_DATE}."),
    REFERRAL.row("8568", "ReferralNFA", "ReferralNFA is null or lower(ReferralNFA) not in ('0', '1', 'true', 'false')", "ReferralNFA is neither 0 nor 1."),
    REFERRAL.row("8610", "PrimaryNeedCode", f"{TAKEN_FORWARD} and PrimaryNeedCode is null", "A referral taken forward has no primary need.", "Give N0 to N9."),
    REFERRAL.code("8650", "PrimaryNeedCode", "primary_need"),
    REFERRAL.row("8866", "ReferralSource", "CINreferralDate >= date '2013-04-01' and (ReferralSource is null or upper(ReferralSource) not in $codes(referral_source))", "The source of the referral is blank or not one of the return's codes."),
    _in_the_year(REFERRAL, "8620", "CINclosureDate", "The closure"),
    REFERRAL.row("8630", "CINclosureDate", "CINclosureDate < CINreferralDate", "The episode was closed before the referral."),
    REFERRAL.code("8640", "ReasonForClosure", "closure_reason"),
    REFERRAL.row("8805", "ReasonForClosure", "CINclosureDate is not null and ReasonForClosure is null", "A closure has no reason."),
    REFERRAL.row("8810", "CINclosureDate", "ReasonForClosure is not null and CINclosureDate is null", "A reason for closure has no date."),
    REFERRAL.rows("8815", "CINclosureDate", _other("referral", f"t.CINclosureDate is null and t.{TAKEN_FORWARD} and o.CINclosureDate is null and o.{TAKEN_FORWARD}", "LAchildID"), "The child has two open episodes.", "Close one."),
    REFERRAL.rows("8816", "CINreferralDate", _other("referral", f"t.CINclosureDate is null and t.{TAKEN_FORWARD} and o.CINreferralDate > t.CINreferralDate", "LAchildID"), "A later referral follows an open episode.", "Close the episode."),
    REFERRAL.rows("8820", "CINreferralDate CINclosureDate", _other("referral", f"""not (t.{NOT_FORWARD} and t.CINclosureDate is null) and not (o.{NOT_FORWARD} and o.CINclosureDate is null)
        and t.CINreferralDate < coalesce(o.CINclosureDate, last_day()) and o.CINreferralDate < coalesce(t.CINclosureDate, last_day())""", "LAchildID"), "Two episodes of the child overlap."),
    REFERRAL.row("8585Q", "ReasonForClosure", "upper(ReasonForClosure) = 'RC2' and " + _of_the_child("child", "o.PersonDeathDate is null", "referral"), "The episode was closed because the child died, and no date of death is given.", reads=["child"]),
    REFERRAL.row("8825Q", "ReasonForClosure", f"upper(ReasonForClosure) in ('RC8', 'RC9') and not {_within('assessment', 'true')}", "The episode was closed after assessment, and there is none.", "Return the assessment.", reads=["assessment"]),
    REFERRAL.row("8831", "ReferralNFA", f"{NOT_FORWARD} and (DateOfInitialCPC is not null or {_within('assessment', 'true')} or {_within('section_47', 'true')})", "No further action followed, and there is an assessment, enquiry or conference.", reads=["assessment", "section_47"]),
    REFERRAL.row("8832", "ReferralNFA", f"{NOT_FORWARD} and {_within('child_protection_plan', 'true')}", "No further action followed, and there is a protection plan.", reads=["child_protection_plan"]),
    REFERRAL.row("4000", "ReferralNFA", f"{NOT_FORWARD} and {_within('cin_plan', 'true')}", "No further action followed, and there is a child in need plan.", reads=["cin_plan"]),
    REFERRAL.row("2884", "DateOfInitialCPC", f"DateOfInitialCPC is not null and {_within('section_47', 'o.DateOfInitialCPC is not null')}", "A conference is given both with the referral and with an enquiry.", "Give it once.", reads=["section_47"]),
    REFERRAL.row("2990", "ReasonForClosure", f"""upper(ReasonForClosure) in ('RC8', 'RC9') and (DateOfInitialCPC is not null or {_within('section_47', 'true')}
        or {_within('cin_plan', 'true')} or {_within('child_protection_plan', 'true')})""", "The episode was closed after assessment, and there is an enquiry, conference or plan.", reads=["section_47", "cin_plan", "child_protection_plan"]),
    REFERRAL.row("2991Q", "CINdetailsID", f"{_within('section_47', 'true')} and not {_within('assessment', 'true')}", "There is a section 47 enquiry, and no assessment.", "Return the assessment.", reads=["section_47", "assessment"]),
    REFERRAL.row("8565", "CINclosureDate", f"""DateOfInitialCPC > CINclosureDate or {_within('assessment', 'greatest(o.AssessmentActualStartDate, o.AssessmentAuthorisationDate) > referral.CINclosureDate')}
        or {_within('section_47', 'greatest(o.S47ActualStartDate, o.DateOfInitialCPC) > referral.CINclosureDate')}
        or {_within('cin_plan', 'greatest(o.CINPlanStartDate, o.CINPlanEndDate) > referral.CINclosureDate')} or {_within('child_protection_plan', 'o.CPPendDate > referral.CINclosureDate')}""",
                 "Something happened after the episode was closed.", reads=EVERY_EVENT),
    REFERRAL.row("8867", "CINclosureDate", f"CINclosureDate is not null and {_within('assessment', 'o.AssessmentAuthorisationDate is null')}", "The episode is closed, and an assessment is not authorised.", reads=["assessment"]),
    REFERRAL.row("8868", "CINclosureDate", f"CINclosureDate is not null and {_within('section_47', NO_CONFERENCE.format(row='o'))}",
                 "The episode is closed, and an enquiry has neither a conference nor the mark that none was required.", reads=["section_47"]),
    REFERRAL.row("8873Q", "ReasonForClosure", """ReasonForClosure is not null and upper(ReasonForClosure) not in ('RC8', 'RC9')
        and (select count(*) = 1 and bool_and(upper(AssessmentFactors) = '21') from assessment o where o.CINdetailsID = referral.CINdetailsID)""",
                 "The only assessment found no factor, and the episode was closed for another reason than RC8 or RC9.", reads=["assessment"]),
)

RULES_OF_ASSESSMENT = (
    _not_before_referral(ASSESSMENT, "1103", "AssessmentActualStartDate", "The assessment"),
    ASSESSMENT.row("8608", "AssessmentActualStartDate AssessmentAuthorisationDate", "AssessmentActualStartDate > AssessmentAuthorisationDate", "The assessment began after it was authorised."),
    ASSESSMENT.row("8614", "AssessmentFactors", "AssessmentAuthorisationDate_given is null and AssessmentFactors is not null", "Factors are given for an assessment that is not authorised."),
    _in_the_year(ASSESSMENT, "8696", "AssessmentAuthorisationDate", "The authorisation"),
    ASSESSMENT.row("8736", "AssessmentActualStartDate", "AssessmentAuthorisationDate is null and (AssessmentActualStartDate is null or AssessmentActualStartDate not between first_day() and last_day())", "An assessment that is not authorised began outside the census year."),
    ASSESSMENT.rows("8863Q", "AssessmentActualStartDate", _other("assessment", "t.AssessmentActualStartDate > o.AssessmentActualStartDate and t.AssessmentActualStartDate < coalesce(o.AssessmentAuthorisationDate, last_day())"),
                    "An assessment began while another of the episode was running."),
    ASSESSMENT.rows("8896", "AssessmentAuthorisationDate", _other("assessment", "t.AssessmentAuthorisationDate is null and o.AssessmentAuthorisationDate is null"), "Two assessments of the episode are not authorised."),
    ASSESSMENT.row("8897Q", "AssessmentFactors", f"AssessmentAuthorisationDate is not null and (AssessmentFactors is null or len(list_filter({FACTORS}, lambda one: one in $codes(assessment_factor))) = 0)", "An authorised assessment has no factor."),
    ASSESSMENT.row("8898", "AssessmentFactors", f"len({FACTORS}) > len(list_distinct({FACTORS}))", "A factor is given twice."),
    ASSESSMENT.row("8869", "AssessmentFactors", f"list_contains({FACTORS}, '21') and len({FACTORS}) > 1", "Factor 21 (none) is given beside another."),
    ASSESSMENT.row("8945Q", "AssessmentFactors", f"list_contains({FACTORS}, '18A')", "Factor 18A is no longer used.", "Give 18B or 18C.", years=FROM_2024),
    ASSESSMENT.row("8950Q", "AssessmentFactors", f"list_contains({FACTORS}, '19A')", "Factor 19A is no longer used.", "Give 19B or 19C.", years=FROM_2024),
)

RULES_OF_SECTION_47 = (
    _not_before_referral(SECTION_47, "1104", "DateOfInitialCPC", "The initial conference"),
    _not_before_referral(SECTION_47, "2889", "S47ActualStartDate", "The enquiry"),
    SECTION_47.row("8615", "S47ActualStartDate DateOfInitialCPC", "DateOfInitialCPC is not null and (S47ActualStartDate is null or S47ActualStartDate > DateOfInitialCPC)", "The enquiry has no start, or one after its conference."),
    _in_the_year(SECTION_47, "8715", "DateOfInitialCPC", "The initial conference"),
    SECTION_47.row("8740", "S47ActualStartDate", f"""{NO_CONFERENCE.format(row='section_47')}
        and (S47ActualStartDate is null or S47ActualStartDate not between first_day() and last_day())""", "An enquiry that goes on began outside the census year."),
    SECTION_47.rows("8839", "DateOfInitialCPC", _other("section_47", f"{NO_CONFERENCE.format(row='t')} and {NO_CONFERENCE.format(row='o')}"), "Two enquiries of the episode have neither a conference nor the mark that none was required."),
    SECTION_47.row("8870Q", "InitialCPCtarget", "dayofweek(InitialCPCtarget) in (0, 6)", "The conference is due on a Saturday or Sunday."),
    SECTION_47.row("8875", "DateOfInitialCPC", "dayofweek(DateOfInitialCPC) in (0, 6)", "The conference was on a Saturday or Sunday."),
    SECTION_47.rows("8890", "S47ActualStartDate", _other("section_47", f"""coalesce(o.ICPCnotRequired, '0') not in {YES} and t.S47ActualStartDate > o.S47ActualStartDate
        and t.S47ActualStartDate < coalesce(o.DateOfInitialCPC, last_day())"""), "An enquiry began while another of the episode was running."),
)

RULES_OF_PLANS = (
    CIN_PLAN.row("4010", "CINPlanStartDate", "CINPlanStartDate is null or CINPlanStartDate > last_day()", "The plan has no start, or one after the reference date."),
    CIN_PLAN.row("4011", "CINPlanStartDate CINPlanEndDate", "CINPlanEndDate < CINPlanStartDate", "The plan ended before it began."),
    CIN_PLAN.row("4012Q", "CINPlanStartDate CINPlanEndDate", "CINPlanEndDate = CINPlanStartDate", "The plan began and ended on one day."),
    _in_the_year(CIN_PLAN, "4013", "CINPlanEndDate", "The plan's end"),
    CIN_PLAN.rows("4014", "CINPlanStartDate CINPlanEndDate", _other("cin_plan", "t.CINPlanStartDate < coalesce(o.CINPlanEndDate, last_day()) and o.CINPlanStartDate < coalesce(t.CINPlanEndDate, last_day())", "LAchildID"), "Two child in need plans of the child overlap."),
    _not_before_referral(CIN_PLAN, "4015", "CINPlanStartDate", "The plan"),
    CIN_PLAN.rows("4004", "CINPlanEndDate", _other("cin_plan", "t.CINPlanEndDate_given is null and o.CINPlanEndDate_given is null"), "Two child in need plans of the episode have no end."),
    CIN_PLAN.row("4001", "CINPlanEndDate", "CINPlanEndDate is null and " + _within("child_protection_plan", "o.CPPendDate is null", "cin_plan"), "A child in need plan and a protection plan of the episode are both open.", "Close one.", reads=["child_protection_plan"]),
    CIN_PLAN.row("4016", "CINPlanStartDate", _of_the_child("child_protection_plan", "cin_plan.CINPlanStartDate >= o.CPPstartDate and cin_plan.CINPlanStartDate < coalesce(o.CPPendDate, last_day() + 1)", "cin_plan"),
                 "A child in need plan began during a protection plan.", reads=["child_protection_plan"]),
    CIN_PLAN.row("4003", "CINPlanStartDate CINPlanEndDate", _of_the_child("child_protection_plan", """len(list_filter(list_transform(string_split(o.CPPreviewDate, ';'), lambda one: try_cast(one as date)),
        lambda one: one between cin_plan.CINPlanStartDate and coalesce(cin_plan.CINPlanEndDate, last_day()) and one is distinct from o.CPPendDate)) > 0""", "cin_plan"), "A protection plan was reviewed during a child in need plan.", reads=["child_protection_plan"]),
    _after_death(CIN_PLAN, "4008", "cin_plan", "CINPlanStartDate", "The plan's start"),
    _after_death(CIN_PLAN, "4009Q", "cin_plan", "CINPlanEndDate", "The plan's end"),
    _not_before_referral(CPP, "1105", "CPPstartDate", "The plan"),
    CPP.row("4017", "CPPstartDate", _of_the_child("cin_plan", "child_protection_plan.CPPstartDate >= o.CINPlanStartDate and child_protection_plan.CPPstartDate < coalesce(o.CINPlanEndDate, last_day() + 1) and o.CINPlanStartDate is distinct from child_protection_plan.CPPendDate", "child_protection_plan"),
            "A protection plan began during a child in need plan.", reads=["cin_plan"]),
    CPP.row("2885", "CPPstartDate", f"""CPPstartDate between first_day() and last_day() and not {_within('section_47', 'o.DateOfInitialCPC = child_protection_plan.CPPstartDate', 'child_protection_plan')}
        and not {_within('referral', 'o.DateOfInitialCPC = child_protection_plan.CPPstartDate', 'child_protection_plan')}""", "The plan did not begin on the day of an initial conference.", reads=["section_47", "referral"]),
    CPP.row("8720", "CPPstartDate", "CPPstartDate is null or CPPstartDate > last_day()", "The plan has no start, or one after the reference date."),
    CPP.row("8730", "NumberOfPreviousCPP", "NumberOfPreviousCPP is null or NumberOfPreviousCPP < 0", "The number of plans before is blank or no number.", "Give 0 or more."),
    CPP.row("8840", "CPPstartDate CPPendDate", "CPPstartDate = CPPendDate", "The plan began and ended on one day."),
    CPP.row("8841", "CPPreviewDate", "len(list_filter(list_transform(string_split(CPPreviewDate, ';'), lambda one: try_cast(one as date)), lambda one: one <= CPPstartDate)) > 0", "The plan was reviewed before it began."),
    CPP.row("8842Q", "CPPreviewDate", "list_contains(string_split(CPPreviewDate, ';'), '')", "A review has no date."),
    CPP.row("8905", "InitialCategoryOfAbuse", "InitialCategoryOfAbuse is null or upper(InitialCategoryOfAbuse) not in $codes(abuse)", "The first category of abuse is blank or not one of the return's codes."),
    CPP.row("8910", "LatestCategoryOfAbuse", "LatestCategoryOfAbuse is null or upper(LatestCategoryOfAbuse) not in $codes(abuse)", "The latest category of abuse is blank or not one of the return's codes."),
    _after_death(CPP, "8915", "child_protection_plan", "CPPstartDate", "The plan's start"),
    _after_death(CPP, "8920", "child_protection_plan", "CPPendDate", "The plan's end"),
    CPP.row("8925", "CPPstartDate CPPendDate", "CPPendDate < CPPstartDate", "The plan ended before it began."),
    _in_the_year(CPP, "8930", "CPPendDate", "The plan's end"),
    CPP.rows("8935", "CPPendDate", _other("child_protection_plan", "t.CPPendDate_given is null and o.CPPendDate_given is null", "LAchildID"), "The child has two open protection plans."),
    CPP.rows("8940", "CPPstartDate CPPendDate", _other("child_protection_plan", "t.CPPstartDate < coalesce(o.CPPendDate, last_day()) and o.CPPstartDate < coalesce(t.CPPendDate, last_day())", "LAchildID"), "Two protection plans of the child overlap."),
)

RULES_OF_EVENTS = (*RULES_OF_REFERRAL, *RULES_OF_ASSESSMENT, *RULES_OF_SECTION_47, *RULES_OF_PLANS)
