"""The published rules of the mental-health submission: all of them SQL, one fault each, and what falls with a rejected parent."""

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from cyplink.returns import broken, view
from cyplink.sources import SOURCES
from cyplink.sources.calendar import days_of
from cyplink.tables.model import Severity

SOURCE = SOURCES["mhsds"]
SEVERITY = {rule.number: rule.severity for rule in SOURCE.rules}
Row = Mapping[str, str]
SOUND: Mapping[str, Row] = {
    "header": {"DatSetVer": "6.0", "OrgIDProvider": "RV3", "OrgIDSubmit": "RV3", "PrimSystemInUse": "X", "ReportingPeriodStartDate": "2025-05-01",
               "ReportingPeriodEndDate": "2025-05-31", "DateTimeDatSetCreate": "2025-06-20T09:00:00"},
    "mpi": {"LocalPatientID": "P1", "OrgIDLocalPatientID": "RV3", "NHSNumber": "9990000018", "NHSNumberStatus": "01", "PersonBirthDate": "2012-02-03", "Postcode": "HA9 6DE", "GenderIDCode": "2"},
    "gp": {"LocalPatientID": "P1", "GMPReg": "E84001", "StartDateGMPRegistration": "2012-03-01"},
    "accommodation": {"LocalPatientID": "P1", "AccommodationType": "01", "AccommodationTypeDate": "2025-05-02"},
    "patient_indicator": {"LocalPatientID": "P1", "LACStatus": "Y", "CPP": "1"},
    "referral": {"ServiceRequestID": "R1", "LocalPatientID": "P1", "OrgIDComm": "QRV", "ReferralRequestReceivedDate": "2025-04-02", "SourceOfReferralMH": "C2", "ServDischDate": "2025-05-30"},
    "other_service": {"ServiceRequestID": "R1", "OtherCareProfTeamLocalID": "T2", "ReferClosureDate": "2025-05-30", "ReferClosReason": "01"},
    "other_reason": {"ServiceRequestID": "R1", "OtherReasonReferMH": "05"},
    "onward_referral": {"ServiceRequestID": "R1", "OnwardReferDate": "2025-05-30", "OnwardReferReason": "01"},
    "care_contact": {"CareContactID": "K1", "ServiceRequestID": "R1", "CareContDate": "2025-05-09", "AttendStatus": "5", "ClinContDurOfCareCont": "30"},
    "care_activity": {"CareActID": "A1", "CareContactID": "K1", "Procedure": "228557008"},
    "indirect_activity": {"ServiceRequestID": "R1", "IndirectActDate": "2025-05-10", "IndActPersCons": "01"},
    "mental_health_act": {"MHActLegalStatusClassPeriodID": "M1", "LocalPatientID": "P1", "StartDateMHActLegalStatusClass": "2025-05-11", "StartTimeMHActLegalStatusClass": "10:00:00", "LegalStatusCode": "02"},
    "hospital_spell": {"HospProvSpellID": "H1", "ServiceRequestID": "R1", "StartDateHospProvSpell": "2025-05-11", "DischDateHospProvSpell": "2025-05-20", "MethAdmMHHospProvSpell": "2A"},
    "ward_stay": {"WardStayID": "W1", "WardCode": "WARD1", "HospProvSpellID": "H1", "StartDateWardStay": "2025-05-11", "EndDateWardStay": "2025-05-20", "MHAdmittedPatientClass": "300"},
    "primary_diagnosis": {"ServiceRequestID": "R1", "DiagSchemeInUse": "02", "PrimDiag": "F32.1", "CodedDiagTimestamp": "2025-05-12T10:00:00"},
    "secondary_diagnosis": {"ServiceRequestID": "R1", "DiagSchemeInUse": "06", "SecDiag": "406506008", "CodedDiagTimestamp": "2025-05-12T10:00:00"},
    "referral_score": {"ServiceRequestID": "R1", "CodedAssToolType": "718134002", "PersScore": "21", "AssToolCompTimestamp": "2025-05-09T10:00:00"},
    "activity_score": {"CareActID": "A1", "CodedAssToolType": "860591000000104", "PersScore": "55"},
    "presenting_complaint": {"ServiceRequestID": "R1", "FindSchemeInUse": "06", "PresComp": "48694002", "PresCompDate": "2025-05-09"},
    "team": {"CareProfTeamLocalID": "T1", "OrgIDCareProfTeamLocalID": "RV3", "ServTeamTypeMH": "A06", "ServTeamIntAgeGroup": "01"},
}  # fmt: skip


def found(period: str = "2025-05", files: Mapping[str, list[Row]] | None = None, **changes: Row) -> set[tuple[str, str]]:
    """File kind and rule of everything broken in the sound submission with these changes, or in `files`."""
    rows = files or {kind: [{**row, **changes.get(kind, {})}] for kind, row in SOUND.items()}
    with duckdb.connect() as connection:
        first, last = days_of(period)
        connection.execute("set threads=1")
        connection.execute(f"create macro first_day() as date '{first}'; create macro last_day() as date '{last}'")
        for name, given in rows.items():
            kind = SOURCE.kind(name)
            columns = {column: pa.array([row.get(column) for row in given], pa.string()) for column in kind.header}
            connection.register(f"b_{name}", pa.table(columns | {"source_row": pa.array(range(1, len(given) + 1), pa.int64())}))
            connection.execute(view(kind, name, f"b_{name}"))
        return {(rule.file_kind, rule.number) for rule, _ in broken(connection, SOURCE, period, set(rows))}


