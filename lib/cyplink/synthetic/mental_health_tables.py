"""MHSDS tables beside patients, referrals and contacts: teams, activity, scores, diagnoses, accommodation.

Scores follow the child's need, team types the kind of referral.
"""

from typing import Any

import numpy as np
import pandas as pd

from cyplink.synthetic.days import OPEN, day, spell
from cyplink.synthetic.mental_health_hospital import detentions_of, spells_of, ward_stays_of
from cyplink.synthetic.streams import Ints, Random, Texts, happens, pick
from cyplink.synthetic.world import World

_FIRST_DAY = day("2025-04-01")
_TEAM_OF_REASON = {"12": "C10", "18": "A02", "24": "C04", "25": "C01"}
_OTHER_TEAMS = ["A06", "C06", "D06", "C04", "A18"]
_TEAMS_OF_A_TYPE = 3
_PROCEDURES = ["228557008", "75516001", "108313002", "386053000"]
# Reason of referral: ICD-10 code and SNOMED CT concept of a diagnosis it may end in (judgement).
_DIAGNOSES = {
    "04": ("F321", "35489007"), "05": ("F411", "48694002"), "11": ("F431", "47505003"), "12": ("F500", "72366004"), "15": ("F321", "35489007"),
    "16": ("F911", "35489007"), "21": ("F941", "48694002"), "24": ("F900", "406506008"), "25": ("F840", "408856003"),
}  # fmt: skip
_OTHERWISE = ("F419", "48694002")
_SDQ_SELF, _SDQ_PARENT, _CGAS = "718134002", "986121000000101", "860591000000104"


def team_ids(referrals: pd.DataFrame, provider: str, rng: Random) -> Texts:
    """The team of each referral, by looked-after team, reason, source and urgency: provider, type of team, number."""
    reason, source = referrals["PrimReasonReferralMH"], referrals["SourceOfReferralMH"].to_numpy()
    by_reason = reason.map(_TEAM_OF_REASON).fillna("A06").to_numpy(dtype=object)
    in_school = (source == "C2") & happens(rng, 0.5, len(referrals)) & (by_reason == "A06")
    kinds = np.select(
        [referrals["CareProfTeamLocalID"].str.endswith("C06"), referrals["ClinRespPriorityType"] == "1", source == "E6", in_school],
        ["C06", "A02", "C07", "F01"], by_reason,
    )  # fmt: skip
    number = pick(rng, [str(n + 1) for n in range(_TEAMS_OF_A_TYPE)], len(referrals))
    return np.asarray(provider + kinds.astype(object) + number, dtype=object)


def make(world: World, referrals: pd.DataFrame, contacts: pd.DataFrame, provider: str) -> dict[str, pd.DataFrame]:
    """Rows of every table over the whole period, by table. `from_day` and `to_day`: since when, and until when, a month's submission has the row."""
    rng = world.period.stream(world.seed, "mhsds other tables", provider)
    people = world.people.iloc[referrals["person"]]
    known = referrals[["referral", "person", "ServiceRequestID", "LocalPatientID", "PrimReasonReferralMH", "received_day", "discharged", "ended_day"]].assign(
        need=people["need"].to_numpy(), dob=people["dob"].to_numpy(), la=people["la"].to_numpy(),
    )  # fmt: skip
    held = contacts[contacts["AttendStatus"].isin(["5", "6"])].merge(known, on="ServiceRequestID")
    first = held.sort_values("on", kind="stable").drop_duplicates("ServiceRequestID").reset_index(drop=True)
    spells = spells_of(world, first, provider, rng)
    acts = _activities(held, rng)
    return {
        "MHS003AccommStatus": _homes(known, rng), "MHS102OtherServiceType": _other_services(referrals, provider, rng),
        "MHS103OtherReasonReferral": _other_reasons(known, rng), "MHS105OnwardReferral": _onward(known, rng),
        "MHS202CareActivity": acts, "MHS401MHActPeriod": detentions_of(spells, provider, world.period, rng), "MHS501HospProvSpell": spells,
        "MHS502WardStay": ward_stays_of(spells, provider, world.period, rng), **_diagnoses(first, world.period.last_day, rng), "MHS606CodedScoreAssessmentRefer": _referral_scores(held, first, rng),
        "MHS607CodedScoreAssessmentAct": _activity_scores(acts, rng), "MHS902ServiceTeamDetails": _teams(referrals, provider),
    }  # fmt: skip


