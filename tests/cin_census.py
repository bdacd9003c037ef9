"""Small CIN census files for tests: a sound one, and what to change in it."""

from collections.abc import Iterable

REFERRAL = (
    "<CINdetails><CINreferralDate>2025-05-01</CINreferralDate><ReferralSource>2A</ReferralSource><PrimaryNeedCode>N1</PrimaryNeedCode>"
    "<Assessments><AssessmentActualStartDate>2025-05-02</AssessmentActualStartDate><AssessmentAuthorisationDate>2025-06-10</AssessmentAuthorisationDate>"
    "<FactorsIdentifiedAtAssessment><AssessmentFactors>4A</AssessmentFactors><AssessmentFactors>3B</AssessmentFactors></FactorsIdentifiedAtAssessment></Assessments>"
    "<CINPlanDates><CINPlanStartDate>2025-06-12</CINPlanStartDate></CINPlanDates>"
    "<Section47><S47ActualStartDate>2025-05-06</S47ActualStartDate><ICPCnotRequired>1</ICPCnotRequired></Section47><ReferralNFA>0</ReferralNFA></CINdetails>"
)
PLANNED = (
    "<CINdetails><CINreferralDate>2025-05-01</CINreferralDate><ReferralSource>6</ReferralSource><PrimaryNeedCode>N1</PrimaryNeedCode>"
    "<Section47><S47ActualStartDate>2025-05-06</S47ActualStartDate><DateOfInitialCPC>2025-05-20</DateOfInitialCPC><ICPCnotRequired>0</ICPCnotRequired></Section47>"
    "<ReferralNFA>0</ReferralNFA><ChildProtectionPlans><CPPstartDate>2025-05-20</CPPstartDate><InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse>"
    "<LatestCategoryOfAbuse>EMO</LatestCategoryOfAbuse><NumberOfPreviousCPP>0</NumberOfPreviousCPP>"
    "<Reviews><CPPreviewDate>2025-08-20</CPPreviewDate><CPPreviewDate>2026-02-10</CPPreviewDate></Reviews></ChildProtectionPlans></CINdetails>"
)
HEADER = (
    "<Header><CollectionDetails><Collection>CIN</Collection><Year>2026</Year><ReferenceDate>2026-03-31</ReferenceDate></CollectionDetails>"
    "<Source><SourceLevel>L</SourceLevel><LEA>304</LEA></Source></Header>"
)


def child(name: str, *referrals: str, identifiers: str = "", characteristics: str = "", born: str = "2015-02-03") -> str:
    """A Child element; `identifiers` and `characteristics` are further elements of the groups of that name."""
    return (
        f"<Child><ChildIdentifiers><LAchildID>{name}</LAchildID><PersonBirthDate>{born}</PersonBirthDate><Sex>F</Sex>{identifiers}</ChildIdentifiers>"
        f"<ChildCharacteristics><Ethnicity>WBRI</Ethnicity><Disabilities><Disability>AUT</Disability><Disability>LD</Disability></Disabilities>{characteristics}"
        f"</ChildCharacteristics>{''.join(referrals or (REFERRAL,))}</Child>"
    )


def census(children: Iterable[str], before: str = "", header: str = HEADER) -> str:
    """A whole file; `before` comes ahead of its root."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{before}<Message>{header}<Children>\n' + "\n".join(children) + "\n</Children></Message>\n"