def test_every_rule_is_sql_and_a_sound_submission_breaks_none() -> None:
    assert {kind.name for kind in SOURCE.file_kinds} == set(SOUND)
    assert found() == set()


def test_there_are_rules_enough_and_they_say_what_to_do() -> None:
    assert len(SEVERITY) == len(SOURCE.rules) >= 300
    assert [rule.number for rule in SOURCE.rules if not (rule.says.endswith(".") and rule.to_do.endswith("."))] == []
    assert [rule.number for rule in SOURCE.rules if not set(rule.columns) <= set(SOURCE.kind(rule.file_kind).header)] == []


FAULTS = [
    ("MHS00111", Severity.FLAG, "mpi", {"NHSNumber": ""}), ("MHS00119", Severity.FLAG, "mpi", {"NHSNumber": ""}), ("MHS00117", Severity.FLAG, "mpi", {"NHSNumberStatus": "07"}),
    ("MHS00165", Severity.QUARANTINE, "mpi", {"NHSNumber": "12345"}), ("MHS00167", Severity.QUARANTINE, "mpi", {"PersonBirthDate": "2012-02-30"}), ("MHS00153", Severity.FLAG, "mpi", {"OrgIDLocalPatientID": "RKL"}),
    ("MHS00168", Severity.QUARANTINE, "mpi", {"PersonBirthDate": "2025-06-01"}), ("MHS00510", Severity.FLAG, "patient_indicator", {"LACStatus": "Z"}), ("MHS10113", Severity.QUARANTINE, "referral", {"ReferralRequestReceivedDate": "2025-06-01"}),
    ("MHS10128", Severity.QUARANTINE, "referral", {"ReferralRequestReceivedDate": "2025-05-31"}), ("MHS10131", Severity.QUARANTINE, "referral", {"ServDischDate": "2025-06-21"}), ("MHS10118", Severity.FLAG, "referral", {"SourceOfReferralMH": "QQ"}),
    ("MHS20167", Severity.QUARANTINE, "care_contact", {"CareContDate": "2025-04-30"}), ("MHS20137", Severity.FLAG, "care_contact", {"CareContCancelDate": "2025-05-08"}), ("MHS20230", Severity.QUARANTINE, "care_activity", {"Procedure": "talking"}),
    ("MHS40117", Severity.QUARANTINE, "mental_health_act", {"EndDateMHActLegalStatusClass": "2025-05-10"}), ("MHS50120", Severity.QUARANTINE, "hospital_spell", {"DischDateHospProvSpell": "2025-05-10"}),
    ("MHS50230", Severity.QUARANTINE, "ward_stay", {"StartDateWardStay": "2025-05-10"}), ("MHS60414", Severity.QUARANTINE, "primary_diagnosis", {"DiagSchemeInUse": "06"}), ("MHS60514", Severity.QUARANTINE, "secondary_diagnosis", {"DiagSchemeInUse": "02"}),
    ("MHS60607", Severity.FLAG, "referral_score", {"PersScore": "41"}), ("MHS60616", Severity.QUARANTINE, "referral_score", {"AssToolCompTimestamp": "2025-06-01T10:00:00"}), ("MHS90211", Severity.FLAG, "team", {"ServTeamTypeMH": "A03"}),
    ("MHS00037", Severity.QUARANTINE, "header", {"DateTimeDatSetCreate": "2025-05-30T09:00:00"}), ("MHS10224", Severity.FLAG, "other_service", {"ReferClosReason": ""}), ("MHS00309", Severity.QUARANTINE, "accommodation", {"AccommodationTypeDate": "2025-06-02"}),
]  # fmt: skip


def test_one_fault_is_found_by_its_number() -> None:
    """Faults of different files at once: a check costs a third of a second."""
    kinds = [kind for _, _, kind, _ in FAULTS]
    for turn in range(max(map(kinds.count, kinds))):
        of_turn = [fault for place, fault in enumerate(FAULTS) if kinds[:place].count(fault[2]) == turn]
        missed = {(kind, rule) for rule, _, kind, _ in of_turn} - found(**{kind: change for _, _, kind, change in of_turn})
        assert missed == set()
    assert [rule for rule, severity, _, _ in FAULTS if SEVERITY[rule] is not severity] == []


def test_what_hangs_on_a_rejected_patient_is_rejected_with_it() -> None:
    with_the_patient = {kind for kind, rule in found(mpi={"PersonBirthDate": "2012-02-30"}) if SEVERITY[rule] is Severity.QUARANTINE}
    assert with_the_patient == set(SOUND) - {"header", "team"}
    with_the_contact = {kind for kind, _ in found(care_contact={"CareContDate": "soon"})}
    assert with_the_contact == {"care_contact", "care_activity", "activity_score"}


def test_an_identifier_given_twice_rejects_both_and_those_that_hang_on_them() -> None:
    twin = {**SOUND["mpi"], "LocalPatientID": "P2"}
    files = {kind: [row] for kind, row in SOUND.items()} | {"mpi": [SOUND["mpi"], twin]}
    assert {("mpi", "MHS00147"), ("referral", "MHS10101")} <= found(files=files)


def test_rules_of_version_6_are_not_asked_of_version_5() -> None:
    assert found("2024-03", header={"DatSetVer": "5.0"}) == set()