def of_month(
    made: dict[str, pd.DataFrame], live: pd.DataFrame, first: int, last: int
) -> dict[str, tuple[str, pd.DataFrame]]:
    """The month's files: rows of live referrals known by its last day; ends that are still to come are blank."""
    files = {}
    for table, rows in made.items():
        due = (rows["from_day"] <= last) & (rows["to_day"] >= first)
        if "referral" in rows.columns:
            due &= rows["referral"].isin(live["referral"])
        here = rows[due].reset_index(drop=True)
        to_come = (here["ends_day"] > last).to_numpy() if "ends_day" in here.columns else None
        if to_come is not None:
            ends = [
                name
                for name in here.columns
                if name.startswith(
                    (
                        "Disch",
                        "EndDate",
                        "EndTime",
                        "ReferClos",
                        "MethOfDisch",
                        "DestOfDisch",
                        "LegalStatusClassPeriodEnd",
                    )
                )
            ]
            here = here.assign(**{name: np.where(to_come, "", here[name]) for name in ends})
        files[f"{table}.csv"] = (table, here)
    return files


def _lasting(rows: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """Rows that are sent from a day on as long as their referral is."""
    return pd.DataFrame(
        {"referral": rows["referral"], "ServiceRequestID": rows["ServiceRequestID"], "to_day": OPEN, **columns}
    ).reset_index(drop=True)


def _once(rows: pd.DataFrame, on: pd.Series | Ints, **columns: Any) -> pd.DataFrame:
    """Rows that are sent in the month of the day."""
    return pd.DataFrame({"referral": rows["referral"], "from_day": on, "to_day": on, **columns}).reset_index(drop=True)


def _at(days: pd.Series | Ints) -> Texts:
    return np.asarray(spell(np.asarray(days), "iso") + "T10:00:00", dtype=object)


def _homes(known: pd.DataFrame, rng: Random) -> pd.DataFrame:
    rows = known[happens(rng, 0.3, len(known))].sort_values("received_day", kind="stable").drop_duplicates("person")
    kinds = pick(rng, ["01", "02", "03", "04"], len(rows))
    return _lasting(rows, from_day=rows["received_day"], LocalPatientID=rows["LocalPatientID"], AccommodationType=kinds, SettledAccommodationInd="Y",
                    AccommodationTypeDate=spell(rows["received_day"].to_numpy(), "iso"))  # fmt: skip


def _other_services(referrals: pd.DataFrame, provider: str, rng: Random) -> pd.DataFrame:
    rows = referrals[happens(rng, 0.12, len(referrals))]
    kinds = pick(rng, _OTHER_TEAMS, len(rows))
    own = rows["CareProfTeamLocalID"].str.slice(len(provider), -1).to_numpy(dtype=object)
    team = provider + np.where(kinds == own, "A11", kinds).astype(object) + "1"
    closed = rows["discharged"].to_numpy()
    return _lasting(rows, from_day=rows["received_day"], ends_day=closed, OtherCareProfTeamLocalID=team, ReferClosureDate=spell(closed, "iso"),
                    ReferClosReason=np.where(closed == OPEN, "", "01"))  # fmt: skip


def _other_reasons(known: pd.DataFrame, rng: Random) -> pd.DataFrame:
    rows = known[happens(rng, 0.25, len(known))]
    reason = pick(rng, ["04", "05", "15", "19", "21", "23"], len(rows))
    reason = np.where(reason == rows["PrimReasonReferralMH"], "22", reason)
    return _lasting(rows, from_day=rows["received_day"], OtherReasonReferMH=reason)


def _onward(known: pd.DataFrame, rng: Random) -> pd.DataFrame:
    rows = known[(known["discharged"] != OPEN) & happens(rng, 0.06, len(known))]
    return _once(rows, rows["discharged"], ServiceRequestID=rows["ServiceRequestID"], OnwardReferDate=spell(rows["discharged"].to_numpy(), "iso"),
                 OnwardReferReason=pick(rng, ["01", "02", "98"], len(rows)))  # fmt: skip


def _activities(held: pd.DataFrame, rng: Random) -> pd.DataFrame:
    return _once(held, held["on"], need=held["need"], CareActID="A" + held["CareContactID"], CareContactID=held["CareContactID"],
                 ClinContactDurOfCareAct=held["ClinContDurOfCareCont"], Procedure=pick(rng, _PROCEDURES, len(held), [0.35, 0.3, 0.15, 0.2]))  # fmt: skip


def _referral_scores(held: pd.DataFrame, first: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """SDQ of the young person (11 to 17) and of a parent (4 to 17) at the first contact, and at the last if two months have gone by."""
    last = (
        held.sort_values("on", kind="stable")
        .drop_duplicates("ServiceRequestID", keep="last")
        .merge(first[["ServiceRequestID", "on"]], on="ServiceRequestID", suffixes=("", "_first"))
    )
    again = last[last["on"] - last["on_first"] >= 60]
    parts = []
    for rows, share, better in ((first, 0.6, 0.0), (again, 0.45, 2.5)):
        age = (rows["on"] - rows["dob"]) / 365.25
        for tool, youngest, shift in ((_SDQ_SELF, 11, 0.0), (_SDQ_PARENT, 4, 1.0)):
            taken = rows[(age >= youngest) & (age < 18) & happens(rng, share, len(rows))]
            score = np.clip(
                np.rint(16 + shift - better + 4.5 * taken["need"] + rng.normal(0, 3.5, len(taken))), 0, 40
            ).astype(int)
            parts.append(
                _once(
                    taken,
                    taken["on"],
                    ServiceRequestID=taken["ServiceRequestID"],
                    CodedAssToolType=tool,
                    PersScore=score.astype(str),
                    AssToolCompTimestamp=_at(taken["on"]),
                )
            )
    return pd.concat(parts, ignore_index=True)


def _activity_scores(acts: pd.DataFrame, rng: Random) -> pd.DataFrame:
    rows = acts[happens(rng, 0.15, len(acts))]
    score = np.clip(np.rint(56 - 7 * rows["need"] + rng.normal(0, 6, len(rows))), 1, 100).astype(int)
    return _once(
        rows, rows["from_day"], CareActID=rows["CareActID"], CodedAssToolType=_CGAS, PersScore=score.astype(str)
    )


def _diagnoses(first: pd.DataFrame, last_day: int, rng: Random) -> dict[str, pd.DataFrame]:
    """Primary diagnoses of three in ten who are seen, secondary ones of a quarter of these, presenting complaints of a fifth of all."""
    by_scheme = {
        scheme: first["PrimReasonReferralMH"]
        .map({reason: codes[place] for reason, codes in _DIAGNOSES.items()})
        .fillna(_OTHERWISE[place])
        .to_numpy(dtype=object)
        for place, scheme in enumerate(("02", "06"))
    }
    found = first.assign(
        on=np.minimum(np.minimum(first["on"] + rng.integers(0, 30, len(first)), first["ended_day"]), last_day)
    )
    diagnosed = happens(rng, 0.3, len(first))
    scheme = pick(rng, ["02", "06"], len(first), [0.6, 0.4])
    code = np.where(scheme == "02", by_scheme["02"], by_scheme["06"])
    second = diagnosed & happens(rng, 0.25, len(first))
    complained = happens(rng, 0.2, len(first))
    primary, secondary, complaint = found[diagnosed], found[second], first[complained]
    return {
        "MHS604PrimDiag": _lasting(
            primary,
            from_day=primary["on"],
            DiagSchemeInUse=scheme[diagnosed],
            PrimDiag=code[diagnosed],
            CodedDiagTimestamp=_at(primary["on"]),
        ),
        "MHS605SecDiag": _lasting(
            secondary,
            from_day=secondary["on"],
            DiagSchemeInUse="02",
            SecDiag=pick(rng, ["F988", "F819", "Z604"], len(secondary)),
            CodedDiagTimestamp=_at(secondary["on"]),
        ),
        "MHS609PresComp": _lasting(
            complaint,
            from_day=complaint["on"],
            FindSchemeInUse="06",
            PresComp=by_scheme["06"][complained],
            PresCompCodSig="1",
            PresCompDate=spell(complaint["on"].to_numpy(), "iso"),
        ),
    }


def _teams(referrals: pd.DataFrame, provider: str) -> pd.DataFrame:
    """Every team that a referral may name."""
    own = referrals["CareProfTeamLocalID"].unique()
    ids = np.array(sorted({*own, *(f"{provider}{kind}1" for kind in (*_OTHER_TEAMS, "A11"))}), dtype=object)
    return pd.DataFrame({
        "CareProfTeamLocalID": ids, "OrgIDCareProfTeamLocalID": provider, "ServTeamTypeMH": [team[len(provider) : -1] for team in ids],
        "ServTeamIntAgeGroup": "01", "from_day": _FIRST_DAY, "to_day": OPEN,
    })  # fmt: skip
