"""The CIN census as its one XML file: the rows of its tables, each where it belongs, byte for byte the same for the same rows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cyplink.synthetic.streams import Texts

Tables = Mapping[str, pd.DataFrame]

_IDENTIFIERS = ("LAchildID", "UPN", "FormerUPN", "UPNunknown", "PersonBirthDate", "ExpectedPersonBirthDate", "GenderCurrent", "Sex", "PersonDeathDate")
_REFERRAL = ("CINreferralDate", "ReferralSource", "PrimaryNeedCode", "CINclosureDate", "ReasonForClosure", "DateOfInitialCPC")
_WITHIN = {
    "assessment": ("Assessments", ("AssessmentActualStartDate", "AssessmentInternalReviewDate", "AssessmentAuthorisationDate"), ("FactorsIdentifiedAtAssessment", "AssessmentFactors")),
    "cin_plan": ("CINPlanDates", ("CINPlanStartDate", "CINPlanEndDate"), None),
    "section_47": ("Section47", ("S47ActualStartDate", "InitialCPCtarget", "DateOfInitialCPC", "ICPCnotRequired"), None),
    "child_protection_plan": ("ChildProtectionPlans", ("CPPstartDate", "CPPendDate", "InitialCategoryOfAbuse", "LatestCategoryOfAbuse", "NumberOfPreviousCPP"), ("Reviews", "CPPreviewDate")),
}  # fmt: skip
_PLACE = {"assessment": 1, "cin_plan": 2, "section_47": 3, "child_protection_plan": 5}


def cin_census_bytes(tables: Tables, council: str, period: str, created_on: str) -> bytes:
    """The file of a council and period. `child` has `order`, `referral` has `child` (its order) and `order`, the others `referral`."""
    year = int(period[:4]) + 1
    start = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Message><Header><CollectionDetails><Collection>CIN</Collection>'
        f"<Year>{year}</Year><ReferenceDate>{year}-03-31</ReferenceDate></CollectionDetails><Source><SourceLevel>L</SourceLevel><LEA>{council}</LEA>"
        f"<SoftwareCode>Synthetic</SoftwareCode><Release>1</Release><SerialNo>001</SerialNo><DateTime>{created_on}T09:00:00</DateTime></Source></Header><Children>\n"
    )
    return (start + "".join(_in_order(_pieces(tables))) + "</Children></Message>\n").encode()


def _pieces(tables: Tables) -> list[pd.DataFrame]:
    """Parts of the text with the places that put them in order: child, referral (none: before; beyond all: after), part of it."""
    child, referral = tables["child"], tables["referral"]
    owner = pd.Series(referral["child"].to_numpy(), index=referral["order"].to_numpy())
    head = "<Child><ChildIdentifiers>" + _leaves(child, _IDENTIFIERS) + "</ChildIdentifiers><ChildCharacteristics>" + _leaves(child, ("Ethnicity",))
    head = head + _listed(child, ("Disabilities", "Disability")) + "</ChildCharacteristics>"
    children, referrals = child["order"].to_numpy(), referral["order"].to_numpy()
    pieces = [_placed(children, -1, 0, head), _placed(children, np.iinfo(np.int64).max, 0, np.full(len(child), "</Child>\n", dtype=object))]
    pieces.append(_placed(owner.to_numpy(), referrals, 0, "<CINdetails>" + _leaves(referral, _REFERRAL)))
    pieces.append(_placed(owner.to_numpy(), referrals, 4, _leaves(referral, ("ReferralNFA",))))
    pieces.append(_placed(owner.to_numpy(), referrals, 6, np.full(len(referral), "</CINdetails>", dtype=object)))
    for kind, (element, columns, listed) in _WITHIN.items():
        rows = tables[kind]
        text = f"<{element}>" + _leaves(rows, columns) + (_listed(rows, listed) if listed else "") + f"</{element}>"
        pieces.append(_placed(owner.loc[rows["referral"]].to_numpy(), rows["referral"].to_numpy(), _PLACE[kind], text))
    return pieces


def _placed(child: np.ndarray, referral: np.ndarray | int, part: int, text: Texts) -> pd.DataFrame:
    return pd.DataFrame({"child": child, "referral": referral, "part": part, "text": text})


def _in_order(pieces: list[pd.DataFrame]) -> list[str]:
    everything = pd.concat(pieces, ignore_index=True)
    return list(everything.sort_values(["child", "referral", "part"], kind="stable")["text"])


def _leaves(rows: pd.DataFrame, columns: tuple[str, ...]) -> Texts:
    """The elements of each row, those that are blank or not in the table left out. Values are codes, numbers and dates: nothing to escape."""
    text = np.full(len(rows), "", dtype=object)
    for column in columns:
        if column in rows.columns:
            value = rows[column].to_numpy(dtype=object)
            text = text + np.where(value == "", "", f"<{column}>" + value + f"</{column}>")
    return text


def _listed(rows: pd.DataFrame, names: tuple[str, str]) -> Texts:
    """A group of one element for each of the values between semicolons."""
    group, element = names
    value = rows[element].str.replace(";", f"</{element}><{element}>", regex=False).to_numpy(dtype=object)
    return np.asarray(np.where(value == "", "", f"<{group}><{element}>" + value + f"</{element}></{group}>"), dtype=object)
