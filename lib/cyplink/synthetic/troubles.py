"""Planted file troubles: about one row in a thousand is spoilt, some deliveries are odd as a whole; all of it is counted."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd

from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.streams import Random, pick, stream

_SHARE = 0.001
# file, or source/file where two sources have one of that name: (a date column, its key column, a coded column)
_SPOILT = {
    "header": ("DOB", "CHILD", "ETHNIC"), "episodes": ("DECOM", "CHILD", "LS"), "reviews": ("REVIEW", "CHILD", "REVIEW_CODE"),
    "child": ("PersonBirthDate", "LAchildID", "Ethnicity"), "assessment": ("AssessmentActualStartDate", "AssessmentActualStartDate", "AssessmentFactors"),
    "oc2": ("DOB", "CHILD", "SDQ_REASON"), "pupilonroll": ("dob", "pupilonrolltableid", "enrolstatus"),
    "ssd_person": ("pers_dob", "pers_person_id", "pers_ethnicity"),
    "ssd_address": ("addr_address_start_date", "addr_person_id", "addr_address_type"),
    "person": ("date_of_birth", "nhs_number", "gender"), "address": ("effective_from", "nhs_number", "address_type"),
    "registration": ("effective_from", "nhs_number", "icb_code"),
    "MHS001MPI": ("PersonBirthDate", "LocalPatientID", "EthnicCategory"),
    "MHS101Referral": ("ReferralRequestReceivedDate", "ServiceRequestID", "SourceOfReferralMH"),
    "MHS201CareContact": ("CareContDate", "CareContactID", "AttendStatus"),
    "CYP001MPI": ("PERSON BIRTH DATE", "LOCAL PATIENT IDENTIFIER (EXTENDED)", "ETHNIC CATEGORY"),
    "CYP201CareContact": ("CARE CONTACT DATE", "CARE CONTACT IDENTIFIER", "ATTENDANCE STATUS"),
    "patient": ("dob", "nhs_number", "ethnic_category"), "gp_events/appointment": ("date", "appointment_id", "status"),
    "spell": ("spell.admission.date", "spell.hospital_provider_spell_number", "spell.discharge.method"),
    "sus/appointment": ("appointment.date", "appointment.identifier", "appointment.attended_or_dna"),
    "attendance": ("attendance.arrival.date", "attendance.unique_identifier", "clinical.acuity.code"),
    "birth": ("birth_date", "notification_id", "live_or_still_birth"),
}  # fmt: skip
_IMPOSSIBLE = {
    "ssda903": "31/02/2025",
    "school_census": "2015-Feb-30 00:00:00",
    "case_management": "2015-02-30 00:00:00",
}


def spoil(delivery: Delivery, seed: int, planted: Counter[str]) -> Delivery:
    """The delivery with a few rows spoilt in place: an impossible date, a blank key or an undeclared code."""
    rng = stream(seed, "troubles", delivery.source, delivery.controller, delivery.period)
    files = {}
    for name, (kind, rows) in delivery.files.items():
        columns = _SPOILT.get(f"{delivery.source}/{kind}") or _SPOILT.get(kind)
        files[name] = (kind, _spoil_rows(rows, delivery.source, columns, rng, planted) if columns else rows)
    return replace(delivery, files=files)


def _spoil_rows(rows: pd.DataFrame, source: str, columns: tuple[str, str, str], rng: Random, planted: Counter[str]) -> pd.DataFrame:
    hit = np.flatnonzero(rng.random(len(rows)) < _SHARE)
    if len(hit) == 0:
        return rows
    date, key, code = columns
    trouble = pick(rng, ["impossible_date", "blank_key", "undeclared_code"], len(hit), [0.45, 0.2, 0.35])
    rows = rows.copy()
    for what, column, value in (
        ("impossible_date", date, _IMPOSSIBLE.get(source, "2025-02-30")), ("blank_key", key, ""), ("undeclared_code", code, "QQ"),
    ):  # fmt: skip
        cells = rows[column].to_numpy(dtype=object).copy()
        cells[hit[trouble == what]] = value
        rows[column] = cells
        planted[what] += int((trouble == what).sum())
    return rows


def as_sent(delivery: Delivery, corrected: str, widened: str, repeated: str, planted: Counter[str]) -> list[Delivery]:
    """What reaches landing: a wrong 2024-25 return and its correction, a column too many, a delivery sent twice.

    `corrected`, `widened` and `repeated` are the authorities concerned.
    """
    if (delivery.source, delivery.controller, delivery.period) == ("ssda903", corrected, "2024-25"):
        planted["corrected_delivery"] += 1
        return [_first_attempt(delivery), replace(delivery, folder="v2", version=2, created_on="2025-08-14")]
    if (delivery.source, delivery.controller, delivery.period) == ("ssda903", widened, "2025-26"):
        planted["extra_column"] += 1
        kind, rows = delivery.files["episodes.csv"]
        team = np.where(rows["PLACE"].str.startswith("U"), "FOSTERING", "CARE TEAM")
        files = delivery.files | {"episodes.csv": (kind, rows.assign(ALLOCATED_TEAM=team))}
        return [replace(delivery, files=files, extra_columns=("ALLOCATED_TEAM",))]
    if (delivery.source, delivery.controller, delivery.period) == ("school_census", repeated, "2025-spring"):
        planted["repeated_delivery"] += 1
        return [delivery, replace(delivery, folder="v1-sent-again")]
    return [delivery]


def _first_attempt(delivery: Delivery) -> Delivery:
    """The return before its correction: some children missing, some needs and placements wrong."""
    files = {}
    for name, (kind, rows) in delivery.files.items():
        number = np.arange(len(rows))
        wrong = rows[number % 37 != 5].reset_index(drop=True)
        if kind == "episodes":
            wrong = wrong.assign(CIN=np.where(np.arange(len(wrong)) % 11 == 3, "N5", wrong["CIN"]))
        files[name] = (kind, wrong)
    return replace(delivery, files=files)
